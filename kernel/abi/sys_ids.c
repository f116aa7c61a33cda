/* SPDX-License-Identifier: MIT */
/*
 * System calls of identity: process ids, groups and sessions; user and group ids. Capabilities are
 * in sys_capability.c.
 */
#include "ipc/tty.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/signal.h"
#include "uapi/process.h"
#include "vm/usercopy.h"

/* --- processes --- */

long sys_getpid(void)
{
	return current->vtgid;
}

long sys_gettid(void)
{
	return current->vpid;
}

long sys_getppid(void)
{
	return READ_ONCE(current->signal->ppid);
}

/* --- groups and sessions (setpgid(2), setsid(2)) --- */

/* May current put that process into a group? Under tasklist_lock. */
static int check_setpgid(struct task_struct *leader)
{
	const struct signal_struct *mine = current->signal;

	if (!leader || leader->exit_state)
		return -ESRCH;
	if (leader->signal == mine)
		return mine->leader ? -EPERM : 0;
	if (leader->real_parent->signal != mine)
		return -ESRCH;
	if (leader->signal->session != mine->session)
		return -EPERM;
	if (leader->signal->did_exec)
		return -EACCES;
	return leader->signal->leader ? -EPERM : 0;
}

/* The group to join: an existing one of the same session, or the process's own, new. */
static int choose_group(struct task_struct *leader, pid_t pgid, struct pid_group *fresh,
			struct pid_group **group)
{
	struct pid_group *found = pid_group_find(pgid);

	*group = fresh;
	if (found && !list_empty(&found->members)) {
		struct signal_struct *member =
			list_first_entry(&found->members, struct signal_struct, pgrp_link);

		*group = found;
		return member->session == leader->signal->session ? 0 : -EPERM;
	}
	if (found)
		*group = found;
	return pgid == leader->pid ? 0 : -EPERM;
}

static int setpgid_locked(pid_t pid, pid_t pgid, struct pid_group *fresh, bool *used)
{
	struct task_struct *leader = find_process_by_pid(pid);
	struct pid_group *group;
	int error = check_setpgid(leader);

	if (!error)
		error = choose_group(leader, pgid, fresh, &group);
	if (error)
		return error;
	if (leader->signal->group != group) {
		group_join(leader->signal, group);
		*used = group == fresh;
	}
	return 0;
}

long sys_setpgid(pid_t pid, pid_t pgid)
{
	struct pid_group *fresh;
	bool used = false;
	long error;

	if (!pid)
		pid = current->vtgid;
	if (!pgid)
		pgid = pid;
	if (pgid < 0)
		return -EINVAL;
	pgid = pid_from_vnr(pgid);
	fresh = pid_group_create(pgid);
	if (!fresh)
		return -ENOMEM;
	spin_lock(&tasklist_lock);
	error = setpgid_locked(pid, pgid, fresh, &used);
	spin_unlock(&tasklist_lock);
	if (!used)
		pid_group_destroy(fresh);
	return error;
}

/* Group or session of a process by id, 0: current's. */
static long id_of_process(pid_t pid, bool session)
{
	struct task_struct *task;
	long id = -ESRCH;

	spin_lock(&tasklist_lock);
	task = pid ? find_task_by_pid(pid) : current;
	if (task)
		id = group_vnr(session ? task->signal->session : task->signal->group);
	spin_unlock(&tasklist_lock);
	return id;
}

long sys_getpgid(pid_t pid)
{
	return id_of_process(pid, false);
}

long sys_getsid(pid_t pid)
{
	return id_of_process(pid, true);
}

static long setsid_locked(struct pid_group *fresh, struct tty **tty)
{
	struct signal_struct *signal = current->signal;

	if (signal->leader || pid_group_find(current->tgid))
		return -EPERM;
	session_join(signal, fresh);
	group_join(signal, fresh);
	signal->leader = true;
	*tty = signal->tty;
	signal->tty = NULL;
	return current->vtgid;
}

