/* SPDX-License-Identifier: MIT */
/* Linux's riscv64 core files: types of notes, and what two of them hold (core(5), linux/elfcore.h).
 */
#ifndef UAPI_CORE_H
#define UAPI_CORE_H

#include "lib/assert.h"
#include "lib/types.h"
#include "uapi/ptrace.h"
#include "uapi/time.h"

enum core_note_type {
	NT_PRPSINFO = 3,
	NT_AUXV = 6,
	NT_FILE = 0x46494c45,
	NT_SIGINFO = 0x53494749,
};

struct elf_note { /* Elf64_Nhdr; name and content follow, each padded to 4 bytes */
	u32 name_size;
	u32 size;
	u32 type;
};

struct elf_prstatus { /* NT_PRSTATUS: of a thread */
	s32 signo, code, error;
	s16 cursig;
	u64 sigpend, sighold;
	s32 pid, ppid, pgrp, sid;
	struct timeval utime, stime, cutime, cstime;
	u64 registers[32]; /* as ptrace(2) has them */
	s32 fpvalid;	   /* a note with floating-point registers follows */
};
static_assert(sizeof(struct elf_prstatus) == 376, "struct elf_prstatus");

struct elf_prpsinfo { /* NT_PRPSINFO: of the process */
	s8 state, sname, zombie, nice;
	u64 flags;
	u32 uid, gid;
	s32 pid, ppid, pgrp, sid;
	char name[16];
	char arguments[80];
};
static_assert(sizeof(struct elf_prpsinfo) == 136, "struct elf_prpsinfo");

/* What a process wants to have in its core files: bits of /proc/pid/coredump_filter. */
enum core_filter {
	CORE_ANON_PRIVATE = 1 << 0,
	CORE_ANON_SHARED = 1 << 1,
	CORE_FILE_PRIVATE = 1 << 2,
	CORE_FILE_SHARED = 1 << 3,
	CORE_ELF_HEADERS = 1 << 4,
	CORE_HUGETLB_PRIVATE = 1 << 5,
	CORE_FILTER_MASK = 0x1ff,
	CORE_FILTER_DEFAULT =
		CORE_ANON_PRIVATE | CORE_ANON_SHARED | CORE_ELF_HEADERS | CORE_HUGETLB_PRIVATE,
};

#endif
