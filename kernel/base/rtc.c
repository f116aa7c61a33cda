/* SPDX-License-Identifier: MIT */
/*
 * The Goldfish real-time clock, which QEMU's virt machine has: 64 bits of nanoseconds. Reading the
 * low half holds the high half still until that is read. Boot only, on one hart.
 */
#include "base/rtc.h"

#include "arch/io.h"
#include "arch/layout.h"
#include "base/machine.h"

enum { RTC_TIME_LOW = 0, RTC_TIME_HIGH = 4 };

u64 rtc_read(void)
{
	const char *registers = phys_to_virt(paddr(machine.rtc_base));
	u32 low;

	if (!machine.rtc_base)
		return 0;
	low = io_read32(registers + RTC_TIME_LOW);
	return (u64)io_read32(registers + RTC_TIME_HIGH) << 32 | low;
}
