/* SPDX-License-Identifier: MIT */
/* Linux's constants and structures of the internet families (ip(7), ipv6(7), tcp(7), udp(7)). */
#ifndef UAPI_INET_H
#define UAPI_INET_H

#include "lib/types.h"

enum {
	IPPROTO_IP = 0,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	IPPROTO_IPV6 = 41,
};

struct sockaddr_in {
	u16 family;
	u16 port; /* big-endian */
	u8 address[4];
	u8 zero[8];
};
static_assert(sizeof(struct sockaddr_in) == 16, "struct sockaddr_in");

enum { SIN6_LENGTH_MIN = 24 }; /* without the scope: RFC 2133 */
struct sockaddr_in6 {
	u16 family;
	u16 port; /* big-endian */
	u32 flow;
	u8 address[16];
	u32 scope;
};
static_assert(sizeof(struct sockaddr_in6) == 28, "struct sockaddr_in6");

enum ip_options {
	IP_TOS = 1,
	IP_TTL = 2,
	IP_PKTINFO = 8,
	IP_MTU_DISCOVER = 10,
	IP_RECVERR = 11,
	IP_RECVTTL = 12,
	IP_RECVTOS = 13,
	IP_FREEBIND = 15,
	IP_BIND_ADDRESS_NO_PORT = 24,
	IP_MULTICAST_TTL = 33,
	IP_MULTICAST_LOOP = 34,
};

enum ipv6_options {
	IPV6_UNICAST_HOPS = 16,
	IPV6_MTU_DISCOVER = 23,
	IPV6_RECVERR = 25,
	IPV6_V6ONLY = 26,
	IPV6_RECVPKTINFO = 49,
	IPV6_PKTINFO = 50,
	IPV6_RECVHOPLIMIT = 51,
	IPV6_HOPLIMIT = 52,
	IPV6_RECVTCLASS = 66,
	IPV6_TCLASS = 67,
};

struct in_pktinfo { /* IP_PKTINFO */
	s32 index;
	u8 local[4], to[4];
};

struct in6_pktinfo { /* IPV6_PKTINFO */
	u8 to[16];
	u32 index;
};

enum tcp_options {
	TCP_NODELAY = 1,
	TCP_MAXSEG = 2,
	TCP_CORK = 3,
	TCP_KEEPIDLE = 4,
	TCP_KEEPINTVL = 5,
	TCP_KEEPCNT = 6,
	TCP_SYNCNT = 7,
	TCP_LINGER2 = 8,
	TCP_DEFER_ACCEPT = 9,
	TCP_WINDOW_CLAMP = 10,
	TCP_INFO = 11,
	TCP_QUICKACK = 12,
	TCP_CONGESTION = 13,
	TCP_USER_TIMEOUT = 18,
	TCP_FASTOPEN = 23,
};

/* The first part of struct tcp_info; what follows is counters of a wire. */
struct tcp_info {
	u8 state, ca_state, retransmits, probes, backoff, options, scale, limited;
	u32 rto, ato, snd_mss, rcv_mss;
	u32 unacked, sacked, lost, retrans, fackets;
	u32 last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
	u32 pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd, advmss, reordering;
	u32 rcv_rtt, rcv_space, total_retrans;
};
static_assert(sizeof(struct tcp_info) == 104, "struct tcp_info");

enum tcp_states { TCP_ESTABLISHED = 1, TCP_CLOSE = 7, TCP_LISTEN = 10 };

#endif
