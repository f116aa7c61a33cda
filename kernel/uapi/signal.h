/* SPDX-License-Identifier: MIT */
/* Linux's riscv64 signal numbers and structures. */
#ifndef UAPI_SIGNAL_H
#define UAPI_SIGNAL_H

#include "lib/assert.h"
#include "lib/types.h"

enum {
	SIGHUP = 1,
	SIGINT,
	SIGQUIT,
	SIGILL,
	SIGTRAP,
	SIGABRT,
	SIGBUS,
	SIGFPE,
	SIGKILL,
	SIGUSR1,
	SIGSEGV,
	SIGUSR2,
	SIGPIPE,
	SIGALRM,
	SIGTERM,
	SIGSTKFLT,
	SIGCHLD,
	SIGCONT,
	SIGSTOP,
	SIGTSTP,
	SIGTTIN,
	SIGTTOU,
	SIGURG,
	SIGXCPU,
	SIGXFSZ,
	SIGVTALRM,
	SIGPROF,
	SIGWINCH,
	SIGIO,
	SIGPWR,
	SIGSYS,
	SIGRTMIN = 32,
	SIGRTMAX = 64,
};

static inline u64 sigmask(int signal)
{
	return (u64)1 << (signal - 1);
}

#define SIG_DFL 0UL
#define SIG_IGN 1UL

enum { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2 };

enum {
	SA_NOCLDSTOP = 1,
	SA_NOCLDWAIT = 2,
	SA_SIGINFO = 4,
	SA_UNSUPPORTED = 0x400,
	SA_EXPOSE_TAGBITS = 0x800,
	SA_ONSTACK = 0x08000000,
	SA_RESTART = 0x10000000,
	SA_NODEFER = 0x40000000,
};
#define SA_RESETHAND 0x80000000UL

struct sigaction { /* no sa_restorer on riscv */
	u64 handler;
	u64 flags;
	u64 mask;
};

enum { SS_ONSTACK = 1, SS_DISABLE = 2, MINSIGSTKSZ = 2048 };
#define SS_AUTODISARM 0x80000000U

enum {
	SI_USER = 0,
	SI_KERNEL = 128,
	SI_QUEUE = -1,
	SI_TIMER = -2,
	SI_MESGQ = -3,
	SI_ASYNCIO = -4,
	SI_SIGIO = -5,
	SI_TKILL = -6,
	POLL_IN = 1, /* of SIGIO, and of F_SETSIG's signal */
	POLL_OUT = 2,
	POLL_MSG = 3,
	POLL_ERR = 4,
	POLL_PRI = 5,
	POLL_HUP = 6,
	ILL_ILLOPC = 1,
	SEGV_MAPERR = 1,
	SEGV_ACCERR = 2,
	BUS_ADRALN = 1,
	BUS_ADRERR = 2,
	TRAP_BRKPT = 1,
	SYS_SECCOMP = 1,
	CLD_EXITED = 1,
	CLD_KILLED = 2,
	CLD_DUMPED = 3,
	CLD_TRAPPED = 4,
	CLD_STOPPED = 5,
	CLD_CONTINUED = 6,
};

struct siginfo { /* siginfo_t */
	s32 signo;
	s32 error;
	s32 code;
	s32 spare;
	union {
		struct {
			s32 pid;
			u32 uid;
			u64 value;
		} user; /* kill, sigqueue */
		struct {
			s32 id;
			s32 overrun;
			u64 value;
			s32 private_;
		} timer;
		struct {
			s32 pid;
			u32 uid;
			s32 status;
			s64 utime;
			s64 stime;
		} child;
		struct {
			u64 address;
			s16 lsb;
		} fault;
		struct {
			s64 band;
			s32 fd;
		} poll;
		struct {
			u64 address;
			s32 number;
			u32 arch;
		} system_call; /* SIGSYS */
		u8 room[112];
	};
};

static_assert(sizeof(struct siginfo) == 128, "siginfo_t");

#endif
