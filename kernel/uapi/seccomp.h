/* SPDX-License-Identifier: MIT */
/* Linux's constants and structures of seccomp(2), and of the filter programs that it takes. */
#ifndef UAPI_SECCOMP_H
#define UAPI_SECCOMP_H

#include "lib/assert.h"
#include "lib/types.h"

enum seccomp_mode { SECCOMP_MODE_DISABLED = 0, SECCOMP_MODE_STRICT = 1, SECCOMP_MODE_FILTER = 2 };

enum seccomp_operation {
	SECCOMP_SET_MODE_STRICT = 0,
	SECCOMP_SET_MODE_FILTER = 1,
	SECCOMP_GET_ACTION_AVAIL = 2,
};

enum seccomp_flags {
	SECCOMP_FILTER_FLAG_TSYNC = 1 << 0,
	SECCOMP_FILTER_FLAG_LOG = 1 << 1,
	SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1 << 2,
	SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 1 << 4,
};

/* What a filter returns: an action, the smaller as signed numbers the stricter, and data. */
#define SECCOMP_RET_KILL_PROCESS 0x80000000u
#define SECCOMP_RET_KILL_THREAD 0x00000000u
#define SECCOMP_RET_TRAP 0x00030000u
#define SECCOMP_RET_ERRNO 0x00050000u
#define SECCOMP_RET_TRACE 0x7ff00000u
#define SECCOMP_RET_LOG 0x7ffc0000u
#define SECCOMP_RET_ALLOW 0x7fff0000u
#define SECCOMP_RET_ACTION 0xffff0000u
#define SECCOMP_RET_DATA 0x0000ffffu

/* What a filter looks at. */
struct seccomp_data {
	s32 nr;
	u32 arch;
	u64 instruction_pointer;
	u64 args[6];
};
static_assert(sizeof(struct seccomp_data) == 64, "struct seccomp_data");

/* One instruction of a classic BPF program. */
struct sock_filter {
	u16 code;
	u8 jt, jf;
	u32 k;
};
static_assert(sizeof(struct sock_filter) == 8, "struct sock_filter");

struct sock_fprog {
	u16 length;
	u64 filter; /* user address */
};
static_assert(sizeof(struct sock_fprog) == 16, "struct sock_fprog");

/* Parts of a code: the class, and by it the rest. */
enum bpf_class {
	BPF_LD = 0,
	BPF_LDX = 1,
	BPF_ST = 2,
	BPF_STX = 3,
	BPF_ALU = 4,
	BPF_JMP = 5,
	BPF_RET = 6,
	BPF_MISC = 7,
};
enum bpf_mode { BPF_W = 0, BPF_IMM = 0x00, BPF_ABS = 0x20, BPF_MEM = 0x60, BPF_LEN = 0x80 };
enum bpf_operation {
	BPF_ADD = 0x00,
	BPF_SUB = 0x10,
	BPF_MUL = 0x20,
	BPF_DIV = 0x30,
	BPF_OR = 0x40,
	BPF_AND = 0x50,
	BPF_LSH = 0x60,
	BPF_RSH = 0x70,
	BPF_NEG = 0x80,
	BPF_XOR = 0xa0,
	BPF_JA = 0x00,
	BPF_JEQ = 0x10,
	BPF_JGT = 0x20,
	BPF_JGE = 0x30,
	BPF_JSET = 0x40,
	BPF_TAX = 0x00,
	BPF_TXA = 0x80,
};
enum bpf_source { BPF_K = 0x00, BPF_X = 0x08, BPF_A = 0x10 };
enum { BPF_MEMWORDS = 16, BPF_MAXINSNS = 4096 };

#endif
