/* SPDX-License-Identifier: MIT */
/* What /proc/net tells of sockets (kernel/procfs/proc_net.c). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "guest.h"
#include "loopback.h"

static unsigned long inode_of(int fd)
{
	struct stat stat;
	char path[64], link[64], expected[64];
	ssize_t length;

	if (fstat(fd, &stat))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link) - 1);
	link[length < 0 ? 0 : length] = 0;
	snprintf(expected, sizeof(expected), "socket:[%lu]", (unsigned long)stat.st_ino);
	return strcmp(link, expected) ? 0 : (unsigned long)stat.st_ino;
}

/* The line of a socket, whose inode is its column'th word; false: there is none. */
static bool find_line(const char *file, int column, unsigned long inode, char *line, int size)
{
	FILE *text = fopen(file, "r");
	bool found = false;

	while (text && !found && fgets(line, size, text)) {
		char copy[512], *word, *rest = copy;
		int at = 0;

		snprintf(copy, sizeof(copy), "%s", line);
		while ((word = strtok_r(rest, " \n", &rest)) && ++at < column)
			;
		found = word && strtoul(word, NULL, 10) == inode;
	}
	if (text)
		fclose(text);
	return found;
}

static void local(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "\0procnet" };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), pair[2];
	char line[512];

	CHECK(inode_of(fd));
	CHECK(find_line("/proc/net/unix", 7, inode_of(fd), line, sizeof(line)));
	CHECK(strstr(line, " 00000000 0005 01 "));
	CHECK(!bind(fd, (void *)&name, offsetof(struct sockaddr_un, sun_path) + 8));
	CHECK(!listen(fd, 3));
	CHECK(find_line("/proc/self/net/unix", 7, inode_of(fd), line, sizeof(line)));
	CHECK(strstr(line, " 00010000 0005 01 ") && strstr(line, " @procnet\n"));
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	CHECK(find_line("/proc/net/unix", 7, inode_of(pair[1]), line, sizeof(line)));
	CHECK(strstr(line, " 00000000 0001 03 "));
	CHECK(!close(fd) && !close(pair[0]) && !close(pair[1]));
}

static void internet(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons(0x3039),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 name6 = { .sin6_family = AF_INET6,
				      .sin6_port = htons(0x3039),
				      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int datagrams = socket(AF_INET6, SOCK_DGRAM, 0), server, on = 1;
	char line[512];

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	CHECK(!bind(listener, (void *)&name, sizeof(name)) && !listen(listener, 3));
	CHECK(find_line("/proc/net/tcp", 10, inode_of(listener), line, sizeof(line)));
	CHECK(strstr(line, ": 0100007F:3039 00000000:0000 0A ") && strlen(line) == 150);
	CHECK(!find_line("/proc/net/tcp", 10, inode_of(client), line, sizeof(line)));
	CHECK(!connect(client, (void *)&name, sizeof(name)));
	server = accept(listener, NULL, NULL);
	CHECK(server >= 0 && write(client, "abcde", 5) == 5);
	CHECK(find_line("/proc/net/tcp", 10, inode_of(client), line, sizeof(line)));
	CHECK(strstr(line, " 0100007F:3039 01 "));
	CHECK(find_line("/proc/net/tcp", 10, inode_of(server), line, sizeof(line)));
	CHECK(strstr(line, ": 0100007F:3039 0100007F:"));
	CHECK(!bind(datagrams, (void *)&name6, sizeof(name6)));
	CHECK(find_line("/proc/net/udp6", 10, inode_of(datagrams), line, sizeof(line)));
	CHECK(strstr(line, ": 00000000000000000000000001000000:3039 "
			   "00000000000000000000000000000000:0000 07 "));
	CHECK(!find_line("/proc/net/udp", 10, inode_of(datagrams), line, sizeof(line)));
	CHECK(!close(server) && !close(client) && !close(listener) && !close(datagrams));
}

static bool has_line(const char *file, const char *start)
{
	FILE *text = fopen(file, "r");
	char line[512];
	bool found = false;

	while (text && !found && fgets(line, sizeof(line), text))
		found = !strncmp(line, start, strlen(start));
	if (text)
		fclose(text);
	return found;
}

static void interface(void)
{
	CHECK(has_line("/proc/net/dev", "    lo: "));
	CHECK(has_line("/proc/net/if_inet6", "00000000000000000000000000000001 01 80 10 "));
	CHECK(has_line("/proc/net/sockstat", "TCP: inuse "));
	CHECK(has_line("/proc/net/netlink", "sk "));
	CHECK(has_line("/proc/net/route", "Iface\tDestination"));
}

int main(void)
{
	loopback_up();
	RUN(local);
	RUN(internet);
	RUN(interface);
	return guest_result();
}
