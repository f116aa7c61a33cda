/* SPDX-License-Identifier: MIT */
/*
 * Device registers, little-endian. A write is ordered after earlier stores to memory, a read
 * before later loads (unprivileged specification, FENCE); accesses to one device stay in program
 * order.
 */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include "lib/types.h"

static inline u8 io_read8(const volatile void *address)
{
	u8 value = *(const volatile u8 *)address;

	__asm__ volatile("fence i, r" : : : "memory");
	return value;
}

static inline u32 io_read32(const volatile void *address)
{
	u32 value = *(const volatile u32 *)address;

	__asm__ volatile("fence i, r" : : : "memory");
	return value;
}

static inline void io_write8(volatile void *address, u8 value)
{
	__asm__ volatile("fence w, o" : : : "memory");
	*(volatile u8 *)address = value;
}

static inline void io_write32(volatile void *address, u32 value)
{
	__asm__ volatile("fence w, o" : : : "memory");
	*(volatile u32 *)address = value;
}

#endif
