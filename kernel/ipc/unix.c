/* SPDX-License-Identifier: MIT */
/*
 * Local sockets: their life and connections (unix.h).
 *
 * Two connected sockets refer to each other; unix_close() of one gives up its own reference and
 * leaves the other's, so the memory of both goes when both are closed. A connection that nobody
 * has accepted yet is a socket in its listener's queue, without a file.
 *
 * Locks: never two sockets' at a time; names are looked up before. All may sleep.
 */
#include "ipc/unix.h"

#include "ipc/poll.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"

enum { UNIX_LIMIT = 212992, BACKLOG_MAX = 4096 }; /* as net.core.{wmem_default,somaxconn} */

static struct ucred current_ucred(void)
{
	return (struct ucred){ current->tgid, current_cred()->euid, current_cred()->egid };
}

struct unix_socket *unix_alloc(int type)
{
	struct unix_socket *socket = kzalloc(sizeof(*socket));

	if (!socket)
		return NULL;
	refcount_set(&socket->refs, 1);
	socket->type = (u8)type;
	socket->limit = UNIX_LIMIT;
	mutex_init(&socket->lock, MUTEX_SOCKET);
	list_init(&socket->messages);
	list_init(&socket->pending);
	list_init(&socket->pending_link);
	list_init(&socket->name_link);
	waitq_init(&socket->read_wait);
	waitq_init(&socket->room_wait);
	waitq_init(&socket->write_wait);
	return socket;
}

void unix_put(struct unix_socket *socket)
{
	if (!refcount_dec_and_test(&socket->refs))
		return;
	unix_address_put(socket->address);
	kfree(socket);
}

static struct unix_socket *unix_get(struct unix_socket *socket)
{
	refcount_inc(&socket->refs);
	return socket;
}

struct unix_socket *unix_get_peer(struct unix_socket *socket)
{
	struct unix_socket *peer;

	mutex_lock(&socket->lock);
	peer = socket->peer;
	if (peer)
		unix_get(peer);
	mutex_unlock(&socket->lock);
	return peer;
}

static bool is_connection_type(const struct unix_socket *socket)
{
	return socket->type != SOCK_DGRAM;
}

static void unix_wake(struct unix_socket *socket)
{
	wake_up_all(&socket->read_wait);
	wake_up_all(&socket->room_wait);
	wake_up_all(&socket->write_wait);
}

static void unix_shut(struct unix_socket *socket, u32 directions)
{
	atomic_fetch_or(&socket->shutdown, directions);
	unix_wake(socket);
}

/* --- closing --- */

/* Takes all that the socket still holds; the lists are emptied without its lock, as they are
 * nobody's. */
static bool unix_take_all(struct unix_socket *socket, struct list_head *messages,
			  struct list_head *pending)
{
	bool unread;

	mutex_lock(&socket->lock);
	socket->closed = true;
	unread = !list_empty(&socket->messages);
	list_splice_tail(&socket->messages, messages);
	list_splice_tail(&socket->pending, pending);
	socket->queued = 0;
	mutex_unlock(&socket->lock);
	return unread;
}

void unix_close(struct unix_socket *socket)
{
	struct unix_socket *peer, *waiting, *next_waiting;
	struct unix_message *message, *next_message;
	bool unread, listening = socket->state == UNIX_LISTENING;
	LIST_HEAD(messages);
	LIST_HEAD(pending);

	unix_unbind(socket);
	unread = unix_take_all(socket, &messages, &pending);
	peer = socket->peer;
	if (peer && is_connection_type(socket)) {
		if (unread)
			WRITE_ONCE(peer->error, ECONNRESET);
		unix_shut(peer, UNIX_SHUT_BOTH);
	}
	unix_wake(socket);
	if (peer)
		unix_put(peer);
	list_for_each_entry_safe (message, next_message, &messages, link)
		unix_message_free(message);
	/* Not accepted: their clients see a reset. */
	list_for_each_entry_safe (waiting, next_waiting, &pending, pending_link) {
		list_del(&waiting->pending_link);
		if (listening)
			WRITE_ONCE(waiting->peer->error, ECONNRESET);
		unix_close(waiting);
	}
	unix_put(socket);
}

