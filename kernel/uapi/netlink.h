/* SPDX-License-Identifier: MIT */
/* Linux's constants and structures of netlink(7), rtnetlink(7) and netdevice(7). */
#ifndef UAPI_NETLINK_H
#define UAPI_NETLINK_H

#include "lib/types.h"

enum { NETLINK_ROUTE = 0, NETLINK_SOCK_DIAG = 4, NETLINK_PROTOCOLS = 32 };

struct sockaddr_nl {
	u16 family;
	u16 pad;
	u32 port;
	u32 groups;
};

struct nlmsghdr {
	u32 length; /* with this header */
	u16 type;
	u16 flags;
	u32 sequence;
	u32 port;
};

enum nlmsg_flags {
	NLM_F_REQUEST = 1,
	NLM_F_MULTI = 2,
	NLM_F_ACK = 4,
	NLM_F_CAPPED = 0x100,
	NLM_F_DUMP = 0x300,
};

enum nlmsg_types { NLMSG_ERROR = 2, NLMSG_DONE = 3, NLMSG_MIN_TYPE = 16 };

struct nlattr {
	u16 length; /* with this header, without padding */
	u16 type;
};
enum { NLA_ALIGN = 4, NLA_TYPE_MASK = 0x3fff };

enum { SOL_NETLINK = 270 };
enum netlink_options {
	NETLINK_ADD_MEMBERSHIP = 1,
	NETLINK_DROP_MEMBERSHIP = 2,
	NETLINK_PKTINFO = 3,
	NETLINK_BROADCAST_ERROR = 4,
	NETLINK_NO_ENOBUFS = 5,
	NETLINK_CAP_ACK = 10,
	NETLINK_EXT_ACK = 11,
	NETLINK_GET_STRICT_CHK = 12,
};

/* --- NETLINK_ROUTE --- */

enum route_types {
	RTM_NEWLINK = 16,
	RTM_GETLINK = 18,
	RTM_NEWADDR = 20,
	RTM_GETADDR = 22,
	RTM_NEWROUTE = 24,
	RTM_GETROUTE = 26,
	RTM_GETNEIGH = 30,
	RTM_TYPES = 124,
	RTM_KIND_GET = 2, /* of the two lowest bits */
};

struct ifinfomsg {
	u8 family, pad;
	u16 type; /* ARPHRD_* */
	s32 index;
	u32 flags; /* IFF_* */
	u32 change;
};

struct ifaddrmsg {
	u8 family;
	u8 prefix_length;
	u8 flags;
	u8 scope;
	u32 index;
};

struct rtmsg {
	u8 family, destination_length, source_length, tos;
	u8 table, protocol, scope, type;
	u32 flags;
};

enum { ARPHRD_LOOPBACK = 772 };
enum {
	IFF_UP = 0x1,
	IFF_LOOPBACK = 0x8,
	IFF_RUNNING = 0x40,
	IFF_LOWER_UP = 0x10000,
};
enum link_attributes {
	IFLA_ADDRESS = 1,
	IFLA_BROADCAST = 2,
	IFLA_IFNAME = 3,
	IFLA_MTU = 4,
	IFLA_QDISC = 6,
	IFLA_STATS = 7,
	IFLA_TXQLEN = 13,
	IFLA_OPERSTATE = 16,
	IFLA_LINKMODE = 17,
	IFLA_STATS64 = 23,
	IFLA_GROUP = 27,
	IFLA_NUM_TX_QUEUES = 31,
	IFLA_NUM_RX_QUEUES = 32,
	IFLA_CARRIER = 33,
};
enum { LINK_STATS = 24, LINK_STATS64 = 25 }; /* counters, of 32 and of 64 bits */
enum address_attributes {
	IFA_ADDRESS = 1,
	IFA_LOCAL = 2,
	IFA_LABEL = 3,
	IFA_CACHEINFO = 6,
	IFA_FLAGS = 8,
};
enum { IFA_F_PERMANENT = 0x80 };
enum route_attributes {
	RTA_DST = 1,
	RTA_OIF = 4,
	RTA_PRIORITY = 6,
	RTA_PREFSRC = 7,
	RTA_TABLE = 15,
};
enum { RT_TABLE_LOCAL = 255, RTPROT_KERNEL = 2, RT_SCOPE_UNIVERSE = 0, RT_SCOPE_HOST = 254 };
enum { RTN_LOCAL = 2 };

/* --- ioctl(2) of interfaces: netdevice(7) --- */

enum { IFNAMSIZ = 16 };
struct ifreq {
	char name[IFNAMSIZ];
	union {
		u8 address[16]; /* struct sockaddr */
		s16 flags;
		s32 number;
		char new_name[IFNAMSIZ];
		u8 room[24];
	};
};
static_assert(sizeof(struct ifreq) == 40, "struct ifreq");

struct ifconf {
	s32 length; /* bytes */
	u32 pad;
	u64 requests;
};

enum interface_ioctls {
	SIOCGIFNAME = 0x8910,
	SIOCGIFCONF = 0x8912,
	SIOCGIFFLAGS = 0x8913,
	SIOCSIFFLAGS = 0x8914,
	SIOCGIFADDR = 0x8915,
	SIOCGIFDSTADDR = 0x8917,
	SIOCGIFBRDADDR = 0x8919,
	SIOCGIFNETMASK = 0x891b,
	SIOCGIFMETRIC = 0x891d,
	SIOCGIFMTU = 0x8921,
	SIOCGIFHWADDR = 0x8927,
	SIOCGIFINDEX = 0x8933,
	SIOCGIFTXQLEN = 0x8942,
	SIOCETHTOOL = 0x8946,
	SIOCGIFMAP = 0x8970,
};

#endif
