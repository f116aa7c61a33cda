/* SPDX-License-Identifier: MIT */
/*
 * Options that sockets of all families have (socket(7), SOL_SOCKET).
 *
 * Many of them speak of packets or devices, which are never met here: they are kept and told.
 * Task context; options are single words, read without a lock.
 */
#include "ipc/socket.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/timer.h"
#include "uapi/time.h"

enum { LIMIT_MIN = 4608, LIMIT_MAX = 425984 }; /* SOCK_MIN_SNDBUF, twice wmem_max: socket(7) */
enum { MAXINT = 0x7fffffff, PRIORITY_MAX = 6 };

/* Those that are on or off and nothing else: socket_switch(). */
static const u64 switches = 1UL << SO_REUSEADDR | 1UL << SO_REUSEPORT | 1UL << SO_DONTROUTE |
			    1UL << SO_BROADCAST | 1UL << SO_KEEPALIVE;

static bool is_switch(int name)
{
	return name >= 0 && name < 64 && switches & 1UL << name;
}

/* --- telling --- */

/* An option that is a number; -ENOPROTOOPT. */
static int read_number(struct socket *socket, int name)
{
	if (is_switch(name))
		return socket_switch(socket, name);
	switch (name) {
	case SO_TYPE: return socket->raw ? SOCK_RAW : socket->type;
	case SO_ERROR: return atomic_exchange(&socket->error, 0);
	case SO_SNDBUF:
	case SO_RCVBUF: return (int)READ_ONCE(socket->limit);
	case SO_ACCEPTCONN: return READ_ONCE(socket->state) == SOCKET_LISTENING;
	case SO_OOBINLINE: return READ_ONCE(socket->urgent_inline);
	case SO_PASSCRED: return READ_ONCE(socket->pass_cred);
	case SO_PASSPIDFD: return READ_ONCE(socket->pass_pidfd);
	case SO_PRIORITY: return READ_ONCE(socket->options.priority);
	case SO_RCVLOWAT: return READ_ONCE(socket->options.receive_low);
	case SO_SNDLOWAT: return 1;
	case SO_DOMAIN: return socket->family->number;
	case SO_PROTOCOL:
		return socket->type == SOCK_STREAM ? socket->family->stream_protocol
						   : socket->family->datagram_protocol;
	}
	return -ENOPROTOOPT;
}

static int put_value(void *to, const void *value, size_t size)
{
	memcpy(to, value, size);
	return (int)size;
}

static int get_timeout(nsec_t timeout, void *value)
{
	const struct timeval time = ns_to_timeval(MAX(timeout, (nsec_t)0));

	return put_value(value, &time, sizeof(time));
}

static int get_peer_cred(const struct socket *socket, void *value)
{
	const struct socket_identity *peer = &socket->peer_party.identity;
	struct ucred cred = { pid_note_vnr(peer->pid), peer->uid, peer->gid };

	if (!peer->pid.id)
		cred = (struct ucred){ 0, (u32)-1, (u32)-1 };
	return put_value(value, &cred, sizeof(cred));
}

int socket_get_option(struct socket *socket, int name, void *value)
{
	int number;

	switch (name) {
	case SO_PEERCRED: return get_peer_cred(socket, value);
	case SO_RCVTIMEO: return get_timeout(READ_ONCE(socket->options.receive_timeout), value);
	case SO_SNDTIMEO: return get_timeout(READ_ONCE(socket->options.send_timeout), value);
	case SO_LINGER:
		return put_value(value, socket->options.linger, sizeof(socket->options.linger));
	}
	number = read_number(socket, name);
	return number < 0 ? number : put_value(value, &number, sizeof(number));
}

/* --- setting --- */

/* A buffer's size, doubled as Linux does for its bookkeeping. What is kept is the receiver's
 * limit. */
static int set_limit(struct socket *socket, u32 size)
{
	u32 limit = size > LIMIT_MAX / 2 ? LIMIT_MAX : size * 2;

	WRITE_ONCE(socket->limit, MAX(limit, (u32)LIMIT_MIN));
	return 0;
}

static int set_switch(struct socket *socket, int name, bool on)
{
	if (name == SO_REUSEPORT && on && socket->family == &unix_family)
		return -EOPNOTSUPP;
	if (on)
		atomic_fetch_or(&socket->options.switches, 1UL << name);
	else
		atomic_fetch_and(&socket->options.switches, ~(1UL << name));
	return 0;
}

static int set_number(struct socket *socket, int name, int number)
{
	switch (name) {
	case SO_SNDBUF:
	case SO_RCVBUF: return set_limit(socket, (u32)number);
	case SO_OOBINLINE: WRITE_ONCE(socket->urgent_inline, number != 0); return 0;
	case SO_PASSCRED: WRITE_ONCE(socket->pass_cred, number != 0); return 0;
	case SO_PASSPIDFD: WRITE_ONCE(socket->pass_pidfd, number != 0); return 0;
	case SO_RCVLOWAT:
		WRITE_ONCE(socket->options.receive_low, number < 0 ? MAXINT : MAX(number, 1));
		return 0;
	case SO_PRIORITY:
		if (number < 0 || number > PRIORITY_MAX)
			return -EPERM;
		WRITE_ONCE(socket->options.priority, number);
		return 0;
	}
	return is_switch(name) ? set_switch(socket, name, number != 0) : -ENOPROTOOPT;
}

/* No time at all is no limit, a time before now no wait. */
static int set_timeout(nsec_t *timeout, const void *value, u32 size)
{
	struct timeval time;

	if (size < sizeof(time))
		return -EINVAL;
	memcpy(&time, value, sizeof(time));
	if (time.tv_usec < 0 || time.tv_usec >= 1000000)
		return -EDOM;
	if (time.tv_sec < 0)
		WRITE_ONCE(*timeout, -1);
	else if (time.tv_sec >= NSEC_NEVER / NSEC_PER_SEC / 2)
		WRITE_ONCE(*timeout, 0);
	else
		WRITE_ONCE(*timeout, time.tv_sec * NSEC_PER_SEC + time.tv_usec * 1000);
	return 0;
}

static int set_linger(struct socket *socket, const void *value, u32 size)
{
	if (size < sizeof(socket->options.linger))
		return -EINVAL;
	memcpy(socket->options.linger, value, sizeof(socket->options.linger));
	socket->options.linger[0] = socket->options.linger[0] != 0;
	return 0;
}

int socket_set_option(struct socket *socket, int name, const void *value, u32 size)
{
	int number;

	if (size < sizeof(number))
		return -EINVAL;
	switch (name) {
	case SO_RCVTIMEO: return set_timeout(&socket->options.receive_timeout, value, size);
	case SO_SNDTIMEO: return set_timeout(&socket->options.send_timeout, value, size);
	case SO_LINGER: return set_linger(socket, value, size);
	}
	memcpy(&number, value, sizeof(number));
	return set_number(socket, name, number);
}
