/* SPDX-License-Identifier: MIT */
/*
 * C's <stdlib.h> as far as libfdt needs it, which is that it exists: the parts of
 * libfdt that parse numbers or allocate are not compiled.
 */
#ifndef COMPAT_STDLIB_H
#define COMPAT_STDLIB_H

#include <stddef.h>

#endif