/* --- connecting --- */

void unix_pair(struct unix_socket *a, struct unix_socket *b)
{
	a->peer_cred = b->peer_cred = a->owner = b->owner = current_ucred();
	a->state = b->state = UNIX_CONNECTED;
	a->peer = unix_get(b);
	b->peer = unix_get(a);
}

int unix_listen(struct unix_socket *socket, int backlog)
{
	int error = 0;

	if (!is_connection_type(socket))
		return -EOPNOTSUPP;
	mutex_lock(&socket->lock);
	if (!socket->address || socket->state == UNIX_CONNECTED) {
		error = -EINVAL;
	} else {
		socket->backlog = MIN((u32)backlog, (u32)BACKLOG_MAX);
		socket->owner = current_ucred();
		socket->state = UNIX_LISTENING;
	}
	mutex_unlock(&socket->lock);
	wake_up_all(&socket->room_wait);
	return error;
}

/* A datagram socket gets a default receiver, or with no address none. */
static int connect_datagram(struct unix_socket *socket, const struct unix_address *address)
{
	struct unix_socket *target = NULL, *old;

	if (address) {
		target = unix_find(address, socket->type);
		if (IS_ERR(target))
			return (int)PTR_ERR(target);
	}
	mutex_lock(&socket->lock);
	old = socket->peer;
	socket->peer = target;
	socket->state = target ? UNIX_CONNECTED : UNIX_UNCONNECTED;
	mutex_unlock(&socket->lock);
	if (old)
		unix_put(old);
	return 0;
}

/* The server's end of a new connection, as it will come out of accept. */
static struct unix_socket *make_server_end(struct unix_socket *client, struct unix_socket *listener)
{
	struct unix_socket *server = unix_alloc(client->type);

	if (!server)
		return NULL;
	server->state = UNIX_CONNECTED;
	server->peer = unix_get(client);
	server->peer_cred = current_ucred();
	server->owner = listener->owner;
	server->address = unix_address_get(listener->address);
	return server;
}

/* A place in the listener's queue. 0, -EAGAIN (full), -ECONNREFUSED. */
static int try_reserve_backlog(struct unix_socket *listener)
{
	int error = 0;

	mutex_lock(&listener->lock);
	if (listener->state != UNIX_LISTENING || listener->closed ||
	    listener->shutdown & UNIX_SHUT_RECEIVE)
		error = -ECONNREFUSED;
	else if (listener->pending_count > listener->backlog)
		error = -EAGAIN;
	else
		WRITE_ONCE(listener->pending_count, listener->pending_count + 1);
	mutex_unlock(&listener->lock);
	return error;
}

static void unreserve_backlog(struct unix_socket *listener)
{
	mutex_lock(&listener->lock);
	WRITE_ONCE(listener->pending_count, listener->pending_count - 1);
	mutex_unlock(&listener->lock);
	wake_up_all(&listener->room_wait);
}

static bool backlog_changed(const struct unix_socket *listener)
{
	return READ_ONCE(listener->pending_count) <= READ_ONCE(listener->backlog) ||
	       READ_ONCE(listener->closed) || READ_ONCE(listener->shutdown);
}

static int reserve_backlog(struct unix_socket *listener, bool nonblocking)
{
	int error;

	while ((error = try_reserve_backlog(listener)) == -EAGAIN && !nonblocking) {
		error = (int)wait_event_interruptible(&listener->room_wait,
						      backlog_changed(listener));
		if (error)
			break;
	}
	return error;
}

/* Takes the client's end; a second connect finds it taken. */
static int claim_client(struct unix_socket *client, struct unix_socket *server,
			const struct unix_socket *listener)
{
	int error = 0;

	mutex_lock(&client->lock);
	if (client->state == UNIX_CONNECTED) {
		error = -EISCONN;
	} else if (client->state == UNIX_LISTENING) {
		error = -EINVAL;
	} else {
		client->state = UNIX_CONNECTED;
		client->peer_cred = listener->owner;
		store_release(&client->peer, unix_get(server));
	}
	mutex_unlock(&client->lock);
	return error;
}

