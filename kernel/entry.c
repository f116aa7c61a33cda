/* SPDX-License-Identifier: MIT */
/*
 * The upcalls from the trap code (entry.h): what each kind of trap means to the kernel.
 *
 * A fault asks the address space first; what that refuses becomes a signal here, since vm/ is below
 * signals. Interrupts wake and set flags; what they ask for is done in entry_return_work(), on the
 * way back to user mode.
 */
#include "entry.h"

#include "arch/hart.h"
#include "lib/errno.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "task/process.h"
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

long entry_syscall_slow(struct trap_frame *frame)
{
	if ((u64)frame->syscall >= SYSCALL_COUNT)
		return syscall_absent((unsigned long)frame->syscall);
	return syscall_table[frame->syscall]((long)frame->orig_a0, (long)frame->a1, (long)frame->a2,
					     (long)frame->a3, (long)frame->a4, (long)frame->a5);
}

/* --- faults --- */

void entry_page_fault(struct trap_frame *frame, uaddr_t address, enum fault_access access)
{
	int code = SEGV_MAPERR;
	int error = -EFAULT;

	if (likely(address < USER_END))
		error = vm_fault(current->mm, address, access, &code);
	if (likely(!error))
		return;
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
	return vm_fault(current->mm, address, access, &code) ? -EFAULT : 0;
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
	timer_interrupt();
	sched_tick(user_mode);
}

void entry_ipi(void)
{
	sched_ipi();
}

/* --- the way back --- */

void entry_return_work(struct trap_frame *frame)
{
	unsigned long work;

	while ((work = READ_ONCE(current->ti.flags) & TIF_WORK)) {
		if (work & TIF_NEED_RESCHED)
			schedule();
		if (work & TIF_SIGPENDING)
			deliver_signals(frame);
		if (work & TIF_NOTIFY)
			task_notified();
	}
}
