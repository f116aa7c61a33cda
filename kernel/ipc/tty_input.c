/* SPDX-License-Identifier: MIT */
/*
 * Terminals, the way in: from the driver's ring through the line discipline to the reader.
 *
 * Who brings input (a kworker for a serial line, the writer at a pty's other end) also feeds it to
 * the discipline, as echo and signals come of it. What the discipline has no room for stays in the
 * ring, and the reader that makes room feeds it.
 */
#include "ipc/poll.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/signal.h"
#include "task/task.h"
#include "uapi/ioctl.h"

/* --- feeding the discipline --- */

enum { FEED_CHUNK = 64 }; /* characters under one hold of the lock */

/* What a piece of input led to. */
struct feed_result {
	size_t count;  /* characters */
	int signal;    /* for the foreground group, or 0: the last character meant it */
	bool readable; /* a reader has something */
	bool flow;     /* output was stopped or started */
	u8 status;     /* TIOCPKT_* that the other end is to know */
};

static u8 flow_status(bool stopped)
{
	return stopped ? TIOCPKT_STOP : TIOCPKT_START;
}

/* Gives a piece to the discipline, up to a signal. tty->lock is held. */
static struct feed_result feed_piece(struct tty *tty)
{
	struct feed_result result = { 0 };
	struct ldisc *ldisc = &tty->ldisc;
	bool stopped = ldisc->stopped;
	u8 character;

	while (result.count < FEED_CHUNK && !result.signal && ldisc_accepts(ldisc) &&
	       ring_take(&tty->input, &character, 1)) {
		result.signal = ldisc_receive(ldisc, character);
		result.count++;
	}
	result.flow = stopped != ldisc->stopped;
	if (result.flow)
		result.status = flow_status(ldisc->stopped);
	if (result.signal && !(ldisc->termios.c_lflag & NOFLSH)) {
		tty_forget_output(tty);
		result.status |= TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE;
	}
	tty_flush_echo(tty);
	result.readable = ldisc_readable(ldisc, 1);
	return result;
}

void tty_feed(struct tty *tty)
{
	const struct tty_driver *driver = tty->driver;
	struct feed_result result;

	do {
		spin_lock(&tty->lock);
		result = feed_piece(tty);
		spin_unlock(&tty->lock);

		if (result.status && driver->notify)
			driver->notify(tty, result.status);
		if (result.signal)
			tty_signal_foreground(tty, result.signal);
		if (result.readable)
			wake_up_poll(&tty->read_wait, POLLIN | POLLRDNORM);
		if (result.flow)
			wake_up_poll(&tty->write_wait, POLLOUT | POLLWRNORM);
		if (result.count) {
			driver->start(tty);
			if (driver->unthrottle)
				driver->unthrottle(tty);
		}
	} while (result.count == FEED_CHUNK || result.signal);
}

/* --- reading --- */

/* How long a read may wait and for how much: termios(3), "Canonical and noncanonical mode". */
struct read_rule {
	size_t minimum;	   /* bytes that end the read */
	nsec_t first_byte; /* time to wait for the first byte; NSEC_NEVER: no limit */
	nsec_t next_byte;  /* and between bytes */
};

static struct read_rule tty_read_rule(struct tty *tty)
{
	const struct termios2 *termios = &tty->ldisc.termios;
	struct read_rule rule = { 1, NSEC_NEVER, NSEC_NEVER };
	nsec_t time;

	spin_lock(&tty->lock);
	if (!(termios->c_lflag & ICANON)) {
		time = termios->c_cc[VTIME] * (NSEC_PER_SEC / 10);
		rule.minimum = MAX(termios->c_cc[VMIN], (u8)1);
		if (!termios->c_cc[VMIN])
			rule.first_byte = time;
		else if (time)
			rule.next_byte = time;
	}
	spin_unlock(&tty->lock);
	return rule;
}

/* Nothing will come any more, or something is there. */
static bool need_not_wait(struct file *file)
{
	struct tty *tty = tty_of(file);
	bool ready;

	spin_lock(&tty->lock);
	ready = ldisc_readable(&tty->ldisc, 1) || tty->other_closed;
	spin_unlock(&tty->lock);
	return ready || tty_file_hung_up(file);
}

