/* SPDX-License-Identifier: MIT */
/*
 * rtnetlink(7): what ip(8), getifaddrs(3) and if_nameindex(3) ask. There is one interface, with an
 * address of each family and the routes that lead to them; nothing about them can be changed.
 */
#include "ipc/loopback.h"
#include "ipc/netlink.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "task/cred.h"

static const u8 address4[4] = { 127, 0, 0, 1 }, network4[4] = { 127 };
static const u8 address6[16] = { [15] = 1 };

/* The family that a request is about, AF_UNSPEC for all: the first byte of all their bodies. */
static u8 family_of(const struct netlink_request *request)
{
	const u8 *body = netlink_payload(request);

	return *body;
}

static bool wants_family(const struct netlink_request *request, u8 family)
{
	u8 wanted = family_of(request);

	return wanted == AF_UNSPEC || wanted == family;
}

/* --- links --- */

static void write_link(struct netlink_request *request)
{
	static const u64 statistics[LINK_STATS64];
	static const u8 hardware[6];
	const struct ifinfomsg body = {
		.type = ARPHRD_LOOPBACK,
		.index = LOOPBACK_INDEX,
		.flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING | IFF_LOWER_UP,
	};
	const u8 unknown = 0, default_mode = 0, carrier = 1;
	size_t place = netlink_begin(request, RTM_NEWLINK, &body, sizeof(body));

	netlink_put_string(request, IFLA_IFNAME, LOOPBACK_NAME);
	netlink_put32(request, IFLA_TXQLEN, LOOPBACK_QUEUE);
	netlink_put(request, IFLA_OPERSTATE, &unknown, sizeof(unknown));
	netlink_put(request, IFLA_LINKMODE, &default_mode, sizeof(default_mode));
	netlink_put32(request, IFLA_MTU, LOOPBACK_MTU);
	netlink_put32(request, IFLA_GROUP, 0);
	netlink_put32(request, IFLA_NUM_TX_QUEUES, 1);
	netlink_put32(request, IFLA_NUM_RX_QUEUES, 1);
	netlink_put(request, IFLA_CARRIER, &carrier, sizeof(carrier));
	netlink_put_string(request, IFLA_QDISC, "noqueue");
	netlink_put(request, IFLA_ADDRESS, hardware, sizeof(hardware));
	netlink_put(request, IFLA_BROADCAST, hardware, sizeof(hardware));
	netlink_put(request, IFLA_STATS64, statistics, sizeof(statistics));
	netlink_put(request, IFLA_STATS, statistics, LINK_STATS * sizeof(u32));
	netlink_end(request, place);
}

/* Is an attribute of the request that name? *found: there is one. */
static bool names_loopback(const struct netlink_request *request, size_t at, bool *found)
{
	const u8 *bytes = netlink_payload(request);
	size_t size = netlink_payload_size(request);

	while (at + sizeof(struct nlattr) <= size) {
		const struct nlattr *attribute = (const void *)(bytes + at);
		size_t length = attribute->length - sizeof(*attribute);

		if (attribute->length < sizeof(*attribute) || attribute->length > size - at)
			break;
		if ((attribute->type & NLA_TYPE_MASK) == IFLA_IFNAME) {
			*found = true;
			return length >= sizeof(LOOPBACK_NAME) - 1 &&
			       !strncmp((const char *)(attribute + 1), LOOPBACK_NAME, length);
		}
		at += ALIGN_UP((size_t)attribute->length, (size_t)NLA_ALIGN);
	}
	return false;
}

/* The one that is meant by its index, or its name. */
static int get_link(struct netlink_request *request)
{
	const struct ifinfomsg *body = netlink_payload(request);
	bool named = false, is_loopback;

	if (netlink_payload_size(request) < sizeof(*body))
		return -EINVAL;
	is_loopback = names_loopback(request, sizeof(*body), &named);
	if (body->index > 0)
		is_loopback = body->index == LOOPBACK_INDEX;
	else if (!named)
		return -EINVAL;
	if (!is_loopback)
		return -ENODEV;
	write_link(request);
	return 0;
}

