/* SPDX-License-Identifier: MIT */
/*
 * Connections of local sockets: listen, connect, accept (socket.h).
 *
 * A connect makes the server's end at once and puts it into the listener's queue, connected: accept
 * only takes it out. A place in the queue is reserved first, under the listener's lock, and filled
 * when the client's end is claimed, under the client's. Who finds the queue full waits for room, or
 * stands in line (socket_line.c).
 *
 * Locks: never two sockets' at a time. All may sleep.
 */
#include "ipc/poll.h"
#include "ipc/socket.h"
#include "lib/errno.h"
#include "task/cred.h"

enum { BACKLOG_MAX = 4096 }; /* as net.core.somaxconn */

/* --- who connects --- */

struct socket_identity current_identity(void)
{
	return (struct socket_identity){ current_note(), current_cred()->euid, current_cred()->egid,
					 current->group_leader->start_time };
}

static struct socket_party party_get(const struct socket_party *party)
{
	pid_note_get(party->identity.pid);
	if (party->cred)
		cred_get(party->cred);
	return *party;
}

/* Current as a party of a socket: of AF_UNIX, others tell nobody. */
static struct socket_party current_party(const struct socket *socket)
{
	const struct socket_party party = { current_identity(), current->cred };

	return socket->family->passes_files ? party_get(&party) : (struct socket_party){ 0 };
}

/* --- the two ends --- */

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

	if (!socket_is_connection_type(socket))
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
	socket_party_put(&old);
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
	       READ_ONCE(listener->closed) || READ_ONCE(listener->shutdown) & SOCKET_SHUT_RECEIVE;
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
	socket_party_put(&party);
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

	if (!socket_is_connection_type(socket))
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

	if (!socket_is_connection_type(socket))
		return ERR_PTR(-EOPNOTSUPP);
	while ((server = take_pending(socket)) == ERR_PTR(-EAGAIN) && !socket_wait_over(expires)) {
		int error = socket_wait(&socket->read_wait,
					!list_empty(&socket->pending) ||
						READ_ONCE(socket->shutdown) & SOCKET_SHUT_RECEIVE,
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
