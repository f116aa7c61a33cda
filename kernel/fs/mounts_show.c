/* SPDX-License-Identifier: MIT */
/*
 * The text of /proc/mounts (fstab(5)), /proc/self/mountinfo and mountstats (proc(5)), for the
 * running task: the mounts that its root directory leads to.
 *
 * The mounts are visited by growing id, one at a time with a reference, so no lock is held while
 * the text is made; a mount that comes or goes meanwhile may or may not be shown.
 */
#include "fs/fdtable.h"
#include "fs/internal.h"
#include "lib/format.h"
#include "lib/string.h"
#include "task/task.h"

/* A text of at most size bytes; length is what it would be with room enough. */
struct report {
	char *buffer;
	size_t size;
	size_t length;
};

static void __printf(2, 3) report_add(struct report *out, const char *format, ...)
{
	size_t used = MIN(out->length, out->size);
	va_list arguments;

	va_start(arguments, format);
	out->length += (size_t)vsnprintf(out->buffer + used, out->size - used, format, arguments);
	va_end(arguments);
}

/* As getmntent(3) reads names: blanks, newlines and backslashes in octal. */
static void report_add_escaped(struct report *out, const char *text)
{
	for (; *text; text++)
		if (strchr(" \t\n\\", *text))
			report_add(out, "\\%03o", *text);
		else
			report_add(out, "%c", *text);
}

/* The first mount of the running task's tree with an id above the given one, with a reference;
 * NULL. *parent gets its parent's id. */
static struct mount *next_mount(u32 id, u32 *parent)
{
	struct mount *best = NULL;
	struct mount *mount;

	spin_lock(&namespace_lock);
	list_for_each_entry (mount, &mounts, link)
		if (mount->ns == current->fs->root.mount->ns && mount->id > id &&
		    (!best || mount->id < best->id))
			best = mount;
	if (best) {
		refcount_inc(&best->refs);
		*parent = best->parent ? best->parent->id : best->id;
	}
	spin_unlock(&namespace_lock);
	return best;
}

static void add_mount_flags(struct report *out, u32 flags)
{
	static const struct {
		u32 flag;
		const char *text;
	} names[] = {
		{ MS_NOSUID, ",nosuid" },	  { MS_NODEV, ",nodev" },
		{ MS_NOEXEC, ",noexec" },	  { MS_NOATIME, ",noatime" },
		{ MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
	};

	report_add(out, flags & MS_RDONLY ? "ro" : "rw");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			report_add(out, "%s", names[i].text);
}

static void add_super_options(struct report *out, const struct super *super)
{
	struct file_system *fs = file_system_find(super->type);
	char options[128];

	if (!fs || !fs->show_options)
		return;
	options[fs->show_options(super, options, sizeof(options) - 1)] = '\0';
	report_add(out, "%s", options);
}

/* Name of a mount's place in buffer; NULL when the running task cannot see it. */
static const char *mount_place(const struct mount *mount, char *buffer)
{
	struct path path = { (struct mount *)mount, mount->root };
	bool reached;
	char *name = path_name_reached(&path, buffer, PATH_MAX, &reached);

	return IS_ERR(name) || !reached ? NULL : name;
}

static void show_mount(struct report *out, struct mount *mount, u32 parent, char *buffer)
{
	const char *place = mount_place(mount, buffer);

	if (!place)
		return;
	report_add_escaped(out, mount->source);
	report_add(out, " ");
	report_add_escaped(out, place);
	report_add(out, " %s ", mount->super->type);
	add_mount_flags(out, mount->flags | mount->super->mount_flags);
	add_super_options(out, mount->super);
	report_add(out, " 0 0\n");
}

static void show_mountstats(struct report *out, struct mount *mount, u32 parent, char *buffer)
{
	const char *place = mount_place(mount, buffer);

	if (!place)
		return;
	report_add(out, "device ");
	report_add_escaped(out, mount->source);
	report_add(out, " mounted on ");
	report_add_escaped(out, place);
	report_add(out, " with fstype %s\n", mount->super->type);
}

static void show_mountinfo(struct report *out, struct mount *mount, u32 parent, char *buffer)
{
	const char *name = dentry_name(mount->root, buffer, PATH_MAX);
	const char *place;

	report_add(out, "%u %u %u:%u ", mount->id, parent, MAJOR(mount->super->dev),
		   MINOR(mount->super->dev));
	report_add_escaped(out, IS_ERR(name) ? "/" : name);
	place = mount_place(mount, buffer);
	report_add(out, " ");
	report_add_escaped(out, place ? place : "/");
	report_add(out, " ");
	add_mount_flags(out, mount->flags);
	report_add(out, " - %s ", mount->super->type);
	report_add_escaped(out, mount->source);
	report_add(out, " %s", mount->super->mount_flags & MS_RDONLY ? "ro" : "rw");
	add_super_options(out, mount->super);
	report_add(out, "\n");
}

static int show_all(char *buffer, size_t size,
		    void (*show)(struct report *, struct mount *, u32, char *))
{
	struct report out = { buffer, size, 0 };
	char *name = name_alloc();
	struct mount *mount;
	u32 parent;
	u32 id = 0;

	if (!name)
		return -ENOMEM;
	while ((mount = next_mount(id, &parent))) {
		id = mount->id;
		show(&out, mount, parent, name);
		mount_put(mount);
	}
	name_put(name);
	return (int)out.length;
}

int mounts_show(char *buffer, size_t size)
{
	return show_all(buffer, size, show_mount);
}

int mountstats_show(char *buffer, size_t size)
{
	return show_all(buffer, size, show_mountstats);
}

int mountinfo_show(char *buffer, size_t size)
{
	return show_all(buffer, size, show_mountinfo);
}
