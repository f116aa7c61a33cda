/* SPDX-License-Identifier: MIT */
/*
 * The part of C's <string.h> that libfdt and zlib's inflate name. The functions are
 * the kernel's own (kernel/lib/string.c); these headers serve third-party sources
 * only, kernel files include "lib/string.h".
 */
#ifndef COMPAT_STRING_H
#define COMPAT_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *from, int byte, size_t size);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t limit);
int strcmp(const char *a, const char *b);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

#endif
