/* SPDX-License-Identifier: MIT */
/*
 * panic(): the kernel has met a bug of its own. One hart reports; the others stop at their next
 * interrupt. What happens then is told by the command line, with Linux's meaning of panic=: 0
 * (the default) halts, a number of seconds waits so long and reboots, a negative one reboots at
 * once.
 */
#include <stdarg.h>

#include "arch/hart.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/panic.h"
#include "base/perhart.h"
#include "base/stop.h"
#include "lib/atomic.h"
#include "lib/assert.h"
#include "lib/format.h"

enum { BACKTRACE_LIMIT = 24 };

static u32 panic_hart;	 /* [a] logical hart that panics, plus 1; 0: none */
static bool panic_again; /* the panicking hart: panic() was entered */
static s64 reboot_after; /* seconds; 0: halt; negative: at once */

bool panic_in_progress(void)
{
	return READ_ONCE(panic_hart) != 0;
}

void panic_begin(void)
{
	u32 nobody = 0;
	u32 self = this_hart() + 1;

	if (!atomic_cmpxchg(&panic_hart, &nobody, self) && nobody != self)
		arch_halt();
}

static void report_backtrace(void)
{
	unsigned long addresses[BACKTRACE_LIMIT];
	unsigned int count = arch_backtrace(addresses, BACKTRACE_LIMIT);

	log_print(LOG_EMERG,
		  "addresses of code on the stack, innermost first (not all are callers):");
	for (unsigned int i = 0; i < count; i++)
		log_print(LOG_EMERG, "  %016lx", addresses[i]);
}

static void noreturn panic_end(void)
{
	if (reboot_after > 0) {
		u64 start = arch_ticks();

		log_print(LOG_EMERG, "rebooting in %ld seconds", reboot_after);
		while (arch_ticks() - start < (u64)reboot_after * machine.timebase_hz)
			arch_relax();
	}
	if (reboot_after != 0)
		stop_reboot();
	log_print(LOG_EMERG, "halted");
	arch_halt();
}

void panic(const char *format, ...)
{
	static char message[512];
	va_list arguments;

	panic_begin();
	if (panic_again)
		arch_halt();
	panic_again = true;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	log_print(LOG_EMERG, "kernel panic: %s", message);
	arch_describe_task(message, sizeof(message));
	log_print(LOG_EMERG, "on hart %u, %s", this_hart(), message);
	report_backtrace();
	stop_other_harts();
	panic_end();
}

void panic_init(void)
{
	char text[16];
	bool negative;

	if (!cmdline_get("panic", text, sizeof(text)))
		return;
	negative = text[0] == '-';
	reboot_after = (s64)MIN(parse_number(text + negative, NULL, 10), 1000000UL);
	if (negative)
		reboot_after = -reboot_after;
}
