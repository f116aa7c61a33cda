/* SPDX-License-Identifier: MIT */
/*
 * Joining, leaving and making name spaces: task/nsproxy.h.
 *
 * A change is prepared as a set of name spaces, each with a reference; then it becomes a new
 * nsproxy. task->nsproxy is exchanged under wake_lock, for those who look from outside
 * (get_task_ns()).
 */
#include "task/nsproxy.h"

#include "fs/fdtable.h"
#include "fs/mnt_ns.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/pid_ns.h"
#include "task/uts.h"

struct nsproxy init_nsproxy = {
	.refs = REFCOUNT_INIT(1),
	.uts = &init_uts,
	.mnt = &init_mnt_ns,
	.pid_for_children = &init_pid_ns,
};

/* --- life --- */

void nsproxy_free(struct nsproxy *proxy)
{
	uts_put(proxy->uts);
	mnt_ns_put(proxy->mnt);
	pid_ns_put(proxy->pid_for_children);
	kfree(proxy);
}

/* One that can be changed until it is given to a task; ERR_PTR(-ENOMEM). */
static struct nsproxy *nsproxy_dup(const struct nsproxy *from)
{
	struct nsproxy *proxy = kmalloc(sizeof(*proxy));

	if (!proxy)
		return ERR_PTR(-ENOMEM);
	refcount_set(&proxy->refs, 1);
	proxy->uts = uts_get(from->uts);
	proxy->mnt = mnt_ns_get(from->mnt);
	proxy->pid_for_children = pid_ns_get(from->pid_for_children);
	return proxy;
}

static void switch_nsproxy(struct nsproxy *proxy)
{
	struct nsproxy *old = current->nsproxy;

	spin_lock(&current->wake_lock);
	current->nsproxy = proxy;
	spin_unlock(&current->wake_lock);
	if (old)
		nsproxy_put(old);
}

void exit_namespaces(void)
{
	switch_nsproxy(NULL);
}

/* --- making --- */

static int make_uts(struct nsproxy *proxy)
{
	struct uts_namespace *uts = uts_copy(proxy->uts);

	if (IS_ERR(uts))
		return (int)PTR_ERR(uts);
	uts_put(proxy->uts);
	proxy->uts = uts;
	return 0;
}

/* What unshare made earlier for the next child is left alone. */
static int make_pid(struct nsproxy *proxy)
{
	struct pid_ns *ns;

	if (proxy->pid_for_children != task_pid_ns(current))
		return -EINVAL;
	ns = pid_ns_create(proxy->pid_for_children);
	if (IS_ERR(ns))
		return (int)PTR_ERR(ns);
	pid_ns_put(proxy->pid_for_children);
	proxy->pid_for_children = ns;
	return 0;
}

static int make_mnt(struct nsproxy *proxy, struct fs_struct *fs)
{
	struct mnt_ns *mnt = mnt_ns_copy(proxy->mnt, fs);

	if (IS_ERR(mnt))
		return (int)PTR_ERR(mnt);
	mnt_ns_put(proxy->mnt);
	proxy->mnt = mnt;
	return 0;
}

/* A copy of current's with new name spaces as flags say. The last step moves fs and cannot be
 * undone, nor need it. ERR_PTR. */
static struct nsproxy *make_nsproxy(u64 flags, struct fs_struct *fs)
{
	struct nsproxy *proxy;
	int error = 0;

