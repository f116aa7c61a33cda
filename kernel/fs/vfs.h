/* SPDX-License-Identifier: MIT */
/*
 * The name space: superblocks, inodes, dentries, mounts, open files, and the operations that a file
 * system or a device gives.
 *
 * A dentry is a name in a directory; it is found in a hash by (parent, name). tmpfs pins all its
 * dentries (they are the directory); procfs makes them on demand and lets them go.
 *
 * D1: a dentry holds a reference to its parent, as long as it lives.
 * D2: a dentry in the hash has an inode. A negative one lives between lookup and create only.
 * D3: a dentry's inode is set once. unlink takes the dentry out of the hash and leaves the inode,
 *     so that an open file keeps both.
 * D4: dentries and mounts found under namespace_lock stay valid until it is released, references
 *     or not: whoever drops the last one takes the lock before freeing.
 *
 * Locks: namespace_lock (RANK_NAMESPACE) protects the hash, parents, children and mount links, and
 * is held for pointer work only. inode->lock (mutex, MUTEX_DIRECTORY or MUTEX_INODE) serializes
 * changes of a directory's content or of a file's attributes. file->pos_lock serializes reads and
 * writes through one open file whose position is shared.
 */
#ifndef FS_VFS_H
#define FS_VFS_H

#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "vm/uio.h"

struct vmo;
struct page;
struct inode;
struct dentry;
struct mount;
struct mnt_ns;
struct pid_ns;
struct super;
struct file;
struct file_locks;
struct inotify_watch;
struct poll_table;
struct epoll_item;
struct dir_emitter;
struct path;
struct cred;
struct text;

enum {
	S_IFMT = 0170000,
	S_IFSOCK = 0140000,
	S_IFLNK = 0120000,
	S_IFREG = 0100000,
	S_IFBLK = 0060000,
	S_IFDIR = 0040000,
	S_IFCHR = 0020000,
	S_IFIFO = 0010000,
	S_ISUID = 04000,
	S_ISGID = 02000,
	S_ISVTX = 01000,
};
#define S_ISREG(mode) (((mode)&S_IFMT) == S_IFREG)
#define S_ISDIR(mode) (((mode)&S_IFMT) == S_IFDIR)
#define S_ISLNK(mode) (((mode)&S_IFMT) == S_IFLNK)
#define S_ISCHR(mode) (((mode)&S_IFMT) == S_IFCHR)
#define S_ISBLK(mode) (((mode)&S_IFMT) == S_IFBLK)
#define S_ISFIFO(mode) (((mode)&S_IFMT) == S_IFIFO)
#define S_ISSOCK(mode) (((mode)&S_IFMT) == S_IFSOCK)

/* Linux's 32-bit device number as user space sees it: 12 bits major, 20 bits minor. */
#define MKDEV(major, minor)                                                                        \
	((dev_t)(((minor)&0xff) | ((major)&0xfff) << 8 | ((minor) & ~0xffu) << 12))
#define MAJOR(dev) ((dev) >> 8 & 0xfff)
#define MINOR(dev) (((dev)&0xff) | ((dev) >> 12 & 0xfff00))

/* asm-generic/fcntl.h */
enum open_flags {
	O_RDONLY = 0,
	O_WRONLY = 1,
	O_RDWR = 2,
	O_ACCMODE = 3,
	O_CREAT = 0100,
	O_EXCL = 0200,
	O_NOCTTY = 0400,
	O_TRUNC = 01000,
	O_APPEND = 02000,
	O_NONBLOCK = 04000,
	O_DSYNC = 010000,
	O_ASYNC = 020000,
	O_DIRECT = 040000,
	O_LARGEFILE = 0100000,
	O_DIRECTORY = 0200000,
	O_NOFOLLOW = 0400000,
	O_NOATIME = 01000000,
	O_CLOEXEC = 02000000,
	O_SYNC = 04010000,
	O_PATH = 010000000,
	O_TMPFILE = 020200000,
};

