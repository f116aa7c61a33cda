/* SPDX-License-Identifier: MIT */
/*
 * Floating-point state of tasks, saved and loaded lazily: arch/fpu.h.
 *
 * FPU1: a task without TIF_FPU_USED has FS Off in its trap frame and no state.
 * FPU2: a task that does not run has its state in memory (the switch saves what is Dirty).
 * FPU3: a hart's registers equal a task's memory state when fpu_owner names the task and the
 *	 task's fpu_hart names the hart. Both are needed: the task may have used another hart
 *	 since, another task this one.
 *
 * All functions work on current, or on a task that does not run and will not meanwhile. No locks.
 */
#include "arch/csr.h"
#include "arch/fpu.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/task.h"

enum { NO_HART = ~0u };

void fpu_save(struct fpu_state *state);
void fpu_load(const struct fpu_state *state);

static struct kmem_cache *fpu_cache;
/* FPU3; may be a freed task: only compared. */
static DEFINE_PERHART(struct task_struct *, fpu_owner);

static void frame_set_fs(struct task_struct *task, u64 fs)
{
	struct trap_frame *frame = thread_frame(&task->ti);

	frame->status = (frame->status & ~(u64)SSTATUS_FS) | fs;
}

static bool frame_is_dirty(const struct task_struct *task)
{
	return (thread_frame(&task->ti)->status & SSTATUS_FS) == SSTATUS_FS_DIRTY;
}

/* The registers are the task's and newer than its memory state: makes both equal. */
static void save_dirty(struct task_struct *task)
{
	csr_set(sstatus, SSTATUS_FS_INITIAL);
	fpu_save(task->fpu);
	csr_clear(sstatus, SSTATUS_FS);
	frame_set_fs(task, SSTATUS_FS_CLEAN);
}

static int make_state(struct task_struct *task)
{
	if (task->fpu)
		return 0;
	task->fpu = kmem_cache_zalloc(fpu_cache);
	if (!task->fpu)
		return -ENOMEM;
	task->ti.fpu_hart = NO_HART;
	task_set_flag(task, TIF_FPU_USED);
	return 0;
}

int arch_fpu_first_use(struct trap_frame *frame)
{
	int error;

	if (frame->status & SSTATUS_FS || !machine.has_fpu)
		return 0;
	error = make_state(current);
	if (error)
		return error;
	csr_set(sstatus, SSTATUS_FS_INITIAL);
	fpu_load(current->fpu);
	csr_clear(sstatus, SSTATUS_FS);
	frame->status |= SSTATUS_FS_CLEAN;
	*this_hart_ptr(fpu_owner) = current;
	current->ti.fpu_hart = this_hart();
	return 1;
}

void arch_fpu_switch(struct task_struct *prev, struct task_struct *next)
{
	if (task_has_flag(prev, TIF_FPU_USED) && frame_is_dirty(prev))
		save_dirty(prev);
	if (task_has_flag(next, TIF_FPU_USED)) {
		bool loaded = *this_hart_ptr(fpu_owner) == next && next->ti.fpu_hart == this_hart();

		frame_set_fs(next, loaded ? SSTATUS_FS_CLEAN : 0);
	}
}

int arch_fpu_fork(struct task_struct *child)
{
	if (!task_has_flag(current, TIF_FPU_USED))
		return 0;
	child->fpu = kmem_cache_alloc(fpu_cache);
	if (!child->fpu)
		return -ENOMEM;
	if (frame_is_dirty(current))
		save_dirty(current);
	*child->fpu = *current->fpu;
	child->ti.fpu_hart = NO_HART;
	return 0;
}

void arch_fpu_drop(struct task_struct *task)
{
	if (!task->fpu)
		return;
	kmem_cache_free(fpu_cache, task->fpu);
	task->fpu = NULL;
	task->ti.fpu_hart = NO_HART;
	task_clear_flag(task, TIF_FPU_USED);
	if (task == current)
		frame_set_fs(task, 0);
}

struct fpu_state *arch_fpu_sync(struct task_struct *task)
{
	if (!machine.has_fpu || make_state(task))
		return NULL;
	if (task == current && frame_is_dirty(task))
		save_dirty(task);
	return task->fpu;
}

void arch_fpu_changed(struct task_struct *task)
{
	task->ti.fpu_hart = NO_HART;
	frame_set_fs(task, 0);
}

void arch_fpu_init(void)
{
	fpu_cache = kmem_cache_create("fpu_state", sizeof(struct fpu_state), 8, NULL);
}
