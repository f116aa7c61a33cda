/* SPDX-License-Identifier: MIT */
/*
 * mount(2), umount2(2) and pivot_root(2), decoded. The work is fs/mount.c's.
 */
#include "fs/mount.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "uapi/statfs.h"
#include "vm/usercopy.h"

/* Flags that change how a mount takes part in propagation, of which there is none. */
enum { PROPAGATION = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE };

/* The strings of a call; those that are not given are empty. */
struct mount_texts {
	char *source, *type, *options; /* PAGE_SIZE each */
};

/* A string that may be absent. Options may lie at the end of mapped memory without terminator, as
 * with any data of a page. */
static int get_text(char **text, uaddr_t from)
{
	long length;

	*text = kmalloc(PAGE_SIZE);
	if (!*text)
		return -ENOMEM;
	(*text)[0] = '\0';
	if (!from)
		return 0;
	length = copy_string_from_user(*text, from, PAGE_SIZE);
	return length < 0 ? (int)length : 0;
}

static int get_texts(struct mount_texts *texts, uaddr_t source, uaddr_t type, uaddr_t options)
{
	int error = get_text(&texts->source, source);

	if (!error)
		error = get_text(&texts->type, type);
	if (!error)
		error = get_text(&texts->options, options);
	return error;
}

static long bind(const struct path *at, const char *source, u32 flags)
{
	struct path from;
	long error = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &from);

	if (error)
		return error;
	error = flags & MS_MOVE ? mount_move(at, &from) : mount_bind(at, &from, flags);
	path_put(&from);
	return error;
}

static long mount_at(const struct path *at, const struct mount_texts *texts, u32 flags)
{
	if (flags & MS_REMOUNT)
		return mount_remount(at, flags, texts->options);
	if (flags & (MS_BIND | MS_MOVE))
		return bind(at, texts->source, flags);
	if (flags & PROPAGATION)
		return 0;
	return mount_new(at, texts->type, texts->source[0] ? texts->source : "none", flags,
			 texts->options);
}

long sys_mount(uaddr_t source, uaddr_t target, uaddr_t type, u64 flags, uaddr_t options)
{
	struct mount_texts texts = { 0 };
	struct path at;
	long error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	error = get_texts(&texts, source, type, options);
	if (!error)
		error = user_path_lookup(AT_FDCWD, target, LOOKUP_FOLLOW, &at);
	if (!error) {
		error = mount_at(&at, &texts, (u32)flags);
		path_put(&at);
	}
	kfree(texts.source);
	kfree(texts.type);
	kfree(texts.options);
	return error;
}

long sys_umount2(uaddr_t target, unsigned int flags)
{
	const u32 known = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;
	struct path path;
	long error;

	if (flags & ~known)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & MNT_EXPIRE && flags & (MNT_FORCE | MNT_DETACH))
		return -EINVAL;
	error = user_path_lookup(AT_FDCWD, target, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW,
				 &path);
	if (error)
		return error;
	error = mount_detach(&path, flags & MNT_DETACH);
	path_put(&path);
	return error;
}

long sys_pivot_root(uaddr_t fresh_name, uaddr_t old_name)
{
	struct path fresh, old;
	long error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	error = user_path_lookup(AT_FDCWD, fresh_name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &fresh);
	if (error)
		return error;
	error = user_path_lookup(AT_FDCWD, old_name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &old);
	if (!error) {
		error = mount_pivot(&fresh, &old);
		path_put(&old);
	}
	path_put(&fresh);
	return error;
}
