/* SPDX-License-Identifier: MIT */
/*
 * Registers of a task as ptrace(2) and core files lay them out: sets, named by ELF note types.
 */
#ifndef ARCH_REGSET_H
#define ARCH_REGSET_H

#include "arch/fpu.h"
#include "arch/frame.h"
#include "lib/types.h"

struct task_struct;

/* Room for the largest set. */
struct regset {
	union {
		u64 integer[32];      /* NT_PRSTATUS: pc, x1 .. x31 */
		struct fpu_state fpu; /* NT_PRFPREG */
	};
};

/* Bytes of a set, whose values have REGSET_UNIT each; 0: there is no such set. */
enum { REGSET_UNIT = 8 };
size_t arch_regset_size(u64 type);
/* Of a task that does not run. set() changes the first size bytes of the set. 0, -ENOMEM. */
int arch_regset_get(struct task_struct *task, u64 type, struct regset *set) must_check;
int arch_regset_set(struct task_struct *task, u64 type, const struct regset *set,
		    size_t size) must_check;

#endif
