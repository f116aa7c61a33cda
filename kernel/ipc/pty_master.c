/* SPDX-License-Identifier: MIT */
/*
 * The master of a pseudo-terminal as a file: it reads what programs write to the slave, and what it
 * writes is typed there. In packet mode each read begins with a byte that tells what it is
 * (ioctl_tty(2), TIOCPKT).
 */
#include "fs/fdtable.h"
#include "ipc/poll.h"
#include "ipc/pty.h"
#include "lib/errno.h"
#include "task/pid_ns.h"
#include "task/signal.h"
#include "uapi/ioctl.h"
#include "vm/usercopy.h"

/* --- reading --- */

/* One step of a read. */
struct master_piece {
	bool ready;   /* there is output or a status */
	size_t count; /* bytes of output that were taken: none of a packet of one byte */
	bool packet;  /* a status byte stands before them */
	u8 status;    /* of TIOCPKT_*: alone */
	bool closed;  /* nothing more will come */
};

/* Takes what a read of size bytes gets first. */
static struct master_piece take_piece(struct pty *pty, u8 *bytes, size_t size)
{
	struct master_piece piece = { 0 };

	spin_lock(&pty->tty.lock);
	piece.packet = pty->packet;
	piece.closed = pty->slave_closed;
	if (piece.packet) {
		piece.status = pty->status;
		pty->status = 0;
		size--;
	}
	piece.ready = piece.status || ring_count(&pty->tty.output);
	if (!piece.status)
		piece.count = ring_take(&pty->tty.output, bytes, MIN(size, (size_t)TTY_CHUNK));
	spin_unlock(&pty->tty.lock);
	if (piece.count)
		tty_drained(&pty->tty);
	return piece;
}

static bool master_readable(struct pty *pty)
{
	return READ_ONCE(pty->slave_closed) || ring_count(&pty->tty.output) ||
	       (pty->packet && pty->status);
}

/* Copies out the head of a packet. */
static ssize_t put_status(struct uio *uio, u8 status)
{
	return uio_copy_out(uio, &status, 1) == 1 ? 1 : -EFAULT;
}

/* What is there, with read_lock held; the first piece of it is in bytes. */
static ssize_t master_copy(struct pty *pty, struct uio *uio, struct master_piece piece, u8 *bytes)
{
	size_t total = 0, count = piece.count;

	if (piece.packet) {
		if (put_status(uio, piece.status) < 0)
			return -EFAULT;
		total = 1;
	}
	while (count) {
		if (uio_copy_out(uio, bytes, count) != (ssize_t)count)
			return total ? (ssize_t)total : -EFAULT;
		total += count;
		spin_lock(&pty->tty.lock);
		count = ring_take(&pty->tty.output, bytes,
				  MIN((size_t)uio->left, (size_t)TTY_CHUNK));
		spin_unlock(&pty->tty.lock);
		if (count)
			tty_drained(&pty->tty);
	}
	return (ssize_t)total;
}

static ssize_t master_read_locked(struct file *file, struct uio *uio)
{
	struct pty *pty = file->private;
	u8 bytes[TTY_CHUNK];

	for (;;) {
		struct master_piece piece = take_piece(pty, bytes, (size_t)uio->left);
		long error;

		if (piece.ready)
			return master_copy(pty, uio, piece, bytes);
		if (piece.closed)
			return -EIO;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event_interruptible(&pty->read_wait, master_readable(pty));
		if (error)
			return error;
	}
}

/* Locks for a read or write, as far as O_NONBLOCK allows. */
static int lock_direction(struct file *file, struct mutex *mutex)
{
	if (!(file->flags & O_NONBLOCK))
		return mutex_lock_interruptible(mutex);
	return mutex_trylock(mutex) ? 0 : -EAGAIN;
}

static ssize_t master_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct pty *pty = file->private;
	ssize_t result;

	if (!uio->left)
		return 0;
	result = lock_direction(file, &pty->read_lock);
	if (result)
		return result;
	result = master_read_locked(file, uio);
	mutex_unlock(&pty->read_lock);
	return result;
}

