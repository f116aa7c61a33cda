/* SPDX-License-Identifier: MIT */
/*
 * Traps after trap.S has saved the registers: causes to upcalls (kernel/entry.h).
 *
 * From user mode everything may come. From the kernel only faults: those of user accesses, which
 * are told by sstatus.SUM, or by their instruction where that is always set (user_guard.c). They
 * are resolved like a user's, or end at the fixup of their instruction; any other is a bug, and
 * panics with the registers. Interrupts off throughout.
 */
#include "arch/csr.h"
#include "arch/fpu.h"
#include "arch/hart.h"
#include "arch/internal.h"
#include "arch/vector.h"
#include "base/log.h"
#include "base/panic.h"
#include "base/stop.h"
#include "entry.h"
#include "task/task.h"

static_assert(SYSCALL_COUNT == 1 << 9, "trap.S: SYSCALL_SHIFT");
static_assert(TIF_SYSCALL_WORK == 520 && TIF_WORK == 199, "trap.S has these numbers");

/* Instructions that may fault on user memory, and where to go on when they do. */
struct fixup {
	u64 instruction;
	u64 target;
};

extern const struct fixup __ex_table_start[], __ex_table_end[];

static const char *cause_name(u64 cause)
{
	static const char *const names[] = {
		"misaligned instruction address",
		"instruction access fault",
		"illegal instruction",
		"breakpoint",
		"misaligned load",
		"load access fault",
		"misaligned store",
		"store access fault",
		"system call",
		"system call of the kernel",
		"unknown",
		"unknown",
		"instruction page fault",
		"load page fault",
		"unknown",
		"store page fault",
	};

	return cause < ARRAY_SIZE(names) ? names[cause] : "unknown";
}

void trap_interrupt(u64 number, bool user_mode)
{
	switch (number) {
	case INTERRUPT_SOFTWARE:
		csr_clear(sip, 1 << INTERRUPT_SOFTWARE);
		stop_check();
		entry_ipi();
		break;
	case INTERRUPT_TIMER: entry_timer(user_mode); break;
	case INTERRUPT_EXTERNAL: entry_external(); break;
	}
}

static enum fault_access fault_access_of(u64 cause)
{
	if (cause == SCAUSE_STORE_PAGE_FAULT)
		return FAULT_WRITE;
	return cause == SCAUSE_LOAD_PAGE_FAULT ? FAULT_READ : FAULT_EXEC;
}

static bool is_page_fault(u64 cause)
{
	return cause == SCAUSE_FETCH_PAGE_FAULT || cause == SCAUSE_LOAD_PAGE_FAULT ||
	       cause == SCAUSE_STORE_PAGE_FAULT;
}

/* sent_to, call: pc and syscall of the frame as the kernel left them at its last return to user
 * mode.
 *
 * Whose time an interrupt ends: one that came during a system call is taken before the program's
 * next instruction, so where that call returned to. One that came during a page fault is taken
 * here, before the return, since a faulting instruction is likely the one of a short loop where
 * the next tick finds the program, too. The same mistake after a system call needs a loop that
 * passes by the call without making it; its ticks at that one instruction go to the kernel. */
void trap_from_user(struct trap_frame *frame, u64 cause, u64 badaddr, u64 sent_to, s64 call)
{
	if (is_page_fault(cause)) {
		entry_page_fault(frame, badaddr, fault_access_of(cause));
		arch_irq_window();
	} else if (cause & SCAUSE_INTERRUPT) {
		trap_interrupt(cause & ~SCAUSE_INTERRUPT, frame->pc != sent_to || call < 0);
	} else if (cause != SCAUSE_ILLEGAL_INSTRUCTION ||
		   (arch_fpu_first_use(frame) <= 0 && arch_vector_first_use(frame) <= 0)) {
		entry_exception(frame, cause);
	}
}

static const struct fixup *find_fixup(u64 instruction)
{
	for (const struct fixup *fixup = __ex_table_start; fixup < __ex_table_end; fixup++)
		if (fixup->instruction == instruction)
			return fixup;
	return NULL;
}

static void report_registers(const struct trap_frame *frame)
{
	static const char names[][4] = {
		"pc", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
		"a1", "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
		"s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
	};
	const u64 *value = &frame->pc;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i += 4)
		log_print(LOG_EMERG, "%3s %016lx %3s %016lx %3s %016lx %3s %016lx", names[i],
			  value[i], names[i + 1], value[i + 1], names[i + 2], value[i + 2],
			  names[i + 3], value[i + 3]);
	log_print(LOG_EMERG, "status %016lx badaddr %016lx", frame->status, frame->badaddr);
}

static bool is_user_access(const struct trap_frame *frame, u64 badaddr)
{
	return (frame->status & SSTATUS_SUM) && badaddr < USER_END &&
	       (user_guarded || find_fixup(frame->pc));
}

void trap_from_kernel(struct trap_frame *frame, u64 cause, u64 badaddr)
{
	const struct fixup *fixup = NULL;

	if (is_user_access(frame, badaddr)) {
		if (is_page_fault(cause) && !entry_kernel_fault(badaddr, fault_access_of(cause)))
			return;
		fixup = find_fixup(frame->pc);
	}
	if (fixup) {
		frame->pc = fixup->target;
		return;
	}
	panic_begin();
	report_registers(frame);
	panic("%s in the kernel at %lx, address %lx", cause_name(cause), frame->pc, badaddr);
}

/* On the overflow stack; sp and pc are those of the instruction that found no room. */
void trap_stack_overflow(u64 sp, u64 pc)
{
	panic_begin();
	panic("kernel stack overflow: task %d (%s), stack %lx, sp %lx, pc %lx", current->pid,
	      current->comm, (u64)current->stack, sp, pc);
}
