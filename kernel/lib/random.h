/* SPDX-License-Identifier: MIT */
/*
 * Random numbers that cannot be guessed, as far as the seeds could not: for getrandom(2),
 * AT_RANDOM, and the places of things in address spaces. Defined in base/random.c.
 */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include "lib/types.h"

/* Fills buffer (kernel memory). Any task context, also under locks below RANK_IRQ; does not
 * sleep. */
void random_bytes(void *buffer, size_t size);
u64 random_u64(void);

/* Mixes bytes into the generator: the firmware's seed, times of events. Whatever they are, they do
 * not make it worse. Same contexts. */
void random_seed(const void *bytes, size_t size);

#endif
