/* SPDX-License-Identifier: MIT */
/*
 * Local sockets: their life (socket.h).
 *
 * Two connected sockets refer to each other; socket_close() of one gives up its own reference and
 * leaves the other's, so the memory of both goes when both are closed. A connection that nobody
 * has accepted yet is a socket in its listener's queue, without a file.
 *
 * Locks: never two sockets' at a time; names are looked up before. All may sleep.
 */
#include "ipc/socket.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"

enum { SOCKET_LIMIT = 212992 }; /* as net.core.wmem_default */

struct socket *socket_alloc(const struct socket_family *family, int type, const struct socket *from)
{
	struct socket *socket = kzalloc(sizeof(*socket));

	if (!socket)
		return NULL;
	refcount_set(&socket->refs, 1);
	socket->family = family;
	socket->type = (u8)type;
	socket->limit = SOCKET_LIMIT;
	socket->options.receive_low = 1;
	mutex_init(&socket->lock, MUTEX_SOCKET);
	list_init(&socket->messages);
	list_init(&socket->pending);
	list_init(&socket->pending_link);
	list_init(&socket->line);
	list_init(&socket->name_link);
	flight_init(socket);
	waitq_init(&socket->read_wait);
	waitq_init(&socket->room_wait);
	waitq_init(&socket->write_wait);
	if (family->init && family->init(socket, from)) {
		kfree(socket);
		return NULL;
	}
	socket_list_add(socket);
	return socket;
}

void socket_address_put(struct socket_address *address)
{
	if (address && refcount_dec_and_test(&address->refs))
		kfree(address);
}

void socket_party_put(const struct socket_party *party)
{
	pid_note_put(party->identity.pid);
	if (party->cred)
		cred_put(party->cred);
}

void socket_put(struct socket *socket)
{
	if (!refcount_dec_and_test(&socket->refs))
		return;
	socket_list_remove(socket);
	socket_address_put(socket->address);
	socket_party_put(&socket->owner);
	socket_party_put(&socket->peer_party);
	kfree(socket->inet);
	kfree(socket);
}

struct socket *socket_get_peer(struct socket *socket)
{
	struct socket *peer;

	mutex_lock(&socket->lock);
	peer = socket->peer;
	if (peer)
		socket_ref(peer);
	mutex_unlock(&socket->lock);
	return peer;
}

struct socket_address *socket_peer_name(struct socket *socket)
{
	struct socket *peer = socket_get_peer(socket);
	struct socket_address *name;

	if (!peer)
		return ERR_PTR(-ENOTCONN);
	name = load_acquire(&peer->address);
	if (name)
		socket_address_get(name);
	socket_put(peer);
	return name;
}

void socket_wake(struct socket *socket)
{
	wake_up_all(&socket->read_wait);
	wake_up_all(&socket->room_wait);
	wake_up_all(&socket->write_wait);
}

static void socket_shut(struct socket *socket, u32 directions)
{
	atomic_fetch_or(&socket->shutdown, directions);
	socket_wake(socket);
}

/* --- closing --- */

/* Takes all that the socket still holds; the lists are emptied without its lock, as they are
 * nobody's. */
static bool socket_take_all(struct socket *socket, struct list_head *messages,
			    struct list_head *pending, struct list_head *line)
{
	struct socket_message *message;
	bool unread;

	mutex_lock(&socket->lock);
	socket->closed = true;
	socket->file = NULL;
	socket->urgent = NULL;
	unread = !list_empty(&socket->messages);
	list_for_each_entry (message, &socket->messages, link)
		if (unlikely(message->rights))
			flight_leave(message->rights);
	list_splice_tail(&socket->messages, messages);
	list_splice_tail(&socket->pending, pending);
	list_splice_tail(&socket->line, line);
	socket->queued = 0;
	mutex_unlock(&socket->lock);
	return unread;
}

/* Not accepted: their clients see a reset. */
static void close_pending(struct list_head *pending)
{
	struct socket *waiting, *next;

	flight_keeper_closed(pending);
	list_for_each_entry_safe (waiting, next, pending, pending_link) {
		list_del(&waiting->pending_link);
		WRITE_ONCE(waiting->peer->error, ECONNRESET);
		socket_close(waiting);
	}
}

static bool drop_all(struct socket *socket)
{
	bool unread, listening = socket->state == SOCKET_LISTENING;
	LIST_HEAD(messages);
	LIST_HEAD(pending);
	LIST_HEAD(line);

	unread = socket_take_all(socket, &messages, &pending, &line);
	if (listening) {
		close_pending(&pending);
		line_refuse(&line);
	}
	flight_bury(&messages);
	return unread;
}

void socket_empty(struct socket *socket)
{
	drop_all(socket);
}

void socket_close(struct socket *socket)
{
	struct socket *peer;
	bool unread;

	socket->family->unbind(socket);
	unread = drop_all(socket);
	if (unlikely(socket->awaited))
		line_leave(socket);
	peer = socket->peer;
	if (peer && socket_is_connection_type(socket)) {
		if (unread)
			WRITE_ONCE(peer->error, ECONNRESET);
		socket_shut(peer, SOCKET_SHUT_BOTH);
	}
	socket_wake(socket);
	if (peer)
		socket_put(peer);
	socket_put(socket);
}

/* --- shutdown --- */

int socket_shutdown(struct socket *socket, int how)
{
	struct socket *peer;
	u32 mine, theirs;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	mine = (u32)how + 1;
	theirs = mine & SOCKET_SHUT_SEND ? SOCKET_SHUT_RECEIVE : 0;
	if (mine & SOCKET_SHUT_RECEIVE && socket->family->tells_receive_end)
		theirs |= SOCKET_SHUT_SEND;
	if (READ_ONCE(socket->state) == SOCKET_UNCONNECTED && socket->family->shutdown_unconnected)
		return socket->family->shutdown_unconnected;
	socket_shut(socket, mine);
	peer = socket_get_peer(socket);
	if (!peer)
		return 0;
	if (socket_is_connection_type(socket))
		socket_shut(peer, theirs);
	socket_put(peer);
	return 0;
}
