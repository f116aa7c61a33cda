/* SPDX-License-Identifier: MIT */
/*
 * Terminals, the way out: what programs write and what is echoed, through output processing into
 * the driver's ring. A writer sleeps while the ring is full.
 */
#include "ipc/poll.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/signal.h"
#include "task/task.h"
#include "uapi/ioctl.h"

/* A serial line's ring fills while the line is stopped; a pty takes nothing then. */
u32 tty_output_room(const struct tty *tty)
{
	if (tty->driver->is_pty && (tty->ldisc.stopped || tty->other_closed))
		return 0;
	return ring_room(&tty->output);
}

/* What stands in a pty's ring has reached the other end already. */
void tty_forget_output(struct tty *tty)
{
	if (!tty->driver->is_pty)
		ring_clear(&tty->output);
}

void tty_flush_echo(struct tty *tty)
{
	u8 echo[LDISC_OUTPUT_MAX];
	u32 room;

	while (tty->ldisc.echo_count && (room = tty_output_room(tty)))
		ring_put(&tty->output, echo,
			 ldisc_take_echo(&tty->ldisc, echo, MIN(room, (u32)sizeof(echo))));
}

void tty_drained(struct tty *tty)
{
	bool writable;

	spin_lock(&tty->lock);
	tty_flush_echo(tty);
	writable = ring_count(&tty->output) < TTY_CHUNK;
	spin_unlock(&tty->lock);
	if (writable)
		wake_up_poll(&tty->write_wait, POLLOUT | POLLWRNORM);
}

/* --- stopping and waiting --- */

void tty_hold(struct tty *tty, bool held)
{
	bool changed;

	spin_lock(&tty->lock);
	changed = tty->ldisc.held != held;
	tty->ldisc.held = tty->ldisc.stopped = held;
	spin_unlock(&tty->lock);
	if (!changed)
		return;
	if (tty->driver->notify)
		tty->driver->notify(tty, held ? TIOCPKT_STOP : TIOCPKT_START);
	if (!held) {
		tty->driver->start(tty);
		tty_drained(tty);
	}
}

/* The other end of a pty reads when it likes: nothing is waited for. */
int tty_wait_drained(struct tty *tty)
{
	int error;

	if (tty->driver->is_pty)
		return 0;
	error = wait_event_interruptible(&tty->write_wait, !ring_count(&tty->output));
	while (!error && tty->driver->is_idle && !tty->driver->is_idle(tty)) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule_timeout_until(clock_monotonic() + NSEC_PER_MSEC);
		error = current_signal_pending() ? -ERESTARTSYS : 0;
	}
	return error;
}

/* --- writing --- */

/* Processes part of a text into the ring; returns how many bytes of it that took. */
static size_t tty_process(struct tty *tty, const u8 *text, size_t size)
{
	u8 out[LDISC_OUTPUT_MAX];
	size_t taken = 0;

	spin_lock(&tty->lock);
	tty_flush_echo(tty);
	while (taken < size && tty_output_room(tty) >= LDISC_OUTPUT_MAX) {
		size_t count = ldisc_output(&tty->ldisc, text[taken++], out);

		ring_put(&tty->output, out, count);
	}
	spin_unlock(&tty->lock);
	return taken;
}

/* Whether a writer has nothing to wait for (any more). */
static bool may_go_on(struct file *file)
{
	struct tty *tty = tty_of(file);
	bool room;

	spin_lock(&tty->lock);
	room = tty_output_room(tty) >= LDISC_OUTPUT_MAX || tty->other_closed;
	spin_unlock(&tty->lock);
	return room || tty_file_hung_up(file);
}

static bool line_is_lost(struct file *file)
{
	return tty_file_hung_up(file) || READ_ONCE(tty_of(file)->other_closed);
}

/* Writes a piece out, with write_lock held. Bytes written, or -EIO, -EAGAIN, -ERESTARTSYS. */
static ssize_t tty_write_piece(struct file *file, const u8 *text, size_t size)
{
	struct tty *tty = tty_of(file);
	size_t done = 0;
	long error;

	while (done < size) {
		size_t taken;

		if (line_is_lost(file))
			return done ? (ssize_t)done : -EIO;
		taken = tty_process(tty, text + done, size - done);
		tty->driver->start(tty);
		done += taken;
		if (taken)
			continue;
		error = -EAGAIN;
		if (!(file->flags & O_NONBLOCK))
			error = wait_event_interruptible(&tty->write_wait, may_go_on(file));
		if (error)
			return done ? (ssize_t)done : error;
	}
	return (ssize_t)done;
}

/* The uio's text, piece by piece, with write_lock held. */
static ssize_t tty_write_locked(struct file *file, struct uio *uio)
{
	u8 text[TTY_CHUNK];
	size_t total = 0;

	while (uio->left) {
		ssize_t size = uio_copy_in(uio, text, MIN((size_t)uio->left, sizeof(text)));
		ssize_t done = size;

		if (size > 0)
			done = tty_write_piece(file, text, (size_t)size);
		if (done < 0)
			return total ? (ssize_t)total : done;
		total += (size_t)done;
		if (done < size)
			break;
		cond_resched();
	}
	return (ssize_t)total;
}

static ssize_t write_here(struct file *file, struct uio *uio)
{
	const struct tty_file *opened = file->private;
	struct tty *tty = opened->tty;
	ssize_t result = 0;

	if (tty_file_hung_up(file))
		return -EIO;
	if (!opened->is_console && READ_ONCE(tty->ldisc.termios.c_lflag) & TOSTOP) {
		result = tty_check_background(tty, SIGTTOU);
		if (result)
			return result;
	}
	if (!(file->flags & O_NONBLOCK)) {
		result = mutex_lock_interruptible(&tty->write_lock);
		if (result)
			return result;
	} else if (!mutex_trylock(&tty->write_lock)) {
		return -EAGAIN;
	}
	result = tty_write_locked(file, uio);
	mutex_unlock(&tty->write_lock);
	return result;
}

ssize_t tty_write(struct file *file, struct uio *uio, loff_t *pos)
{
	const struct tty_file *opened = file->private;
	struct file *other = opened->is_console ? console_redirected() : NULL;
	ssize_t result = write_here(other ? other : file, uio);

	if (other)
		fput(other);
	return result;
}
