/* SPDX-License-Identifier: MIT */
/* Linux's structures and constants of the system as a whole. */
#ifndef UAPI_SYSTEM_H
#define UAPI_SYSTEM_H

#include "lib/types.h"

struct sysinfo { /* sysinfo(2) */
	s64 uptime;
	u64 loads[3];
	u64 totalram, freeram, sharedram, bufferram;
	u64 totalswap, freeswap;
	u16 procs;
	u16 pad;
	u64 totalhigh, freehigh;
	u32 mem_unit;
	u32 spare;
};

enum reboot_magic {
	REBOOT_MAGIC1 = 0xfee1dead,
	REBOOT_MAGIC2 = 672274793,
	REBOOT_MAGIC2A = 85072278,
	REBOOT_MAGIC2B = 369367448,
	REBOOT_MAGIC2C = 537993216,
};

enum reboot_command {
	REBOOT_CAD_OFF = 0,
	REBOOT_RESTART = 0x01234567,
	REBOOT_HALT = 0xcdef0123,
	REBOOT_POWER_OFF = 0x4321fedc,
	REBOOT_CAD_ON = 0x89abcdef,
	REBOOT_RESTART2 = 0xa1b2c3d4,
};

enum { GRND_NONBLOCK = 1, GRND_RANDOM = 2, GRND_INSECURE = 4 };

enum syslog_action {
	SYSLOG_CLOSE,
	SYSLOG_OPEN,
	SYSLOG_READ,
	SYSLOG_READ_ALL,
	SYSLOG_READ_CLEAR,
	SYSLOG_CLEAR,
	SYSLOG_CONSOLE_OFF,
	SYSLOG_CONSOLE_ON,
	SYSLOG_CONSOLE_LEVEL,
	SYSLOG_SIZE_UNREAD,
	SYSLOG_SIZE_BUFFER,
};

enum { ADDR_NO_RANDOMIZE = 0x40000 }; /* personality(2) */
#define PER_CLEAR_ON_SETID 0x740000u  /* flags that rights of others do not come with */

struct riscv_hwprobe { /* one question and its answer */
	s64 key;
	u64 value;
};

enum hwprobe_key {
	HWPROBE_MVENDORID,
	HWPROBE_MARCHID,
	HWPROBE_MIMPID,
	HWPROBE_BASE_BEHAVIOR,
	HWPROBE_IMA_EXT_0,
	HWPROBE_CPUPERF_0,
	HWPROBE_ZICBOZ_BLOCK_SIZE,
	HWPROBE_HIGHEST_VIRT_ADDRESS,
	HWPROBE_TIME_CSR_FREQ,
	HWPROBE_MISALIGNED_SCALAR_PERF,
	HWPROBE_KEYS,
};
enum {
	HWPROBE_BASE_IMA = 1 << 0,
	HWPROBE_EXT_FD = 1 << 0,
	HWPROBE_EXT_C = 1 << 1,
	HWPROBE_EXT_V = 1 << 2
};
enum { HWPROBE_EXT_ZCA = 43, HWPROBE_EXT_ZCD = 45 }; /* numbers of bits */
enum { HWPROBE_WHICH_CPUS = 1 };

enum membarrier_command {
	MEMBARRIER_QUERY = 0,
	MEMBARRIER_GLOBAL = 1 << 0,
	MEMBARRIER_GLOBAL_EXPEDITED = 1 << 1,
	MEMBARRIER_REGISTER_GLOBAL_EXPEDITED = 1 << 2,
	MEMBARRIER_PRIVATE_EXPEDITED = 1 << 3,
	MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4,
	MEMBARRIER_PRIVATE_EXPEDITED_SYNC_CORE = 1 << 5,
	MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 1 << 6,
	MEMBARRIER_PRIVATE_EXPEDITED_RSEQ = 1 << 7,
	MEMBARRIER_REGISTER_PRIVATE_EXPEDITED_RSEQ = 1 << 8,
	MEMBARRIER_GET_REGISTRATIONS = 1 << 9,
};
enum { MEMBARRIER_FLAG_CPU = 1 };

#endif
