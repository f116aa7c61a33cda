/* SPDX-License-Identifier: MIT */
/*
 * Options of internet sockets (ip(7), ipv6(7), tcp(7)).
 *
 * Most of them speak of packets, which are never made here: their values are checked, kept and
 * told, in one table. The few that mean something have fields of their own in struct inet_state.
 */
#include "ipc/inet.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/cred.h"

enum { LOOPBACK_MSS = 65483, MAXINT = 0x7fffffff };

/* A number with its bounds; a switch is a number from 0 to 1 that takes others for 1. */
struct kept_option {
	u16 level, name;
	bool is_switch;
	int initial, least, most;
};

#define SWITCH(level_, name_, initial_)                                                            \
	{                                                                                          \
		level_, name_, true, initial_, 0, 1                                                \
	}

static const struct kept_option kept[] = {
	SWITCH(IPPROTO_TCP, TCP_NODELAY, 0),
	{ IPPROTO_TCP, TCP_MAXSEG, false, LOOPBACK_MSS, 88, 32767 },
	SWITCH(IPPROTO_TCP, TCP_CORK, 0),
	{ IPPROTO_TCP, TCP_KEEPIDLE, false, 7200, 1, 32767 },
	{ IPPROTO_TCP, TCP_KEEPINTVL, false, 75, 1, 32767 },
	{ IPPROTO_TCP, TCP_KEEPCNT, false, 9, 1, 127 },
	{ IPPROTO_TCP, TCP_SYNCNT, false, 6, 1, 127 },
	{ IPPROTO_TCP, TCP_LINGER2, false, 60, -MAXINT, 120 },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, false, 0, 0, MAXINT },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, false, 0, 0, MAXINT },
	SWITCH(IPPROTO_TCP, TCP_QUICKACK, 1),
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, false, 0, 0, MAXINT },
	{ IPPROTO_TCP, TCP_FASTOPEN, false, 0, 0, MAXINT },
	{ IPPROTO_IP, IP_TOS, false, 0, 0, 255 },
	{ IPPROTO_IP, IP_TTL, false, 64, 1, 255 },
	SWITCH(IPPROTO_IP, IP_PKTINFO, 0),
	{ IPPROTO_IP, IP_MTU_DISCOVER, false, 1, 0, 5 },
	SWITCH(IPPROTO_IP, IP_RECVERR, 0),
	SWITCH(IPPROTO_IP, IP_RECVTTL, 0),
	SWITCH(IPPROTO_IP, IP_RECVTOS, 0),
	SWITCH(IPPROTO_IP, IP_FREEBIND, 0),
	SWITCH(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 0),
	{ IPPROTO_IP, IP_MULTICAST_TTL, false, 1, 0, 255 },
	SWITCH(IPPROTO_IP, IP_MULTICAST_LOOP, 1),
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, false, 64, -1, 255 },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, false, 1, 0, 5 },
	SWITCH(IPPROTO_IPV6, IPV6_RECVERR, 0),
	SWITCH(IPPROTO_IPV6, IPV6_RECVPKTINFO, 0),
	SWITCH(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 0),
	SWITCH(IPPROTO_IPV6, IPV6_RECVTCLASS, 0),
	{ IPPROTO_IPV6, IPV6_TCLASS, false, 0, -1, 255 },
};

int inet_state_init(struct socket *socket, const struct socket *from)
{
	struct inet_state *state = kzalloc(sizeof(*state) + ARRAY_SIZE(kept) * sizeof(int));

	if (!state)
		return -ENOMEM;
	for (unsigned int i = 0; i < ARRAY_SIZE(kept); i++)
		state->value[i] = from ? READ_ONCE(from->inet->value[i]) : kept[i].initial;
	state->owner = current_cred()->euid;
	socket->inet = state;
	if (from)
		socket->options = from->options;
	return 0;
}

static bool level_exists(const struct socket *socket, int level)
{
	switch (level) {
	case IPPROTO_IP: return true;
	case IPPROTO_TCP: return inet_is_stream(socket);
	case IPPROTO_UDP: return !inet_is_stream(socket);
	case IPPROTO_IPV6: return socket->family == &inet6_family;
	}
	return false;
}

/* The index in the table, or -1. */
static int find_kept(int level, int name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kept); i++)
		if (kept[i].level == level && kept[i].name == name)
			return (int)i;
	return -1;
}

int inet_kept_value(const struct socket *socket, int level, int name)
{
	return READ_ONCE(socket->inet->value[find_kept(level, name)]);
}

static bool *find_flag(const struct socket *socket, int level, int name)
{
	return level == IPPROTO_IPV6 && name == IPV6_V6ONLY ? &socket->inet->v6_only : NULL;
}

/* --- telling --- */

static int get_tcp_info(const struct socket *socket, void *value)
{
	struct tcp_info info = {
		.state = socket->state == SOCKET_CONNECTED   ? TCP_ESTABLISHED
			 : socket->state == SOCKET_LISTENING ? TCP_LISTEN
							     : TCP_CLOSE,
		.snd_mss = LOOPBACK_MSS,
		.rcv_mss = LOOPBACK_MSS,
		.advmss = LOOPBACK_MSS,
		.pmtu = 65536,
		.snd_cwnd = 10,
		.snd_ssthresh = MAXINT,
		.reordering = 3,
	};

	memcpy(value, &info, sizeof(info));
	return sizeof(info);
}

static int get_number(int number, void *value)
{
	memcpy(value, &number, sizeof(number));
	return sizeof(number);
}

int inet_get_option(struct socket *socket, int level, int name, void *value)
{
	static const char congestion[16] = "none";
	const bool *flag = find_flag(socket, level, name);
	int index = find_kept(level, name);

	if (!level_exists(socket, level))
		return -EOPNOTSUPP;
	if (flag)
		return get_number(READ_ONCE(*flag), value);
	if (index >= 0)
		return get_number(READ_ONCE(socket->inet->value[index]), value);
	if (level == IPPROTO_TCP && name == TCP_INFO)
		return get_tcp_info(socket, value);
	if (level == IPPROTO_TCP && name == TCP_CONGESTION) {
		memcpy(value, congestion, sizeof(congestion));
		return sizeof(congestion);
	}
	return -ENOPROTOOPT;
}

/* --- setting --- */

static int set_kept(struct socket *socket, int index, int number)
{
	const struct kept_option *option = &kept[index];

	if (option->is_switch)
		number = number != 0;
	if (number < option->least || number > option->most)
		return -EINVAL;
	WRITE_ONCE(socket->inet->value[index], number);
	inet_note_wish(socket, option->level, option->name, number != 0);
	return 0;
}

/* IPv6 sockets change what they hear only before they have a name. */
static int set_flag(const struct socket *socket, bool *flag, int number)
{
	if (flag == &socket->inet->v6_only && READ_ONCE(socket->address))
		return -EINVAL;
	WRITE_ONCE(*flag, number != 0);
	return 0;
}

int inet_set_option(struct socket *socket, int level, int name, const void *value, u32 size)
{
	bool *flag = find_flag(socket, level, name);
	int index = find_kept(level, name), number;

	if (!level_exists(socket, level))
		return -ENOPROTOOPT;
	if (!flag && index < 0)
		return -ENOPROTOOPT;
	if (size < sizeof(number))
		return -EINVAL;
	memcpy(&number, value, sizeof(number));
	return flag ? set_flag(socket, flag, number) : set_kept(socket, index, number);
}
