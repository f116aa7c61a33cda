/* SPDX-License-Identifier: MIT */
/* What prctl(2) has of seccomp(2): PR_SET_SECCOMP. */
#ifndef ABI_SECCOMP_H
#define ABI_SECCOMP_H

#include "lib/types.h"

/* 0, or -errno as seccomp(2). May sleep. sys_seccomp.c */
long prctl_set_seccomp(unsigned long mode, uaddr_t filter);

#endif
