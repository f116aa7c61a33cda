/* SPDX-License-Identifier: MIT */
/*
 * Registers of a task as ptrace(2) and core files lay them out: sets, named by ELF note types.
 */
#ifndef ARCH_REGSET_H
#define ARCH_REGSET_H

#include "lib/types.h"

struct task_struct;

/* A set where the kernel keeps it, as up to two pieces of memory; unused ones have no size. */
struct regset {
	struct {
		const void *data;
		size_t size;
	} piece[2];
};

/* Largest size of a set, and that of its values, of which a whole number is moved; 0: there is no
 * such set. */
size_t arch_regset_size(u64 type);
size_t arch_regset_unit(u64 type);
/* Of current, or a task that does not run, until it goes on. 0; -EINVAL: it has no such set (it has
 * not used vectors); -ENOMEM. */
int arch_regset_get(struct task_struct *task, u64 type, struct regset *set) must_check;
/* Changes the first bytes of the set. The same errors; -EINVAL: vectors of another length. */
int arch_regset_set(struct task_struct *task, u64 type, const void *bytes, size_t size) must_check;

#endif