enum { NAME_MAX = 255, PATH_MAX = 4096, SYMLINK_DEPTH_MAX = 40 };
enum {
	AT_FDCWD = -100,
	AT_SYMLINK_NOFOLLOW = 0x100,
	AT_EACCESS = 0x200,
	AT_REMOVEDIR = 0x200,
	AT_SYMLINK_FOLLOW = 0x400,
	AT_NO_AUTOMOUNT = 0x800,
	AT_EMPTY_PATH = 0x1000,
};

enum access_mask { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4 };

struct file_ops {
	/* May sleep. Move bytes at *pos, advance *pos; bytes moved or -errno (-ERESTARTSYS when
	 * interrupted). NULL: EINVAL. */
	ssize_t (*read)(struct file *file, struct uio *uio, loff_t *pos);
	ssize_t (*write)(struct file *file, struct uio *uio, loff_t *pos);
	/* NULL: the generic one of regular files for those with an inode size; ESPIPE when
	 * FMODE_STREAM is set in the file's mode. Those with a position: it is locked. */
	loff_t (*seek)(struct file *file, loff_t offset, int whence);
	/* Events that hold now (POLLIN...); registers the caller on its wait queues with
	 * poll_wait() when table is not NULL. NULL: always ready. */
	u32 (*poll)(struct file *file, struct poll_table *table);
	/* NULL: ENOTTY. */
	long (*ioctl)(struct file *file, unsigned int command, unsigned long argument);
	/* The memory object to map, with a reference; ERR_PTR(-ENODEV). NULL: ENODEV. */
	struct vmo *(*map)(struct file *file, int prot, unsigned int flags);
	/* The page of the file's content that holds pos, with a reference, and how many *bytes of
	 * it from pos on are the file's; NULL at its end, or ERR_PTR. NULL: there is none to be
	 * had, read() copies. */
	struct page *(*read_page)(struct file *file, loff_t pos, size_t *bytes);
	/* Emits directory entries from file->pos on through emit, which ends at emit's false.
	 * NULL: ENOTDIR. */
	int (*iterate)(struct file *file, struct dir_emitter *emitter);
	int (*open)(struct inode *inode, struct file *file); /* NULL: success */
	void (*release)(struct file *file);		     /* last reference gone */
	int (*flush)(struct file *file);		     /* at each close(2) */
	/* Lines of /proc/pid/fdinfo/n besides the common ones. May sleep. NULL: none. */
	void (*describe)(struct file *file, struct text *text, const struct pid_ns *reader);
	bool async; /* its owner may be signalled of news, by O_ASYNC: fs/file_owner.c */
	/* The process group that is its owner with O_ASYNC if no other was chosen; 0: who sets it.
	 * NULL: nobody. */
	pid_t (*owner_group)(const struct file *file);
};

/* getdents and the like: takes one entry; false: no room, stop. */
struct dir_emitter {
	bool (*emit)(struct dir_emitter *emitter, const char *name, size_t length, u64 ino, u8 type,
		     loff_t next);
};

struct iattr {	   /* setattr: what valid names is to be set */
	u32 valid; /* ATTR_* */
	umode_t mode;
	uid_t uid;
	gid_t gid;
	loff_t size;
	nsec_t atime, mtime;
};
enum {
	ATTR_MODE = 1,
	ATTR_UID = 2,
	ATTR_GID = 4,
	ATTR_SIZE = 8,
	ATTR_ATIME = 16,
	ATTR_MTIME = 32,
};

struct kstat {
	u64 ino;
	dev_t dev, rdev;
	umode_t mode;
	u32 nlink;
	uid_t uid;
	gid_t gid;
	u64 size, blocks; /* bytes; units of 512 */
	u32 blksize;
	nsec_t atime, mtime, ctime, btime;
};

