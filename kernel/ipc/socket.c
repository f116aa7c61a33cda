/* SPDX-License-Identifier: MIT */
/*
 * Local sockets: their life and connections (socket.h).
 *
 * Two connected sockets refer to each other; socket_close() of one gives up its own reference and
 * leaves the other's, so the memory of both goes when both are closed. A connection that nobody
 * has accepted yet is a socket in its listener's queue, without a file.
 *
 * Locks: never two sockets' at a time; names are looked up before. All may sleep.
 */
#include "ipc/socket.h"

#include "ipc/poll.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"

enum { SOCKET_LIMIT = 212992, BACKLOG_MAX = 4096 }; /* as net.core.{wmem_default,somaxconn} */

struct ucred current_ucred(void)
{
	return (struct ucred){ current->tgid, current_cred()->euid, current_cred()->egid };
}

static nsec_t current_start(void)
{
	return current->group_leader->start_time;
}

/* Current as a party of a socket: of AF_UNIX, others tell nobody. */
static struct socket_party current_party(const struct socket *socket)
{
	if (!socket->family->passes_files)
		return (struct socket_party){ 0 };
	return (struct socket_party){ current_ucred(), current_start(), cred_get(current->cred) };
}

static struct socket_party party_get(const struct socket_party *party)
{
	if (party->cred)
		cred_get(party->cred);
	return *party;
}

static void party_put(const struct socket_party *party)
{
	if (party->cred)
		cred_put(party->cred);
}

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

