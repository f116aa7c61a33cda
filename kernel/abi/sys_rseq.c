/* SPDX-License-Identifier: MIT */
/*
 * System calls that order what the threads of a process do on different harts: rseq(2),
 * membarrier(2).
 */
#include "arch/hart.h"
#include "base/perhart.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "sched/sched.h"
#include "task/rseq.h"
#include "uapi/system.h"
#include "vm/space.h"
#include "vm/usercopy.h"

/* --- rseq --- */

static long unregister(uaddr_t rseq, u32 length, u32 signature)
{
	if (!current->rseq || current->rseq != rseq || length != current->rseq_length)
		return -EINVAL;
	if (signature != current->rseq_signature)
		return -EPERM;
	return rseq_unregister();
}

/* Why a thread that has a structure cannot register one. */
static long already_registered(uaddr_t rseq, u32 length, u32 signature)
{
	if (current->rseq != rseq || length != current->rseq_length)
		return -EINVAL;
	return signature == current->rseq_signature ? -EBUSY : -EPERM;
}

long sys_rseq(uaddr_t rseq, u32 length, int flags, u32 signature)
{
	if (flags & RSEQ_FLAG_UNREGISTER)
		return flags & ~RSEQ_FLAG_UNREGISTER ? -EINVAL
						     : unregister(rseq, length, signature);
	if (flags)
		return -EINVAL;
	if (current->rseq)
		return already_registered(rseq, length, signature);
	if (length < RSEQ_SIZE || rseq % RSEQ_ALIGN)
		return -EINVAL;
	if (!access_ok(rseq, length))
		return -EFAULT;
	rseq_register(rseq, length, signature);
	return 0;
}

/* --- membarrier --- */

enum {
	ALL_COMMANDS = (MEMBARRIER_GET_REGISTRATIONS << 1) - 1,
	REGISTER_COMMANDS = MEMBARRIER_REGISTER_GLOBAL_EXPEDITED |
			    MEMBARRIER_REGISTER_PRIVATE_EXPEDITED |
			    MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE |
			    MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_RSEQ,
};

/* A remote fence orders memory, and instructions, on the harts that it reaches; it returns when
 * they have passed it. */
static long fence_all(void)
{
	arch_fence_i(harts_online);
	return 0;
}

/* Each private command needs its registration, which is the next bit. */
static bool is_registered(int command)
{
	return READ_ONCE(current->mm->membarrier) & ((u32)command << 1);
}

static long register_for(int command)
{
	atomic_fetch_or(&current->mm->membarrier, (u32)command);
	return 0;
}

/* Waits until a thread that ran on the hart has gone through rseq_update(), or has left it. Of two
 * that wait for each other each does its own update here. */
static void await_update(unsigned int hart)
{
	while (sched_running_has_flag(hart, current->mm, TIF_RSEQ_WORK)) {
		if (task_has_flag(current, TIF_RSEQ_WORK))
			rseq_update(current_frame());
		cond_resched();
		arch_relax();
	}
}

/* Threads that run elsewhere, or on that hart alone, leave their critical sections. */
static long restart_sequences(unsigned int flags, int only)
{
	hartmask_t harts = harts_online, interrupted = 0;
	unsigned int hart;

	if (flags & MEMBARRIER_FLAG_CPU)
		harts &= only >= 0 && only < MAX_HARTS ? hartmask_of((unsigned int)only) : 0;
	for_each_hart_in (hart, harts)
		if (sched_flag_running(hart, current->mm, TIF_RSEQ_WORK))
			interrupted |= hartmask_of(hart);
	for_each_hart_in (hart, interrupted)
		await_update(hart);
	return harts ? fence_all() : 0;
}

static long private_command(int command, unsigned int flags, int hart)
{
	if (!is_registered(command))
		return -EPERM;
	if (command == MEMBARRIER_PRIVATE_EXPEDITED_RSEQ)
		return restart_sequences(flags, hart);
	return fence_all();
}

long sys_membarrier(int command, unsigned int flags, int hart)
{
	if (flags &&
	    !(command == MEMBARRIER_PRIVATE_EXPEDITED_RSEQ && flags == MEMBARRIER_FLAG_CPU))
		return -EINVAL;
	switch (command) {
	case MEMBARRIER_QUERY: return ALL_COMMANDS;
	case MEMBARRIER_GLOBAL:
	case MEMBARRIER_GLOBAL_EXPEDITED: return fence_all();
	case MEMBARRIER_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
	case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
	case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_RSEQ: return register_for(command);
	case MEMBARRIER_PRIVATE_EXPEDITED:
	case MEMBARRIER_PRIVATE_EXPEDITED_SYNC_CORE:
	case MEMBARRIER_PRIVATE_EXPEDITED_RSEQ: return private_command(command, flags, hart);
	case MEMBARRIER_GET_REGISTRATIONS:
		return READ_ONCE(current->mm->membarrier) & REGISTER_COMMANDS;
	}
	return -EINVAL;
}
