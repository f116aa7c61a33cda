/* SPDX-License-Identifier: MIT */
/*
 * Supervisor control and status registers (privileged specification, chapter 4), for arch code
 * and its assembly.
 */
#ifndef ARCH_CSR_H
#define ARCH_CSR_H

#define SSTATUS_SIE 0x2
#define SSTATUS_SPIE 0x20
#define SSTATUS_SPP 0x100
#define SSTATUS_FS 0x6000 /* floating point: both bits */
#define SSTATUS_FS_INITIAL 0x2000
#define SSTATUS_FS_CLEAN 0x4000
#define SSTATUS_FS_DIRTY 0x6000
#define SSTATUS_VS 0x600 /* vectors: the same two bits */
#define SSTATUS_VS_INITIAL 0x200
#define SSTATUS_VS_CLEAN 0x400
#define SSTATUS_VS_DIRTY 0x600
#define SSTATUS_SUM 0x40000	/* supervisor access to user pages */
#define SSTATUS_UXL (3UL << 32) /* width of user registers */

#define SCAUSE_INTERRUPT (1UL << 63)
#define SCAUSE_ILLEGAL_INSTRUCTION 2
#define SCAUSE_LOAD_ACCESS 5
#define SCAUSE_STORE_ACCESS 7
#define SCAUSE_ECALL 8
#define SCAUSE_FETCH_PAGE_FAULT 12
#define SCAUSE_LOAD_PAGE_FAULT 13
#define SCAUSE_STORE_PAGE_FAULT 15

/* Numbers of interrupts, in scause and as bits of sie and sip. */
#define INTERRUPT_SOFTWARE 1
#define INTERRUPT_TIMER 5
#define INTERRUPT_EXTERNAL 9

#define SATP_MODE_SV39 (8UL << 60)
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK 0xffffUL

/* scounteren: user programs may read cycle, time and instret. */
#define SCOUNTEREN_ALL 7

#ifndef __ASSEMBLER__

#include "lib/types.h"

#define csr_read(name)                                                                             \
	({                                                                                         \
		u64 csr_value;                                                                     \
		__asm__ volatile("csrr %0, " #name : "=r"(csr_value) : : "memory");                \
		csr_value;                                                                         \
	})
#define csr_write(name, value)                                                                     \
	__asm__ volatile("csrw " #name ", %0" : : "rK"((u64)(value)) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" : : "rK"((u64)(bits)) : "memory")
#define csr_clear(name, bits)                                                                      \
	__asm__ volatile("csrc " #name ", %0" : : "rK"((u64)(bits)) : "memory")

#endif
#endif
