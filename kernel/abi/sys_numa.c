/* SPDX-License-Identifier: MIT */
/*
 * System calls about memory nodes, as a machine with a single one answers them: get_mempolicy(2),
 * set_mempolicy(2), mbind(2), set_mempolicy_home_node(2), migrate_pages(2), move_pages(2).
 *
 * Policies are checked and kept, and change nothing. A set of nodes that is valid holds node 0 or
 * is empty, so a mode says all of a policy.
 */
#include "lib/errno.h"
#include "mm/page.h"
#include "sched/sched.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/task.h"
#include "uapi/mempolicy.h"
#include "vm/space.h"
#include "vm/usercopy.h"

enum { NODES_MAX = 64, NODE_WORDS = 1 };

/* --- sets of nodes in user memory --- */

/* maxnode counts one bit more than the set has. 0, -EINVAL (nodes that cannot be), -EFAULT. */
static int get_nodes(u64 *nodes, uaddr_t from, u64 maxnode)
{
	u64 bits = maxnode - 1;

	*nodes = 0;
	if (!from || !maxnode || !bits)
		return 0;
	if (bits > PAGE_SIZE * 8)
		return -EINVAL;
	for (u64 word = 0; word * 64 < bits; word++) {
		u64 left = bits - word * 64, value;

		if (get_user64(&value, from + word * sizeof(value)))
			return -EFAULT;
		if (left < 64)
			value &= ((u64)1 << left) - 1;
		if (!word)
			*nodes = value;
		else if (value)
			return -EINVAL;
	}
	return 0;
}

static int put_nodes(u64 nodes, uaddr_t to, u64 maxnode)
{
	u64 bytes = ALIGN_UP(maxnode - 1, (u64)64) / 8;

	if (!maxnode || !bytes)
		return 0;
	if (bytes > PAGE_SIZE)
		return -EINVAL;
	if (put_user64(nodes, to))
		return -EFAULT;
	return clear_user(to + sizeof(nodes), bytes - sizeof(nodes));
}

/* --- policies --- */

static bool flags_fit(u32 mode, u32 flags)
{
	const u32 placing = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;

	if ((flags & placing) == placing)
		return false;
	return !(flags & MPOL_F_NUMA_BALANCING) || mode == MPOL_BIND || mode == MPOL_PREFERRED_MANY;
}

/* A policy of the two arguments: mode and flags, or -EINVAL. */
static int make_policy(int mode_and_flags, u64 nodes)
{
	u32 flags = (u32)mode_and_flags & MPOL_MODE_FLAGS;
	u32 mode = (u32)mode_and_flags & ~(u32)MPOL_MODE_FLAGS;
	bool there = nodes & 1;

	if (mode >= MPOL_MAX || !flags_fit(mode, flags))
		return -EINVAL;
	switch (mode) {
	case MPOL_DEFAULT: return nodes || flags ? -EINVAL : (int)mode;
	case MPOL_LOCAL: return nodes || flags ? -EINVAL : (int)mode;
	case MPOL_PREFERRED:
		if (!nodes)
			return flags ? -EINVAL : MPOL_LOCAL;
		break;
	}
	return there ? (int)(mode | flags) : -EINVAL;
}

static u64 policy_nodes(u32 policy)
{
	u32 mode = policy & ~(u32)MPOL_MODE_FLAGS;

	return mode == MPOL_DEFAULT || mode == MPOL_LOCAL ? 0 : 1;
}

long sys_set_mempolicy(int mode, uaddr_t mask, u64 maxnode)
{
	u64 nodes;
	int result = get_nodes(&nodes, mask, maxnode);

	if (!result)
		result = make_policy(mode, nodes);
	if (result < 0)
		return result;
	current->mempolicy = (u16)result;
	return 0;
}

/* The node that holds the page at an address, or that the next page comes from: always 0. */
static int policy_node(uaddr_t address, unsigned int flags)
{
	u32 mode = current->mempolicy & ~(u32)MPOL_MODE_FLAGS;
	u8 byte;

	if (flags & MPOL_F_ADDR)
		return get_user8(&byte, address);
	return mode == MPOL_INTERLEAVE || mode == MPOL_WEIGHTED_INTERLEAVE ? 0 : -EINVAL;
}

/* What get_mempolicy(2) says of the mode; *nodes is set too. -EFAULT, -EINVAL. */
static int look_up_policy(uaddr_t address, unsigned int flags, u64 *nodes)
{
	int policy = current->mempolicy;

	if (flags & MPOL_F_MEMS_ALLOWED) {
		*nodes = 1;
		return flags & (MPOL_F_NODE | MPOL_F_ADDR) ? -EINVAL : 0;
	}
	if (flags & MPOL_F_ADDR)
		policy = vm_get_policy(current->mm, address);
	else if (address)
		return -EINVAL;
	if (policy < 0)
		return policy;
	*nodes = policy_nodes((u32)policy);
	return flags & MPOL_F_NODE ? policy_node(address, flags) : policy;
}

