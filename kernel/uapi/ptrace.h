/* SPDX-License-Identifier: MIT */
/* Linux's riscv64 constants and structures of ptrace(2). */
#ifndef UAPI_PTRACE_H
#define UAPI_PTRACE_H

#include "lib/assert.h"
#include "lib/types.h"

enum ptrace_request {
	PTRACE_TRACEME = 0,
	PTRACE_PEEKTEXT = 1,
	PTRACE_PEEKDATA = 2,
	PTRACE_POKETEXT = 4,
	PTRACE_POKEDATA = 5,
	PTRACE_CONT = 7,
	PTRACE_KILL = 8,
	PTRACE_ATTACH = 16,
	PTRACE_DETACH = 17,
	PTRACE_OLDSETOPTIONS = 21,
	PTRACE_SYSCALL = 24,
	PTRACE_SETOPTIONS = 0x4200,
	PTRACE_GETEVENTMSG = 0x4201,
	PTRACE_GETSIGINFO = 0x4202,
	PTRACE_SETSIGINFO = 0x4203,
	PTRACE_GETREGSET = 0x4204,
	PTRACE_SETREGSET = 0x4205,
	PTRACE_SEIZE = 0x4206,
	PTRACE_INTERRUPT = 0x4207,
	PTRACE_LISTEN = 0x4208,
	PTRACE_PEEKSIGINFO = 0x4209,
	PTRACE_GETSIGMASK = 0x420a,
	PTRACE_SETSIGMASK = 0x420b,
	PTRACE_GET_SYSCALL_INFO = 0x420e,
	PTRACE_GET_RSEQ_CONFIGURATION = 0x420f,
};

enum ptrace_option {
	PTRACE_O_TRACESYSGOOD = 1 << 0,
	PTRACE_O_TRACEFORK = 1 << 1,
	PTRACE_O_TRACEVFORK = 1 << 2,
	PTRACE_O_TRACECLONE = 1 << 3,
	PTRACE_O_TRACEEXEC = 1 << 4,
	PTRACE_O_TRACEVFORKDONE = 1 << 5,
	PTRACE_O_TRACEEXIT = 1 << 6,
	PTRACE_O_TRACESECCOMP = 1 << 7,
	PTRACE_O_EXITKILL = 1 << 20,
	PTRACE_O_MASK = 0xff | PTRACE_O_EXITKILL,
};

/* The option that enables an event is 1 << event, but for the last one. */
enum ptrace_event {
	PTRACE_EVENT_FORK = 1,
	PTRACE_EVENT_VFORK = 2,
	PTRACE_EVENT_CLONE = 3,
	PTRACE_EVENT_EXEC = 4,
	PTRACE_EVENT_VFORK_DONE = 5,
	PTRACE_EVENT_EXIT = 6,
	PTRACE_EVENT_SECCOMP = 7,
	PTRACE_EVENT_STOP = 128,
};

/* The message of a stop at a system call. */
enum { PTRACE_EVENTMSG_SYSCALL_ENTRY = 1, PTRACE_EVENTMSG_SYSCALL_EXIT = 2 };

/* In the status of a stop at a system call, with PTRACE_O_TRACESYSGOOD. */
enum { SYSCALL_STOP_BIT = 0x80 };

/* Sets of registers that GETREGSET knows, by their ELF note types. */
enum regset_type { NT_PRSTATUS = 1, NT_PRFPREG = 2, NT_RISCV_VECTOR = 0x901 };

struct ptrace_peeksiginfo_args {
	u64 offset;
	u32 flags;
	s32 count;
};
static_assert(sizeof(struct ptrace_peeksiginfo_args) == 16, "ptrace_peeksiginfo_args");
enum { PTRACE_PEEKSIGINFO_SHARED = 1 };

struct ptrace_rseq_configuration {
	u64 rseq_abi_pointer;
	u32 rseq_abi_size;
	u32 signature;
	u32 flags;
	u32 pad;
};
static_assert(sizeof(struct ptrace_rseq_configuration) == 24, "ptrace_rseq_configuration");

enum ptrace_syscall_op {
	PTRACE_SYSCALL_INFO_NONE = 0,
	PTRACE_SYSCALL_INFO_ENTRY = 1,
	PTRACE_SYSCALL_INFO_EXIT = 2,
	PTRACE_SYSCALL_INFO_SECCOMP = 3,
};

#define AUDIT_ARCH_RISCV64 0xc00000f3u

struct ptrace_syscall_info {
	u8 op;
	u8 pad[3];
	u32 arch;
	u64 instruction_pointer;
	u64 stack_pointer;
	union {
		struct {
			u64 nr;
			u64 args[6];
		} entry;
		struct {
			s64 rval;
			u8 is_error;
		} exit;
		struct {
			u64 nr;
			u64 args[6];
			u32 ret_data;
		} seccomp;
	};
};
static_assert(sizeof(struct ptrace_syscall_info) == 88, "ptrace_syscall_info");

#endif