/* Fills the reserved place. A listener that was closed meanwhile is like a server that hung up at
 * once. */
static void enter_backlog(struct unix_socket *listener, struct unix_socket *server)
{
	bool closed;

	mutex_lock(&listener->lock);
	closed = listener->closed;
	if (!closed)
		list_add_tail(&server->pending_link, &listener->pending);
	mutex_unlock(&listener->lock);
	if (closed)
		unix_close(server);
	else
		wake_up_poll(&listener->read_wait, POLLIN | POLLRDNORM);
}

static int connect_to(struct unix_socket *client, struct unix_socket *listener, bool nonblocking)
{
	struct unix_socket *server = make_server_end(client, listener);
	int error;

	if (!server)
		return -ENOMEM;
	error = reserve_backlog(listener, nonblocking);
	if (error)
		goto put_server;
	error = claim_client(client, server, listener);
	if (error)
		goto unreserve;
	enter_backlog(listener, server);
	return 0;

unreserve:
	unreserve_backlog(listener);
put_server:
	unix_put(server->peer);
	unix_put(server);
	return error;
}

int unix_connect(struct unix_socket *socket, const struct unix_address *address, bool nonblocking)
{
	struct unix_socket *listener;
	int error;

	if (!is_connection_type(socket))
		return connect_datagram(socket, address);
	if (!address)
		return -EINVAL;
	listener = unix_find(address, socket->type);
	if (IS_ERR(listener))
		return (int)PTR_ERR(listener);
	error = READ_ONCE(listener->state) == UNIX_LISTENING
			? connect_to(socket, listener, nonblocking)
			: -ECONNREFUSED;
	unix_put(listener);
	return error;
}

static struct unix_socket *take_pending(struct unix_socket *listener)
{
	struct unix_socket *server = ERR_PTR(-EAGAIN);

	mutex_lock(&listener->lock);
	if (listener->state != UNIX_LISTENING || listener->shutdown & UNIX_SHUT_RECEIVE) {
		server = ERR_PTR(-EINVAL);
	} else if (!list_empty(&listener->pending)) {
		server = list_first_entry(&listener->pending, struct unix_socket, pending_link);
		list_del(&server->pending_link);
		WRITE_ONCE(listener->pending_count, listener->pending_count - 1);
	}
	mutex_unlock(&listener->lock);
	return server;
}

struct unix_socket *unix_accept(struct unix_socket *socket, bool nonblocking)
{
	struct unix_socket *server;

	if (!is_connection_type(socket))
		return ERR_PTR(-EOPNOTSUPP);
	while ((server = take_pending(socket)) == ERR_PTR(-EAGAIN) && !nonblocking) {
		long error = wait_event_interruptible_exclusive(
			&socket->read_wait,
			!list_empty(&socket->pending) || READ_ONCE(socket->shutdown));

		if (error)
			return ERR_PTR(error);
	}
	if (!IS_ERR(server)) {
		wake_up_all(&socket->room_wait);
		if (!list_empty(&socket->pending)) /* passed on: waitq.h */
			wake_up(&socket->read_wait);
	}
	return server;
}

/* --- shutdown --- */

int unix_shutdown(struct unix_socket *socket, int how)
{
	struct unix_socket *peer;
	u32 mine, theirs;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	mine = (u32)how + 1;
	theirs = (mine & UNIX_SHUT_RECEIVE ? UNIX_SHUT_SEND : 0) |
		 (mine & UNIX_SHUT_SEND ? UNIX_SHUT_RECEIVE : 0);
	unix_shut(socket, mine);
	peer = unix_get_peer(socket);
	if (!peer)
		return 0;
	if (is_connection_type(socket))
		unix_shut(peer, theirs);
	unix_put(peer);
	return 0;
}
