/* SPDX-License-Identifier: MIT */
/* Linux's socket constants and structures (socket(7), unix(7)). */
#ifndef UAPI_SOCKET_H
#define UAPI_SOCKET_H

#include "lib/types.h"

enum { AF_UNSPEC = 0, AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16 };

enum {
	SOCK_STREAM = 1,
	SOCK_DGRAM = 2,
	SOCK_RAW = 3,
	SOCK_SEQPACKET = 5,
	SOCK_TYPE_MASK = 0xf,
	SOCK_NONBLOCK = 04000,
	SOCK_CLOEXEC = 02000000
};

enum { SHUT_RD = 0, SHUT_WR = 1, SHUT_RDWR = 2 };

enum {
	MSG_OOB = 0x1,
	MSG_PEEK = 0x2,
	MSG_CTRUNC = 0x8,
	MSG_TRUNC = 0x20,
	MSG_DONTWAIT = 0x40,
	MSG_EOR = 0x80,
	MSG_WAITALL = 0x100,
	MSG_NOSIGNAL = 0x4000,
	MSG_WAITFORONE = 0x10000,
	MSG_CMSG_CLOEXEC = 0x40000000
};

enum { SOL_SOCKET = 1 };
enum {
	SO_REUSEADDR = 2,
	SO_TYPE = 3,
	SO_ERROR = 4,
	SO_DONTROUTE = 5,
	SO_BROADCAST = 6,
	SO_SNDBUF = 7,
	SO_RCVBUF = 8,
	SO_KEEPALIVE = 9,
	SO_OOBINLINE = 10,
	SO_PRIORITY = 12,
	SO_LINGER = 13,
	SO_REUSEPORT = 15,
	SO_PASSCRED = 16,
	SO_PEERCRED = 17,
	SO_RCVLOWAT = 18,
	SO_SNDLOWAT = 19,
	SO_RCVTIMEO = 20,
	SO_SNDTIMEO = 21,
	SO_ACCEPTCONN = 30,
	SO_PROTOCOL = 38,
	SO_DOMAIN = 39,
	SO_PEERGROUPS = 59,
	SO_PASSPIDFD = 76,
	SO_PEERPIDFD = 77
};
enum { SCM_RIGHTS = 1, SCM_CREDENTIALS = 2, SCM_PIDFD = 4, SCM_MAX_FD = 253 };

enum { UNIX_PATH_MAX = 108 };

struct sockaddr_un {
	u16 family;
	u8 path[UNIX_PATH_MAX]; /* a name, or NUL and an abstract name of any bytes */
};

struct ucred {
	s32 pid;
	u32 uid;
	u32 gid;
};

struct msghdr {
	u64 name;
	u32 name_length, pad1;
	u64 iov;
	u64 iov_count;
	u64 control;
	u64 control_length;
	u32 flags, pad2;
};

struct mmsghdr { /* sendmmsg(2), recvmmsg(2) */
	struct msghdr header;
	u32 length, pad;
};

struct cmsghdr {
	u64 length; /* with this header */
	s32 level;
	s32 type;
};

#endif
