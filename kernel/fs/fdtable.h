/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables (files_struct) and the directories of a process (fs_struct).
 *
 * A table is read without its lock by its own tasks. When it is not shared (users == 1), fdget()
 * takes no reference; else it takes one as fdtable.c's FD4 tells. Others read it under files->lock
 * (RANK_FILES).
 */
#ifndef FS_FDTABLE_H
#define FS_FDTABLE_H

#include "base/lock.h"
#include "fs/vfs.h"
#include "task/task.h"

enum { FDS_INLINE = 64 };

struct files_struct {
	refcount_t users;
	spinlock_t lock;    /* RANK_FILES */
	u32 size;	    /* [lock] slots of the arrays; grows after they have */
	u32 next;	    /* [lock] no free slot below */
	struct file **file; /* [lock] */
	u64 *open;	    /* [lock] bit set: slot taken (maybe reserved, file still NULL) */
	u64 *cloexec;	    /* [lock] */
	struct file *inline_file[FDS_INLINE];
	u64 inline_open, inline_cloexec;
};

struct fs_struct {
	refcount_t users;
	spinlock_t lock;       /* RANK_FILES: cwd and root against readers from outside */
	struct path cwd, root; /* [lock] */
	umode_t umask;	       /* [lock] */
};

/* An open file by number for the length of a system call; EBADF when file is NULL. */
struct fd {
	struct file *file;
	bool counted; /* a reference was taken */
};

/* With a reference, from a table of the running task that others may change; NULL. */
struct file *fget_shared(const struct files_struct *files, unsigned int fd);

/* O_PATH descriptors are not found by fdget, only by fdget_raw. */
static inline struct fd fdget_raw(unsigned int fd)
{
	struct files_struct *files = current->files;

	if (likely(refcount_read(&files->users) == 1))
		return (struct fd){ fd < files->size ? files->file[fd] : NULL, false };
	return (struct fd){ fget_shared(files, fd), true };
}

static inline void fdput(struct fd fd)
{
	if (fd.counted && fd.file)
		fput(fd.file);
}

static inline struct fd fdget(unsigned int number)
{
	struct fd fd = fdget_raw(number);

	if (unlikely(fd.file && fd.file->mode & FMODE_PATH)) {
		fdput(fd);
		fd.file = NULL;
	}
	return fd;
}

/* Reserves the lowest free number >= from, below RLIMIT_NOFILE: -EMFILE, -ENOMEM. Then install or
 * give back. */
int fd_reserve(unsigned int from, bool cloexec) must_check;
void fd_install(int fd, struct file *file); /* takes over the reference */
void fd_unreserve(int fd);
/* Reserve and install. Takes over the reference, on failure too; an ERR_PTR comes back as error. */
int fd_add(struct file *file, bool cloexec) must_check;
int fd_close(unsigned int fd); /* close(2) */
/* dup3(2): makes fd name file too (with a reference of its own); what it named is closed. fd or
 * -errno. */
int fd_replace(int fd, struct file *file, bool cloexec) must_check;
int fd_cloexec(unsigned int fd); /* 0, 1 or -EBADF */
void fd_set_cloexec(unsigned int fd, bool cloexec);
/* Closes all of first to last, or only sets their close-on-exec flags. */
void fd_close_range(unsigned int first, unsigned int last, bool cloexec_only);
struct file *fget(unsigned int fd); /* counted; NULL */

struct files_struct *files_dup(struct files_struct *from)
	must_check;					    /* fork: a copy; ERR_PTR(-ENOMEM) */
struct files_struct *files_get(struct files_struct *files); /* one user more */
void files_put(struct files_struct *files);		    /* the last one closes all; may sleep */
void files_close_on_exec(void);	    /* exec: current's table, which is its own; may sleep */
int files_unshare(void) must_check; /* exec, unshare: a table of its own; 0 or -ENOMEM */

/* The directories likewise: for fork a copy, ERR_PTR(-ENOMEM), or one user more; the last one drops
 * them (may sleep); for unshare, 0 or -ENOMEM. */
struct fs_struct *fs_dup(struct fs_struct *from) must_check;
struct fs_struct *fs_get(struct fs_struct *fs);
void fs_put(struct fs_struct *fs);
int fs_unshare(void) must_check;
/* Change the running task's directories; take over the caller's reference to what path names. */
void fs_set_cwd(struct path path);
void fs_set_root(struct path path);
/* getcwd(2), built from the end of buffer; ERR_PTR(-ENOENT) when the directory is gone,
 * ERR_PTR(-ENAMETOOLONG). "(unreachable)" stands before what lies outside the root. */
char *cwd_name(char *buffer, size_t size) must_check;
/* For the first task: root and cwd are / of the name space. */
struct fs_struct *fs_create(void) must_check;
struct files_struct *files_create(void) must_check;

#endif
