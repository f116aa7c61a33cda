/* SPDX-License-Identifier: MIT */
/*
 * Calls of the supervisor binary interface (SBI specification 2.0; works from 0.2 on). Private to
 * arch, but for the console's output and the boot report. Any context.
 */
#ifndef ARCH_SBI_H
#define ARCH_SBI_H

#include "lib/types.h"

enum sbi_error {
	SBI_SUCCESS = 0,
	SBI_FAILED = -1,
	SBI_NOT_SUPPORTED = -2,
	SBI_INVALID_PARAMETER = -3,
	SBI_ALREADY_AVAILABLE = -6,
};

enum { SBI_OPENSBI = 1 }; /* implementation id */

/* Extensions that the firmware has, and who it is. */
struct sbi_info {
	u32 version_major, version_minor; /* of the specification */
	u64 implementation;		  /* id */
	u64 implementation_version;
	bool has_time, has_ipi, has_rfence, has_hsm, has_srst, has_console;
	u64 mvendorid, marchid, mimpid; /* of the harts */
};

extern struct sbi_info sbi_info;

/* Probes the extensions. First thing on the boot hart. */
void sbi_init(void);

/* Console. Output of bytes that need not end in a newline; input of one byte, or -1. The text
 * must lie in the kernel image or the direct map. */
void sbi_console_write(const char *text, size_t size);
int sbi_console_read(void);

/* This hart's timer interrupts when its counter reaches tick; one that is pending ends
 * (section 6.1). */
void sbi_set_timer(u64 tick);

/* Start of a hart at a physical address with a1 = opaque: SBI_SUCCESS or an error (section 9.1).
 * */
long sbi_hart_start(u64 hartid, u64 start, u64 opaque);

/* To a set of harts given as mask << base (section 3.1). */
void sbi_send_ipi(u64 mask, u64 base);
void sbi_remote_fence_i(u64 mask, u64 base);
/* size ~0: the whole address space. */
void sbi_remote_sfence(u64 mask, u64 base, u64 start, u64 size);
void sbi_remote_sfence_asid(u64 mask, u64 base, u64 start, u64 size, u64 asid);

enum sbi_reset { SBI_SHUTDOWN, SBI_COLD_REBOOT, SBI_WARM_REBOOT };
/* Returns only when the firmware cannot do it. */
void sbi_reset(enum sbi_reset type);

#endif
