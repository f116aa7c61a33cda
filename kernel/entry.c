/* SPDX-License-Identifier: MIT */
/*
 * The upcalls from the trap code (entry.h): what each kind of trap means to the kernel.
 *
 * A fault asks the address space first; what that refuses becomes a signal here, since vm/ is below
 * signals. Interrupts wake and set flags; what they ask for is done in entry_return_work(), on the
 * way back to user mode.
 */
#include "entry.h"

#include "base/irq.h"
#include "lib/errno.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "task/itimer.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/rseq.h"
#include "task/seccomp.h"
#include "task/signal.h"
#include "task/task.h"
#include "vm/space.h"

/* Causes of exceptions (privileged specification, table of scause). */
enum cause {
	CAUSE_FETCH_MISALIGNED = 0,
	CAUSE_FETCH_ACCESS = 1,
	CAUSE_ILLEGAL_INSTRUCTION = 2,
	CAUSE_BREAKPOINT = 3,
	CAUSE_LOAD_MISALIGNED = 4,
	CAUSE_LOAD_ACCESS = 5,
	CAUSE_STORE_MISALIGNED = 6,
	CAUSE_STORE_ACCESS = 7,
};

/* --- system calls --- */

static long call(const struct trap_frame *frame, u64 number)
{
	if (number >= SYSCALL_COUNT)
		return syscall_absent(number);
	return syscall_table[number]((long)frame->orig_a0, (long)frame->a1, (long)frame->a2,
				     (long)frame->a3, (long)frame->a4, (long)frame->a5);
}

/* Is the call to be done? The tracer may change the number and the arguments, and with number -1
 * gives the result itself; then the filters judge what is left. */
static bool call_permitted(struct trap_frame *frame)
{
	if (task_has_flag(current, TIF_SYSCALL_TRACE) && !ptrace_syscall_enter())
		return false;
	if ((s64)frame->a7 < 0)
		return false;
	return !task_has_flag(current, TIF_SECCOMP) || seccomp_enter(frame);
}

long entry_syscall_slow(struct trap_frame *frame)
{
	if (likely(!task_has_flag(current, TIF_SYSCALL_WORK)))
		return call(frame, (u64)frame->syscall);
	frame->a0 = (u64)-ENOSYS;
	if (call_permitted(frame))
		frame->a0 = (u64)call(frame, frame->a7);
	task_clear_flag(current, TIF_SYSCALL_EXIT);
	if (task_has_flag(current, TIF_SYSCALL_TRACE))
		ptrace_syscall_exit();
	return (long)frame->a0;
}

/* --- faults --- */

void entry_page_fault(struct trap_frame *frame, uaddr_t address, enum fault_access access)
{
	int code = SEGV_MAPERR;
	int error = -EFAULT;

	if (likely(address < USER_END))
		error = vm_fault(current->mm, address, access | FAULT_USER, &code);
	if (likely(!error)) {
		current->min_faults++;
		return;
	}
	if (error == -EINTR)
		return; /* the signal first; then the access is tried again */
	if (error == -EIO)
		force_signal_fault(SIGBUS, BUS_ADRERR, address);
	else if (error == -ENOMEM)
		force_fatal_signal(SIGKILL); /* no memory, and nobody to take it from */
	else
		force_signal_fault(SIGSEGV, code, address);
}

int entry_kernel_fault(uaddr_t address, enum fault_access access)
{
	int code;

	/* A kernel thread that works for nobody has no user memory. */
	if (!current->mm)
		return -EFAULT;
	if (vm_fault(current->mm, address, access, &code))
		return -EFAULT;
	current->min_faults++;
	return 0;
}

void entry_exception(struct trap_frame *frame, u64 cause)
{
	switch (cause) {
	case CAUSE_ILLEGAL_INSTRUCTION: force_signal_fault(SIGILL, ILL_ILLOPC, frame->pc); break;
	case CAUSE_BREAKPOINT: force_signal_fault(SIGTRAP, TRAP_BRKPT, frame->pc); break;
	case CAUSE_FETCH_MISALIGNED:
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED: force_signal_fault(SIGBUS, BUS_ADRALN, frame->badaddr); break;
	case CAUSE_FETCH_ACCESS:
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_ACCESS: force_signal_fault(SIGSEGV, SEGV_ACCERR, frame->badaddr); break;
	default: /* reserved causes */ force_signal_fault(SIGILL, ILL_ILLOPC, frame->pc);
	}
}

/* --- interrupts --- */

void entry_timer(bool user_mode)
{
	this_hart_ptr(irq_counts)->timer++;
	timer_interrupt();
	sched_tick(user_mode);
	if (unlikely(current->se.rt_priority))
		realtime_limit_tick();
}

void entry_ipi(void)
{
	this_hart_ptr(irq_counts)->ipi++;
	sched_ipi();
}

/* --- the way back --- */

/* A call that was not entered for its tracer, but an event made it one. */
static void end_traced_call(void)
{
	task_clear_flag(current, TIF_SYSCALL_EXIT);
	if (task_has_flag(current, TIF_SYSCALL_TRACE))
		ptrace_syscall_exit();
}

void entry_return_work(struct trap_frame *frame)
{
	unsigned long work;

	while ((work = READ_ONCE(current->ti.flags) & TIF_WORK)) {
		if (work & TIF_NEED_RESCHED)
			schedule();
		if (work & TIF_SYSCALL_EXIT)
			end_traced_call();
		if (work & TIF_RSEQ_WORK)
			rseq_update(frame);
		if (work & TIF_SIGPENDING)
			deliver_signals(frame);
		if (work & TIF_NOTIFY)
			task_notified();
	}
}
