/* SPDX-License-Identifier: MIT */
/*
 * What can be done with an open file, for the system calls. All may sleep.
 */
#ifndef FS_FILE_H
#define FS_FILE_H

#include "fs/vfs.h"
#include "uapi/fcntl.h"
#include "uapi/statfs.h"

/* Bytes that one read or write moves at most: the largest int, rounded down to a page. */
enum { RW_MAX = 0x7ffff000 };

/* At *pos, which is advanced. Bytes, or -EBADF (not open for it), -EINVAL (no such operation, or a
 * negative position), -EISDIR, or what the operation answers. */
ssize_t file_read(struct file *file, struct uio *uio, loff_t *pos) must_check;
ssize_t file_write(struct file *file, struct uio *uio, loff_t *pos) must_check;
/* At the file's own position, which is locked if others may use it. */
ssize_t file_read_here(struct file *file, struct uio *uio) must_check;
ssize_t file_write_here(struct file *file, struct uio *uio) must_check;
/* The same with one buffer of kernel memory; pos NULL: the file's own position. copy.c */
ssize_t file_read_chunk(struct file *file, void *buffer, size_t size, loff_t *pos) must_check;
ssize_t file_write_chunk(struct file *file, const void *buffer, size_t size,
			 loff_t *pos) must_check;
/* Copies up to size bytes from a position of a file that has one; to_pos may be NULL. Bytes, or
 * -errno for none. */
ssize_t file_copy(struct file *from, loff_t *from_pos, struct file *to, loff_t *to_pos,
		  size_t size) must_check;
loff_t file_seek(struct file *file, loff_t offset, int whence);

/* open.c: openat(2), with LOOKUP_* flags of openat2(2). ERR_PTR. */
struct file *file_open_how(int dirfd, const char *name, u32 flags, umode_t mode,
			   unsigned int lookup) must_check;

/* attr.c: change of attributes with the permission checks of chmod(2), chown(2), utimensat(2) and
 * truncate(2). An id of -1 stays as it is. */
int path_chmod(const struct path *path, umode_t mode) must_check;
int path_chown(const struct path *path, uid_t uid, gid_t gid) must_check;
/* now: both times are the current one, which who may write may set, too. */
int path_set_times(const struct path *path, const struct iattr *times, bool now) must_check;
int path_set_size(const struct path *path, loff_t size) must_check; /* no checks at all */
int path_truncate(const struct path *path, loff_t size) must_check;
int file_truncate(struct file *file, loff_t size) must_check;
int file_allocate(struct file *file, int mode, loff_t offset, loff_t length) must_check;
int path_stat(const struct path *path, struct kstat *stat);
int path_access(const struct path *path, int mask) must_check;
int path_statfs(const struct path *path, struct statfs *status);

/* locks.c */
int file_flock(struct file *file, int operation) must_check;
/* fcntl's F_GETLK, F_SETLK, F_SETLKW and F_OFD_*; lock is read and for F_GETLK written. */
int file_lock(struct file *file, unsigned int command, struct flock *lock) must_check;
/* lease.c: F_SETLEASE: 0, -EINVAL, -EACCES, -EAGAIN, -ENOMEM; F_GETLEASE. */
int file_set_lease(struct file *file, int fd, int type) must_check;
int file_get_lease(const struct file *file);
extern int lease_break_time; /* [a] seconds; 0: no limit */
extern int leases_enable;    /* [a] */
/* /proc/locks; locks_show.c */
struct pid_ns;
void locks_show(struct text *text, const struct pid_ns *reader);

/* namei.c, rename.c: the system calls of these names; names are in kernel memory. */
int name_unlink(int dirfd, const char *name) must_check;
int name_rmdir(int dirfd, const char *name) must_check;
int name_symlink(const char *target, int dirfd, const char *name) must_check;
int name_link(const struct path *from, int dirfd, const char *name) must_check;
int name_rename(int from_fd, const char *from, int to_fd, const char *to, u32 flags) must_check;

#endif
