/* SPDX-License-Identifier: MIT */
/*
 * The vDSO's functions (vdso(7), riscv): they run in user mode, in every program, at any address.
 * No relocations, no writable data; what they know stands in the page below them (arch/vdso.h).
 *
 * The formula for the clock is sched/clock.c's. Clocks that need the kernel go to the system
 * call.
 */
#include "arch/vdso.h"

extern const struct vdso_data vdso_page __attribute__((visibility("hidden")));

struct user_timespec {
	s64 seconds;
	s64 nanoseconds;
};

struct user_timeval {
	s64 seconds;
	s64 microseconds;
};

struct user_timezone {
	s32 minutes_west;
	s32 dst_time;
};

struct user_hwprobe {
	s64 key;
	u64 value;
};

enum user_clock { /* clock_gettime(2) */
		  CLOCK_REALTIME = 0,
		  CLOCK_MONOTONIC = 1,
		  CLOCK_MONOTONIC_RAW = 4,
		  CLOCK_REALTIME_COARSE = 5,
		  CLOCK_MONOTONIC_COARSE = 6,
		  CLOCK_BOOTTIME = 7,
};

enum syscall_number {
	NR_clock_gettime = 113,
	NR_clock_getres = 114,
	NR_getcpu = 168,
	NR_riscv_hwprobe = 258,
	NR_flush_icache = 259,
};

enum { NS_PER_SECOND = 1000000000, NS_PER_MICROSECOND = 1000 };

int __vdso_clock_gettime(int clock, struct user_timespec *time);
int __vdso_clock_getres(int clock, struct user_timespec *resolution);
int __vdso_gettimeofday(struct user_timeval *time, struct user_timezone *zone);
int __vdso_getcpu(u32 *cpu, u32 *node, void *unused);
int __vdso_flush_icache(u64 start, u64 end, u64 flags);
int __vdso_riscv_hwprobe(struct user_hwprobe *pairs, u64 count, u64 set_size, u64 *set, u32 flags);

static long syscall5(enum syscall_number number, u64 x0, u64 x1, u64 x2, u64 x3, u64 x4)
{
	register u64 a0 __asm__("a0") = x0;
	register u64 a1 __asm__("a1") = x1;
	register u64 a2 __asm__("a2") = x2;
	register u64 a3 __asm__("a3") = x3;
	register u64 a4 __asm__("a4") = x4;
	register u64 a7 __asm__("a7") = number;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7)
			 : "memory");
	return (long)a0;
}

static long syscall3(enum syscall_number number, u64 x0, u64 x1, u64 x2)
{
	return syscall5(number, x0, x1, x2, 0, 0);
}

static inline u64 monotonic(void)
{
	u64 ticks;

	__asm__ volatile("rdtime %0" : "=r"(ticks));
	return (u64)((unsigned __int128)ticks * vdso_page.scale >> VDSO_CLOCK_SHIFT);
}

int __vdso_clock_gettime(int clock, struct user_timespec *time)
{
	u64 now;

	switch (clock) {
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME: now = monotonic(); break;
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		now = monotonic() + (u64)READ_ONCE(vdso_page.realtime_offset);
		break;
	default: return (int)syscall3(NR_clock_gettime, (u64)clock, (u64)time, 0);
	}
	time->seconds = (s64)(now / NS_PER_SECOND);
	time->nanoseconds = (s64)(now % NS_PER_SECOND);
	return 0;
}

int __vdso_gettimeofday(struct user_timeval *time, struct user_timezone *zone)
{
	u64 now = monotonic() + (u64)READ_ONCE(vdso_page.realtime_offset);

	if (time) {
		time->seconds = (s64)(now / NS_PER_SECOND);
		time->microseconds = (s64)(now % NS_PER_SECOND / NS_PER_MICROSECOND);
	}
	if (zone)
		*zone = (struct user_timezone){ 0, 0 };
	return 0;
}

int __vdso_clock_getres(int clock, struct user_timespec *resolution)
{
	return (int)syscall3(NR_clock_getres, (u64)clock, (u64)resolution, 0);
}

int __vdso_getcpu(u32 *cpu, u32 *node, void *unused)
{
	return (int)syscall3(NR_getcpu, (u64)cpu, (u64)node, 0);
}

int __vdso_flush_icache(u64 start, u64 end, u64 flags)
{
	return (int)syscall3(NR_flush_icache, start, end, flags);
}

/* Questions about all harts are answered here, those about some by the kernel. */
int __vdso_riscv_hwprobe(struct user_hwprobe *pairs, u64 count, u64 set_size, u64 *set, u32 flags)
{
	if (set || set_size || flags)
		return (int)syscall5(NR_riscv_hwprobe, (u64)pairs, count, set_size, (u64)set,
				     flags);
	for (u64 i = 0; i < count; i++) {
		bool known = (u64)pairs[i].key < VDSO_HWPROBE_KEYS;

		pairs[i].value = known ? vdso_page.hwprobe[pairs[i].key] : 0;
		if (!known)
			pairs[i].key = -1;
	}
	return 0;
}
