/* SPDX-License-Identifier: MIT */
/*
 * /proc/pid/ns: links to the name spaces of a task (namespaces(7)).
 */
#include "fs/nsfs.h"
#include "lib/errno.h"
#include "procfs/procfs.h"
#include "task/nsproxy.h"
#include "task/pid_ns.h"

static int follow_ns(struct ns_common *ns, struct path *path)
{
	return ns ? ns_path(ns, path) : -ENOENT;
}

static int follow_uts(struct task_struct *task, const struct proc_node *node, struct path *path)
{
	return follow_ns(get_task_ns(task, CLONE_NEWUTS, false), path);
}

static int follow_mnt(struct task_struct *task, const struct proc_node *node, struct path *path)
{
	return follow_ns(get_task_ns(task, CLONE_NEWNS, false), path);
}

static int follow_pid(struct task_struct *task, const struct proc_node *node, struct path *path)
{
	return follow_ns(get_task_ns(task, CLONE_NEWPID, false), path);
}

/* One that has no init yet is not shown. */
static int follow_pid_for_children(struct task_struct *task, const struct proc_node *node,
				   struct path *path)
{
	struct ns_common *ns = get_task_ns(task, CLONE_NEWPID, true);
	const struct pid_ns *pid = container_of(ns, struct pid_ns, common);

	if (ns && pid->level && !READ_ONCE(pid->init)) {
		ns_put(ns);
		return -ENOENT;
	}
	return follow_ns(ns, path);
}

/* Where there is one name space for all: a task that has ended has left it, but for the users'. */
static int follow_only(struct task_struct *task, struct ns_common *ns, struct path *path)
{
	if (ns != &init_user_ns && !READ_ONCE(task->nsproxy))
		return -ENOENT;
	ns_get(ns);
	return ns_path(ns, path);
}

#define FOLLOW_ONLY(kind)                                                                          \
	static int follow_##kind(struct task_struct *task, const struct proc_node *node,           \
				 struct path *path)                                                \
	{                                                                                          \
		return follow_only(task, &init_##kind##_ns, path);                                 \
	}

FOLLOW_ONLY(user)
FOLLOW_ONLY(ipc)
FOLLOW_ONLY(net)
FOLLOW_ONLY(cgroup)
FOLLOW_ONLY(time)

#define NS_LINK(name_, follow_)                                                                    \
	{                                                                                          \
		.name = (name_), .mode = S_IFLNK | 0777, .readlink = proc_readlink_path,           \
		.follow = (follow_)                                                                \
	}

const struct proc_entry proc_ns_entries[] = {
	NS_LINK("cgroup", follow_cgroup),
	NS_LINK("ipc", follow_ipc),
	NS_LINK("mnt", follow_mnt),
	NS_LINK("net", follow_net),
	NS_LINK("pid", follow_pid),
	NS_LINK("pid_for_children", follow_pid_for_children),
	NS_LINK("time", follow_time),
	NS_LINK("time_for_children", follow_time),
	NS_LINK("user", follow_user),
	NS_LINK("uts", follow_uts),
	{ 0 },
};
