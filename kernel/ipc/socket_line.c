/* SPDX-License-Identifier: MIT */
/*
 * Connections of the internet families that wait in line: a connect(2) that may not wait finds the
 * listener's queue full, says EINPROGRESS, and goes on when accept(2) makes room (tcp(7)).
 *
 * SL1: a client in state SOCKET_CONNECTING has a server's end in the line of the listener that it
 *      awaits, or somebody has just taken that out and will tell it how it ended.
 *
 * Locks: a listener's for its line, a client's for its state, one at a time. Task context; sleeps.
 */
#include "ipc/socket.h"
#include "lib/errno.h"

enum { LINE_MAX = 4096 };

/* The server's end goes with its reference to the client. */
static void drop_server(struct socket *server)
{
	socket_put(server->peer);
	socket_put(server);
}

/* --- the client's side --- */

static int begin_waiting(struct socket *client, struct socket *listener)
{
	int error = 0;

	mutex_lock(&client->lock);
	if (client->state == SOCKET_UNCONNECTED) {
		client->state = SOCKET_CONNECTING;
		client->awaited = socket_ref(listener);
	} else {
		error = client->state == SOCKET_CONNECTING ? -EALREADY : -EISCONN;
	}
	mutex_unlock(&client->lock);
	return error;
}

/* Ends the wait: connected to the server's end, or (NULL) unconnected. False: it was over. */
static bool end_waiting(struct socket *client, struct socket *server)
{
	struct socket *awaited = NULL;

	mutex_lock(&client->lock);
	if (client->state == SOCKET_CONNECTING && !client->closed) {
		awaited = client->awaited;
		client->awaited = NULL;
		WRITE_ONCE(client->connecting, 1);
		if (server)
			store_release(&client->peer, socket_ref(server));
		WRITE_ONCE(client->state, server ? SOCKET_CONNECTED : SOCKET_UNCONNECTED);
	}
	mutex_unlock(&client->lock);
	if (awaited)
		socket_put(awaited);
	return awaited;
}

/* --- the line --- */

static bool enter_line(struct socket *listener, struct socket *server)
{
	bool entered;

	mutex_lock(&listener->lock);
	entered = !listener->closed && listener->state == SOCKET_LISTENING &&
		  listener->line_count < LINE_MAX;
	if (entered) {
		list_add_tail(&server->pending_link, &listener->line);
		listener->line_count++;
	}
	mutex_unlock(&listener->lock);
	return entered;
}

/* The first in line, for whom a place in the queue is reserved; NULL: none, or no room. */
static struct socket *take_first(struct socket *listener)
{
	struct socket *server = NULL;

	mutex_lock(&listener->lock);
	if (!list_empty(&listener->line) && listener->pending_count <= listener->backlog) {
		server = list_first_entry(&listener->line, struct socket, pending_link);
		list_del(&server->pending_link);
		listener->line_count--;
		WRITE_ONCE(listener->pending_count, listener->pending_count + 1);
	}
	mutex_unlock(&listener->lock);
	return server;
}

static void give_place_back(struct socket *listener)
{
	mutex_lock(&listener->lock);
	WRITE_ONCE(listener->pending_count, listener->pending_count - 1);
	mutex_unlock(&listener->lock);
}

void line_admit(struct socket *listener)
{
	struct socket *server, *client;

	while (!list_empty(&listener->line) && (server = take_first(listener))) {
		client = socket_ref(server->peer);
		if (end_waiting(client, server)) {
			socket_enter_backlog(listener, server);
			socket_wake(client);
		} else {
			give_place_back(listener);
			drop_server(server);
		}
		socket_put(client);
	}
}

int line_enter(struct socket *client, struct socket *listener, struct socket *server)
{
	int error = begin_waiting(client, listener);

	if (error)
		return error;
	if (!enter_line(listener, server)) {
		end_waiting(client, NULL);
		WRITE_ONCE(client->connecting, 0);
		return -ECONNREFUSED;
	}
	line_admit(listener); /* there may be room by now */
	return 0;
}

/* --- giving up --- */

static struct socket *take_of_client(struct socket *listener, const struct socket *client)
{
	struct socket *server, *found = NULL;

	mutex_lock(&listener->lock);
	list_for_each_entry (server, &listener->line, pending_link) {
		if (server->peer == client) {
			found = server;
			list_del(&server->pending_link);
			listener->line_count--;
			break;
		}
	}
	mutex_unlock(&listener->lock);
	return found;
}

void line_leave(struct socket *client)
{
	struct socket *awaited, *server;

	mutex_lock(&client->lock);
	awaited = client->awaited;
	client->awaited = NULL;
	mutex_unlock(&client->lock);
	if (!awaited)
		return;
	server = take_of_client(awaited, client);
	if (server)
		drop_server(server);
	socket_put(awaited);
}

void line_refuse(struct list_head *line)
{
	struct socket *server, *next, *client;

	list_for_each_entry_safe (server, next, line, pending_link) {
		list_del(&server->pending_link);
		client = socket_ref(server->peer);
		WRITE_ONCE(client->error, ECONNREFUSED);
		if (end_waiting(client, NULL))
			socket_wake(client);
		drop_server(server);
		socket_put(client);
	}
}

int line_wait(struct socket *client, nsec_t expires)
{
	int error = 0;

	while (!error && READ_ONCE(client->state) == SOCKET_CONNECTING) {
		if (socket_wait_over(expires))
			return -EAGAIN;
		error = socket_wait(&client->write_wait,
				    READ_ONCE(client->state) != SOCKET_CONNECTING, expires,
				    waitq_prepare);
	}
	return error;
}
