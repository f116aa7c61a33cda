/* SPDX-License-Identifier: MIT */
/*
 * Restartable sequences: rseq(2). A thread shares a structure with the kernel, in which it finds
 * the hart it runs on, and announces a critical section that must not be interrupted.
 *
 * RSEQ1: when a thread returns to user mode after it was switched out in the middle of its program,
 *        was moved to another hart, or is about to enter a signal handler, and its pc is in the
 *        announced section, it goes on at the section's abort handler.
 * RSEQ2: when it returns to user mode, the structure names the hart it is on.
 *
 * The switch sets TIF_RSEQ_WORK for that (note_switch() in sched/core.c), for threads with a
 * structure alone, and only if they trapped from the program or change harts; a thread that sleeps
 * in a system call and stays on its hart has nothing to do. The concurrency id is the hart: unique
 * among the threads of a space that run, as it must be.
 *
 * All runs in the thread itself, on its way to user mode. Its accesses may fault and sleep; if the
 * thread comes to another hart meanwhile, the flag is set again. Tested by tests/guest/rseq.c.
 */
#include "task/rseq.h"

#include "base/perhart.h"
#include "lib/errno.h"
#include "task/signal.h"
#include "vm/usercopy.h"

enum { SIGNATURE_SIZE = 4 };

/* --- where it runs --- */

static int put_place(uaddr_t rseq, u32 hart, u32 start_hart, u32 concurrency)
{
	if (put_user32(start_hart, rseq + offsetof(struct rseq, cpu_id_start)) ||
	    put_user32(hart, rseq + offsetof(struct rseq, cpu_id)) ||
	    put_user32(0, rseq + offsetof(struct rseq, node_id)) ||
	    put_user32(concurrency, rseq + offsetof(struct rseq, mm_cid)))
		return -EFAULT;
	return 0;
}

static int update_place(void)
{
	u32 hart = this_hart();

	if (likely(current->rseq_hart == hart))
		return 0;
	current->rseq_hart = hart;
	return put_place(current->rseq, hart, hart, hart);
}

/* --- critical sections --- */

static bool section_is_valid(const struct rseq_cs *section)
{
	u64 end;

	if (section->version || section->flags)
		return false;
	if (__builtin_add_overflow(section->start_ip, section->post_commit_offset, &end))
		return false;
	if (section->start_ip >= USER_END || end >= USER_END || section->abort_ip >= USER_END)
		return false;
	return section->abort_ip - section->start_ip >= section->post_commit_offset;
}

/* 0, -EFAULT, or -EINVAL when the section is not what the thread registered for. */
static int read_section(uaddr_t at, struct rseq_cs *section)
{
	u32 signature;

	if (copy_from_user(section, at, sizeof(*section)))
		return -EFAULT;
	if (!section_is_valid(section))
		return -EINVAL;
	if (get_user32(&signature, section->abort_ip - SIGNATURE_SIZE))
		return -EFAULT;
	return signature == current->rseq_signature ? 0 : -EINVAL;
}

/* Ends the section that was announced, if any; a thread inside it goes to its abort handler. */
static int leave_section(struct trap_frame *frame)
{
	uaddr_t at = current->rseq + offsetof(struct rseq, rseq_cs);
	struct rseq_cs section;
	u64 address;
	u32 flags;
	int error;

	if (get_user64(&address, at))
		return -EFAULT;
	if (likely(!address))
		return 0;
	error = read_section(address, &section);
	if (error)
		return error;
	if (frame->pc - section.start_ip >= section.post_commit_offset)
		return put_user64(0, at);
	if (get_user32(&flags, current->rseq + offsetof(struct rseq, flags)))
		return -EFAULT;
	if (flags)
		return -EINVAL;
	if (put_user64(0, at))
		return -EFAULT;
	frame->pc = section.abort_ip;
	return 0;
}

void rseq_update(struct trap_frame *frame)
{
	task_clear_flag(current, TIF_RSEQ_WORK);
	if (!current->rseq)
		return;
	if (leave_section(frame) || update_place())
		force_signal(SIGSEGV);
}

/* --- registration --- */

void rseq_register(uaddr_t rseq, u32 length, u32 signature)
{
	current->rseq = rseq;
	current->rseq_length = length;
	current->rseq_signature = signature;
	current->rseq_hart = ~0u;
	task_set_flag(current, TIF_RSEQ | TIF_RSEQ_WORK);
}

void rseq_forget(struct task_struct *task)
{
	task->rseq = 0;
	task_clear_flag(task, TIF_RSEQ | TIF_RSEQ_WORK);
}

int rseq_unregister(void)
{
	int error = put_place(current->rseq, (u32)RSEQ_CPU_ID_UNINITIALIZED, 0, 0);

	if (!error)
		rseq_forget(current);
	return error;
}

void rseq_inherit(struct task_struct *child, bool shares_space)
{
	if (shares_space || !child->rseq) {
		child->rseq = 0;
		child->ti.flags &= ~(unsigned long)TIF_RSEQ;
		return;
	}
	child->rseq_hart = ~0u;
	child->ti.flags |= TIF_RSEQ_WORK;
}
