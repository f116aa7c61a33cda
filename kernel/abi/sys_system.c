/* SPDX-License-Identifier: MIT */
/*
 * System calls about the system as a whole: sysinfo(2), getrandom(2), reboot(2), syslog(2), and
 * RISC-V's own two. (uname and the host name are in sys_uts.c.)
 */
#include "arch/hart.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "base/stop.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "lib/random.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/timer.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/process.h"
#include "task/signal.h"
#include "uapi/system.h"
#include "vm/space.h"
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

long sys_reboot(u32 magic1, u32 magic2, u32 command, uaddr_t argument)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (!reboot_magic_valid(magic1, magic2))
		return -EINVAL;
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

/* Copies the newest text that fits the user's buffer. */
static long syslog_read_all(uaddr_t buffer, size_t size)
{
	size_t total = log_size();
	size_t skip = total > size ? total - size : 0;
	size_t seen = 0, copied = 0;
	u64 at = 0;
	char *chunk = kmalloc(LOG_CHUNK);
	size_t got;
	long error = 0;

	if (!chunk)
		return -ENOMEM;
	while (!error && (got = log_read(&at, chunk, LOG_CHUNK, true)) > 0) {
		if (seen >= skip && copied + got <= size) {
			error = copy_to_user(buffer + copied, chunk, got);
			copied += got;
		}
		seen += got;
	}
	kfree(chunk);
	return error ? error : (long)copied;
}

long sys_syslog(int action, uaddr_t buffer, int size)
{
	switch (action) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
	case SYSLOG_CLEAR:
	case SYSLOG_CONSOLE_OFF:
	case SYSLOG_CONSOLE_ON:
	case SYSLOG_CONSOLE_LEVEL: return action > SYSLOG_OPEN && !capable(CAP_SYSLOG) ? -EPERM : 0;
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		if (size < 0)
			return -EINVAL;
		return syslog_read_all(buffer, (size_t)size);
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
