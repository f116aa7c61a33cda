/* SPDX-License-Identifier: MIT */
/*
 * A walk from a directory along a path name, to its end or to the directory of its last component.
 *
 *	error = walk_parent(&walk, dirfd, name, 0);
 *	if (!error) {
 *		... walk.at.dentry is the directory (referenced), walk.last the component ...
 *		walk_end(&walk);
 *	}
 */
#ifndef FS_WALK_H
#define FS_WALK_H

#include "fs/internal.h"

struct walk {
	const char *rest;      /* what is left to walk */
	char *buffer;	       /* owned: holds rest once a symbolic link was followed; NULL */
	unsigned int flags;    /* LOOKUP_* */
	unsigned int links;    /* symbolic links followed */
	struct path at;	       /* where it stands: valid under namespace_lock, or by anchor */
	struct path anchor;    /* referenced: the last place where the lock was dropped; or none */
	struct dentry *pinned; /* referenced: what a file system's lookup found last; or NULL */
	struct path scope;     /* referenced: openat2's BENEATH and IN_ROOT; or none */
	struct component last; /* with LOOKUP_PARENT; length 0: the path is / */
};

/* Walks to the directory of the last component, which is not looked at; flags: LOOKUP_*. On success
 * at is referenced until walk_end(). May sleep. */
int walk_parent(struct walk *walk, int dirfd, const char *name, unsigned int flags) must_check;
/* Goes on where walk_parent() stopped, along a symbolic link found there; the link stays the
 * caller's. 0: at and last are those of the link's target. */
int walk_follow_last(struct walk *walk, struct dentry *link) must_check;
void walk_end(struct walk *walk);

/* The child of that name, or a new negative dentry for it; referenced. The directory's lock is
 * held. ERR_PTR. May sleep. */
struct dentry *directory_lookup(struct dentry *directory, const struct component *part) must_check;

/* The same with the directory's lock taken here, for a name that must exist: ERR_PTR(-ENOENT). */
struct dentry *lookup_existing(struct dentry *directory, const struct component *part) must_check;
/* Asks the dentry's file system whether the name is still what it was. May sleep. */
bool dentry_is_valid(struct dentry *dentry);

#endif
