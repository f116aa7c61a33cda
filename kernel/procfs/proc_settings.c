/* SPDX-License-Identifier: MIT */
/*
 * Numbers of /proc/sys that have a fixed meaning here. Most are what Linux calls the only policy
 * that this kernel has: another one cannot be written (EINVAL). Those that ask for memory to be
 * promised or kept in some way are taken and read back, as nothing here would depend on them.
 */
#include "procfs/procfs.h"

#define NUMBER(name_, first_, least_, most_)                                                       \
	static int name_ = (first_);                                                               \
	static const struct proc_number name_##_number = { &name_, (least_), (most_) }

#define KEPT(file_, name_)                                                                         \
	{                                                                                          \
		.name = (file_), .mode = S_IFREG | 0644, .bounded = &name_##_number                 \
	}

/* --- vm --- */