/* renameat2(2) */
enum rename_flags { RENAME_NOREPLACE = 1, RENAME_EXCHANGE = 2, RENAME_WHITEOUT = 4 };

struct inode_ops {
	/* Makes dentry positive with dentry_instantiate(), or leaves it (0) when there is no such
	 * name. The directory's lock is held. NULL: the hash knows all names. */
	int (*lookup)(struct inode *directory, struct dentry *dentry);
	/* Make dentry (negative) positive. mode has the type bits; umask is applied already. The
	 * directory's lock is held. NULL: EPERM. */
	int (*create)(struct inode *directory, struct dentry *dentry, umode_t mode, dev_t dev);
	int (*symlink)(struct inode *directory, struct dentry *dentry, const char *target);
	int (*link)(struct inode *directory, struct dentry *dentry, struct inode *inode);
	/* Also rmdir: checks emptiness. The victim's lock is held; the caller unhashes it. */
	int (*unlink)(struct inode *directory, struct dentry *dentry);
	/* Counts links and times; the caller moves the dentries. Both directories' and, if there
	 * is one, the victim's lock are held; to is negative when there is none. */
	int (*rename)(struct inode *from_dir, struct dentry *from, struct inode *to_dir,
		      struct dentry *to, unsigned int flags);
	/* A symlink's target into buffer (size bytes), its length; may sleep. */
	ssize_t (*readlink)(struct dentry *dentry, char *buffer, size_t size);
	/* For links that lead to an object and not to a name (/proc/self/exe, fd/N): the path
	 * itself, referenced. NULL, or -EOPNOTSUPP: use readlink. */
	int (*follow)(struct dentry *dentry, struct path *path);
	/* inode's lock is held; permission was checked. NULL: EPERM. */
	int (*setattr)(struct inode *inode, const struct iattr *attr);
	int (*getattr)(struct inode *inode, struct kstat *stat); /* NULL: from the inode */
	int (*permission)(struct inode *inode, int mask);	 /* NULL: by mode bits */
	void (*destroy)(struct inode *inode); /* last reference gone: frees private. May sleep */
	/* Is the name still what the dentry says? NULL: always. false: look up anew. May sleep. */
	bool (*revalidate)(struct dentry *dentry);
};

struct path {
	struct mount *mount;
	struct dentry *dentry;
};

struct inode {
	refcount_t refs;
	umode_t mode;			 /* [lock] type immutable */
	uid_t uid;			 /* [lock] */
	gid_t gid;			 /* [lock] */
	u32 nlink;			 /* [lock] */
	dev_t rdev;			 /* [I] devices */
	u64 ino;			 /* [I] */
	struct super *super;		 /* [I] */
	const struct inode_ops *ops;	 /* [I] */
	const struct file_ops *file_ops; /* [I] regular files and directories */
	struct mutex lock;		 /* MUTEX_DIRECTORY, or MUTEX_INODE for all others */
	struct vmo *object;		 /* [I] content of a regular file, or NULL; its size is the
					  * file's */
	nsec_t atime, mtime, ctime, btime; /* realtime; plain stores */
	u32 writers;			   /* [a] open for writing: ETXTBSY, leases */
	u32 readers;			   /* [a] regular files opened for reading only: leases */
	u32 denied;			   /* [a] being executed */
	struct file_locks *locks;	   /* [a] set once: fs/locks.c; NULL: none ever */
	struct inotify_watch *watches;	   /* [notify_lock] fs/notify.c */
	void *private;			   /* file system's own; of a FIFO: its pipe */
};

enum { DNAME_INLINE = 40 };