/* Waits for input for a time. 0, -EAGAIN (it is over), -ERESTARTSYS. */
static int tty_wait_input(struct file *file, nsec_t time)
{
	nsec_t expires = time == NSEC_NEVER ? NSEC_NEVER : clock_monotonic() + time;
	struct wait_queue *queue = &tty_of(file)->read_wait;
	struct waiter waiter = { 0 };
	int result = 0;

	for (;;) {
		waitq_prepare(queue, &waiter, TASK_INTERRUPTIBLE);
		if (need_not_wait(file))
			break;
		if (current_signal_pending())
			result = -ERESTARTSYS;
		else if (!schedule_timeout_until(expires))
			result = -EAGAIN;
		if (result)
			break;
	}
	waitq_finish(queue, &waiter);
	return result;
}

/* Moves what is there to the reader, up to a line's end. Bytes, or -EFAULT; *end: the line is
 * over. */
static ssize_t tty_read_available(struct tty *tty, struct uio *uio, bool *end)
{
	size_t moved = 0, count;
	u8 chunk[TTY_CHUNK];
	bool more;

	do {
		size_t wanted = MIN((size_t)uio->left, sizeof(chunk));

		spin_lock(&tty->lock);
		count = ldisc_read(&tty->ldisc, chunk, wanted, end);
		more = ring_count(&tty->input);
		spin_unlock(&tty->lock);
		if (count && uio_copy_out(uio, chunk, count) != (ssize_t)count)
			return moved ? (ssize_t)moved : -EFAULT;
		if (unlikely(more))
			tty_feed(tty);
		moved += count;
	} while (count && !*end && uio->left);
	return (ssize_t)moved;
}

/* Why a read that found nothing ends: 0 with *time over or a line that is gone, -EIO, -EAGAIN;
 * 1: it waits. */
static int reason_to_end(struct file *file, nsec_t time)
{
	if (READ_ONCE(tty_of(file)->other_closed))
		return -EIO;
	if (tty_file_hung_up(file) || !time)
		return 0;
	return file->flags & O_NONBLOCK ? -EAGAIN : 1;
}

/* A read as the rule says, with read_lock held. */
static ssize_t tty_read_locked(struct file *file, struct uio *uio)
{
	struct tty *tty = tty_of(file);
	struct read_rule rule = tty_read_rule(tty);
	nsec_t time = rule.first_byte;
	size_t total = 0;
	int reason;

	for (;;) {
		bool end = false;
		ssize_t moved = tty_read_available(tty, uio, &end);

		if (moved < 0)
			return total ? (ssize_t)total : moved;
		total += (size_t)moved;
		if (end || !uio->left || total >= rule.minimum)
			return (ssize_t)total;
		if (total && rule.next_byte != NSEC_NEVER)
			time = rule.next_byte;
		reason = reason_to_end(file, time);
		if (reason > 0)
			reason = tty_wait_input(file, time);
		if (reason == -EAGAIN && !(file->flags & O_NONBLOCK))
			return (ssize_t)total;
		if (reason || !time || tty_file_hung_up(file))
			return total ? (ssize_t)total : reason;
	}
}

ssize_t tty_read(struct file *file, struct uio *uio, loff_t *pos)
{
	const struct tty_file *opened = file->private;
	struct tty *tty = opened->tty;
	ssize_t result = 0;

	if (tty_file_hung_up(file))
		return 0;
	if (!opened->is_console)
		result = tty_check_background(tty, SIGTTIN);
	if (result || !uio->left)
		return result;
	if (!(file->flags & O_NONBLOCK)) {
		result = mutex_lock_interruptible(&tty->read_lock);
		if (result)
			return result;
	} else if (!mutex_trylock(&tty->read_lock)) {
		return -EAGAIN;
	}
	result = tty_read_locked(file, uio);
	mutex_unlock(&tty->read_lock);
	return result;
}