long sys_setsid(void)
{
	struct pid_group *fresh = pid_group_create(current->tgid);
	struct tty *tty = NULL;
	long sid;

	if (!fresh)
		return -ENOMEM;
	spin_lock(&tasklist_lock);
	sid = setsid_locked(fresh, &tty);
	spin_unlock(&tasklist_lock);
	if (sid < 0)
		pid_group_destroy(fresh);
	if (tty)
		tty_put(tty);
	return sid;
}

/* Hangs the controlling terminal up, for whoever logs in there next. */
long sys_vhangup(void)
{
	struct tty *tty;

	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty = tty_of_current();
	if (tty) {
		tty_hangup(tty);
		tty_put(tty);
	}
	return 0;
}

/* --- reading user and group ids --- */

long sys_getuid(void)
{
	return current_cred()->uid;
}

long sys_geteuid(void)
{
	return current_cred()->euid;
}

long sys_getgid(void)
{
	return current_cred()->gid;
}

long sys_getegid(void)
{
	return current_cred()->egid;
}

static long put_three_ids(uaddr_t a, u32 id_a, uaddr_t b, u32 id_b, uaddr_t c, u32 id_c)
{
	if (put_user32(id_a, a) || put_user32(id_b, b) || put_user32(id_c, c))
		return -EFAULT;
	return 0;
}

long sys_getresuid(uaddr_t uid, uaddr_t euid, uaddr_t suid)
{
	const struct cred *cred = current_cred();

	return put_three_ids(uid, cred->uid, euid, cred->euid, suid, cred->suid);
}

long sys_getresgid(uaddr_t gid, uaddr_t egid, uaddr_t sgid)
{
	const struct cred *cred = current_cred();

	return put_three_ids(gid, cred->gid, egid, cred->egid, sgid, cred->sgid);
}

/* --- changing them: setuid(2), setresuid(2) and relatives --- */

#define ID_KEEP ((u32)-1)

static long commit_user_ids(struct cred *cred)
{
	int error = cred_set_user(cred);

	if (error) {
		cred_put(cred);
		return error;
	}
	cred_fix_capabilities(cred, current_cred());
	cred_commit(cred);
	if (user_exceeds(current->cred->user, rlimit(RLIMIT_NPROC)))
		current->flags |= PF_NPROC_EXCEEDED;
	else
		current->flags &= ~(u32)PF_NPROC_EXCEEDED;
	return 0;
}

static bool id_among(u32 id, u32 a, u32 b, u32 c)
{
	return id == ID_KEEP || id == a || id == b || id == c;
}

long sys_setresuid(uid_t uid, uid_t euid, uid_t suid)
{
	const struct cred *old = current_cred();
	struct cred *cred;

	if (!capable(CAP_SETUID) && !(id_among(uid, old->uid, old->euid, old->suid) &&
				      id_among(euid, old->uid, old->euid, old->suid) &&
				      id_among(suid, old->uid, old->euid, old->suid)))
		return -EPERM;
	cred = cred_prepare();
	if (IS_ERR(cred))
		return PTR_ERR(cred);
	if (uid != ID_KEEP)
		cred->uid = uid;
	if (euid != ID_KEEP)
		cred->euid = euid;
	if (suid != ID_KEEP)
		cred->suid = suid;
	cred->fsuid = cred->euid;
	return commit_user_ids(cred);
}

long sys_setuid(uid_t uid)
{
	const struct cred *old = current_cred();

	if (uid == ID_KEEP)
		return -EINVAL;
	if (capable(CAP_SETUID))
		return sys_setresuid(uid, uid, uid);
	if (uid != old->uid && uid != old->suid)
		return -EPERM;
	return sys_setresuid(ID_KEEP, uid, ID_KEEP);
}

long sys_setreuid(uid_t uid, uid_t euid)
{
	const struct cred *old = current_cred();
	u32 new_euid = euid == ID_KEEP ? old->euid : euid;
	bool saves = uid != ID_KEEP || (euid != ID_KEEP && euid != old->uid);

	if (!capable(CAP_SETUID) && !(id_among(uid, old->uid, old->euid, old->uid) &&
				      id_among(euid, old->uid, old->euid, old->suid)))
		return -EPERM;
	if (!capable(CAP_SETUID) && saves && !id_among(new_euid, old->uid, old->euid, old->suid))
		return -EPERM;
	return sys_setresuid(uid, euid, saves ? new_euid : ID_KEEP);
}