struct dentry {
	refcount_t refs;
	u32 hash;		    /* [I while hashed] of parent and name */
	struct dentry *parent;	    /* [namespace_lock] itself for a root */
	struct inode *inode;	    /* [I once set] NULL: negative */
	struct super *super;	    /* [I] */
	struct list_head hash_link; /* [namespace_lock] */
	struct list_head sibling;   /* [namespace_lock] in the parent's children */
	struct list_head children;  /* [namespace_lock] hashed ones, by growing cookie */
	u64 cookie;		    /* [namespace_lock] directory position, for stable readdir */
	u16 length;		    /* [namespace_lock] of name */
	u16 flags;		    /* [namespace_lock] enum dentry_flags */
	char *name;		    /* [namespace_lock] inline_name or allocated; terminated */
	char inline_name[DNAME_INLINE];
};
enum dentry_flags {
	DENTRY_MOUNTPOINT = 1, /* a mount covers it, in some mount of its file system */
	DENTRY_PINNED = 2,     /* one reference stands for the name's existence (tmpfs) */
	DENTRY_UNHASHED = 4,   /* not in the hash: not yet, or no longer */
	DENTRY_ANONYMOUS = 8,  /* of a pipe and the like: its name is shown as it is */
};

struct super {
	const char *type;		      /* [I] "tmpfs" */
	dev_t dev;			      /* [I] */
	u32 magic;			      /* [I] statfs f_type */
	u32 mount_flags;		      /* [a] MS_* that hold for the whole file system */
	struct dentry *root;		      /* [I] */
	refcount_t refs;		      /* mounts, and the file system's own */
	u64 next_ino;			      /* [a] */
	u64 pages_used, pages_limit;	      /* [a] limit 0: none */
	u64 inodes_used, inodes_limit;	      /* [a] limit 0: none */
	struct list_head watches;	      /* [notify_lock] on its inodes: fs/notify.c */
	void (*destroy)(struct super *super); /* frees private; NULL: nothing to do */
	void *private;
};

struct mount {
	refcount_t refs;	   /* the tree, children, and paths */
	struct super *super;	   /* [I] */
	struct dentry *root;	   /* [I] */
	struct mount *parent;	   /* [namespace_lock] NULL: not in the tree, or the root */
	struct dentry *mountpoint; /* [namespace_lock] in the parent; NULL like it */
	struct list_head link; /* [namespace_lock] all mounts, in order; unlinked when detached */
	struct mnt_ns *ns;     /* [namespace_lock] whose tree it is in; NULL: in none */
	struct mount *copy;    /* [mount_lock] while its tree is copied: fs/mnt_ns.c */
	u32 flags;	       /* [a] MS_RDONLY, MS_NOSUID, ... */
	u32 id;		       /* [I] */
	char *source;	       /* [I] as given to mount(2) */
};

struct file_system {
	const char *name;
	bool nodev;
	/* A new or shared superblock with a reference. options may be "". ERR_PTR. May sleep. */
	struct super *(*mount)(const char *source, u32 flags, const char *options);
	/* mount(2) with MS_REMOUNT: 0 or -errno. NULL: options are ignored. */
	int (*remount)(struct super *super, const char *options);
	/* Appends what /proc/mounts shows after rw, with a comma before each; NULL: nothing. */
	size_t (*show_options)(const struct super *super, char *buffer, size_t size);
	struct list_head link;
};

enum file_modes {
	FMODE_READ = 1,
	FMODE_WRITE = 2,
	FMODE_STREAM = 4,  /* no position */
	FMODE_PATH = 8,	   /* O_PATH */
	FMODE_WRITER = 16, /* counted in inode->writers */
	FMODE_DENIES = 32, /* counted in inode->denied, since file_deny_write() */
	FMODE_READER = 64, /* counted in inode->readers */
};

struct file {
	refcount_t refs;
	u32 flags;		     /* [a] O_*: F_SETFL changes some */
	u32 mode;		     /* [I] FMODE_*, once open() and file_deny_write() are done */
	const struct file_ops *ops;  /* [I] */
	struct inode *inode;	     /* [I] held by path.dentry */
	struct path path;	     /* [I] */
	loff_t pos;		     /* [pos_lock] */
	struct mutex pos_lock;	     /* MUTEX_FILE */
	void *private;		     /* of ops */
	struct epoll_item *watchers; /* [watchers_lock] who waits for it: ipc/epoll.c */
	struct file_owner *owner; /* [owner_lock to set, once] who gets signals for it, or NULL */
};

