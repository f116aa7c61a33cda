/* SPDX-License-Identifier: MIT */
/*
 * /proc/pid/net: sockets, and the interface lo, as ss(8), netstat(8), lsof(8) and fuser(1) read
 * them. /proc/net leads to the reader's.
 *
 * Each report is of references to sockets that were taken first, so no lock is held while it is
 * written; what it tells of one was true at some moment. Addresses of the kernel are shown as 0.
 */
#include "ipc/inet.h"
#include "ipc/netlink.h"
#include "ipc/socket.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "procfs/procfs.h"

enum { TCP_LINE = 149, UDP_LINE = 127 }; /* columns, without the newline */

/* Fills a line up with spaces. */
static void end_line(struct text *text, size_t line_start, size_t width)
{
	size_t used = text->length - line_start;

	text_printf(text, "%*s\n", used < width ? (int)(width - used) : 0, "");
}

typedef void (*show_fn)(struct text *text, unsigned int number, struct socket *socket);

/* One line for each socket of a family that shown is true of (NULL: of all). */
static int show_sockets(struct text *text, const struct socket_family *family,
			bool (*shown)(const struct socket *socket), show_fn show)
{
	unsigned int number = 0;
	size_t count;
	struct socket **sockets = sockets_get(family, &count);

	if (!sockets)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (!shown || shown(sockets[i]))
			show(text, number++, sockets[i]);
	sockets_put(sockets, count);
	return 0;
}

/* --- local sockets --- */

enum { ACCEPTS = 0x10000, UNCONNECTED = 1, CONNECTED = 3 }; /* as Linux has them */

static void show_unix_name(struct text *text, const struct socket_address *name)
{
	const char *path = (const char *)name->un.path;
	size_t length = name->length - offsetof(struct sockaddr_un, path);

	if (length && path[0])
		length--; /* its terminator */
	text_append(text, " ", 1);
	for (size_t i = 0; i < length; i++)
		text_append(text, path[i] ? &path[i] : "@", 1);
}

static void show_unix_socket(struct text *text, unsigned int number, struct socket *socket)
{
	const struct socket_address *name = load_acquire(&socket->address);
	u8 state = READ_ONCE(socket->state);

	text_printf(text, "%016x: %08X %08X %08X %04X %02X %5lu", 0,
		    (u32)refcount_read(&socket->refs), 0, state == SOCKET_LISTENING ? ACCEPTS : 0,
		    socket->type, state == SOCKET_CONNECTED ? CONNECTED : UNCONNECTED,
		    READ_ONCE(socket->ino));
	if (name)
		show_unix_name(text, name);
	text_append(text, "\n", 1);
}

static int show_unix(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	return show_sockets(text, &unix_family, NULL, show_unix_socket);
}

/* --- internet sockets --- */

enum {
	ST_ESTABLISHED = 1,
	ST_SYN_SENT = 2,
	ST_FIN_WAIT2 = 5,
	ST_CLOSE = 7,
	ST_CLOSE_WAIT = 8,
	ST_LISTEN = 10
};

static bool is_tcp(const struct socket *socket)
{
	return inet_is_stream(socket) && READ_ONCE(socket->state) != SOCKET_UNCONNECTED;
}

static bool is_udp(const struct socket *socket)
{
	return !inet_is_stream(socket) && load_acquire(&socket->address);
}

static bool is_open(const struct socket *socket)
{
	return is_tcp(socket) || is_udp(socket);
}

static u32 tcp_state(const struct socket *socket)
{
	u32 shutdown = READ_ONCE(socket->shutdown);

	if (READ_ONCE(socket->state) == SOCKET_LISTENING)
		return ST_LISTEN;
	if (READ_ONCE(socket->state) == SOCKET_CONNECTING)
		return ST_SYN_SENT;
	if (shutdown & SOCKET_SHUT_RECEIVE)
		return ST_CLOSE_WAIT;
	return shutdown ? ST_FIN_WAIT2 : ST_ESTABLISHED;
}

static u32 inet_state(const struct socket *socket)
{
	if (inet_is_stream(socket))
		return tcp_state(socket);
	return READ_ONCE(socket->state) == SOCKET_CONNECTED ? ST_ESTABLISHED : ST_CLOSE;
}

