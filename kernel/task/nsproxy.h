/* SPDX-License-Identifier: MIT */
/*
 * The name spaces of a task, as one object that tasks share until one of them leaves a name space:
 * so a fork counts one reference. It does not change; a task gets another one instead.
 *
 * There are name spaces of names (UTS), mounts and processes. A task's own name space of processes
 * is task_pid_ns(), for good; here is the one for its children.
 */
#ifndef TASK_NSPROXY_H
#define TASK_NSPROXY_H

#include "fs/nsfs.h"
#include "task/process.h"

struct mnt_ns;
struct pid_ns;
struct uts_namespace;

struct nsproxy {
	refcount_t refs;		 /* [a] tasks */
	struct uts_namespace *uts;	 /* [I] */
	struct mnt_ns *mnt;		 /* [I] */
	struct pid_ns *pid_for_children; /* [I] */
};

enum {
	CLONE_NEW_HAVE = CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWPID,
	/* Of these there is one each, which everybody is in: they can be entered, not made. */
	CLONE_NEW_ONLY = CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME,
};

extern struct nsproxy init_nsproxy;

void nsproxy_free(struct nsproxy *proxy); /* may sleep */
static inline void nsproxy_put(struct nsproxy *proxy)
{
	if (refcount_dec_and_test(&proxy->refs))
		nsproxy_free(proxy);
}

/* clone: the child's, whose fs is its own by now if it asks for CLONE_NEWNS. 0, -EPERM, -EINVAL,
 * -ENOMEM. */
int copy_namespaces(struct task_struct *child, u64 flags) must_check;
/* unshare: name spaces of CLONE_NEW_HAVE in flags; current's fs is its own if CLONE_NEWNS is. */
int unshare_namespaces(u64 flags) must_check;
/* At a task's end. */
void exit_namespaces(void);
/* The name space of a kind that a task is in, with a reference; NULL when it has ended. flag: one
 * of CLONE_NEW_HAVE. children: of processes, the one for its children. */
struct ns_common *get_task_ns(struct task_struct *task, u32 flag, bool children);
/* setns(2): one name space, or those of a task (flags: which). */
int enter_namespace(struct ns_common *ns) must_check;
int enter_namespaces_of(struct task_struct *task, u32 flags) must_check;

#endif
