/* SPDX-License-Identifier: MIT */
/*
 * Vector state of tasks, saved and loaded lazily, on harts with the V extension.
 *
 * As with floating point (arch/fpu.h): a task starts with sstatus.VS Off, its first vector
 * instruction traps. A child of fork begins without vector state, since a system call leaves it
 * undefined.
 */
#ifndef ARCH_VECTOR_H
#define ARCH_VECTOR_H

#include "arch/frame.h"

struct task_struct;

/* Begins as Linux's struct __riscv_v_ext_state, in whose place of a pointer the owner's hart is. */
struct vector_state {
	u64 vstart, vl, vtype, vcsr, vlenb;
	u64 hart; /* logical hart whose registers equal this, if that one's owner says so too */
	u8 registers[]; /* 32 times vlenb bytes */
};

enum { VECTOR_CSRS_SIZE = 40, VECTOR_REGISTERS = 32 };

/* prctl(PR_RISCV_V_SET_CONTROL): what a task may use, what its next program may. */
enum {
	VECTOR_CONTROL_DEFAULT = 0,
	VECTOR_CONTROL_OFF = 1,
	VECTOR_CONTROL_ON = 2,
	VECTOR_CONTROL_MASK = 3,
	VECTOR_CONTROL_NEXT_SHIFT = 2,
	VECTOR_CONTROL_INHERIT = 1 << 4,
	VECTOR_CONTROL_ALL = 0x1f,
};

/* Bytes of a register; 0: this machine has no vectors. */
extern u64 vector_length;

/* At an illegal instruction in user mode with VS Off: 1: run it again; 0: vectors are not the
 * reason; -ENOMEM. */
int arch_vector_first_use(struct trap_frame *frame);
/* In the switch, when one of the two has vector state. */
void arch_vector_switch(struct task_struct *prev, struct task_struct *next);
/* fork: the child, a byte copy of current so far, whose frame is made, has no state. */
void arch_vector_fork(struct task_struct *child);
/* exit; exec, after which the next program's control holds. */
void arch_vector_drop(struct task_struct *task);
void arch_vector_exec(void);
/* Signals, ptrace: the state of current, or a task that does not run, brought to memory; NULL: it
 * has none. */
struct vector_state *arch_vector_sync(struct task_struct *task);
/* It was changed in memory. */
void arch_vector_changed(struct task_struct *task);
/* prctl(2): -EINVAL: no vectors, or no such control; -EPERM: they are in use. */
long arch_vector_get_control(void);
long arch_vector_set_control(unsigned long control);
void arch_vector_init(void);

#endif
