/* SPDX-License-Identifier: MIT */
/*
 * Floating-point state, saved and loaded lazily.
 *
 * A task starts with sstatus.FS Off. Its first FP instruction traps (entry_fault asks
 * arch_fpu_first_use). From then on the state is saved at a switch only when FS says Dirty, and
 * loaded at the first use after another task has used this hart's registers.
 */
#ifndef ARCH_FPU_H
#define ARCH_FPU_H

#include "arch/frame.h"

struct task_struct;

/* As struct __riscv_d_ext_state: 32 double registers and fcsr. */
struct fpu_state {
	u64 f[32];
	u32 fcsr;
	u32 spare;
};

/* At an illegal instruction in user mode with FS Off: enables or loads the FPU for current. 1:
 * done, run the instruction again; 0: it was not the FPU; -ENOMEM. */
int arch_fpu_first_use(struct trap_frame *frame);
/* In the switch: prev's dirty registers go to its state; next's FS tells whether the hart's
 * registers are its own. Cheap when neither uses the FPU. */
void arch_fpu_switch(struct task_struct *prev, struct task_struct *next);
/* fork: child (a byte copy of current's task_struct so far) gets a state of its own; -ENOMEM. */
int arch_fpu_fork(struct task_struct *child);
/* exec and exit: forgets and frees the state. */
void arch_fpu_drop(struct task_struct *task);
/* Signals, ptrace: current's state is brought to memory (allocated when there is none); or was
 * changed in memory and is to be loaded at the next use. NULL: no memory or no FPU. */
struct fpu_state *arch_fpu_sync(struct task_struct *task);
void arch_fpu_changed(struct task_struct *task);
void arch_fpu_init(void);

#endif
