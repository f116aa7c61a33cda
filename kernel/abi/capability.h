/* SPDX-License-Identifier: MIT */
/* The options of prctl(2) that are about capabilities: sys_capability.c. */
#ifndef ABI_CAPABILITY_H
#define ABI_CAPABILITY_H

#include "lib/types.h"

/* Each with its arguments as prctl(2) has them: the option's result, -EINVAL, or -EPERM. They
 * change current's credentials (task/cred.h) and may sleep. */
long prctl_read_bounding(unsigned long capability);
long prctl_drop_bounding(unsigned long capability);
long prctl_set_securebits(unsigned long bits);
long prctl_set_keepcaps(unsigned long keep);
long prctl_ambient(unsigned long operation, unsigned long capability, unsigned long c,
		   unsigned long d);

#endif