/* --- addresses --- */

static void write_address(struct netlink_request *request, const struct ifaddrmsg *body,
			  const u8 *address, size_t size)
{
	static const u32 for_ever[4] = { ~0u, ~0u }; /* preferred, valid; made, changed */
	size_t place = netlink_begin(request, RTM_NEWADDR, body, sizeof(*body));

	netlink_put(request, IFA_ADDRESS, address, size);
	if (body->family == AF_INET) {
		netlink_put(request, IFA_LOCAL, address, size);
		netlink_put_string(request, IFA_LABEL, LOOPBACK_NAME);
	}
	netlink_put32(request, IFA_FLAGS, body->flags);
	netlink_put(request, IFA_CACHEINFO, for_ever, sizeof(for_ever));
	netlink_end(request, place);
}

static void write_addresses(struct netlink_request *request)
{
	struct ifaddrmsg body = {
		.family = AF_INET,
		.prefix_length = LOOPBACK_PREFIX4,
		.flags = IFA_F_PERMANENT,
		.scope = RT_SCOPE_HOST,
		.index = LOOPBACK_INDEX,
	};

	if (wants_family(request, AF_INET))
		write_address(request, &body, address4, sizeof(address4));
	body.family = AF_INET6;
	body.prefix_length = LOOPBACK_PREFIX6;
	if (wants_family(request, AF_INET6))
		write_address(request, &body, address6, sizeof(address6));
}

/* --- routes --- */

static void write_route(struct netlink_request *request, struct rtmsg *body, const void *to,
			const void *source, size_t size)
{
	size_t place;

	body->destination_length =
		(u8)(body->destination_length ? body->destination_length : size * 8);
	place = netlink_begin(request, RTM_NEWROUTE, body, sizeof(*body));
	netlink_put32(request, RTA_TABLE, body->table);
	netlink_put(request, RTA_DST, to, size);
	netlink_put32(request, RTA_OIF, LOOPBACK_INDEX);
	if (source)
		netlink_put(request, RTA_PREFSRC, source, size);
	netlink_end(request, place);
}

static void write_routes(struct netlink_request *request)
{
	struct rtmsg network = {
		.family = AF_INET,
		.destination_length = LOOPBACK_PREFIX4,
		.table = RT_TABLE_LOCAL,
		.protocol = RTPROT_KERNEL,
		.scope = RT_SCOPE_HOST,
		.type = RTN_LOCAL,
	};
	struct rtmsg host = network;

	host.destination_length = 0;
	if (wants_family(request, AF_INET)) {
		write_route(request, &network, network4, address4, sizeof(address4));
		write_route(request, &host, address4, address4, sizeof(address4));
	}
	host.family = AF_INET6;
	host.destination_length = 0;
	host.scope = RT_SCOPE_UNIVERSE;
	if (wants_family(request, AF_INET6))
		write_route(request, &host, address6, NULL, sizeof(address6));
}

/* --- requests --- */

static int dump(struct netlink_request *request)
{
	switch (request->header->type) {
	case RTM_GETLINK: write_link(request); return 0;
	case RTM_GETADDR: write_addresses(request); return 0;
	case RTM_GETROUTE: write_routes(request); return 0;
	case RTM_GETNEIGH: return 0; /* an interface without neighbours */
	}
	return -EOPNOTSUPP;
}

int netlink_route_answer(struct netlink_request *request)
{
	u16 type = request->header->type;

	if (type >= RTM_TYPES)
		return -EOPNOTSUPP;
	if (!netlink_payload_size(request))
		return 0;
	if ((type & 3) != RTM_KIND_GET)
		return capable(CAP_NET_ADMIN) ? -EOPNOTSUPP : -EPERM;
	if (netlink_is_dump(request))
		return dump(request);
	return type == RTM_GETLINK ? get_link(request) : -EOPNOTSUPP;
}
