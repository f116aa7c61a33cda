/* SPDX-License-Identifier: MIT */
/*
 * The platform-level interrupt controller (RISC-V PLIC specification 1.0), for base/irq.c. The
 * caller serializes changes of enable bits; the rest is one register access each.
 */
#ifndef BASE_PLIC_H
#define BASE_PLIC_H

#include "lib/types.h"

/* Turns all sources off for the S-mode context of each hart, and lets any priority through. */
void plic_init(void);
/* Lets a source through to a hart that has a context. */
void plic_enable(unsigned int source, unsigned int hart);
/* The source that this hart is to handle, which stays blocked until plic_complete(); 0: none. */
unsigned int plic_claim(unsigned int hart);
void plic_complete(unsigned int hart, unsigned int source);

#endif
