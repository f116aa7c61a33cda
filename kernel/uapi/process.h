/* SPDX-License-Identifier: MIT */
/* Linux's riscv64 structures and constants of processes: wait, rusage, clone3, capabilities. */
#ifndef UAPI_PROCESS_H
#define UAPI_PROCESS_H

#include "lib/assert.h"
#include "lib/types.h"
#include "uapi/time.h"

enum wait_options {
	WNOHANG = 1,
	WUNTRACED = 2,
	WSTOPPED = 2,
	WEXITED = 4,
	WCONTINUED = 8,
	WNOWAIT = 0x01000000,
	WAIT_NOTHREAD = 0x20000000,
	WAIT_ALL = 0x40000000,
};
#define WAIT_CLONE 0x80000000u

enum wait_id { P_ALL = 0, P_PID = 1, P_PGID = 2, P_PIDFD = 3 };

struct rusage {
	struct timeval utime, stime;
	s64 maxrss; /* KiB */
	s64 ixrss, idrss, isrss;
	s64 minflt, majflt;
	s64 nswap, inblock, oublock, msgsnd, msgrcv, nsignals;
	s64 nvcsw, nivcsw;
};
static_assert(sizeof(struct rusage) == 144, "struct rusage");

enum rusage_who { RUSAGE_SELF = 0, RUSAGE_CHILDREN = -1, RUSAGE_THREAD = 1 };

struct tms {
	s64 utime, stime, cutime, cstime; /* in ticks of USER_HZ */
};
enum { USER_HZ = 100 };

struct clone_args { /* clone3(2) */
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	u64 set_tid, set_tid_size; /* second version */
	u64 cgroup;		   /* third */
};
enum { CLONE_ARGS_SIZE_VER0 = 64 };

struct capability_header {
	u32 version;
	s32 pid;
};
struct capability_data {
	u32 effective, permitted, inheritable;
};
enum {
	CAPABILITY_VERSION_1 = 0x19980330,
	CAPABILITY_VERSION_2 = 0x20071026,
	CAPABILITY_VERSION_3 = 0x20080522,
};

enum itimer_which { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, ITIMER_COUNT };
enum { ITIMER_CPU_LIMIT = ITIMER_COUNT }; /* not for programs: RLIMIT_CPU */

enum auxv_type {
	AT_NULL = 0,
	AT_PHDR = 3,
	AT_PHENT = 4,
	AT_PHNUM = 5,
	AT_PAGESZ = 6,
	AT_BASE = 7,
	AT_FLAGS = 8,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID = 12,
	AT_GID = 13,
	AT_EGID = 14,
	AT_HWCAP = 16,
	AT_CLKTCK = 17,
	AT_SECURE = 23,
	AT_RANDOM = 25,
	AT_RSEQ_FEATURE_SIZE = 27,
	AT_RSEQ_ALIGN = 28,
	AT_EXECFN = 31,
	AT_SYSINFO_EHDR = 33,
	AT_CACHES_FIRST = 40, /* of level 1, instructions: size */
	AT_CACHES_LAST = 47,  /* of level 3: shape */
	AT_MINSIGSTKSZ = 51,
};

#endif
