/* SPDX-License-Identifier: MIT */
/* The loopback interface by ioctl and by netlink, and what the C library makes of it. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <mqueue.h>
#include <net/if_arp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>

#include "guest.h"
#include "loopback.h"

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static bool ask(int fd, unsigned long command, struct ifreq *request)
{
	memset(request, 0, sizeof(*request));
	strcpy(request->ifr_name, "lo");
	return !ioctl(fd, command, request);
}

static void ioctls(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_in *name;
	struct ifreq request, all[4];
	struct ifconf list = { .ifc_len = sizeof(all), .ifc_req = all };

	CHECK(ask(fd, SIOCGIFFLAGS, &request));
	CHECK((request.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING)) ==
	      (IFF_UP | IFF_LOOPBACK | IFF_RUNNING));
	CHECK(ask(fd, SIOCGIFADDR, &request));
	name = (struct sockaddr_in *)&request.ifr_addr;
	CHECK(name->sin_family == AF_INET && name->sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	CHECK(ask(fd, SIOCGIFNETMASK, &request) && name->sin_addr.s_addr == htonl(0xff000000));
	CHECK(ask(fd, SIOCGIFMTU, &request) && request.ifr_mtu == 65536);
	CHECK(ask(fd, SIOCGIFHWADDR, &request) && request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK);
	CHECK(ask(fd, SIOCGIFINDEX, &request) && request.ifr_ifindex == 1);
	request.ifr_name[0] = 0;
	CHECK(!ioctl(local, SIOCGIFNAME, &request) && !strcmp(request.ifr_name, "lo"));
	request.ifr_ifindex = 4711;
	CHECK(fails(ioctl(fd, SIOCGIFNAME, &request), ENODEV));
	CHECK(ask(local, SIOCGIFINDEX, &request) &&
	      fails(ask(local, SIOCGIFADDR, &request) - 1, ENOTTY));
	CHECK(!ioctl(fd, SIOCGIFCONF, &list) && list.ifc_len == sizeof(all[0]));
	CHECK(!strcmp(all[0].ifr_name, "lo"));
	list = (struct ifconf){ .ifc_len = 0 };
	CHECK(!ioctl(fd, SIOCGIFCONF, &list) && list.ifc_len == sizeof(all[0]));
	strcpy(request.ifr_name, "none0");
	CHECK(fails(ioctl(fd, SIOCGIFFLAGS, &request), ENODEV));
	CHECK(fails(ioctl(fd, SIOCGIFINDEX, &request), ENODEV));
	CHECK(fails(ioctl(fd, SIOCGIFFLAGS, 8), EFAULT));
	CHECK(!close(fd) && !close(local));
}

static void names(void)
{
	struct if_nameindex *list = if_nameindex();
	char name[IFNAMSIZ];

	CHECK(list && list[0].if_index == 1 && !strcmp(list[0].if_name, "lo"));
	if_freenameindex(list);
	CHECK(if_nametoindex("lo") == 1 && if_nametoindex("none0") == 0 && errno == ENODEV);
	CHECK(if_indextoname(1, name) && !strcmp(name, "lo"));
	CHECK(!if_indextoname(4711, name) && errno == ENXIO);
}

static void addresses(void)
{
	struct ifaddrs *list, *one;
	int links = 0, v4 = 0, v6 = 0;

	CHECK(!getifaddrs(&list));
	for (one = list; one; one = one->ifa_next) {
		const struct sockaddr_in *in = (void *)one->ifa_addr;
		const struct sockaddr_in6 *in6 = (void *)one->ifa_addr;

		if (strcmp(one->ifa_name, "lo"))
			continue;
		links += one->ifa_addr->sa_family == AF_PACKET && one->ifa_flags & IFF_LOOPBACK;
		v4 += in->sin_family == AF_INET && in->sin_addr.s_addr == htonl(INADDR_LOOPBACK) &&
		      ((struct sockaddr_in *)one->ifa_netmask)->sin_addr.s_addr ==
			      htonl(0xff000000);
		v6 += in6->sin6_family == AF_INET6 &&
		      !memcmp(&in6->sin6_addr, &in6addr_loopback, sizeof(in6addr_loopback));
	}
	freeifaddrs(list);
	CHECK(links == 1 && v4 == 1 && v6 == 1);
}

struct request {
	struct nlmsghdr header;
	union {
		struct rtgenmsg general;
		struct ifinfomsg link;
		struct ifaddrmsg address;
	} body;
	char room[64];
};

static struct request make(int type, int flags, size_t size)
{
	struct request request = { .header = { .nlmsg_len = NLMSG_LENGTH(size),
					       .nlmsg_type = (unsigned short)type,
					       .nlmsg_flags = (unsigned short)flags,
					       .nlmsg_seq = 77 } };

	return request;
}

/* The error that a request gets; 1: there is no such message first. */
static int error_of(int fd, const struct request *request)
{
	union {
		struct nlmsghdr header;
		char room[8192];
	} answer;
	struct nlmsgerr *error = NLMSG_DATA(&answer.header);

	if (send(fd, request, request->header.nlmsg_len, 0) != request->header.nlmsg_len ||
	    recv(fd, &answer, sizeof(answer), MSG_DONTWAIT) < (ssize_t)sizeof(answer.header))
		return 2;
	return answer.header.nlmsg_type == NLMSG_ERROR && answer.header.nlmsg_seq == 77
		       ? error->error
		       : 1;
}