/* --- writing --- */

static u32 master_room(struct pty *pty)
{
	u32 room;

	spin_lock(&pty->tty.lock);
	room = pty->stopped ? 0 : ring_room(&pty->tty.input);
	spin_unlock(&pty->tty.lock);
	return room;
}

static void type(struct pty *pty, const u8 *bytes, size_t size)
{
	spin_lock(&pty->tty.lock);
	ring_put(&pty->tty.input, bytes, size);
	spin_unlock(&pty->tty.lock);
	tty_feed(&pty->tty);
}

/* Bytes written, or -errno, with write_lock held. */
static ssize_t master_write_locked(struct file *file, struct uio *uio)
{
	struct pty *pty = file->private;
	u8 text[TTY_CHUNK];
	size_t total = 0;
	ssize_t size;

	while (uio->left) {
		size_t room = MIN((size_t)master_room(pty), sizeof(text));

		if (!room) {
			size = -EAGAIN;
			if (!(file->flags & O_NONBLOCK))
				size = wait_event_interruptible(&pty->write_wait, master_room(pty));
			if (size)
				return total ? (ssize_t)total : size;
			continue;
		}
		size = uio_copy_in(uio, text, MIN((size_t)uio->left, room));
		if (size < 0)
			return total ? (ssize_t)total : size;
		type(pty, text, (size_t)size);
		total += (size_t)size;
		cond_resched();
	}
	return (ssize_t)total;
}

static ssize_t master_write(struct file *file, struct uio *uio, loff_t *pos)
{
	struct pty *pty = file->private;
	ssize_t result = lock_direction(file, &pty->write_lock);

	if (result)
		return result;
	result = master_write_locked(file, uio);
	mutex_unlock(&pty->write_lock);
	return result;
}

static u32 master_poll(struct file *file, struct poll_table *table)
{
	struct pty *pty = file->private;
	u32 events = 0;

	poll_wait(file, &pty->read_wait, table);
	poll_wait(file, &pty->write_wait, table);
	spin_lock(&pty->tty.lock);
	if (ring_count(&pty->tty.output))
		events |= POLLIN | POLLRDNORM;
	if (pty->packet && pty->status)
		events |= POLLPRI | POLLIN | POLLRDNORM;
	if (pty->slave_closed)
		events |= POLLHUP;
	if (!pty->stopped && ring_room(&pty->tty.input))
		events |= POLLOUT | POLLWRNORM;
	spin_unlock(&pty->tty.lock);
	return events;
}

/* --- ioctl --- */

static long get_bool(uaddr_t from, bool *value)
{
	u32 word;

	if (get_user32(&word, from))
		return -EFAULT;
	*value = word;
	return 0;
}

static long set_lock(struct pty *pty, uaddr_t from)
{
	bool locked;
	long error = get_bool(from, &locked);

	if (!error)
		WRITE_ONCE(pty->locked, locked);
	return error;
}

static long set_packet_mode(struct pty *pty, uaddr_t from)
{
	bool packet;
	long error = get_bool(from, &packet);

	if (error)
		return error;
	spin_lock(&pty->tty.lock);
	if (!pty->packet)
		pty->status = 0;
	pty->packet = packet;
	spin_unlock(&pty->tty.lock);
	return 0;
}

/* TIOCGPTPEER: the slave, opened although no path may lead to it from here. */
static long open_peer(struct file *file, u32 flags)
{
	struct pty *pty = file->private;
	struct path path;
	struct file *peer;
	int fd, error;

	error = devpts_peer(&file->path, &pty->slave, &path);
	if (error)
		return error;
	fd = fd_reserve(0, flags & O_CLOEXEC);
	if (fd < 0) {
		path_put(&path);
		return fd;
	}
	peer = file_open_path(&path, flags);
	path_put(&path);
	if (IS_ERR(peer)) {
		fd_unreserve(fd);
		return PTR_ERR(peer);
	}
	fd_install(fd, peer);
	return fd;
}

