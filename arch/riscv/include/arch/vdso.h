/* SPDX-License-Identifier: MIT */
/*
 * The vDSO: a small shared object that the kernel maps into every program (arch/riscv/vdso/),
 * with a page of data just below it. Programs read the clocks through it without a system call,
 * and signal handlers return through it.
 *
 * exec maps the page at vdso_data readable, and above it [vdso_image_start, vdso_image_end),
 * whole pages, readable and executable; AT_SYSINFO_EHDR is the address of the latter.
 */
#ifndef ARCH_VDSO_H
#define ARCH_VDSO_H

#include "lib/types.h"

/* What the vDSO's functions read. Each field is one word, written whole, so a reader needs no
 * lock: sched/clock.c writes them and uses the same formula. */
enum { VDSO_HWPROBE_KEYS = 10 };
struct vdso_data {
	u64 scale; /* monotonic ns = time CSR * scale >> 32, in 128 bits; 0: not set yet */
	s64 realtime_offset; /* realtime - monotonic, ns; changes when the clock is set */

	/* riscv_hwprobe's answers by key, true for all harts, from abi/sys_hwprobe.c before the
	 * first program. */
	u64 hwprobe[VDSO_HWPROBE_KEYS];
};

enum { VDSO_DATA_SIZE = 4096, VDSO_CLOCK_SHIFT = 32 };

extern const char vdso_image_start[], vdso_image_end[];
extern struct vdso_data *const vdso_data;

/* Offset of the code that calls rt_sigreturn from the image's start: the image's ELF entry point.
 * */
static inline u64 vdso_sigreturn_offset(void)
{
	return *(const u64 *)(vdso_image_start + 24);
}

#endif
