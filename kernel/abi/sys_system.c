/* SPDX-License-Identifier: MIT */
/*
 * System calls about the system as a whole: sysinfo(2), getrandom(2), reboot(2), syslog(2), and
 * RISC-V's own two. (uname and the host name are in sys_uts.c.)
 */
#include "arch/hart.h"
#include "base/log.h"
#include "base/perhart.h"
#include "base/stop.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "lib/random.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/timer.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/signal.h"
#include "uapi/system.h"
#include "vm/usercopy.h"

long sys_sysinfo(uaddr_t result)
{
	struct sysinfo info = { .mem_unit = 1 };
	u64 load[3];

	sched_loadavg(load);
	for (unsigned int i = 0; i < 3; i++)
		info.loads[i] = load[i] << 5; /* from 11 bits of fraction to 16 */
	info.uptime = clock_monotonic() / NSEC_PER_SEC;
	info.totalram = page_total_count() << PAGE_SHIFT;
	info.freeram = page_free_count() << PAGE_SHIFT;
	info.procs = (u16)task_count();
	return copy_to_user(result, &info, sizeof(info));
}

/* --- random numbers --- */

enum { RANDOM_CHUNK = 256 };

long sys_getrandom(uaddr_t buffer, size_t size, unsigned int flags)
{
	u8 chunk[RANDOM_CHUNK];
	size_t done = 0;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	size = MIN(size, (size_t)INT32_MAX);
	while (done < size) {
		size_t part = MIN(size - done, sizeof(chunk));

		random_bytes(chunk, part);
		if (copy_to_user(buffer + done, chunk, part))
			return done ? (long)done : -EFAULT;
		done += part;
		cond_resched();
		if (done % (64 * KiB) == 0 && current_signal_pending())
			break;
	}
	return (long)done;
}

/* --- power --- */

static bool reboot_magic_valid(u32 magic1, u32 magic2)
{
	return magic1 == REBOOT_MAGIC1 && (magic2 == REBOOT_MAGIC2 || magic2 == REBOOT_MAGIC2A ||
					   magic2 == REBOOT_MAGIC2B || magic2 == REBOOT_MAGIC2C);
}

/* The machine of a name space of processes is its init. */
static long reboot_name_space(u32 command)
{
	switch (command) {
	case REBOOT_RESTART:
	case REBOOT_RESTART2: pid_ns_reboot(SIGHUP);
	case REBOOT_POWER_OFF:
	case REBOOT_HALT: pid_ns_reboot(SIGINT);
	}
	return -EINVAL;
}

long sys_reboot(u32 magic1, u32 magic2, u32 command, uaddr_t argument)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (!reboot_magic_valid(magic1, magic2))
		return -EINVAL;
	if (current->numbers)
		return reboot_name_space(command);
	serial_drain();
	switch (command) {
	case REBOOT_CAD_OFF:
	case REBOOT_CAD_ON: return 0;
	case REBOOT_RESTART:
	case REBOOT_RESTART2: log_notice("reboot: restarting system"); stop_reboot();
	case REBOOT_POWER_OFF: log_notice("reboot: power down"); stop_power_off();
	case REBOOT_HALT: log_notice("reboot: system halted"); stop_halt();
	}
	return -EINVAL;
}

/* --- the kernel log --- */

enum { LOG_CHUNK = 1024 };

/* Bytes of the text from a position on. */
static size_t log_length(u64 at, char *chunk)
{
	size_t total = 0, got;

	while ((got = log_read(&at, chunk, LOG_CHUNK, true)) > 0)
		total += got;
	return total;
}

/* Bytes of the first lines of a chunk that are left out, so that *total comes to fit size. */
static size_t skip_lines(const char *chunk, size_t length, size_t *total, size_t size)
{
	size_t skipped = 0, start = 0;

	for (; *total > size && skipped < length; start = skipped) {
		while (skipped < length && chunk[skipped++] != '\n')
			;
		*total -= skipped - start;
	}
	return skipped;
}

/* Copies the newest lines that fit the user's buffer, none of them from before the last clearing.
 */
static long syslog_read_all(uaddr_t buffer, size_t size)
{
	size_t total, got, copied = 0;
	u64 at = log_cleared();
	char *chunk = kmalloc(LOG_CHUNK);
	long error = 0;

	if (!chunk)
		return -ENOMEM;
	total = log_length(at, chunk);
	while (!error && (got = log_read(&at, chunk, LOG_CHUNK, true)) > 0) {
		size_t skipped = skip_lines(chunk, got, &total, size);
		size_t length = MIN(got - skipped, size - copied);

		error = copy_to_user(buffer + copied, chunk + skipped, length);
		copied += length;
	}
	kfree(chunk);
	return error ? error : (long)copied;
}

/* SYSLOG_CONSOLE_OFF, _ON and _LEVEL: which lines go to the console. */
static long syslog_console(int action, int level)
{
	static u32 before; /* [a] the level before SYSLOG_CONSOLE_OFF; 0: it is not off */
	u32 last;

	switch (action) {
	case SYSLOG_CONSOLE_OFF:
		if (!READ_ONCE(before))
			WRITE_ONCE(before, log_console_level());
		log_set_console_level(LOG_ALERT);
		return 0;
	case SYSLOG_CONSOLE_ON:
		last = READ_ONCE(before);
		WRITE_ONCE(before, 0);
		if (last)
			log_set_console_level(last);
		return 0;
	}
	if (level < LOG_ALERT || level > LOG_DEBUG + 1)
		return -EINVAL;
	WRITE_ONCE(before, 0);
	log_set_console_level((unsigned int)level);
	return 0;
}

long sys_syslog(int action, uaddr_t buffer, int size)
{
	long result;

	if (action != SYSLOG_READ_ALL && action != SYSLOG_SIZE_BUFFER && !capable(CAP_SYSLOG))
		return -EPERM;
	switch (action) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN: return 0;
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		if (!buffer || size < 0)
			return -EINVAL;
		result = size ? syslog_read_all(buffer, (size_t)size) : 0;
		if (action == SYSLOG_READ_CLEAR && result >= 0)
			log_clear();
		return result;
	case SYSLOG_CLEAR: log_clear(); return 0;
	case SYSLOG_CONSOLE_OFF:
	case SYSLOG_CONSOLE_ON:
	case SYSLOG_CONSOLE_LEVEL: return syslog_console(action, size);
	case SYSLOG_SIZE_UNREAD:
	case SYSLOG_SIZE_BUFFER: return (long)log_size();
	}
	return -EINVAL;
}

/* --- RISC-V: riscv_flush_icache(2); riscv_hwprobe(2) is in abi/sys_hwprobe.c --- */

enum { FLUSH_ICACHE_LOCAL = 1 };

long sys_riscv_flush_icache(uaddr_t start, uaddr_t end, unsigned long flags)
{
	if (flags & ~(unsigned long)FLUSH_ICACHE_LOCAL)
		return -EINVAL;
	/* A thread may move to any hart, so a local flush would not hold: all harts, always. */
	arch_fence_i(harts_online);
	return 0;
}