void socket_put(struct socket *socket)
{
	if (!refcount_dec_and_test(&socket->refs))
		return;
	socket_list_remove(socket);
	socket_address_put(socket->address);
	party_put(&socket->owner);
	party_put(&socket->peer_party);
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

static bool is_connection_type(const struct socket *socket)
{
	return socket->type != SOCK_DGRAM;
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
	if (peer && is_connection_type(socket)) {
		if (unread)
			WRITE_ONCE(peer->error, ECONNRESET);
		socket_shut(peer, SOCKET_SHUT_BOTH);
	}
	socket_wake(socket);
	if (peer)
		socket_put(peer);
	socket_put(socket);
}

/* --- connecting --- */

void socket_pair(struct socket *a, struct socket *b)
{
	a->peer_party = current_party(a);
	b->peer_party = current_party(b);
	a->state = b->state = SOCKET_CONNECTED;
	a->peer = socket_ref(b);
	b->peer = socket_ref(a);
}

int socket_listen(struct socket *socket, int backlog)
{
	struct socket_party old = { 0 };
	int error;

	if (!is_connection_type(socket))
		return -EOPNOTSUPP;
	error = socket->family->prepare(socket, NULL);
	if (error)
		return error;
	mutex_lock(&socket->lock);
	if (socket->state == SOCKET_CONNECTED) {
		error = -EINVAL;
	} else {
		socket->backlog = MIN((u32)backlog, (u32)BACKLOG_MAX);
		old = socket->owner;
		socket->owner = current_party(socket);
		socket->state = SOCKET_LISTENING;
	}
	mutex_unlock(&socket->lock);
	party_put(&old);
	wake_up_all(&socket->room_wait);
	line_admit(socket);
	return error;
}

/* The server's end of a new connection, as it will come out of accept. */
static struct socket *make_server_end(struct socket *client, struct socket *listener,
				      struct socket_address *to)
{
	struct socket *server = socket_alloc(listener->family, client->type, listener);

	if (!server)
		return NULL;
	server->state = SOCKET_CONNECTED;
	server->peer = socket_ref(client);
	server->peer_party = current_party(server);
	server->flight.keeper = listener;
	server->address = listener->family->server_name(listener, to);
	return server;
}

/* A place in the listener's queue. 0, -EAGAIN (full), -ECONNREFUSED. */
static int try_reserve_backlog(struct socket *listener)
{
	int error = 0;

	mutex_lock(&listener->lock);
	if (listener->state != SOCKET_LISTENING || listener->closed ||
	    listener->shutdown & SOCKET_SHUT_RECEIVE)
		error = -ECONNREFUSED;
	else if (listener->pending_count > listener->backlog)
		error = -EAGAIN;
	else
		WRITE_ONCE(listener->pending_count, listener->pending_count + 1);
	mutex_unlock(&listener->lock);
	return error;
}

static void unreserve_backlog(struct socket *listener)
{
	mutex_lock(&listener->lock);
	WRITE_ONCE(listener->pending_count, listener->pending_count - 1);
	mutex_unlock(&listener->lock);
	wake_up_all(&listener->room_wait);
	line_admit(listener);
}

static bool backlog_changed(const struct socket *listener)
{
	return READ_ONCE(listener->pending_count) <= READ_ONCE(listener->backlog) ||
	       READ_ONCE(listener->closed) || READ_ONCE(listener->shutdown);
}

static int reserve_backlog(struct socket *listener, nsec_t expires)
{
	int error;

	while ((error = try_reserve_backlog(listener)) == -EAGAIN && !socket_wait_over(expires)) {
		error = socket_wait(&listener->room_wait, backlog_changed(listener), expires,
				    waitq_prepare);
		if (error)
			break;
	}
	return error;
}

/* Takes the client's end, and the reference of the party; a second connect finds it taken. */
static int claim_client(struct socket *client, struct socket *server,
			const struct socket_party *party)
{
	int error = 0;

	mutex_lock(&client->lock);
	if (client->state == SOCKET_CONNECTED) {
		error = -EISCONN;
	} else if (client->state == SOCKET_LISTENING) {
		error = client->family->connect_listening;
	} else {
		client->state = SOCKET_CONNECTED;
		client->peer_party = *party;
		store_release(&client->peer, socket_ref(server));
	}
	mutex_unlock(&client->lock);
	return error;
}

/* Fills the reserved place. A listener that was closed meanwhile is like a server that hung up at
 * once. */
void socket_enter_backlog(struct socket *listener, struct socket *server)
{
	bool closed;

	mutex_lock(&listener->lock);
	closed = listener->closed;
	if (!closed)
		list_add_tail(&server->pending_link, &listener->pending);
	mutex_unlock(&listener->lock);
	if (closed)
		socket_close(server);
	else
		wake_up_poll(&listener->read_wait, POLLIN | POLLRDNORM);
}

static int connect_to(struct socket *client, struct socket *listener, struct socket_address *to,
		      bool nonblocking)
{
	struct socket *server = make_server_end(client, listener, to);
	struct socket_party party;
	int error;

	if (!server)
		return -ENOMEM;
	error = reserve_backlog(
		listener, socket_deadline(READ_ONCE(client->options.send_timeout), nonblocking));
	if (error == -EAGAIN && nonblocking && client->family->connects_later) {
		error = line_enter(client, listener, server);
		if (!error)
			return -EINPROGRESS;
	}
	if (error)
		goto put_server;
	mutex_lock(&listener->lock);
	party = party_get(&listener->owner);
	mutex_unlock(&listener->lock);
	error = claim_client(client, server, &party);
	if (error)
		goto put_party;
	socket_enter_backlog(listener, server);
	return 0;

put_party:
	party_put(&party);
	unreserve_backlog(listener);
put_server:
	socket_put(server->peer);
	socket_put(server);
	return error;
}

/* How the connection ended that was answered with EINPROGRESS. */
static int connect_end(struct socket *socket)
{
	int error = atomic_exchange(&socket->error, 0);

	if (READ_ONCE(socket->state) == SOCKET_CONNECTED)
		return 0;
	return error ? -error : -ECONNABORTED;
}

/* Keeps how it ended, for SO_ERROR or the next connect(2), and tells who polls. */
static int connect_later(struct socket *socket, int error)
{
	if (error && error != -ECONNREFUSED)
		return error;
	WRITE_ONCE(socket->error, -error);
	WRITE_ONCE(socket->connecting, 1);
	socket_wake(socket);
	return -EINPROGRESS;
}

int socket_connect(struct socket *socket, struct socket_address *address, bool nonblocking)
{
	struct socket *listener;
	int error;

	if (!is_connection_type(socket))
		return socket->family->connect_datagram(socket, address);
	if (!address)
		return -EINVAL;
	if (READ_ONCE(socket->connecting) && atomic_exchange(&socket->connecting, 0))
		return connect_end(socket);
	if (READ_ONCE(socket->state) == SOCKET_CONNECTING) {
		error = nonblocking ? -EALREADY : line_wait(socket, NSEC_NEVER);
		return error ? error : connect_end(socket);
	}
	error = socket->family->prepare(socket, address);
	if (error)
		return error;
	listener = socket->family->find(socket, address);
	error = IS_ERR(listener) ? (int)PTR_ERR(listener) : -ECONNREFUSED;
	if (!IS_ERR(listener)) {
		if (READ_ONCE(listener->state) == SOCKET_LISTENING)
			error = connect_to(socket, listener, address, nonblocking);
		socket_put(listener);
	}
	return nonblocking && socket->family->connects_later ? connect_later(socket, error) : error;
}

static struct socket *take_pending(struct socket *listener)
{
	struct socket *server = ERR_PTR(-EAGAIN);

	mutex_lock(&listener->lock);
	if (listener->state != SOCKET_LISTENING || listener->shutdown & SOCKET_SHUT_RECEIVE) {
		server = ERR_PTR(-EINVAL);
	} else if (!list_empty(&listener->pending)) {
		server = list_first_entry(&listener->pending, struct socket, pending_link);
		list_del(&server->pending_link);
		WRITE_ONCE(server->flight.keeper, NULL);
		WRITE_ONCE(listener->pending_count, listener->pending_count - 1);
	}
	mutex_unlock(&listener->lock);
	return server;
}

struct socket *socket_accept(struct socket *socket, bool nonblocking)
{
	nsec_t expires = socket_deadline(READ_ONCE(socket->options.receive_timeout), nonblocking);
	struct socket *server;

	if (!is_connection_type(socket))
		return ERR_PTR(-EOPNOTSUPP);
	while ((server = take_pending(socket)) == ERR_PTR(-EAGAIN) && !socket_wait_over(expires)) {
		int error =
			socket_wait(&socket->read_wait,
				    !list_empty(&socket->pending) || READ_ONCE(socket->shutdown),
				    expires, waitq_prepare_exclusive);

		if (error)
			return ERR_PTR(error);
	}
	if (!IS_ERR(server)) {
		wake_up_all(&socket->room_wait);
		line_admit(socket);
		if (!list_empty(&socket->pending)) /* passed on: waitq.h */
			wake_up_poll(&socket->read_wait, POLLIN | POLLRDNORM | WAKE_NEXT);
	}
	return server;
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
	if (is_connection_type(socket))
		socket_shut(peer, theirs);
	socket_put(peer);
	return 0;
}
