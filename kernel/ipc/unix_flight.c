/* SPDX-License-Identifier: MIT */
/*
 * Files in flight: those that messages of local sockets carry.
 *
 * A socket may lie in a message in its own queue, or in that of one that lies in its. When no
 * descriptor leads there any more, they keep each other for ever; so such garbage is looked for.
 *
 * FL1: a socket's flight.references are those references to its file that messages in queues have:
 *      all others are outside. What has none outside gains none but from a message, and that takes
 *      flight_lock, or somebody who can receive it, so from a socket that is reached.
 *
 * The search: sockets with a reference outside are reached, and so are those in messages that a
 * reached socket, or one that is in no message, keeps. A connection that waits for accept(2) has no
 * file, its listener keeps what it holds. The rest is garbage: it is opened once more, its queues
 * are emptied, and it is closed, which frees it.
 *
 * Garbage begins where a descriptor of a socket is closed that is in flight and holds sockets in
 * flight itself, or where a message that leads to such a one is freed: nothing else has to look. If
 * another thread is in a call with the same file at that moment, it is found the next time.
 *
 * Locks: flight_lock is a leaf, taken under a socket's lock; references are taken under it, nothing
 * is given back. Task context; sleeps.
 */
#include "ipc/unix_flight.h"

#include "fs/vfs.h"
#include "ipc/socket.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"

static struct mutex flight_lock = MUTEX_INIT(flight_lock, MUTEX_LEAF);
static LIST_HEAD(flying);  /* [flight_lock] sockets with references in flight */
static LIST_HEAD(parcels); /* [flight_lock] struct socket_rights with sockets */
static bool unsure;	   /* [a] a file in flight was in use when its descriptor was closed */

void flight_init(struct socket *socket)
{
	list_init(&socket->flight.link);
}

/* The local socket that the file is, or NULL. */
static struct socket *local_socket(const struct file *file)
{
	struct socket *socket = file->ops == &socket_file_ops ? file->private : NULL;

	return socket && socket->family == &unix_family ? socket : NULL;
}

/* --- in and out --- */

static void flight_begin(struct socket *socket, struct file *file)
{
	if (!socket->flight.references) {
		socket->flight.file = file;
		list_add(&socket->flight.link, &flying);
	}
	WRITE_ONCE(socket->flight.references, socket->flight.references + 1);
}

static void flight_end(struct socket *socket)
{
	WRITE_ONCE(socket->flight.references, socket->flight.references - 1);
	if (!socket->flight.references)
		list_del(&socket->flight.link);
}

static void parcel_enter(struct socket_rights *rights, struct socket *holder)
{
	mutex_lock(&flight_lock);
	rights->holder = holder;
	WRITE_ONCE(holder->flight.parcels, holder->flight.parcels + 1);
	list_add(&rights->link, &parcels);
	for (u32 i = 0; i < rights->count; i++)
		if (local_socket(rights->file[i]))
			flight_begin(local_socket(rights->file[i]), rights->file[i]);
	mutex_unlock(&flight_lock);
}

void flight_enter(struct socket_rights *rights, struct socket *holder)
{
	rights->user = current_cred()->user;
	refcount_inc(&rights->user->refs);
	atomic_fetch_add_relaxed(&rights->user->files_in_flight, rights->count);
	rights->sockets = 0;
	for (u32 i = 0; i < rights->count; i++)
		rights->sockets += local_socket(rights->file[i]) != NULL;
	if (rights->sockets)
		parcel_enter(rights, holder);
}

static void parcel_leave(struct socket_rights *rights)
{
	struct socket_flight *holder;

	mutex_lock(&flight_lock);
	holder = &rights->holder->flight;
	WRITE_ONCE(holder->parcels, holder->parcels - 1);
	list_del(&rights->link);
	for (u32 i = 0; i < rights->count; i++)
		if (local_socket(rights->file[i]))
			flight_end(local_socket(rights->file[i]));
	mutex_unlock(&flight_lock);
}

void flight_leave(struct socket_rights *rights)
{
	if (rights->sockets)
		parcel_leave(rights);
	atomic_fetch_add_relaxed(&rights->user->files_in_flight, -rights->count);
	user_put(rights->user);
	rights->user = NULL;
}

struct socket_rights *flight_copy(struct socket_rights *rights)
{
	struct socket_rights *copy = kmalloc(sizeof(*copy));

	if (!copy)
		return NULL;
	copy->count = rights->count;
	mutex_lock(&flight_lock); /* FL1 */
	for (u32 i = 0; i < rights->count; i++)
		copy->file[i] = get_file(rights->file[i]);
	mutex_unlock(&flight_lock);
	return copy;
}

/* --- the search; all with flight_lock held --- */

static void reach(struct socket *socket, struct list_head *todo)
{
	if (!socket->flight.references || socket->flight.reached)
		return;
	socket->flight.reached = true;
	list_add_tail(&socket->flight.todo, todo);
}

static void reach_parcel(const struct socket_rights *rights, struct list_head *todo)
{
	for (u32 i = 0; i < rights->count; i++) {
		struct socket *socket = local_socket(rights->file[i]);

		if (socket)
			reach(socket, todo);
	}
}