	if (!capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	proxy = nsproxy_dup(current->nsproxy);
	if (IS_ERR(proxy))
		return proxy;
	if (flags & CLONE_NEWUTS)
		error = make_uts(proxy);
	if (!error && flags & CLONE_NEWPID)
		error = make_pid(proxy);
	if (!error && flags & CLONE_NEWNS)
		error = make_mnt(proxy, fs);
	if (!error)
		return proxy;
	nsproxy_put(proxy);
	return ERR_PTR(error);
}

int copy_namespaces(struct task_struct *child, u64 flags)
{
	if (likely(!(flags & CLONE_NEW_HAVE))) {
		refcount_inc(&current->nsproxy->refs);
		return 0;
	}
	child->nsproxy = make_nsproxy(flags, child->fs);
	return IS_ERR(child->nsproxy) ? (int)PTR_ERR(child->nsproxy) : 0;
}

int unshare_namespaces(u64 flags)
{
	struct nsproxy *proxy = make_nsproxy(flags, current->fs);

	if (IS_ERR(proxy))
		return (int)PTR_ERR(proxy);
	switch_nsproxy(proxy);
	return 0;
}

/* --- looking at them --- */

struct ns_common *get_task_ns(struct task_struct *task, u32 flag, bool children)
{
	struct ns_common *ns = NULL;

	spin_lock(&task->wake_lock);
	if (task->nsproxy) {
		switch (flag) {
		case CLONE_NEWUTS: ns = &task->nsproxy->uts->common; break;
		case CLONE_NEWNS: ns = &task->nsproxy->mnt->common; break;
		default:
			ns = &(children ? task->nsproxy->pid_for_children : task_pid_ns(task))
				      ->common;
		}
		ns_get(ns);
	}
	spin_unlock(&task->wake_lock);
	return ns;
}

/* --- entering --- */

static int install_uts(struct nsproxy *proxy, struct ns_common *ns)
{
	ns_get(ns);
	uts_put(proxy->uts);
	proxy->uts = container_of(ns, struct uts_namespace, common);
	return 0;
}

/* Children go down the tree only. */
static int install_pid(struct nsproxy *proxy, struct ns_common *ns)
{
	struct pid_ns *pid = container_of(ns, struct pid_ns, common);

	if (!pid_ns_is_below(pid, task_pid_ns(current)))
		return -EINVAL;
	ns_get(ns);
	pid_ns_put(proxy->pid_for_children);
	proxy->pid_for_children = pid;
	return 0;
}

/* Root and working directory follow, so they must be nobody else's. */
static int install_mnt(struct nsproxy *proxy, struct ns_common *ns)
{
	struct mnt_ns *mnt = container_of(ns, struct mnt_ns, common);

	if (!capable(CAP_SYS_CHROOT))
		return -EPERM;
	if (refcount_read(&current->fs->users) != 1)
		return -EINVAL;
	ns_get(ns);
	mnt_ns_put(proxy->mnt);
	proxy->mnt = mnt;
	mnt_ns_enter(mnt, current->fs);
	return 0;
}

static int install(struct nsproxy *proxy, struct ns_common *ns)
{
	switch (ns->kind->flag) {
	case CLONE_NEWUTS: return install_uts(proxy, ns);
	case CLONE_NEWPID: return install_pid(proxy, ns);
	case CLONE_NEWNS: return install_mnt(proxy, ns);
	case CLONE_NEWUSER: return -EINVAL; /* nobody can enter the one that he is in */
	default: return 0;		    /* the only one of its kind */
	}
}

int enter_namespace(struct ns_common *ns)
{
	struct nsproxy *proxy;
	int error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	proxy = nsproxy_dup(current->nsproxy);
	if (IS_ERR(proxy))
		return (int)PTR_ERR(proxy);
	error = install(proxy, ns);
	if (error)
		nsproxy_put(proxy);
	else
		switch_nsproxy(proxy);
	return error;
}

/* Mounts come last: that step cannot be undone. */
int enter_namespaces_of(struct task_struct *task, u32 flags)
{
	static const u32 order[] = { CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWNS };
	int error = capable(CAP_SYS_ADMIN) ? 0 : -EPERM;

	for (unsigned int i = 0; i < ARRAY_SIZE(order) && !error; i++) {
		struct ns_common *ns;

		if (!(flags & order[i]))
			continue;
		ns = get_task_ns(task, order[i], false);
		if (!ns)
			return -ESRCH;
		error = enter_namespace(ns);
		ns_put(ns);
	}
	return error;
}
