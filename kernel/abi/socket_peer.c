/* SPDX-License-Identifier: MIT */
/*
 * Who is at the other end of a local socket: what getsockopt(2) tells of it that is no plain value,
 * and descriptors of processes.
 */
#include "abi/sockets.h"
#include "fs/fdtable.h"
#include "lib/errno.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pidfd.h"
#include "vm/usercopy.h"

/* All of the groups or, where there is no room, how much they need: -ERANGE. */
long get_peer_groups(const struct socket *socket, uaddr_t to, uaddr_t length_at)
{
	const struct cred *cred = socket->peer_party.cred;
	u32 room, needed;

	if (get_user32(&room, length_at))
		return -EFAULT;
	if ((s32)room < 0)
		return -EINVAL;
	if (!cred)
		return -ENODATA;
	needed = cred->ngroups * (u32)sizeof(gid_t);
	if (put_user32(needed, length_at))
		return -EFAULT;
	if (room < needed)
		return -ERANGE;
	return copy_to_user(to, cred->groups, needed);
}

/* ERR_PTR(-EINVAL): the process is gone, or not known. */
static struct file *open_process(const struct socket_identity *identity)
{
	struct task_struct *task = get_task_by_id(identity->pid.id);
	struct file *file = ERR_PTR(-EINVAL);

	if (!task)
		return file;
	if (task->start_time == identity->start_time)
		file = pidfd_create(task, 0);
	put_task_struct(task);
	return file;
}

int pidfd_for_user(const struct socket_identity *identity, struct file **file)
{
	struct file *opened = open_process(identity);
	int fd;

	*file = NULL;
	if (IS_ERR(opened))
		return (int)PTR_ERR(opened);
	fd = fd_reserve(0, true);
	if (fd < 0)
		fput(opened);
	else
		*file = opened;
	return fd;
}

long get_peer_pidfd(const struct socket *socket, uaddr_t to, uaddr_t length_at)
{
	const struct socket_identity *peer = &socket->peer_party.identity;
	struct file *file;
	u32 room;
	int fd;

	if (get_user32(&room, length_at))
		return -EFAULT;
	if ((s32)room < 0)
		return -EINVAL;
	if (!peer->pid.id)
		return -ENODATA;
	fd = pidfd_for_user(peer, &file);
	if (fd < 0)
		return fd;
	room = MIN(room, (u32)sizeof(fd));
	if (copy_to_user(to, &fd, room) || put_user32(room, length_at)) {
		fd_unreserve(fd);
		fput(file);
		return -EFAULT;
	}
	fd_install(fd, file);
	return 0;
}
