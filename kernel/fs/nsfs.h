/* SPDX-License-Identifier: MIT */
/*
 * Name spaces as files: what all kinds of them begin with, and the files that stand for them
 * (/proc/pid/ns/uts), by which they are compared, kept and entered (setns(2)).
 */
#ifndef FS_NSFS_H
#define FS_NSFS_H

#include "lib/atomic.h"
#include "lib/types.h"

struct file;
struct path;
struct ns_common;

struct ns_kind {
	const char *name; /* "uts" */
	u32 flag;	  /* CLONE_NEWUTS */
	/* The last reference has gone. May sleep if the kind's last reference is dropped where one
	 * may. */
	void (*destroy)(struct ns_common *ns);
	struct ns_common *(*parent)(struct ns_common *ns); /* NULL: the kind has no tree */
};

/* First member of each name space. */
struct ns_common {
	refcount_t refs;
	u64 ino;		    /* [I] its number, which is its file's too */
	const struct ns_kind *kind; /* [I] */
};

/* Numbers of the first name spaces, as on Linux. */
enum ns_numbers {
	NS_INO_TIME = 0xf0000000 - 6,
	NS_INO_CGROUP = 0xf0000000 - 5,
	NS_INO_PID = 0xf0000000 - 4,
	NS_INO_USER = 0xf0000000 - 3,
	NS_INO_UTS = 0xf0000000 - 2,
	NS_INO_IPC = 0xf0000000 - 1,
	NS_INO_NET = 0xf0000000,
	NS_INO_MNT = 0xf0000001,
	NS_INO_DYNAMIC = 0xf0000002,
};

/* Kinds of which there is one name space, in which everybody is: programs look for it (lsns(8)). */
extern struct ns_common init_user_ns, init_ipc_ns, init_net_ns, init_cgroup_ns, init_time_ns;

/* With one reference and a number of its own. */
void ns_common_init(struct ns_common *ns, const struct ns_kind *kind);

static inline void ns_get(struct ns_common *ns)
{
	refcount_inc(&ns->refs);
}

static inline void ns_put(struct ns_common *ns)
{
	if (refcount_dec_and_test(&ns->refs))
		ns->kind->destroy(ns);
}

/* The file of a name space, as a path that may be opened; takes over the reference to ns. 0 or
 * -ENOMEM. */
int ns_path(struct ns_common *ns, struct path *path) must_check;
/* The name space that an open file stands for, which the file keeps; NULL: it is another file. */
struct ns_common *ns_of_file(const struct file *file);

#endif