static void requests(void)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK }, other = { .nl_family = AF_NETLINK };
	socklen_t length = sizeof(name);
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), second, value;
	struct request request = make(RTM_GETLINK, NLM_F_REQUEST, sizeof(struct ifinfomsg));
	struct rtattr *attribute;
	char big[8192];
	struct nlmsghdr *header = (void *)big;

	CHECK(fd >= 0 && !bind(fd, (void *)&name, sizeof(name)));
	CHECK(!getsockname(fd, (void *)&name, &length) && length == 12 && name.nl_pid);
	second = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	CHECK(fails(bind(second, (void *)&name, sizeof(name)), EADDRINUSE));
	CHECK(!bind(second, (void *)&other, sizeof(other)));
	CHECK(!getsockname(second, (void *)&other, &length) && other.nl_pid != name.nl_pid);
	CHECK(fails(bind(second, (void *)&name, sizeof(name)), EINVAL));
	CHECK(!close(second));

	request.body.link.ifi_index = 1;
	CHECK(send(fd, &request, request.header.nlmsg_len, 0) == request.header.nlmsg_len);
	length = sizeof(other);
	CHECK(recv(fd, big, 8, MSG_PEEK | MSG_TRUNC) > 100);
	CHECK(recvfrom(fd, big, sizeof(big), 0, (void *)&other, &length) > 100);
	CHECK(length == 12 && other.nl_family == AF_NETLINK && other.nl_pid == 0);
	CHECK(header->nlmsg_type == RTM_NEWLINK && header->nlmsg_seq == 77 &&
	      header->nlmsg_pid == name.nl_pid);
	CHECK(fails(recv(fd, big, sizeof(big), MSG_DONTWAIT), EAGAIN));

	request.body.link.ifi_index = 4711;
	CHECK(error_of(fd, &request) == -ENODEV);
	request.body.link.ifi_index = 0;
	CHECK(error_of(fd, &request) == -EINVAL);
	attribute = (void *)((char *)&request + request.header.nlmsg_len);
	*attribute = (struct rtattr){ RTA_LENGTH(3), IFLA_IFNAME };
	strcpy(RTA_DATA(attribute), "lo");
	request.header.nlmsg_len += RTA_SPACE(3);
	CHECK(error_of(fd, &request) == 1);
	strcpy(RTA_DATA(attribute), "l");
	CHECK(error_of(fd, &request) == -ENODEV);
	request.header.nlmsg_flags |= NLM_F_ACK;
	strcpy(RTA_DATA(attribute), "lo");
	CHECK(error_of(fd, &request) == 1 && recv(fd, big, sizeof(big), 0) > 0);
	CHECK(header->nlmsg_type == NLMSG_ERROR && !((struct nlmsgerr *)NLMSG_DATA(header))->error);

	request = make(200, NLM_F_REQUEST, sizeof(struct rtgenmsg));
	CHECK(error_of(fd, &request) == -EOPNOTSUPP);
	request = make(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sizeof(struct ifaddrmsg));
	request.body.address.ifa_family = AF_INET;
	CHECK(error_of(fd, &request) == 1);
	CHECK(recv(fd, big, sizeof(big), 0) >= (ssize_t)sizeof(*header));
	CHECK(header->nlmsg_type == NLMSG_DONE && header->nlmsg_flags & NLM_F_MULTI);
	request = make(NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, 0);
	CHECK(error_of(fd, &request) == 0);

	CHECK(!getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &(socklen_t){ 4 }) && value == SOCK_RAW);
	CHECK(!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &(socklen_t){ 4 }) &&
	      value == AF_NETLINK);
	value = 1;
	CHECK(!setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &value, sizeof(value)));
	CHECK(fails(setsockopt(fd, SOL_NETLINK, 99, &value, sizeof(value)), ENOPROTOOPT));
	CHECK(fails(listen(fd, 1), EOPNOTSUPP) && fails(accept(fd, NULL, NULL), EOPNOTSUPP));
	CHECK(fails(bind(fd, (void *)&name, 4), EINVAL));
	CHECK(!close(fd));
	CHECK(fails(socket(AF_NETLINK, SOCK_STREAM, 0), ESOCKTNOSUPPORT));
	CHECK(fails(socket(AF_NETLINK, SOCK_RAW, 400), EPROTONOSUPPORT));
}