/* The words of an address as the machine reads them. */
static void show_inet_name(struct text *text, const struct socket *socket,
			   const struct socket_address *name)
{
	u32 words[4] = { 0 };
	unsigned int first = socket->family == &inet_family ? 3 : 0;

	if (name)
		memcpy(words, name->in6.address, sizeof(words));
	for (unsigned int i = first; i < ARRAY_SIZE(words); i++)
		text_printf(text, "%08X", words[i]);
	text_printf(text, ":%04X ", name ? __builtin_bswap16(name->in6.port) : 0);
}

static void show_inet_socket(struct text *text, struct socket *socket)
{
	struct socket_address *peer = socket->family->peer_name(socket);
	bool listens = READ_ONCE(socket->state) == SOCKET_LISTENING;

	show_inet_name(text, socket, load_acquire(&socket->address));
	show_inet_name(text, socket, IS_ERR(peer) ? NULL : peer);
	text_printf(text, "%02X %08X:%08X 00:%08X %08X %5u %8d %lu %d %016x ", inet_state(socket),
		    0, listens ? READ_ONCE(socket->pending_count) : READ_ONCE(socket->queued), 0, 0,
		    socket->inet->owner, 0, READ_ONCE(socket->ino), refcount_read(&socket->refs),
		    0);
	if (!IS_ERR(peer))
		socket_address_put(peer);
}

/* A line of a table: the number has so many digits, the rest follows what all have. */
static void show_inet_line(struct text *text, unsigned int number, struct socket *socket,
			   int digits, const char *rest, size_t width)
{
	size_t start = text->length;

	text_printf(text, "%*u: ", digits, number);
	show_inet_socket(text, socket);
	text_printf(text, "%s", rest);
	end_line(text, start, width);
}

static void show_tcp_socket(struct text *text, unsigned int number, struct socket *socket)
{
	show_inet_line(text, number, socket, 4, "100 0 0 10 0", TCP_LINE);
}

static void show_udp_socket(struct text *text, unsigned int number, struct socket *socket)
{
	show_inet_line(text, number, socket, 5, "0", UDP_LINE);
}

static void show_header4(struct text *text, const char *rest, size_t width)
{
	size_t start = text->length;

	text_printf(text,
		    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
		    "retrnsmt   uid  timeout inode%s",
		    rest);
	end_line(text, start, width);
}

static void show_header6(struct text *text, const char *rest)
{
	text_printf(text,
		    "  sl  local_address                         "
		    "remote_address                        st tx_queue rx_queue tr tm->when "
		    "retrnsmt   uid  timeout inode%s\n",
		    rest);
}

static int show_tcp(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	show_header4(text, "", TCP_LINE);
	return show_sockets(text, &inet_family, is_tcp, show_tcp_socket);
}

static int show_tcp6(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	show_header6(text, "");
	return show_sockets(text, &inet6_family, is_tcp, show_tcp_socket);
}

static const char datagram_columns[] = " ref pointer drops";

static int show_udp(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_append(text, " ", 1);
	show_header4(text, datagram_columns, UDP_LINE - 1);
	return show_sockets(text, &inet_family, is_udp, show_udp_socket);
}

static int show_udp6(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	show_header6(text, datagram_columns);
	return show_sockets(text, &inet6_family, is_udp, show_udp_socket);
}

static int show_raw(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	show_header4(text, datagram_columns, 0);
	return 0;
}

static int show_raw6(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	show_header6(text, datagram_columns);
	return 0;
}

/* --- others --- */

static void show_netlink_socket(struct text *text, unsigned int number, struct socket *socket)
{
	const struct socket_address *name = load_acquire(&socket->address);

	text_printf(text, "%016x %-3d %-10u %08x %-8u %-8d %-5d %-8d %-8d %-8lu\n", 0,
		    socket->family->datagram_protocol, name ? name->nl.port : 0, 0,
		    READ_ONCE(socket->queued), 0, 0, refcount_read(&socket->refs), 0,
		    READ_ONCE(socket->ino));
}

