/* SPDX-License-Identifier: MIT */
/* prctl(2) on the address space's own description: prctl_mm.c. */
#ifndef ABI_PRCTL_MM_H
#define ABI_PRCTL_MM_H

#include "lib/types.h"

/* PR_SET_MM; 0, -EINVAL, -EPERM, -EFAULT, and what its parts say. */
long prctl_set_mm(unsigned long what, unsigned long address, unsigned long size, unsigned long d);
/* PR_GET_AUXV: the size of the auxiliary vector, of which as much as fits is written. */
long prctl_get_auxv(uaddr_t to, unsigned long size);

#endif
