/* SPDX-License-Identifier: MIT */
/*
 * Classic BPF programs over a system call's data, as seccomp(2) takes them: jumps go forward only,
 * so a program ends after at most as many steps as it has instructions.
 *
 * Pure: no state, no locks; tests/unit/test_bpf.c.
 */
#ifndef TASK_BPF_H
#define TASK_BPF_H

#include "lib/types.h"
#include "uapi/seccomp.h"

/* 0, or -EINVAL: an unknown instruction, a load outside of the data, a jump out of the program, a
 * division by 0, a memory word that may be read before it is written, no return at the end. words:
 * room for as many as there are instructions. */
int bpf_check(const struct sock_filter *program, size_t length, u16 *words) must_check;

/* What the program, which was checked, returns. */
u32 bpf_run(const struct sock_filter *program, const struct seccomp_data *data);

#endif
