/* SPDX-License-Identifier: MIT */
/*
 * What IP says of a datagram besides its bytes (ip(7), ipv6(7), RFC 3542): hop limit, traffic
 * class, and where it arrived. There are no packets here: what the sender's options or control
 * messages say is noted with the message if the receiver wants any of it, and told by control
 * messages.
 */
#include "ipc/inet.h"
#include "ipc/loopback.h"
#include "lib/errno.h"
#include "lib/string.h"

enum { DEFAULT_HOPS = 64, V4_OFFSET = 12 };
enum { GIVEN_HOPS = 1, GIVEN_CLASS = 2 }; /* struct socket_transfer.given */

/* An option by which a receiver asks, and the type of the control message that answers. */
static const struct told {
	u16 level, option, type;
} told[] = {
	{ IPPROTO_IP, IP_PKTINFO, IP_PKTINFO },
	{ IPPROTO_IP, IP_RECVTTL, IP_TTL },
	{ IPPROTO_IP, IP_RECVTOS, IP_TOS },
	{ IPPROTO_IPV6, IPV6_RECVPKTINFO, IPV6_PKTINFO },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, IPV6_HOPLIMIT },
	{ IPPROTO_IPV6, IPV6_RECVTCLASS, IPV6_TCLASS },
};

void inet_note_wish(struct socket *socket, int level, int option, bool on)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(told); i++) {
		if (told[i].level != level || told[i].option != option)
			continue;
		if (on)
			atomic_fetch_or(&socket->inet->wishes, 1u << i);
		else
			atomic_fetch_and(&socket->inet->wishes, ~(1u << i));
	}
}

/* --- sending --- */

/* Below 0: what is usual. */
static u8 or_default(int value, u8 usual)
{
	return value < 0 ? usual : (u8)value;
}

static void note_options(struct inet_packet *packet, const struct socket *socket, bool v4)
{
	int hops = v4 ? inet_kept_value(socket, IPPROTO_IP, IP_TTL)
		      : inet_kept_value(socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS);
	int class = v4 ? inet_kept_value(socket, IPPROTO_IP, IP_TOS)
		       : inet_kept_value(socket, IPPROTO_IPV6, IPV6_TCLASS);

	packet->hop_limit = or_default(hops, DEFAULT_HOPS);
	packet->traffic_class = or_default(class, 0);
}

void inet_sign(struct inet_packet *packet, struct socket *socket, const struct socket *target,
	       const struct socket_transfer *transfer)
{
	struct socket_address *to;
	bool v4;

	if (likely(!READ_ONCE(target->inet->wishes)))
		return;
	to = inet_datagram_destination(socket, transfer);
	if (IS_ERR(to))
		return;
	v4 = inet_is_v4(to);
	if (v4)
		memcpy(packet->to4, to->in6.address + V4_OFFSET, sizeof(packet->to4));
	socket_address_put(to);
	note_options(packet, socket, v4);
	if (transfer->given & GIVEN_HOPS)
		packet->hop_limit = transfer->packet.hop_limit;
	if (transfer->given & GIVEN_CLASS)
		packet->traffic_class = transfer->packet.traffic_class;
}

/* A number with its bounds; -1, where it may be, means the usual one, so that nothing is given. */
static int take_number(u8 *to, u8 *given, u8 bit, const void *value, size_t size, int least)
{
	int number;

	if (size != sizeof(number))
		return -EINVAL;
	memcpy(&number, value, sizeof(number));
	if (number < least || number > 255)
		return -EINVAL;
	*to = (u8)number;
	*given = number < 0 ? *given & (u8)~bit : *given | bit;
	return 0;
}

