/* SPDX-License-Identifier: MIT */
/*
 * Sets of registers for tracers: arch/regset.h. The trap frame and the floating-point state have
 * Linux's layout already.
 */
#include "arch/regset.h"

#include "arch/fpu.h"
#include "arch/vector.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "task/task.h"
#include "uapi/ptrace.h"

/* Vector registers are as long as a machine makes them; the interface ends at 8 KiB each. */
enum { INTEGER_SIZE = 32 * 8, VECTOR_LENGTH_MAX = 8192 };

static_assert(sizeof(struct fpu_state) == 33 * 8, "elf_fpregset_t");
static_assert(offsetof(struct trap_frame, status) == INTEGER_SIZE, "user_regs_struct");

size_t arch_regset_size(u64 type)
{
	switch (type) {
	case NT_PRSTATUS: return INTEGER_SIZE;
	case NT_PRFPREG: return sizeof(struct fpu_state);
	case NT_RISCV_VECTOR:
		return vector_length ? VECTOR_CSRS_SIZE + VECTOR_REGISTERS * VECTOR_LENGTH_MAX : 0;
	default: return 0;
	}
}

size_t arch_regset_unit(u64 type)
{
	return type == NT_RISCV_VECTOR ? 4 : 8;
}

static int get_vector(struct task_struct *task, struct regset *set)
{
	const struct vector_state *state = arch_vector_sync(task);

	if (!state)
		return -EINVAL;
	set->piece[0].data = state;
	set->piece[0].size = VECTOR_CSRS_SIZE;
	set->piece[1].data = state->registers;
	set->piece[1].size = VECTOR_REGISTERS * state->vlenb;
	return 0;
}

int arch_regset_get(struct task_struct *task, u64 type, struct regset *set)
{
	*set = (struct regset){ 0 };
	if (type == NT_RISCV_VECTOR)
		return get_vector(task, set);
	set->piece[0].size = arch_regset_size(type);
	set->piece[0].data = type == NT_PRSTATUS ? (const void *)thread_frame(&task->ti)
						 : (const void *)arch_fpu_sync(task);
	return set->piece[0].data ? 0 : -ENOMEM;
}

static int set_vector(struct task_struct *task, const u8 *bytes, size_t size)
{
	struct vector_state *state = arch_vector_sync(task), wanted;

	if (!state)
		return -EINVAL;
	memcpy(&wanted, state, VECTOR_CSRS_SIZE);
	memcpy(&wanted, bytes, MIN(size, (size_t)VECTOR_CSRS_SIZE));
	if (wanted.vlenb != state->vlenb)
		return -EINVAL;
	memcpy(state, &wanted, VECTOR_CSRS_SIZE);
	if (size > VECTOR_CSRS_SIZE)
		memcpy(state->registers, bytes + VECTOR_CSRS_SIZE,
		       MIN(size - VECTOR_CSRS_SIZE, (size_t)(VECTOR_REGISTERS * state->vlenb)));
	arch_vector_changed(task);
	return 0;
}

int arch_regset_set(struct task_struct *task, u64 type, const void *bytes, size_t size)
{
	struct fpu_state *fpu;

	if (type == NT_RISCV_VECTOR)
		return set_vector(task, bytes, size);
	if (type == NT_PRSTATUS) {
		memcpy(thread_frame(&task->ti), bytes, size);
		return 0;
	}
	fpu = arch_fpu_sync(task);
	if (!fpu)
		return -ENOMEM;
	memcpy(fpu, bytes, size);
	fpu->spare = 0;
	arch_fpu_changed(task);
	return 0;
}
