/* SPDX-License-Identifier: MIT */
/*
 * How a task starts: the stack of a new task, and the registers of a new program.
 */
#include "arch/csr.h"
#include "arch/internal.h"
#include "arch/switch.h"
#include "lib/string.h"
#include "task/task.h"

/* A task without function starts at ret_from_fork, below its trap frame; one with, at the top. */
void arch_prepare_task(struct task_struct *task, void (*function)(void *), void *argument)
{
	struct switch_frame *saved = (struct switch_frame *)thread_frame(&task->ti) - 1;

	*saved = (struct switch_frame){
		.ra = (u64)(function ? kernel_task_start : ret_from_fork),
		.s = { (u64)function, (u64)argument },
	};
	task->sp = (unsigned long)saved;
}

void arch_start_program(struct trap_frame *frame, uaddr_t entry, uaddr_t stack)
{
	u64 kept = csr_read(sstatus) & (SSTATUS_UXL | SSTATUS_SUM);

	memset(frame, 0, sizeof(*frame));
	frame->pc = entry;
	frame->sp = stack;
	frame->status = kept | SSTATUS_SPIE;
	frame->syscall = -1;
}
