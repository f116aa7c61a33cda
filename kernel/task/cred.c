/* SPDX-License-Identifier: MIT */
/*
 * Credentials: who a task acts for. A structure never changes once a task has it: a change is a
 * copy that is changed and then exchanged for the old one, so fork and threads share it by
 * reference.
 *
 * task->cred is exchanged by the task itself, under tasklist_lock; so others look at it under that
 * lock, or take a reference there.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "vm/space.h"

static struct user_counts root_user = {
	.refs = REFCOUNT_INIT(1),
	.tasks = 1,
	.link = LIST_HEAD_INIT(root_user.link),
};

struct cred init_cred = {
	.refs = REFCOUNT_INIT(1),
	.user = &root_user,
	.cap_effective = CAP_ALL,
	.cap_permitted = CAP_ALL,
	.cap_bounding = CAP_ALL,
};

bool in_group(const struct cred *cred, gid_t gid)
{
	u32 low = 0, high = cred->ngroups;

	if (gid == cred->fsgid)
		return true;
	while (low < high) {
		u32 middle = (low + high) / 2;

		if (cred->groups[middle] == gid)
			return true;
		if (cred->groups[middle] < gid)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

void cred_put(struct cred *cred)
{
	if (!refcount_dec_and_test(&cred->refs))
		return;
	assert(cred != &init_cred);
	user_put(cred->user);
	kfree(cred->groups);
	kfree(cred);
}

struct cred *get_task_cred(struct task_struct *task)
{
	struct cred *cred;

	spin_lock(&tasklist_lock);
	cred = cred_get(task->cred);
	spin_unlock(&tasklist_lock);
	return cred;
}

int suid_dumpable;

struct cred *cred_prepare(void)
{
	const struct cred *old = current->cred;
	struct cred *cred = kmalloc(sizeof(*cred));

	if (!cred)
		return ERR_PTR(-ENOMEM);
	*cred = *old;
	refcount_set(&cred->refs, 1);
	if (old->groups) {
		cred->groups = kmalloc(old->ngroups * sizeof(gid_t));
		if (!cred->groups) {
			kfree(cred);
			return ERR_PTR(-ENOMEM);
		}
		memcpy(cred->groups, old->groups, old->ngroups * sizeof(gid_t));
	}
	refcount_inc(&cred->user->refs);
	return cred;
}

/* Other ids than before: what was allowed to look at the process may not any more (prctl(2),
 * PR_SET_DUMPABLE). */
static bool became_another(const struct cred *cred, const struct cred *old)
{
	return cred->euid != old->euid || cred->egid != old->egid || cred->fsuid != old->fsuid ||
	       cred->fsgid != old->fsgid || (cred->cap_permitted & ~old->cap_permitted);
}

struct cred *cred_override(struct cred *cred)
{
	struct cred *old = current->cred;

	spin_lock(&tasklist_lock);
	current->cred = cred;
	spin_unlock(&tasklist_lock);
	return old;
}

void cred_commit(struct cred *cred)
{
	struct cred *old = current->cred;

	if (became_another(cred, old)) {
		if (current->mm)
			current->mm->dumpable = (u8)READ_ONCE(suid_dumpable);
		current->pdeath_signal = 0;
	}
	if (cred->user != old->user) {
		atomic_fetch_add_relaxed(&cred->user->tasks, 1);
		user_uncharge_task(old->user);
	}
	spin_lock(&tasklist_lock);
	current->cred = cred;
	spin_unlock(&tasklist_lock);
	cred_put(old);
}

/* Shell sort: short, in place, and fast enough for 65536 numbers. */
static void sort_groups(gid_t *groups, u32 count)
{
	for (u32 gap = count / 2; gap; gap /= 2)
		for (u32 i = gap; i < count; i++) {
			gid_t gid = groups[i];
			u32 at = i;

			for (; at >= gap && groups[at - gap] > gid; at -= gap)
				groups[at] = groups[at - gap];
			groups[at] = gid;
		}
}

void cred_set_groups(struct cred *cred, gid_t *groups, u32 count)
{
	sort_groups(groups, count);
	kfree(cred->groups);
	cred->groups = groups;
	cred->ngroups = count;
}

int cred_set_user(struct cred *cred)
{
	struct user_counts *user;

	if (cred->user->uid == cred->uid)
		return 0;
	user = user_get(cred->uid);
	if (!user)
		return -ENOMEM;
	user_put(cred->user);
	cred->user = user;
	return 0;
}

/* What root may do to files, which goes with fsuid. */
#define CAP_FILES                                                                                  \
	((u64)1 << CAP_CHOWN | (u64)1 << CAP_DAC_OVERRIDE | (u64)1 << CAP_DAC_READ_SEARCH |        \
	 (u64)1 << CAP_FOWNER | (u64)1 << CAP_FSETID | (u64)1 << CAP_LINUX_IMMUTABLE |             \
	 (u64)1 << CAP_MKNOD)

void cred_fix_capabilities(struct cred *cred, const struct cred *old)
{
	bool was_root = !old->uid || !old->euid || !old->suid;
	bool is_root = !cred->uid || !cred->euid || !cred->suid;

	if (old->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (was_root && !is_root) {
		if (!(old->securebits & SECBIT_KEEP_CAPS))
			cred->cap_permitted = cred->cap_effective = 0;
		cred->cap_ambient = 0;
	}
	if (!old->euid && cred->euid)
		cred->cap_effective = 0;
	if (old->euid && !cred->euid)
		cred->cap_effective = cred->cap_permitted;
	if (!old->fsuid && cred->fsuid)
		cred->cap_effective &= ~CAP_FILES;
	if (old->fsuid && !cred->fsuid)
		cred->cap_effective |= cred->cap_permitted & CAP_FILES;
}

bool cred_same_user(const struct cred *target)
{
	const struct cred *mine = current->cred;

	return mine->euid == target->suid || mine->euid == target->uid ||
	       mine->uid == target->suid || mine->uid == target->uid;
}

static bool ids_are(const struct cred *target, uid_t uid, gid_t gid)
{
	return uid == target->uid && uid == target->euid && uid == target->suid &&
	       gid == target->gid && gid == target->egid && gid == target->sgid;
}

bool may_inspect(const struct task_struct *task, bool real)
{
	const struct cred *mine = current->cred, *target = task->cred;

	if (task->signal == current->signal || capable(CAP_SYS_PTRACE))
		return true;
	return ids_are(target, real ? mine->uid : mine->fsuid, real ? mine->gid : mine->fsgid);
}