long sys_setresgid(gid_t gid, gid_t egid, gid_t sgid)
{
	const struct cred *old = current_cred();
	struct cred *cred;

	if (!capable(CAP_SETGID) && !(id_among(gid, old->gid, old->egid, old->sgid) &&
				      id_among(egid, old->gid, old->egid, old->sgid) &&
				      id_among(sgid, old->gid, old->egid, old->sgid)))
		return -EPERM;
	cred = cred_prepare();
	if (IS_ERR(cred))
		return PTR_ERR(cred);
	if (gid != ID_KEEP)
		cred->gid = gid;
	if (egid != ID_KEEP)
		cred->egid = egid;
	if (sgid != ID_KEEP)
		cred->sgid = sgid;
	cred->fsgid = cred->egid;
	cred_commit(cred);
	return 0;
}

long sys_setgid(gid_t gid)
{
	const struct cred *old = current_cred();

	if (gid == ID_KEEP)
		return -EINVAL;
	if (capable(CAP_SETGID))
		return sys_setresgid(gid, gid, gid);
	if (gid != old->gid && gid != old->sgid)
		return -EPERM;
	return sys_setresgid(ID_KEEP, gid, ID_KEEP);
}

long sys_setregid(gid_t gid, gid_t egid)
{
	const struct cred *old = current_cred();
	u32 new_egid = egid == ID_KEEP ? old->egid : egid;
	bool saves = gid != ID_KEEP || (egid != ID_KEEP && egid != old->gid);

	if (!capable(CAP_SETGID) && !(id_among(gid, old->gid, old->egid, old->gid) &&
				      id_among(egid, old->gid, old->egid, old->sgid)))
		return -EPERM;
	return sys_setresgid(gid, egid, saves ? new_egid : ID_KEEP);
}

/* setfsuid(2), setfsgid(2): the old id, whether or not it was changed. */
static long set_file_id(u32 id, bool group)
{
	const struct cred *old = current_cred();
	u32 before = group ? old->fsgid : old->fsuid;
	bool allowed =
		group ? capable(CAP_SETGID) || id_among(id, old->gid, old->egid, old->sgid) ||
				id == old->fsgid
		      : capable(CAP_SETUID) || id_among(id, old->uid, old->euid, old->suid) ||
				id == old->fsuid;
	struct cred *cred;

	if (id == ID_KEEP || !allowed || id == before)
		return before;
	cred = cred_prepare();
	if (IS_ERR(cred))
		return before;
	if (group)
		cred->fsgid = id;
	else
		cred->fsuid = id;
	cred_fix_capabilities(cred, old);
	cred_commit(cred);
	return before;
}

long sys_setfsuid(uid_t uid)
{
	return set_file_id(uid, false);
}

long sys_setfsgid(gid_t gid)
{
	return set_file_id(gid, true);
}

/* --- supplementary groups --- */

enum { NGROUPS_MAX = 65536 };

long sys_getgroups(int size, uaddr_t list)
{
	const struct cred *cred = current_cred();

	if (size < 0 || (size && (u32)size < cred->ngroups))
		return -EINVAL;
	if (size && copy_to_user(list, cred->groups, cred->ngroups * sizeof(gid_t)))
		return -EFAULT;
	return cred->ngroups;
}

long sys_setgroups(int size, uaddr_t list)
{
	gid_t *groups = NULL;
	struct cred *cred;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if (size < 0 || size > NGROUPS_MAX)
		return -EINVAL;
	if (size) {
		groups = kmalloc((size_t)size * sizeof(gid_t));
		if (!groups)
			return -ENOMEM;
		if (copy_from_user(groups, list, (size_t)size * sizeof(gid_t))) {
			kfree(groups);
			return -EFAULT;
		}
	}
	cred = cred_prepare();
	if (IS_ERR(cred)) {
		kfree(groups);
		return PTR_ERR(cred);
	}
	cred_set_groups(cred, groups, (u32)size);
	cred_commit(cred);
	return 0;
}
