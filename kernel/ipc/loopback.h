/* SPDX-License-Identifier: MIT */
/*
 * The one network interface that the kernel itself has: lo, over which local sockets of the
 * internet families meet. It is up, and nothing about it changes.
 */
#ifndef IPC_LOOPBACK_H
#define IPC_LOOPBACK_H

#include "ipc/socket.h"

#define LOOPBACK_NAME "lo"
enum {
	LOOPBACK_INDEX = 1,
	LOOPBACK_MTU = 65536,
	LOOPBACK_QUEUE = 1000,
	LOOPBACK_PREFIX4 = 8,
	LOOPBACK_PREFIX6 = 128,
};

/* netdevice(7) on a socket: 0 or -errno, -ENOTTY for other commands. */
long loopback_ioctl(const struct socket *socket, unsigned int command, uaddr_t argument);

#endif
