/* SPDX-License-Identifier: MIT */
/*
 * devpts: the file system in which the slaves of pseudo-terminals appear, pts(4). Each mount is an
 * instance with numbers of its own.
 */
#ifndef FS_DEVPTS_H
#define FS_DEVPTS_H

#include "fs/vfs.h"

enum {
	UNIX98_SLAVE_MAJOR = 136,
	PTY_LIMIT = 4096, /* numbers of an instance, and pseudo-terminals in all */
};

/* A slave in an instance. */
struct devpts_slave {
	struct super *instance; /* with a reference, until devpts_free() */
	unsigned int index;
	struct dentry *node; /* its name, with a reference, until devpts_remove() */
};

/* Makes a slave with the lowest free number in the instance that an open ptmx node stands for: the
 * one in which the node lies, or that is mounted at "pts" beside it. terminal is what its node
 * leads to. 0, -ENODEV (no instance), -ENOSPC (no number), -ENOMEM. */
int devpts_add(const struct path *ptmx, void *terminal, struct devpts_slave *slave) must_check;
/* Takes the name back: nobody finds the terminal any more. */
void devpts_remove(struct devpts_slave *slave);
/* The number is free again. */
void devpts_free(struct devpts_slave *slave);
/* The slave's path, with references, as seen from the ptmx node that made it. 0 or -ENODEV. */
int devpts_peer(const struct path *ptmx, const struct devpts_slave *slave,
		struct path *path) must_check;
/* What a slave's node leads to, after get(terminal) took a reference; NULL when it is gone, or for
 * a node of another file system. */
void *devpts_terminal(const struct inode *inode, void (*get)(void *terminal));
extern unsigned int pty_max; /* pseudo-terminals in all: /proc/sys/kernel/pty/max */
unsigned int pty_count(void);

void devpts_init(void);

#endif