/* Who has what the holder's queue holds. */
static struct socket *keeper_of(struct socket *holder)
{
	struct socket *keeper = READ_ONCE(holder->flight.keeper);

	return keeper ? keeper : holder;
}

static void reach_from_outside(const struct file *closing, struct list_head *todo)
{
	struct socket *socket;

	list_for_each_entry (socket, &flying, flight.link) {
		u32 known = socket->flight.references + (socket->flight.file == closing);

		list_init(&socket->flight.scan);
		socket->flight.reached = false;
		if ((u32)refcount_read(&socket->flight.file->refs) > known)
			reach(socket, todo);
	}
}

/* What those hold that are in no message is reached; the rest is noted for its keepers. */
static void sort_parcels(struct list_head *todo)
{
	struct socket_rights *rights;

	list_for_each_entry (rights, &parcels, link) {
		struct socket *keeper = keeper_of(rights->holder);

		if (keeper->flight.references)
			list_add_tail(&rights->scan, &keeper->flight.scan);
		else
			reach_parcel(rights, todo);
	}
}

/* Puts the garbage on the list, with a reference to each one's file. */
static void find_garbage(const struct file *closing, struct list_head *garbage)
{
	struct socket_rights *rights;
	struct socket *socket;
	LIST_HEAD(todo);

	mutex_lock(&flight_lock);
	reach_from_outside(closing, &todo);
	sort_parcels(&todo);
	while (!list_empty(&todo)) {
		socket = list_first_entry(&todo, struct socket, flight.todo);
		list_del(&socket->flight.todo);
		list_for_each_entry (rights, &socket->flight.scan, scan)
			reach_parcel(rights, &todo);
	}
	list_for_each_entry (socket, &flying, flight.link) {
		if (socket->flight.reached)
			continue;
		get_file(socket->flight.file);
		list_add_tail(&socket->flight.garbage, garbage);
	}
	mutex_unlock(&flight_lock);
}

/* Empties the queues of what is referenced by messages only; the messages are dead then. */
static void collect_garbage(const struct file *closing)
{
	LIST_HEAD(garbage);

	WRITE_ONCE(unsure, false);
	find_garbage(closing, &garbage);
	while (!list_empty(&garbage)) {
		struct socket *socket = list_first_entry(&garbage, struct socket, flight.garbage);
		struct file *file = socket->flight.file;

		list_del(&socket->flight.garbage);
		socket_empty(socket);
		fput(file);
	}
}

/* --- burials --- */

static void burial_run(struct socket_burial *burial)
{
	current->burial = burial;
	while (burial->search || !list_empty(&burial->messages)) {
		while (!list_empty(&burial->messages)) {
			struct socket_message *message =
				list_first_entry(&burial->messages, struct socket_message, link);

			list_del(&message->link);
			socket_message_free(message);
		}
		if (!burial->search)
			break;
		burial->search = false;
		collect_garbage(burial->closing);
	}
	current->burial = NULL;
}

static void search(const struct file *closing)
{
	struct socket_burial burial = { .closing = closing, .search = true };

	if (current->burial) {
		current->burial->search = true;
		return;
	}
	list_init(&burial.messages);
	burial_run(&burial);
}

void flight_bury(struct list_head *messages)
{
	struct socket_burial burial = { .search = READ_ONCE(unsure) };

	if (list_empty(messages) && !burial.search)
		return;
	if (current->burial) {
		list_splice_tail(messages, &current->burial->messages);
		return;
	}
	list_init(&burial.messages);
	list_splice_tail(messages, &burial.messages);
	burial_run(&burial);
}

/* Is the socket in flight, with others that it keeps in flight? */
static bool is_suspect(const struct socket *socket)
{
	return READ_ONCE(socket->flight.references) &&
	       (READ_ONCE(socket->flight.parcels) || READ_ONCE(socket->state) == SOCKET_LISTENING);
}

void socket_rights_free(struct socket_rights *rights)
{
	bool suspicious = false;

	if (!rights)
		return;
	for (u32 i = 0; i < rights->count; i++) {
		const struct socket *socket = local_socket(rights->file[i]);

		suspicious |= socket && is_suspect(socket);
		fput(rights->file[i]);
	}
	kfree(rights);
	if (suspicious)
		search(NULL);
}

void flight_descriptor_closed(const struct file *file)
{
	const struct socket *socket = file->private;

	if (likely(!is_suspect(socket)))
		return;
	if ((u32)refcount_read(&file->refs) > READ_ONCE(socket->flight.references) + 1)
		WRITE_ONCE(unsure, true);
	else
		search(file);
}

void flight_keeper_closed(struct list_head *pending)
{
	struct socket *waiting;

	mutex_lock(&flight_lock);
	list_for_each_entry (waiting, pending, pending_link)
		WRITE_ONCE(waiting->flight.keeper, NULL);
	mutex_unlock(&flight_lock);
}

int flight_may_send(void)
{
	const struct user_counts *user = current_cred()->user;
	u64 limit = rlimit(RLIMIT_NOFILE);

	if (likely(READ_ONCE(user->files_in_flight) <= limit) || capable(CAP_SYS_RESOURCE) ||
	    capable(CAP_SYS_ADMIN))
		return 0;
	search(NULL);
	return READ_ONCE(user->files_in_flight) <= limit ? 0 : -ETOOMANYREFS;
}