/* --- references --- */
static inline struct file *get_file(struct file *file)
{
	refcount_inc(&file->refs);
	return file;
}
/* The file is closed for good: nobody refers to it any more. May sleep. */
void fput_last(struct file *file);
static inline void fput(struct file *file) /* may sleep */
{
	if (refcount_dec_and_test(&file->refs))
		fput_last(file);
}
/* References to a place, which count its dentry and its mount, and to an inode. */
void path_get(const struct path *path);
void path_put(const struct path *path); /* may sleep */
struct inode *inode_get(struct inode *inode);
void inode_put(struct inode *inode); /* may sleep */

/* --- making --- */
/* An inode with nlink 1, times now, owned by current; inode numbers and the file system's quota of
 * inodes are counted. NULL: no memory, or no inode left. */
struct inode *inode_create(struct super *super, umode_t mode) must_check;
/* A superblock, zeroed, with one reference and a device number of its own. NULL: no memory. */
struct super *super_create(const char *type, u32 magic) must_check;
void super_put(struct super *super); /* the last one prunes and frees; may sleep */
/* A root directory's dentry; takes over the inode's reference. NULL: no memory (it is put then). */
struct dentry *dentry_create_root(struct super *super, struct inode *inode) must_check;
/* Attaches an inode to a negative dentry under the directory's lock, and makes the name visible;
 * takes over the caller's reference to the inode. */
void dentry_instantiate(struct dentry *dentry, struct inode *inode);
/* Takes a name out of the hash and unpins it. */
void dentry_unhash(struct dentry *dentry);
/* An open file on an inode without a name (pipes, sockets, eventfd): shown as name; "pipe:"
 * stands for "pipe:[7]", with the inode's number. mode has the type bits. ERR_PTR. ops->open is not
 * called. */
struct file *file_create_anonymous(const char *name, umode_t mode, const struct file_ops *ops,
				   void *private, u32 flags, u32 fmode) must_check;
/* Opens what was found already; whether current may, the caller has checked. ERR_PTR. May sleep. */
struct file *file_open_path(const struct path *path, u32 flags) must_check;

/* --- names --- */
enum lookup_flags {
	LOOKUP_FOLLOW = 1,
	LOOKUP_DIRECTORY = 2,
	LOOKUP_PARENT = 4,
	LOOKUP_EMPTY = 8,
	LOOKUP_NO_XDEV = 16,
	LOOKUP_NO_MAGICLINKS = 32,
	LOOKUP_NO_SYMLINKS = 64, /* openat2(2) */
	LOOKUP_BENEATH = 128,
	LOOKUP_IN_ROOT = 256,
};
/* Finds a path for the running task, name in kernel memory. dirfd: AT_FDCWD or a descriptor. 0 with
 * references in *path, or -errno. May sleep. */
int path_lookup(int dirfd, const char *name, unsigned int flags, struct path *path) must_check;
/* The same with the name in user memory. */
int user_path_lookup(int dirfd, uaddr_t name, unsigned int flags, struct path *path) must_check;
/* A path's name as the running task sees it, built from the end of buffer; ERR_PTR(-ENAMETOOLONG).
 * " (deleted)" is appended for unlinked ones. */
char *path_name(const struct path *path, char *buffer, size_t size) must_check;
/* A name from user space in a buffer of PATH_MAX; free with name_put. ERR_PTR(-EFAULT,
 * -ENAMETOOLONG, -ENOENT when empty, -ENOMEM). */
char *name_get(uaddr_t name) must_check;
/* A buffer of PATH_MAX of the same kind, not cleared; NULL. */
char *name_alloc(void) must_check;
void name_put(char *name);