long sys_get_mempolicy(uaddr_t mode, uaddr_t mask, u64 maxnode, uaddr_t address,
		       unsigned long flags)
{
	u64 nodes = 0;
	int policy;

	if (mask && !maxnode)
		return -EINVAL;
	if (flags & ~(unsigned long)(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	policy = look_up_policy(address, (unsigned int)flags, &nodes);
	if (policy < 0)
		return policy;
	if (mode && put_user32((u32)policy, mode))
		return -EFAULT;
	return mask ? put_nodes(nodes, mask, maxnode) : 0;
}

long sys_mbind(uaddr_t start, u64 length, int mode, uaddr_t mask, u64 maxnode, unsigned int flags)
{
	u64 size = ALIGN_UP(length, (u64)PAGE_SIZE);
	u64 nodes;
	int policy = get_nodes(&nodes, mask, maxnode);

	if (policy)
		return policy;
	if (flags & ~(unsigned int)(MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if (flags & MPOL_MF_MOVE_ALL && !capable(CAP_SYS_NICE))
		return -EPERM;
	if (start % PAGE_SIZE || start + size < start)
		return -EINVAL;
	if (!size)
		return 0;
	policy = make_policy(mode, nodes);
	if (policy < 0)
		return policy;
	return vm_set_policy(current->mm, start, size, (u32)policy & ~(u32)MPOL_MODE_FLAGS);
}

long sys_set_mempolicy_home_node(uaddr_t start, u64 length, unsigned long node, unsigned long flags)
{
	u64 size = ALIGN_UP(length, (u64)PAGE_SIZE);
	int policy;

	if (start % PAGE_SIZE || flags || node || start + size < start)
		return -EINVAL;
	if (!size)
		return 0;
	policy = vm_get_policy(current->mm, start);
	if (policy <= 0)
		return -ENOENT;
	return policy == MPOL_BIND || policy == MPOL_PREFERRED_MANY ? 0 : -EOPNOTSUPP;
}

/* --- pages of other processes --- */

/* The space of a process (0: the caller), with a user reference; ERR_PTR(-ESRCH, -EPERM, -EINVAL).
 */
static struct mm_struct *space_of(pid_t pid)
{
	struct task_struct *task = pid ? get_task_by_pid(pid) : get_task_struct(current);
	struct mm_struct *mm = ERR_PTR(-EPERM);

	if (!task)
		return ERR_PTR(-ESRCH);
	if (task == current || may_inspect(task, true))
		mm = get_task_mm(task);
	put_task_struct(task);
	return mm ? mm : ERR_PTR(-EINVAL);
}

long sys_migrate_pages(pid_t pid, u64 maxnode, uaddr_t from, uaddr_t to)
{
	struct mm_struct *mm;
	u64 old, new;
	int error = get_nodes(&old, from, maxnode);

	if (!error)
		error = get_nodes(&new, to, maxnode);
	if (error)
		return error;
	mm = space_of(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	mm_put_user(mm);
	return new & 1 ? 0 : -EINVAL;
}

/* Where one page is, or whether it can go where it is to: its node 0, or -errno in *status. A call
 * fails with the result. */
static int move_page(struct mm_struct *mm, uaddr_t pages, uaddr_t nodes, u64 i, int *status)
{
	u64 address;
	u32 node = 0;

	if (get_user64(&address, pages + i * sizeof(address)))
		return -EFAULT;
	if (nodes && get_user32(&node, nodes + i * sizeof(node)))
		return -EFAULT;
	if (node)
		return -ENODEV;
	*status = vm_page_there(mm, address);
	return 0;
}

long sys_move_pages(pid_t pid, u64 count, uaddr_t pages, uaddr_t nodes, uaddr_t status,
		    unsigned int flags)
{
	struct mm_struct *mm;
	int error = 0;

	if (flags & ~(unsigned int)(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if (flags & MPOL_MF_MOVE_ALL && !capable(CAP_SYS_NICE))
		return -EPERM;
	mm = space_of(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	for (u64 i = 0; i < count && !error; i++) {
		int there = 0;

		error = move_page(mm, pages, nodes, i, &there);
		if (!error && put_user32((u32)there, status + i * sizeof(there)))
			error = -EFAULT;
		if (i % 64 == 63) {
			cond_resched();
			if (current_signal_pending())
				error = -ERESTARTNOHAND;
		}
	}
	mm_put_user(mm);
	return error;
}
