/* SPDX-License-Identifier: MIT */
/*
 * The clocks: monotonic time from the time CSR, real time as an offset to it.
 *
 * ns = ticks * scale >> 32, by one 128-bit product: exact for every tick count, so no base has to
 * be moved on, and the vDSO, which does the same (arch/vdso.h), never disagrees with the kernel.
 * The way back multiplies with the reciprocal, rounded so that clock_monotonic() has reached ns
 * when the counter reaches the tick.
 *
 * Real time comes from the machine's clock (base/rtc.h). Where there is none, boot was at
 * BOOT_EPOCH until somebody sets the time.
 */
#include "arch/hart.h"
#include "arch/vdso.h"
#include "base/machine.h"
#include "base/rtc.h"
#include "sched/timer.h"

/* 2025-01-01 00:00:00 UTC, ns. */
#define BOOT_EPOCH (1735689600 * NSEC_PER_SEC)

enum { RECIPROCAL_SHIFT = 60 };

static struct {
	u64 scale;	    /* [I] ns per tick, VDSO_CLOCK_SHIFT bits of fraction */
	u64 reciprocal;	    /* [I] ticks per ns, RECIPROCAL_SHIFT bits of fraction, rounded up */
	nsec_t real_offset; /* [a] real time - monotonic */
	s32 tai_offset;	    /* [a] seconds from real time to international atomic time */
} clock;

nsec_t clock_monotonic(void)
{
	return (nsec_t)((unsigned __int128)arch_ticks() * clock.scale >> VDSO_CLOCK_SHIFT);
}

nsec_t clock_realtime_offset(void)
{
	return READ_ONCE(clock.real_offset);
}

nsec_t clock_realtime(void)
{
	return clock_monotonic() + clock_realtime_offset();
}

static void set_offset(nsec_t offset)
{
	WRITE_ONCE(clock.real_offset, offset);
	WRITE_ONCE(vdso_data->realtime_offset, offset);
}

void clock_set_realtime(nsec_t now)
{
	set_offset(now - clock_monotonic());
	timer_realtime_was_set();
}

s32 clock_tai_offset(void)
{
	return READ_ONCE(clock.tai_offset);
}

void clock_set_tai_offset(s32 seconds)
{
	WRITE_ONCE(clock.tai_offset, seconds);
}

u64 clock_ns_to_ticks(nsec_t ns)
{
	unsigned __int128 ticks = (unsigned __int128)(u64)ns * clock.reciprocal >> RECIPROCAL_SHIFT;

	return ns == NSEC_NEVER || ticks >> 64 ? ~(u64)0 : (u64)ticks + 1;
}

/* (value << shift) / by, rounded down, for results of 64 bits; value < 2^63. */
static u64 divide_shifted(u64 value, unsigned int shift, u64 by)
{
	u64 quotient = value / by, remainder = value % by;

	while (shift--) {
		bool carry = remainder >= by - remainder;

		quotient = quotient << 1 | carry;
		remainder = carry ? remainder - (by - remainder) : remainder << 1;
	}
	return quotient;
}

void clock_init(void)
{
	u64 hz = machine.timebase_hz;
	nsec_t now;

	clock.scale = divide_shifted(NSEC_PER_SEC, VDSO_CLOCK_SHIFT, hz);
	clock.reciprocal =
		divide_shifted((u64)1 << RECIPROCAL_SHIFT, VDSO_CLOCK_SHIFT, clock.scale) + 1;
	vdso_data->scale = clock.scale;
	now = (nsec_t)rtc_read();
	set_offset(now >= BOOT_EPOCH ? now - clock_monotonic() : BOOT_EPOCH);
}