/* open(2) for kernel use. ERR_PTR. */
struct file *file_open(int dirfd, const char *name, u32 flags, umode_t mode) must_check;
/* Reads into kernel memory at pos; bytes or -errno. */
ssize_t kernel_read(struct file *file, void *buffer, size_t size, loff_t pos) must_check;
ssize_t kernel_write(struct file *file, const void *buffer, size_t size, loff_t *pos) must_check;
/* mknod(2), also for directories (mode S_IFDIR) and sockets; umask is applied. On success *path,
 * unless path is NULL, names the new node and is referenced. -EEXIST and what mknod(2) says. */
int node_create(int dirfd, const char *name, umode_t mode, dev_t dev, struct path *path) must_check;

/* May current read (4), write (2), execute (1) the inode? 0 or -EACCES. */
int inode_permission(struct inode *inode, int mask) must_check;
/* The same by mode bits and capabilities alone: for inode_ops.permission. */
int generic_permission(const struct inode *inode, int mask) must_check;
/* Does a move of uio come back at once with -EAGAIN, rather than wait? */
static inline bool file_nonblocking(const struct file *file, const struct uio *uio)
{
	return file->flags & O_NONBLOCK || uio->how & UIO_NOWAIT;
}

/* Bytes of its content; 0 of what has none. A hint without inode->lock. */
u64 inode_size(const struct inode *inode);
bool path_no_exec(const struct path *path); /* MS_NOEXEC: EACCES for exec */
bool path_no_suid(const struct path *path); /* MS_NOSUID: exec ignores the set-id bits */

/* exec: forbids writing until the file is closed for good or file_allow_write(); or -ETXTBSY. */
int file_deny_write(struct file *file) must_check;
void file_allow_write(struct file *file);

/* --- devices: character devices by number --- */
/* Also makes /dev/name ("pts/ptmx": in a directory), unless name is NULL. Task context. */
void chrdev_register(unsigned int major, unsigned int minor, const char *name, umode_t mode,
		     const struct file_ops *ops);
/* count devices from first on, without names in /dev. */
void chrdev_register_range(unsigned int major, unsigned int first, unsigned int count,
			   const struct file_ops *ops);
/* The console (5:1) open for reading and writing, whether or not a name leads to it. ERR_PTR. */
struct file *console_open(void) must_check;

/* file_ops.seek of files without a position that take any for one. file.c */
loff_t file_seek_nowhere(struct file *file, loff_t offset, int whence);

/* --- poll (ipc/poll.c) --- */
/* For file_ops.poll: who polls (table; NULL: it only looks) is to be woken with the queue. */
void poll_wait(struct file *file, struct wait_queue *queue, struct poll_table *table);
/* A watched file is being closed for good, before its release operation. Sleeps. ipc/epoll.c */
void epoll_forget_file(struct file *file);

/* --- a process's directories (fs_struct) and descriptors (files_struct): fs/fdtable.h --- */

/* Makes a kind of file system known to mount(2), for ever. */
void file_system_register(struct file_system *fs);
/* Text of /proc/mounts as the running task sees it, at most size bytes. Returns what its length is
 * with room enough, so a result of size or more asks for a larger buffer; -ENOMEM. */
int mounts_show(char *buffer, size_t size);
int mountinfo_show(char *buffer, size_t size);	/* /proc/self/mountinfo, the same way */
int mountstats_show(char *buffer, size_t size); /* /proc/self/mountstats, the same way */
/* Text of /proc/filesystems, the same way. */
int file_systems_show(char *buffer, size_t size);
/* Bring-up: caches, root tmpfs as /, devtmpfs at hand. */
void vfs_init(void);
/* Unpacks cpio (newc) archives, plain or gzip, into /. A malformed one: a log line, and what came
 * before stays. */
void initramfs_unpack(const void *archive, size_t size);

#endif
