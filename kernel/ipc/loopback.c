/* SPDX-License-Identifier: MIT */
/*
 * The interface lo by ioctl(2): netdevice(7). What can be changed of an interface elsewhere is
 * refused (EOPNOTSUPP, or EPERM without CAP_NET_ADMIN). Addresses are asked for by AF_INET sockets.
 */
#include "ipc/loopback.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "task/cred.h"
#include "uapi/netlink.h"
#include "vm/usercopy.h"

static void put_inet_address(struct ifreq *request, u8 first, u8 last)
{
	const struct sockaddr_in name = { .family = AF_INET, .address = { first, 0, 0, last } };

	memcpy(request->address, &name, sizeof(name));
}

/* SIOCGIFCONF: the addresses of AF_INET; without room, the bytes that they need. */
static long list_addresses(uaddr_t argument)
{
	struct ifreq request = { .name = LOOPBACK_NAME };
	struct ifconf list;

	if (copy_from_user(&list, argument, sizeof(list)))
		return -EFAULT;
	put_inet_address(&request, 127, 1);
	if (list.requests && list.length < (s32)sizeof(request))
		list.length = 0;
	else
		list.length = sizeof(request);
	if (list.requests && list.length &&
	    copy_to_user((uaddr_t)list.requests, &request, sizeof(request)))
		return -EFAULT;
	return copy_to_user(argument, &list, sizeof(list));
}

/* SIOCGIFNAME: from an index to a name. */
static long tell_name(uaddr_t argument)
{
	struct ifreq request;

	if (copy_from_user(&request, argument, sizeof(request)))
		return -EFAULT;
	if (request.number != LOOPBACK_INDEX)
		return -ENODEV;
	memcpy(request.name, LOOPBACK_NAME, sizeof(LOOPBACK_NAME));
	return copy_to_user(argument, &request, sizeof(request));
}

/* It is up already, and stays so. */
static long set_flags(const struct ifreq *request)
{
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	return request->flags & IFF_UP ? 0 : -EOPNOTSUPP;
}

/* Fills in what the command asks for; 1, or what ioctl(2) answers without an answer. */
static long answer(struct ifreq *request, unsigned int command)
{
	switch (command) {
	case SIOCGIFFLAGS: request->flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING; return 1;
	case SIOCSIFFLAGS: return set_flags(request);
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR: put_inet_address(request, 127, 1); return 1;
	case SIOCGIFBRDADDR: put_inet_address(request, 0, 0); return 1;
	case SIOCGIFNETMASK: put_inet_address(request, 255, 0); return 1;
	case SIOCGIFMETRIC: request->number = 0; return 1;
	case SIOCGIFMTU: request->number = LOOPBACK_MTU; return 1;
	case SIOCGIFINDEX: request->number = LOOPBACK_INDEX; return 1;
	case SIOCGIFTXQLEN: request->number = LOOPBACK_QUEUE; return 1;
	case SIOCGIFHWADDR:
		memset(request->room, 0, sizeof(request->room));
		request->flags = ARPHRD_LOOPBACK;
		return 1;
	case SIOCGIFMAP: memset(request->room, 0, sizeof(request->room)); return 1;
	case SIOCETHTOOL: return -EOPNOTSUPP;
	}
	return -ENOTTY;
}

static bool is_inet_command(unsigned int command)
{
	return command >= SIOCGIFADDR && command <= SIOCGIFNETMASK;
}

long loopback_ioctl(const struct socket *socket, unsigned int command, uaddr_t argument)
{
	struct ifreq request;
	long result;

	if (command == SIOCGIFCONF)
		return list_addresses(argument);
	if (command == SIOCGIFNAME)
		return tell_name(argument);
	if (command < SIOCGIFNAME || command > SIOCGIFMAP ||
	    (is_inet_command(command) && socket->family->number != AF_INET))
		return -ENOTTY;
	if (copy_from_user(&request, argument, sizeof(request)))
		return -EFAULT;
	request.name[IFNAMSIZ - 1] = 0;
	if (strcmp(request.name, LOOPBACK_NAME))
		return -ENODEV;
	result = answer(&request, command);
	return result > 0 ? copy_to_user(argument, &request, sizeof(request)) : result;
}
