/* SPDX-License-Identifier: MIT */
/*
 * Mount name spaces: trees of mounts, each with a root of its own. What one mounts is not seen in
 * another: mounts do not propagate.
 */
#ifndef FS_MNT_NS_H
#define FS_MNT_NS_H

#include "fs/nsfs.h"

struct fs_struct;
struct mount;

struct mnt_ns {
	struct ns_common common; /* first */
	struct mount *root;	 /* [I] */
};

extern struct mnt_ns init_mnt_ns;

static inline struct mnt_ns *mnt_ns_get(struct mnt_ns *ns)
{
	ns_get(&ns->common);
	return ns;
}

static inline void mnt_ns_put(struct mnt_ns *ns) /* may sleep */
{
	ns_put(&ns->common);
}

/* A copy of all mounts of from. fs, which only the caller uses, is moved from the old tree to the
 * new one. ERR_PTR(-ENOMEM). May sleep. */
struct mnt_ns *mnt_ns_copy(struct mnt_ns *from, struct fs_struct *fs) must_check;
/* Moves fs, which only the caller uses, to the root of a name space. May sleep. */
void mnt_ns_enter(struct mnt_ns *ns, struct fs_struct *fs);

#endif
