/* SPDX-License-Identifier: MIT */
/*
 * Sets of registers for tracers: arch/regset.h. The trap frame and the floating-point state have
 * Linux's layout already.
 */
#include "arch/regset.h"

#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "task/task.h"
#include "uapi/ptrace.h"

static_assert(sizeof(struct fpu_state) == 33 * REGSET_UNIT, "elf_fpregset_t");
static_assert(offsetof(struct trap_frame, status) == 32 * REGSET_UNIT, "user_regs_struct");

size_t arch_regset_size(u64 type)
{
	switch (type) {
	case NT_PRSTATUS: return 32 * REGSET_UNIT;
	case NT_PRFPREG: return sizeof(struct fpu_state);
	default: return 0;
	}
}

int arch_regset_get(struct task_struct *task, u64 type, struct regset *set)
{
	const struct fpu_state *fpu;

	if (type == NT_PRSTATUS) {
		memcpy(set, thread_frame(&task->ti), sizeof(set->integer));
		return 0;
	}
	fpu = arch_fpu_sync(task);
	if (!fpu)
		return -ENOMEM;
	set->fpu = *fpu;
	set->fpu.spare = 0;
	return 0;
}

int arch_regset_set(struct task_struct *task, u64 type, const struct regset *set, size_t size)
{
	struct fpu_state *fpu;

	if (type == NT_PRSTATUS) {
		memcpy(thread_frame(&task->ti), set, size);
		return 0;
	}
	fpu = arch_fpu_sync(task);
	if (!fpu)
		return -ENOMEM;
	memcpy(fpu, set, size);
	arch_fpu_changed(task);
	return 0;
}
