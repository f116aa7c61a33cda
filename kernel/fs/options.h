/* SPDX-License-Identifier: MIT */
/*
 * Mount options: words separated by commas, "name" or "name=value".
 */
#ifndef FS_OPTIONS_H
#define FS_OPTIONS_H

#include "lib/types.h"

/* Takes one option, whose value is NULL when it has none; false: it is not valid. */
typedef bool (*option_fn)(void *data, const char *name, const char *value);

/* Gives each option to a function. 0, -EINVAL at the first that it does not take, -ENOMEM. */
int options_parse(const char *text, option_fn use, void *data) must_check;
/* A whole value as a number; false when it is none. base 0: a size, with K, M or G. */
bool option_number(const char *value, u64 *number, unsigned int base);

#endif
