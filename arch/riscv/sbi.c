/* SPDX-License-Identifier: MIT */
/*
 * Calls of the supervisor binary interface: arch/sbi.h. No state but what sbi_init() found out.
 *
 * All firmware that boots the kernel has BASE, TIME, IPI, RFENCE and HSM or their predecessors
 * (the legacy calls of version 0.1, chapter 5), which serve where an extension is absent.
 */
#include "arch/layout.h"
#include "arch/sbi.h"

enum sbi_extension {
	SBI_LEGACY_SET_TIMER = 0,
	SBI_LEGACY_PUTCHAR = 1,
	SBI_LEGACY_GETCHAR = 2,
	SBI_LEGACY_SEND_IPI = 4,
	SBI_LEGACY_FENCE_I = 5,
	SBI_LEGACY_SFENCE = 6,
	SBI_LEGACY_SFENCE_ASID = 7,
	SBI_LEGACY_SHUTDOWN = 8,
	SBI_BASE = 0x10,
	SBI_TIME = 0x54494d45,
	SBI_IPI = 0x735049,
	SBI_RFENCE = 0x52464e43,
	SBI_HSM = 0x48534d,
	SBI_SRST = 0x53525354,
	SBI_DBCN = 0x4442434e,
};

enum sbi_base_function {
	BASE_SPEC_VERSION,
	BASE_IMPLEMENTATION,
	BASE_IMPLEMENTATION_VERSION,
	BASE_PROBE,
	BASE_MVENDORID,
	BASE_MARCHID,
	BASE_MIMPID,
};
enum sbi_rfence_function { RFENCE_I, RFENCE_VMA, RFENCE_VMA_ASID };
enum sbi_console_function { CONSOLE_WRITE, CONSOLE_READ };

struct sbi_result {
	long error;
	long value;
};

struct sbi_info sbi_info;

static struct sbi_result sbi_call(u64 extension, u64 function, u64 x0, u64 x1, u64 x2, u64 x3,
				  u64 x4)
{
	register u64 a0 __asm__("a0") = x0;
	register u64 a1 __asm__("a1") = x1;
	register u64 a2 __asm__("a2") = x2;
	register u64 a3 __asm__("a3") = x3;
	register u64 a4 __asm__("a4") = x4;
	register u64 a6 __asm__("a6") = function;
	register u64 a7 __asm__("a7") = extension;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbi_result){ (long)a0, (long)a1 };
}

static u64 sbi_base(enum sbi_base_function function, u64 argument)
{
	struct sbi_result result = sbi_call(SBI_BASE, function, argument, 0, 0, 0, 0);

	return result.error ? 0 : (u64)result.value;
}

void sbi_init(void)
{
	u64 version = sbi_base(BASE_SPEC_VERSION, 0);

	sbi_info = (struct sbi_info){
		.version_major = version >> 24 & 0x7f,
		.version_minor = version & 0xffffff,
		.implementation = sbi_base(BASE_IMPLEMENTATION, 0),
		.implementation_version = sbi_base(BASE_IMPLEMENTATION_VERSION, 0),
		.has_time = sbi_base(BASE_PROBE, SBI_TIME),
		.has_ipi = sbi_base(BASE_PROBE, SBI_IPI),
		.has_rfence = sbi_base(BASE_PROBE, SBI_RFENCE),
		.has_hsm = sbi_base(BASE_PROBE, SBI_HSM),
		.has_srst = sbi_base(BASE_PROBE, SBI_SRST),
		.has_console = sbi_base(BASE_PROBE, SBI_DBCN),
		.mvendorid = sbi_base(BASE_MVENDORID, 0),
		.marchid = sbi_base(BASE_MARCHID, 0),
		.mimpid = sbi_base(BASE_MIMPID, 0),
	};
}

static void legacy_console_write(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sbi_call(SBI_LEGACY_PUTCHAR, 0, (u8)text[i], 0, 0, 0, 0);
}

void sbi_console_write(const char *text, size_t size)
{
	if (!sbi_info.has_console) {
		legacy_console_write(text, size);
		return;
	}
	while (size > 0) {
		struct sbi_result result =
			sbi_call(SBI_DBCN, CONSOLE_WRITE, size, virt_to_phys(text).addr, 0, 0, 0);

		if (result.error)
			return;
		text += result.value;
		size -= result.value;
	}
}

int sbi_console_read(void)
{
	static char byte;

	if (!sbi_info.has_console)
		return (int)sbi_call(SBI_LEGACY_GETCHAR, 0, 0, 0, 0, 0, 0).error;
	struct sbi_result result =
		sbi_call(SBI_DBCN, CONSOLE_READ, 1, virt_to_phys(&byte).addr, 0, 0, 0);
	return result.error || result.value != 1 ? -1 : READ_ONCE(byte);
}

void sbi_set_timer(u64 tick)
{
	if (likely(sbi_info.has_time))
		sbi_call(SBI_TIME, 0, tick, 0, 0, 0, 0);
	else
		sbi_call(SBI_LEGACY_SET_TIMER, 0, tick, 0, 0, 0, 0);
}

long sbi_hart_start(u64 hartid, u64 start, u64 opaque)
{
	if (!sbi_info.has_hsm)
		return SBI_NOT_SUPPORTED;
	return sbi_call(SBI_HSM, 0, hartid, start, opaque, 0, 0).error;
}

/* The legacy calls take the address of a mask of hart ids 0 .. 63. */
static u64 legacy_mask(u64 *mask, u64 base)
{
	*mask <<= base;
	return (u64)mask;
}

void sbi_send_ipi(u64 mask, u64 base)
{
	if (likely(sbi_info.has_ipi))
		sbi_call(SBI_IPI, 0, mask, base, 0, 0, 0);
	else
		sbi_call(SBI_LEGACY_SEND_IPI, 0, legacy_mask(&mask, base), 0, 0, 0, 0);
}

void sbi_remote_fence_i(u64 mask, u64 base)
{
	if (likely(sbi_info.has_rfence))
		sbi_call(SBI_RFENCE, RFENCE_I, mask, base, 0, 0, 0);
	else
		sbi_call(SBI_LEGACY_FENCE_I, 0, legacy_mask(&mask, base), 0, 0, 0, 0);
}

void sbi_remote_sfence(u64 mask, u64 base, u64 start, u64 size)
{
	if (likely(sbi_info.has_rfence))
		sbi_call(SBI_RFENCE, RFENCE_VMA, mask, base, start, size, 0);
	else
		sbi_call(SBI_LEGACY_SFENCE, 0, legacy_mask(&mask, base), start, size, 0, 0);
}

void sbi_remote_sfence_asid(u64 mask, u64 base, u64 start, u64 size, u64 asid)
{
	if (likely(sbi_info.has_rfence))
		sbi_call(SBI_RFENCE, RFENCE_VMA_ASID, mask, base, start, size, asid);
	else
		sbi_call(SBI_LEGACY_SFENCE_ASID, 0, legacy_mask(&mask, base), start, size, asid, 0);
}

void sbi_reset(enum sbi_reset type)
{
	/* From version 0.3 on, firmware without SRST has no way; its legacy call does not return.
	 */
	bool legacy = sbi_info.version_major == 0 && sbi_info.version_minor < 3;

	if (sbi_info.has_srst)
		sbi_call(SBI_SRST, 0, type, 0, 0, 0, 0);
	else if (type == SBI_SHUTDOWN && legacy)
		sbi_call(SBI_LEGACY_SHUTDOWN, 0, 0, 0, 0, 0, 0);
}