static int show_netlink(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	int error;

	text_printf(text, "sk               Eth Pid        Groups   Rmem     Wmem     Dump  "
			  "Locks    Drops    Inode\n");
	error = show_sockets(text, &netlink_route_family, NULL, show_netlink_socket);
	return error ? error : show_sockets(text, &netlink_diag_family, NULL, show_netlink_socket);
}

static int show_packet(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n");
	return 0;
}

/* How many sockets of a family are open: streams, others. */
static int count_open(const struct socket_family *family, unsigned int counts[2])
{
	size_t count;
	struct socket **sockets = sockets_get(family, &count);

	if (!sockets)
		return -ENOMEM;
	counts[0] = counts[1] = 0;
	for (size_t i = 0; i < count; i++)
		if (is_open(sockets[i]))
			counts[!inet_is_stream(sockets[i])]++;
	sockets_put(sockets, count);
	return 0;
}

static int show_statistics(struct text *text, struct task_struct *task,
			   const struct proc_node *node)
{
	unsigned int counts[2];
	size_t all;
	struct socket **sockets = sockets_get(NULL, &all);
	int error;

	if (!sockets)
		return -ENOMEM;
	sockets_put(sockets, all);
	error = count_open(&inet_family, counts);
	if (error)
		return error;
	text_printf(text,
		    "sockets: used %lu\nTCP: inuse %u orphan 0 tw 0 alloc %u mem 0\n"
		    "UDP: inuse %u mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\n"
		    "FRAG: inuse 0 memory 0\n",
		    all, counts[0], counts[0], counts[1]);
	return 0;
}

static int show_statistics6(struct text *text, struct task_struct *task,
			    const struct proc_node *node)
{
	unsigned int counts[2];
	int error = count_open(&inet6_family, counts);

	if (error)
		return error;
	text_printf(text,
		    "TCP6: inuse %u\nUDP6: inuse %u\nUDPLITE6: inuse 0\nRAW6: inuse 0\n"
		    "FRAG6: inuse 0 memory 0\n",
		    counts[0], counts[1]);
	return 0;
}

/* --- the interface --- */

static int show_devices(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text,
		    "Inter-|   Receive                                                |  "
		    "Transmit\n"
		    " face |bytes    packets errs drop fifo frame compressed multicast|bytes"
		    "    packets errs drop fifo colls carrier compressed\n"
		    "    lo:       0       0    0    0    0     0          0         0        "
		    "0       0    0    0    0     0       0          0\n");
	return 0;
}

static int show_addresses6(struct text *text, struct task_struct *task,
			   const struct proc_node *node)
{
	text_printf(text, "00000000000000000000000000000001 01 80 10 80       lo\n");
	return 0;
}

/* Routes to this machine itself are not shown. */
static int show_routes(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	enum { WIDTH = 127 };
	size_t start = text->length;

	text_printf(text, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\t"
			  "MTU\tWindow\tIRTT");
	end_line(text, start, WIDTH);
	return 0;
}

static int show_neighbours(struct text *text, struct task_struct *task,
			   const struct proc_node *node)
{
	text_printf(text, "IP address       HW type     Flags       HW address            Mask     "
			  "Device\n");
	return 0;
}

#define NET_FILE(name_, show_)                                                                     \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | 0444, .show = (show_)                           \
	}

const struct proc_entry proc_net_entries[] = {
	NET_FILE("unix", show_unix),
	NET_FILE("tcp", show_tcp),
	NET_FILE("tcp6", show_tcp6),
	NET_FILE("udp", show_udp),
	NET_FILE("udp6", show_udp6),
	NET_FILE("raw", show_raw),
	NET_FILE("raw6", show_raw6),
	NET_FILE("netlink", show_netlink),
	NET_FILE("packet", show_packet),
	NET_FILE("sockstat", show_statistics),
	NET_FILE("sockstat6", show_statistics6),
	NET_FILE("dev", show_devices),
	NET_FILE("if_inet6", show_addresses6),
	NET_FILE("route", show_routes),
	NET_FILE("arp", show_neighbours),
	{ 0 },
};
