/* SPDX-License-Identifier: MIT */
/*
 * Vector state of tasks: arch/vector.h.
 *
 * V1: a task without TIF_VECTOR_USED has VS Off in its trap frame and no state.
 * V2: a task that does not run has its state in memory (the switch saves what is Dirty).
 * V3: a hart's registers equal a state in memory when vector_owner names it and its hart is that
 *	one. Both are needed, as with floating point (FPU3).
 *
 * All functions work on current, or on tasks in the switch. No locks.
 */
#include "arch/vector.h"

#include "arch/csr.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/task.h"

#define NO_HART (~0UL)
#define VTYPE_ILLEGAL (1UL << 63)

void vector_save(struct vector_state *state);
void vector_load(const struct vector_state *state);
u64 vector_read_length(void);

u64 vector_length; /* [I] after arch_vector_init() */

static DEFINE_PERHART(struct vector_state *, vector_owner); /* V3; may be freed: only compared */

static void frame_set_vs(struct task_struct *task, u64 vs)
{
	struct trap_frame *frame = thread_frame(&task->ti);

	frame->status = (frame->status & ~(u64)SSTATUS_VS) | vs;
}

static bool frame_is_dirty(const struct task_struct *task)
{
	return (thread_frame(&task->ti)->status & SSTATUS_VS) == SSTATUS_VS_DIRTY;
}

static void save_dirty(struct task_struct *task)
{
	csr_set(sstatus, SSTATUS_VS_INITIAL);
	vector_save(task->vector);
	csr_clear(sstatus, SSTATUS_VS);
	frame_set_vs(task, SSTATUS_VS_CLEAN);
}

static int make_state(void)
{
	if (current->vector)
		return 0;
	current->vector = kzalloc(sizeof(struct vector_state) + VECTOR_REGISTERS * vector_length);
	if (!current->vector)
		return -ENOMEM;
	current->vector->vtype = VTYPE_ILLEGAL;
	current->vector->vlenb = vector_length;
	current->vector->hart = NO_HART;
	task_set_flag(current, TIF_VECTOR_USED);
	return 0;
}

int arch_vector_first_use(struct trap_frame *frame)
{
	int error;

	if (frame->status & SSTATUS_VS || !vector_length ||
	    (current->vector_control & VECTOR_CONTROL_MASK) == VECTOR_CONTROL_OFF)
		return 0;
	error = make_state();
	if (error)
		return error;
	csr_set(sstatus, SSTATUS_VS_INITIAL);
	vector_load(current->vector);
	csr_clear(sstatus, SSTATUS_VS);
	frame->status |= SSTATUS_VS_CLEAN;
	*this_hart_ptr(vector_owner) = current->vector;
	current->vector->hart = this_hart();
	return 1;
}

void arch_vector_switch(struct task_struct *prev, struct task_struct *next)
{
	if (task_has_flag(prev, TIF_VECTOR_USED) && frame_is_dirty(prev))
		save_dirty(prev);
	if (task_has_flag(next, TIF_VECTOR_USED)) {
		bool loaded = *this_hart_ptr(vector_owner) == next->vector &&
			      next->vector->hart == this_hart();

		frame_set_vs(next, loaded ? SSTATUS_VS_CLEAN : 0);
	}
}

void arch_vector_fork(struct task_struct *child)
{
	child->vector = NULL;
	frame_set_vs(child, 0);
}

void arch_vector_drop(struct task_struct *task)
{
	if (!task->vector)
		return;
	kfree(task->vector);
	task->vector = NULL;
	task_clear_flag(task, TIF_VECTOR_USED);
	frame_set_vs(task, 0);
}

struct vector_state *arch_vector_sync(struct task_struct *task)
{
	if (task == current && task->vector && frame_is_dirty(task))
		save_dirty(task);
	return task->vector;
}

void arch_vector_changed(struct task_struct *task)
{
	task->vector->hart = NO_HART;
	frame_set_vs(task, 0);
}

/* --- what a task may use --- */

void arch_vector_exec(void)
{
	u8 control = current->vector_control;
	u8 next = control >> VECTOR_CONTROL_NEXT_SHIFT & VECTOR_CONTROL_MASK;

	arch_vector_drop(current);
	current->vector_control = next ? next : VECTOR_CONTROL_ON;
	if (control & VECTOR_CONTROL_INHERIT)
		current->vector_control |= control & ~VECTOR_CONTROL_MASK;
}

long arch_vector_get_control(void)
{
	return vector_length ? current->vector_control : -EINVAL;
}

long arch_vector_set_control(unsigned long control)
{
	unsigned long now = control & VECTOR_CONTROL_MASK;
	unsigned long next = control >> VECTOR_CONTROL_NEXT_SHIFT & VECTOR_CONTROL_MASK;

	if (!vector_length || control & ~(unsigned long)VECTOR_CONTROL_ALL ||
	    now > VECTOR_CONTROL_ON)
		return -EINVAL;
	if (now == VECTOR_CONTROL_OFF && current->vector)
		return -EPERM;
	if (next > VECTOR_CONTROL_ON)
		return -EINVAL;
	if (now == VECTOR_CONTROL_DEFAULT)
		now = current->vector_control & VECTOR_CONTROL_MASK;
	current->vector_control = (u8)((control & ~(unsigned long)VECTOR_CONTROL_MASK) | now);
	return 0;
}

void arch_vector_init(void)
{
	if (!machine.has_vector)
		return;
	csr_set(sstatus, SSTATUS_VS_INITIAL);
	vector_length = vector_read_length();
	csr_clear(sstatus, SSTATUS_VS);
}
