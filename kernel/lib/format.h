/* SPDX-License-Identifier: MIT */
/*
 * Text from numbers and back: a printf of the kernel's own (d i u x X o c s p %, with flags, width,
 * precision and h hh l ll z), and number parsing.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>

#include "lib/types.h"

/* As C11's vsnprintf: writes at most size bytes with the terminator, returns the full length. */
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) __printf(3, 0);
int snprintf(char *buffer, size_t size, const char *format, ...) __printf(3, 4);

/* Like snprintf, but returns what was really written (without the terminator): for appending. */
int scnprintf(char *buffer, size_t size, const char *format, ...) __printf(3, 4);

/* Parses an unsigned number in base (0: 0x, 0 or decimal by prefix) from the start of text; *end
 * gets the first character that is not part of it (end may be NULL). No digits: 0, *end == text. */
u64 parse_number(const char *text, const char **end, unsigned int base);

/* A size with an optional suffix K, M or G. */
u64 parse_size(const char *text, const char **end);

#endif
