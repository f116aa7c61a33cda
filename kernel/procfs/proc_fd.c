/* SPDX-License-Identifier: MIT */
/*
 * /proc/pid/fd: a process's open descriptors as links to their files; /proc/pid/fdinfo: what state
 * they are in.
 */
#include "fs/fdtable.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "procfs/procfs.h"

/* The open file behind a descriptor of a task, with a reference; NULL. */
static struct file *file_of(struct task_struct *task, int fd)
{
	struct files_struct *files = get_task_files(task);
	struct file *file;

	if (!files)
		return NULL;
	file = fget_shared(files, (unsigned int)fd);
	files_put(files);
	return file;
}

static ssize_t fd_readlink(struct task_struct *task, const struct proc_node *node, char *buffer,
			   size_t size)
{
	struct file *file = file_of(task, node->fd);
	ssize_t length;
	char *name;

	if (!file)
		return -ENOENT;
	name = path_name(&file->path, buffer, size);
	length = IS_ERR(name) ? PTR_ERR(name) : (ssize_t)strlen(name);
	if (length > 0)
		memmove(buffer, name, (size_t)length);
	fput(file);
	return length;
}

static int fd_follow(struct task_struct *task, const struct proc_node *node, struct path *path)
{
	struct file *file = file_of(task, node->fd);

	if (!file)
		return -ENOENT;
	*path = file->path;
	path_get(path);
	fput(file);
	return 0;
}

/* What the file is open for: lsof(8) shows it as r, w or u. */
static umode_t fd_permissions(struct task_struct *task, const struct proc_node *node)
{
	struct file *file = file_of(task, node->fd);
	umode_t mode = 0;

	if (!file)
		return 0;
	if (file->mode & FMODE_READ)
		mode |= 0500;
	if (file->mode & FMODE_WRITE)
		mode |= 0300;
	fput(file);
	return mode;
}

const struct proc_entry proc_fd_entry = {
	.name = "fd",
	.mode = S_IFLNK | 0700,
	.readlink = fd_readlink,
	.follow = fd_follow,
	.permissions = fd_permissions,
};

static bool has_cloexec(struct task_struct *task, int fd)
{
	struct files_struct *files = get_task_files(task);
	bool result = false;

	if (!files)
		return false;
	spin_lock(&files->lock);
	if ((u32)fd < files->size)
		result = bitmap_test(files->cloexec, (unsigned long)fd);
	spin_unlock(&files->lock);
	files_put(files);
	return result;
}

static int show_fdinfo(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct file *file = file_of(task, node->fd);
	u32 flags;

	if (!file)
		return -ENOENT;
	flags = file->flags | (has_cloexec(task, node->fd) ? (u32)O_CLOEXEC : 0);
	text_printf(text, "pos:\t%lld\nflags:\t0%o\nmnt_id:\t%u\nino:\t%llu\n",
		    (long long)(file->mode & FMODE_STREAM ? 0 : file->pos), flags,
		    file->path.mount->id, (unsigned long long)file->inode->ino);
	if (file->ops->describe)
		file->ops->describe(file, text, node->ns);
	fput(file);
	return 0;
}

static const struct proc_entry fdinfo_entry = {
	.name = "fdinfo",
	.mode = S_IFREG | 0444,
	.show = show_fdinfo,
};

static int find_fd(const struct proc_node *node, const char *name, struct proc_node *child,
		   const struct proc_entry *entry)
{
	struct task_struct *task = proc_task(node);
	long fd = proc_parse_id(name);
	struct file *file = task && fd >= 0 ? file_of(task, (int)fd) : NULL;

	if (task)
		put_task_struct(task);
	if (!file)
		return -ENOENT;
	fput(file);
	*child = *node;
	child->entry = entry;
	child->fd = (int)fd;
	return 0;
}

int proc_find_fd(const struct proc_node *node, const char *name, struct proc_node *child)
{
	return find_fd(node, name, child, &proc_fd_entry);
}

int proc_find_fdinfo(const struct proc_node *node, const char *name, struct proc_node *child)
{
	return find_fd(node, name, child, &fdinfo_entry);
}

/* The first open descriptor at or after from; -1 when there is none. */
static long next_open(struct files_struct *files, u64 from)
{
	unsigned long fd;
	u32 size;

	spin_lock(&files->lock);
	size = files->size;
	fd = from < size ? bitmap_find_set(files->open, size, from) : size;
	while (fd < size && !files->file[fd])
		fd = bitmap_find_set(files->open, size, fd + 1);
	spin_unlock(&files->lock);
	return fd < size ? (long)fd : -1;
}

static bool next_fd(const struct proc_node *node, u64 *at, char *name, struct proc_node *child,
		    const struct proc_entry *entry)
{
	struct task_struct *task = proc_task(node);
	struct files_struct *files = task ? get_task_files(task) : NULL;
	long fd = -1;

	if (files) {
		fd = next_open(files, *at);
		files_put(files);
	}
	if (task)
		put_task_struct(task);
	if (fd < 0)
		return false;
	*at = (u64)fd;
	*child = *node;
	child->entry = entry;
	child->fd = (int)fd;
	snprintf(name, 24, "%ld", fd);
	return true;
}

bool proc_next_fd(const struct proc_node *node, u64 *at, char *name, struct proc_node *child)
{
	return next_fd(node, at, name, child, &proc_fd_entry);
}

bool proc_next_fdinfo(const struct proc_node *node, u64 *at, char *name, struct proc_node *child)
{
	return next_fd(node, at, name, child, &fdinfo_entry);
}
