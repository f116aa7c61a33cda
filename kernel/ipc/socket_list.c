/* SPDX-License-Identifier: MIT */
/*
 * All sockets, for who reports on them. They are in one of several lists, by address, so that
 * harts that make and close sockets seldom meet. The lists' locks are leaves: references are taken
 * under them, nothing else is done. Task context; sleeps.
 */
#include "ipc/socket.h"
#include "lib/hash.h"
#include "mm/slab.h"

enum { LISTS = 32, FIRST_ROOM = 64 };

static struct socket_list {
	struct mutex lock;	  /* MUTEX_LEAF */
	struct list_head sockets; /* [lock] struct socket.list_link */
} lists[LISTS];

static struct socket_list *list_of(const struct socket *socket)
{
	return &lists[hash_u64((u64)socket) % LISTS];
}

void socket_list_add(struct socket *socket)
{
	struct socket_list *list = list_of(socket);

	mutex_lock(&list->lock);
	list_add(&socket->list_link, &list->sockets);
	mutex_unlock(&list->lock);
}

void socket_list_remove(struct socket *socket)
{
	struct socket_list *list = list_of(socket);

	mutex_lock(&list->lock);
	list_del(&socket->list_link);
	mutex_unlock(&list->lock);
}

struct found {
	const struct socket_family *family;
	struct socket **sockets;
	size_t count, room;
};

/* Makes the array twice as large: false without memory. */
static bool grow(struct found *found)
{
	struct socket **larger = kmalloc(2 * found->room * sizeof(struct socket *));

	if (!larger)
		return false;
	for (size_t i = 0; i < found->count; i++)
		larger[i] = found->sockets[i];
	kfree(found->sockets);
	found->sockets = larger;
	found->room *= 2;
	return true;
}

/* Adds those of a list. One whose last reference is gone is passed over. */
static bool add_list(struct found *found, struct socket_list *list)
{
	struct socket *socket;
	bool enough = true;

	mutex_lock(&list->lock);
	list_for_each_entry (socket, &list->sockets, list_link) {
		if (!READ_ONCE(socket->ino) || (found->family && socket->family != found->family) ||
		    !refcount_inc_not_zero(&socket->refs))
			continue;
		found->sockets[found->count++] = socket;
		enough = found->count < found->room || grow(found);
		if (!enough)
			break;
	}
	mutex_unlock(&list->lock);
	return enough;
}

struct socket **sockets_get(const struct socket_family *family, size_t *count)
{
	struct found found = { .family = family, .room = FIRST_ROOM };

	found.sockets = kmalloc(found.room * sizeof(struct socket *));
	if (!found.sockets)
		return NULL;
	for (unsigned int i = 0; i < LISTS; i++) {
		if (!add_list(&found, &lists[i])) {
			sockets_put(found.sockets, found.count);
			return NULL;
		}
	}
	*count = found.count;
	return found.sockets;
}

void sockets_put(struct socket **sockets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		socket_put(sockets[i]);
	kfree(sockets);
}

void sockets_init(void)
{
	for (unsigned int i = 0; i < LISTS; i++) {
		mutex_init(&lists[i].lock, MUTEX_LEAF);
		list_init(&lists[i].sockets);
	}
}
