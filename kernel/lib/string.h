/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions of C's library that the kernel uses, with their standard meaning
 * (C11 7.24), and a bounded copy. memcpy and memset are written for long, aligned runs; memory
 * pages have functions of their own (mm/page.h).
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *memory, int value, size_t size);
size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *string, int character);
char *strrchr(const char *string, int character);

/* Copies at most size - 1 bytes and always terminates (size > 0); returns strlen(from). */
size_t strlcpy(char *to, const char *from, size_t size);

#endif