static void unprivileged(void)
{
	pid_t child = fork();

	if (!child) {
		int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
		struct sockaddr_nl other = { .nl_family = AF_NETLINK, .nl_pid = 4711 };
		struct request request = make(RTM_NEWLINK, NLM_F_REQUEST, sizeof(struct ifinfomsg));
		struct ifreq interface;

		CHILD_CHECK(!setuid(1000));
		CHILD_CHECK(error_of(fd, &request) == -EPERM);
		CHILD_CHECK(fails(sendto(fd, "x", 1, 0, (void *)&other, sizeof(other)), EPERM));
		memset(&interface, 0, sizeof(interface));
		strcpy(interface.ifr_name, "lo");
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		CHILD_CHECK(fails(ioctl(fd, SIOCSIFFLAGS, &interface), EPERM));
		_exit(0);
	}
	CHECK(ended_well(child));
}

static volatile int told;

static void on_message(union sigval value)
{
	told = value.sival_int;
}

static void message_queue(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD,
				  .sigev_value.sival_int = 42,
				  .sigev_notify_function = on_message };
	mqd_t queue = mq_open("/netlink", O_CREAT | O_RDWR, 0600, NULL);
	char room[8192];

	CHECK(queue >= 0 && !mq_unlink("/netlink"));
	for (int i = 0; i < 3; i++) {
		told = 0;
		CHECK(!mq_notify(queue, &event) && fails(mq_notify(queue, &event), EBUSY));
		CHECK(!mq_send(queue, "x", 1, 0));
		for (int wait = 0; wait < 2000 && !told; wait++)
			sleep_ms(10);
		CHECK(told == 42 && mq_receive(queue, room, sizeof(room), NULL) == 1);
	}
	CHECK(!mq_notify(queue, &event) && !mq_notify(queue, NULL));
	CHECK(!mq_send(queue, "x", 1, 0) && !mq_close(queue));
}

int main(void)
{
	loopback_up();
	RUN(ioctls);
	RUN(names);
	RUN(addresses);
	RUN(requests);
	RUN(unprivileged);
	RUN(message_queue);
	return guest_result();
}
