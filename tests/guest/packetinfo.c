/* SPDX-License-Identifier: MIT */
/* What datagrams tell besides their bytes: hop limit, traffic class, where they arrived. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "guest.h"
#include "loopback.h"

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

/* A datagram socket that is bound, and sends to itself. */
static int to_itself(int family)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr *name = family == AF_INET ? (void *)&in : (void *)&in6;
	socklen_t length = family == AF_INET ? sizeof(in) : sizeof(in6);
	int fd = socket(family, SOCK_DGRAM, 0);

	if (bind(fd, name, length) || getsockname(fd, name, &length) || connect(fd, name, length))
		return -1;
	return fd;
}

static bool ask(int fd, int level, int option)
{
	int on = 1;

	return !setsockopt(fd, level, option, &on, sizeof(on));
}

union control {
	char room[256];
	struct cmsghdr align;
};

/* Sends a byte with a control message, if it has a size. */
static ssize_t send_with(int fd, int level, int type, const void *value, size_t size)
{
	union control control = { { 0 } };
	struct iovec piece = { "x", 1 };
	struct msghdr header = { .msg_iov = &piece, .msg_iovlen = 1 };
	struct cmsghdr *message;

	if (size) {
		header.msg_control = control.room;
		header.msg_controllen = CMSG_SPACE(size);
		message = CMSG_FIRSTHDR(&header);
		*message = (struct cmsghdr){ CMSG_LEN(size), level, type };
		memcpy(CMSG_DATA(message), value, size);
	}
	return sendmsg(fd, &header, 0);
}

/* Receives one; the value of the control message of that type. False: there is none. */
static bool receive_with(int fd, int level, int type, void *value, size_t size)
{
	union control control;
	char byte;
	struct iovec piece = { &byte, 1 };
	struct msghdr header = { .msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof(control) };
	struct cmsghdr *message;

	if (recvmsg(fd, &header, MSG_DONTWAIT) != 1)
		return false;
	for (message = CMSG_FIRSTHDR(&header); message; message = CMSG_NXTHDR(&header, message)) {
		if (message->cmsg_level != level || message->cmsg_type != type)
			continue;
		memcpy(value, CMSG_DATA(message), size);
		return message->cmsg_len == CMSG_LEN(size);
	}
	return false;
}

static void v6(void)
{
	int fd = to_itself(AF_INET6), value = 0;
	struct in6_pktinfo place;

	CHECK(fd >= 0 && send_with(fd, 0, 0, NULL, 0) == 1);
	CHECK(!receive_with(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof(value)));
	CHECK(ask(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT) && ask(fd, IPPROTO_IPV6, IPV6_RECVTCLASS));
	CHECK(ask(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO));
	CHECK(send_with(fd, 0, 0, NULL, 0) == 1);
	CHECK(receive_with(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof(value)) && value == 64);
	CHECK(send_with(fd, 0, 0, NULL, 0) == 1);
	CHECK(receive_with(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof(value)) && value == 0);
	CHECK(send_with(fd, 0, 0, NULL, 0) == 1);
	CHECK(receive_with(fd, IPPROTO_IPV6, IPV6_PKTINFO, &place, sizeof(place)));
	CHECK(place.ipi6_ifindex == 1 &&
	      !memcmp(&place.ipi6_addr, &in6addr_loopback, sizeof(in6addr_loopback)));
	value = 2;
	CHECK(send_with(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof(value)) == 1);
	CHECK(receive_with(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof(value)) && value == 2);
	value = 255;
	CHECK(send_with(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof(value)) == 1);
	CHECK(receive_with(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof(value)) && value == 255);
	value = -1;
	CHECK(send_with(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof(value)) == 1);
	CHECK(receive_with(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof(value)) && value == 64);
	value = 17;
	CHECK(!setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &value, sizeof(value)));
	CHECK(send_with(fd, 0, 0, NULL, 0) == 1);
	CHECK(receive_with(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof(value)) && value == 17);
	value = 256;
	CHECK(fails(send_with(fd, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof(value)), EINVAL));
	CHECK(fails(send_with(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof(value)), EINVAL));
	CHECK(fails(send_with(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, 2), EINVAL));
	CHECK(fails(send_with(fd, IPPROTO_IPV6, IPV6_PKTINFO, &place, 8), EINVAL));
	CHECK(!close(fd));
}

static void v4(void)
{
	int fd = to_itself(AF_INET), value = 0;
	unsigned char class;
	struct in_pktinfo place;

	CHECK(fd >= 0 && ask(fd, IPPROTO_IP, IP_RECVTTL) && ask(fd, IPPROTO_IP, IP_RECVTOS));
	CHECK(ask(fd, IPPROTO_IP, IP_PKTINFO) && send_with(fd, 0, 0, NULL, 0) == 1);
	CHECK(receive_with(fd, IPPROTO_IP, IP_TTL, &value, sizeof(value)) && value == 64);
	CHECK(send_with(fd, 0, 0, NULL, 0) == 1);
	CHECK(receive_with(fd, IPPROTO_IP, IP_TOS, &class, 1) && class == 0);
	CHECK(send_with(fd, 0, 0, NULL, 0) == 1);
	CHECK(receive_with(fd, IPPROTO_IP, IP_PKTINFO, &place, sizeof(place)));
	CHECK(place.ipi_ifindex == 1 && place.ipi_addr.s_addr == htonl(INADDR_LOOPBACK));
	value = 9;
	CHECK(send_with(fd, IPPROTO_IP, IP_TTL, &value, sizeof(value)) == 1);
	CHECK(receive_with(fd, IPPROTO_IP, IP_TTL, &value, sizeof(value)) && value == 9);
	value = 8;
	CHECK(send_with(fd, IPPROTO_IP, IP_TOS, &value, sizeof(value)) == 1);
	CHECK(receive_with(fd, IPPROTO_IP, IP_TOS, &class, 1) && class == 8);
	value = 0;
	CHECK(fails(send_with(fd, IPPROTO_IP, IP_TTL, &value, sizeof(value)), EINVAL));
	CHECK(fails(send_with(fd, IPPROTO_IP, IP_TTL, &value, 2), EINVAL));
	CHECK(fails(send_with(fd, IPPROTO_IP, 99, &value, 2), EINVAL));
	CHECK(fails(send_with(fd, SOL_SOCKET, 99, &value, 2), EINVAL));
	CHECK(!close(fd));
}

int main(void)
{
	loopback_up();
	RUN(v6);
	RUN(v4);
	return guest_result();
}