static long signal_slave(struct pty *pty, int signal)
{
	if (signal != SIGINT && signal != SIGQUIT && signal != SIGTSTP)
		return -EINVAL;
	tty_signal_foreground(&pty->tty, signal);
	return 0;
}

static long get_session(struct pty *pty, uaddr_t to)
{
	pid_t session = READ_ONCE(pty->tty.session);

	return session ? put_user32((u32)pid_to_vnr(session), to) : -ENOTTY;
}

/* Seen from here the slave's output is input. */
static long flush(struct pty *pty, unsigned int queue)
{
	if (queue > TCIOFLUSH)
		return -EINVAL;
	spin_lock(&pty->tty.lock);
	if (queue != TCOFLUSH)
		ring_clear(&pty->tty.output);
	if (queue != TCIFLUSH)
		ring_clear(&pty->tty.input);
	spin_unlock(&pty->tty.lock);
	tty_drained(&pty->tty);
	wake_up_poll(&pty->write_wait, POLLOUT | POLLWRNORM);
	return 0;
}

static void set_stopped(struct pty *pty, bool stopped)
{
	spin_lock(&pty->tty.lock);
	pty->stopped = stopped;
	spin_unlock(&pty->tty.lock);
	wake_up_all(&pty->write_wait);
}

static long control_flow(struct pty *pty, unsigned int action)
{
	static const u8 stop = 'S' - '@', start = 'Q' - '@';

	switch (action) {
	case TCOOFF: set_stopped(pty, true); return 0;
	case TCOON: set_stopped(pty, false); return 0;
	case TCIOFF: type(pty, &stop, 1); return 0;
	case TCION: type(pty, &start, 1); return 0;
	}
	return -EINVAL;
}

static long master_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct pty *pty = file->private;
	struct tty *tty = &pty->tty;

	switch (command) {
	case TIOCGPTN: return put_user32(pty->slave.index, argument);
	case TIOCSPTLCK: return set_lock(pty, argument);
	case TIOCGPTLCK: return put_user32(READ_ONCE(pty->locked), argument);
	case TIOCGPTPEER: return open_peer(file, (u32)argument);
	case TIOCPKT: return set_packet_mode(pty, argument);
	case TIOCGPKT: return put_user32(READ_ONCE(pty->packet), argument);
	case TIOCSIG: return signal_slave(pty, (int)argument);
	case FIONREAD: return put_user32(ring_count(&tty->output), argument);
	case TIOCOUTQ:
	case TIOCGETD: return put_user32(0, argument);
	case TIOCCONS: return -EINVAL;
	case TIOCGPGRP: return put_user32((u32)pid_to_vnr(READ_ONCE(tty->foreground)), argument);
	case TIOCSPGRP: return tty_set_group(tty, argument);
	case TIOCGSID: return get_session(pty, argument);
	case TIOCSCTTY: return tty_take_control(file, tty, argument);
	case TCFLSH: return flush(pty, (unsigned int)argument);
	case TCXONC: return control_flow(pty, (unsigned int)argument);
	case TCSBRK:
	case TCSBRKP:
	case TIOCSBRK:
	case TIOCCBRK: return 0;
	}
	return tty_mode_ioctl(tty, command, argument);
}

/* --- closing --- */

static void master_release(struct file *file)
{
	struct pty *pty = file->private;
	struct tty *tty = &pty->tty;

	devpts_remove(&pty->slave);
	spin_lock(&tty->lock);
	tty->other_closed = true;
	spin_unlock(&tty->lock);
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
	tty_hangup(tty);
	tty_put(tty);
}

/* It is nobody's controlling terminal. */
static pid_t master_owner_group(const struct file *file)
{
	return 0;
}

const struct file_ops pty_master_ops = {
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.ioctl = master_ioctl,
	.release = master_release,
	.async = true,
	.owner_group = master_owner_group,
};