static int take_control4(struct socket_transfer *transfer, int type, const void *value, size_t size)
{
	switch (type) {
	case IP_TTL:
		return take_number(&transfer->packet.hop_limit, &transfer->given, GIVEN_HOPS, value,
				   size, 1);
	case IP_TOS:
		if (size == 1) {
			transfer->packet.traffic_class = *(const u8 *)value;
			transfer->given |= GIVEN_CLASS;
			return 0;
		}
		return take_number(&transfer->packet.traffic_class, &transfer->given, GIVEN_CLASS,
				   value, size, 0);
	case IP_PKTINFO: return size == sizeof(struct in_pktinfo) ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static int take_control6(struct socket_transfer *transfer, int type, const void *value, size_t size)
{
	switch (type) {
	case IPV6_HOPLIMIT:
		return take_number(&transfer->packet.hop_limit, &transfer->given, GIVEN_HOPS, value,
				   size, -1);
	case IPV6_TCLASS:
		return take_number(&transfer->packet.traffic_class, &transfer->given, GIVEN_CLASS,
				   value, size, -1);
	case IPV6_PKTINFO: return size >= sizeof(struct in6_pktinfo) ? 0 : -EINVAL;
	}
	return -EINVAL;
}

int inet_take_control(const struct socket *socket, struct socket_transfer *transfer, int level,
		      int type, const void *value, size_t size)
{
	if (inet_is_stream(socket))
		return 0;
	if (level == IPPROTO_IP && socket->family == &inet_family)
		return take_control4(transfer, type, value, size);
	if (level == IPPROTO_IPV6 && socket->family == &inet6_family)
		return take_control6(transfer, type, value, size);
	return 0;
}

/* --- receiving --- */

static int put_value(void *to, const void *value, size_t size)
{
	memcpy(to, value, size);
	return (int)size;
}

static int put_place4(const struct inet_packet *packet, void *value)
{
	struct in_pktinfo place = { .index = LOOPBACK_INDEX };

	memcpy(place.local, packet->to4, sizeof(place.local));
	memcpy(place.to, packet->to4, sizeof(place.to));
	return put_value(value, &place, sizeof(place));
}

/* An IPv4 address is shown as the IPv6 address that stands for it. */
static int put_place6(const struct inet_packet *packet, void *value)
{
	struct in6_pktinfo place = { .index = LOOPBACK_INDEX };

	if (packet->to4[0]) {
		place.to[10] = place.to[11] = 0xff;
		memcpy(place.to + V4_OFFSET, packet->to4, sizeof(packet->to4));
	} else {
		place.to[15] = 1;
	}
	return put_value(value, &place, sizeof(place));
}

static int put_told(const struct told *what, const struct inet_packet *packet, void *value)
{
	const int hops = packet->hop_limit ? packet->hop_limit : DEFAULT_HOPS;
	const int class = packet->traffic_class;

	if (what->level == IPPROTO_IP) {
		switch (what->type) {
		case IP_PKTINFO: return put_place4(packet, value);
		case IP_TTL: return put_value(value, &hops, sizeof(hops));
		}
		return put_value(value, &packet->traffic_class, 1);
	}
	switch (what->type) {
	case IPV6_PKTINFO: return put_place6(packet, value);
	case IPV6_HOPLIMIT: return put_value(value, &hops, sizeof(hops));
	}
	return put_value(value, &class, sizeof(class));
}

/* Does it tell of that version of IP? Where it arrived is told to IPv6 sockets of both. */
static bool fits(const struct told *what, const struct inet_packet *packet)
{
	return what->type == IPV6_PKTINFO || (what->level == IPPROTO_IP) == (packet->to4[0] != 0);
}

int inet_tell(const struct socket *socket, const struct inet_packet *packet, unsigned int index,
	      struct cmsghdr *message, void *value)
{
	const struct told *what = &told[index];

	if (index >= ARRAY_SIZE(told))
		return -ENOENT;
	if (likely(!(READ_ONCE(socket->inet->wishes) >> index & 1)) || inet_is_stream(socket) ||
	    !fits(what, packet))
		return 0;
	message->level = what->level;
	message->type = what->type;
	return put_told(what, packet, value);
}
