/* SPDX-License-Identifier: MIT */
/* Linux's riscv64 constants and structures of fcntl(2), flock(2), lseek(2), fallocate(2),
 * openat2(2). */
#ifndef UAPI_FCNTL_H
#define UAPI_FCNTL_H

#include "lib/types.h"

enum fcntl_commands {
	F_DUPFD = 0,
	F_GETFD = 1,
	F_SETFD = 2,
	F_GETFL = 3,
	F_SETFL = 4,
	F_GETLK = 5,
	F_SETLK = 6,
	F_SETLKW = 7,
	F_SETOWN = 8,
	F_GETOWN = 9,
	F_SETSIG = 10,
	F_GETSIG = 11,
	F_SETOWN_EX = 15,
	F_GETOWN_EX = 16,
	F_OFD_GETLK = 36,
	F_OFD_SETLK = 37,
	F_OFD_SETLKW = 38,
	F_SETLEASE = 1024,
	F_GETLEASE = 1025,
	F_DUPFD_QUERY = 1027,
	F_DUPFD_CLOEXEC = 1030,
	F_SETPIPE_SZ = 1031,
	F_GETPIPE_SZ = 1032,
	F_ADD_SEALS = 1033,
	F_GET_SEALS = 1034,
};

enum owner_type { F_OWNER_TID = 0, F_OWNER_PID = 1, F_OWNER_PGRP = 2 };

struct f_owner_ex { /* fcntl(2) */
	s32 type;
	s32 pid;
};

enum { FD_CLOEXEC = 1 };
enum { F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2 };
enum { LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8 };
enum { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, SEEK_DATA = 3, SEEK_HOLE = 4 };
enum { FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2 };
enum seals {
	F_SEAL_SEAL = 0x01,
	F_SEAL_SHRINK = 0x02,
	F_SEAL_GROW = 0x04,
	F_SEAL_WRITE = 0x08,
	F_SEAL_FUTURE_WRITE = 0x10,
	F_SEAL_EXEC = 0x20,
	F_SEAL_ALL = 0x3f,
	F_SEAL_NO_WRITE = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE,
};
enum memfd_flags {
	MFD_CLOEXEC = 1,
	MFD_ALLOW_SEALING = 2,
	MFD_HUGETLB = 4,
	MFD_NOEXEC_SEAL = 8,
	MFD_EXEC = 0x10,
};
enum { MFD_HUGE_SHIFT = 26, MFD_HUGE_MASK = 0x3f };
enum { CLOSE_RANGE_UNSHARE = 2, CLOSE_RANGE_CLOEXEC = 4 };
enum { POSIX_FADV_NOREUSE = 5 };

struct flock {
	s16 l_type;
	s16 l_whence;
	s32 pad;
	s64 l_start;
	s64 l_len;
	s32 l_pid;
	s32 pad2;
};

struct open_how {
	u64 flags;
	u64 mode;
	u64 resolve;
};

enum resolve_flags {
	RESOLVE_NO_XDEV = 1,
	RESOLVE_NO_MAGICLINKS = 2,
	RESOLVE_NO_SYMLINKS = 4,
	RESOLVE_BENEATH = 8,
	RESOLVE_IN_ROOT = 16,
	RESOLVE_CACHED = 32,
};

/* ioctl(2) commands that every file knows */
enum {
	FIONREAD = 0x541b,
	FIONBIO = 0x5421,
	FIONCLEX = 0x5450,
	FIOCLEX = 0x5451,
	FIOASYNC = 0x5452
};

#endif
