/* SPDX-License-Identifier: MIT */
/*
 * Terminals as files: reading, writing, waiting. What becomes of the characters is the line
 * discipline's (ldisc.c), who may use the terminal is job control's (tty_job.c), where bytes come
 * from and go to is the driver's (console_tty.c).
 *
 * Locks: read_lock or write_lock (mutexes, never both), then tty->lock (spinlock), which protects
 * the discipline's state and is held for one chunk of characters. Input arrives in task context
 * (a work item), so nothing here runs in interrupts.
 */
#include "ipc/tty.h"

#include "ipc/poll.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/signal.h"
#include "task/task.h"

/* --- life --- */

void tty_setup(struct tty *tty, dev_t device, const struct tty_driver *driver)
{
	refcount_set(&tty->refs, 1);
	tty->device = device;
	tty->driver = driver;
	tty->session = tty->foreground = 0;
	mutex_init(&tty->read_lock, MUTEX_TTY);
	mutex_init(&tty->write_lock, MUTEX_TTY);
	spin_init(&tty->lock, RANK_TTY);
	ldisc_init(&tty->ldisc);
	tty->window = (struct winsize){ 0 };
	waitq_init(&tty->read_wait);
	waitq_init(&tty->write_wait);
}

void tty_put(struct tty *tty)
{
	if (refcount_dec_and_test(&tty->refs) && tty->driver->destroy)
		tty->driver->destroy(tty);
}

/* --- input --- */

static void write_echo(struct tty *tty)
{
	u8 echo[TTY_CHUNK];
	size_t count;

	do {
		spin_lock(&tty->lock);
		count = ldisc_take_echo(&tty->ldisc, echo, sizeof(echo));
		spin_unlock(&tty->lock);
		if (count)
			tty->driver->write(tty, echo, count);
	} while (count == sizeof(echo));
}

void tty_receive(struct tty *tty, const u8 *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bool stopped, readable;
		int signal;

		spin_lock(&tty->lock);
		signal = ldisc_receive(&tty->ldisc, bytes[i]);
		stopped = tty->ldisc.stopped;
		readable = ldisc_readable(&tty->ldisc, 1);
		spin_unlock(&tty->lock);

		if (signal)
			tty_signal_foreground(tty, signal);
		if (readable)
			wake_up_poll(&tty->read_wait, POLLIN | POLLRDNORM);
		if (!stopped)
			wake_up_poll(&tty->write_wait, POLLOUT | POLLWRNORM);
		write_echo(tty);
	}
}

/* --- reading --- */

/* How long a read may wait and for how much: termios(3), "Canonical and noncanonical mode". */
struct read_rule {
	bool canonical;
	size_t minimum;	   /* bytes that end the read */
	nsec_t first_byte; /* time to wait for the first byte; NSEC_NEVER: no limit */
	nsec_t next_byte;  /* and between bytes */
};

static struct read_rule tty_read_rule(struct tty *tty)
{
	const struct termios *termios = &tty->ldisc.termios;
	struct read_rule rule = { true, 1, NSEC_NEVER, NSEC_NEVER };
	nsec_t time;

	spin_lock(&tty->lock);
	if (!(termios->c_lflag & ICANON)) {
		time = termios->c_cc[VTIME] * (NSEC_PER_SEC / 10);
		rule.canonical = false;
		rule.minimum = MAX(termios->c_cc[VMIN], (u8)1);
		if (!termios->c_cc[VMIN])
			rule.first_byte = time;
		else if (time)
			rule.next_byte = time;
	}
	spin_unlock(&tty->lock);
	return rule;
}

static bool tty_has_input(struct tty *tty)
{
	bool readable;

	spin_lock(&tty->lock);
	readable = ldisc_readable(&tty->ldisc, 1);
	spin_unlock(&tty->lock);
	return readable;
}

/* Waits for input for a time. 0, -EAGAIN (it is over), -ERESTARTSYS. */
static int tty_wait_input(struct tty *tty, nsec_t time)
{
	nsec_t expires = time == NSEC_NEVER ? NSEC_NEVER : clock_monotonic() + time;
	struct waiter waiter = { 0 };
	int result = 0;

	for (;;) {
		waitq_prepare(&tty->read_wait, &waiter, TASK_INTERRUPTIBLE);
		if (tty_has_input(tty))
			break;
		if (current_signal_pending())
			result = -ERESTARTSYS;
		else if (!time || !schedule_timeout_until(expires))
			result = -EAGAIN;
		if (result)
			break;
	}
	waitq_finish(&tty->read_wait, &waiter);
	return result;
}

/* Moves what is there to the reader, up to a line's end. Bytes, or -EFAULT; *end: the line is
 * over. */
static ssize_t tty_read_available(struct tty *tty, struct uio *uio, bool *end)
{
	size_t moved = 0, count;
	u8 chunk[TTY_CHUNK];

	do {
		size_t wanted = MIN((size_t)uio->left, sizeof(chunk));

		spin_lock(&tty->lock);
		count = ldisc_read(&tty->ldisc, chunk, wanted, end);
		spin_unlock(&tty->lock);
		if (count && uio_copy_out(uio, chunk, count) != (ssize_t)count)
			return -EFAULT;
		moved += count;
	} while (count && !*end && uio->left);
	return (ssize_t)moved;
}

/* A read as the rule says, with read_lock held. */
static ssize_t tty_read_locked(struct tty *tty, struct uio *uio, bool nonblocking)
{
	struct read_rule rule = tty_read_rule(tty);
	size_t total = 0;
	int error;

	for (;;) {
		bool end = false;
		ssize_t moved = tty_read_available(tty, uio, &end);

		if (moved < 0)
			return total ? (ssize_t)total : moved;
		total += (size_t)moved;
		if (end || !uio->left || (rule.canonical && total) || total >= rule.minimum)
			return (ssize_t)total;
		if (nonblocking)
			return total ? (ssize_t)total : -EAGAIN;
		error = tty_wait_input(tty, total ? rule.next_byte : rule.first_byte);
		if (error)
			return total || error == -EAGAIN ? (ssize_t)total : error;
		rule = tty_read_rule(tty);
	}
}

static ssize_t tty_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct tty *tty = file->private;
	bool nonblocking = file->flags & O_NONBLOCK;
	ssize_t result;

	if (!uio->left)
		return 0;
	result = tty_check_background(tty, SIGTTIN);
	if (result)
		return result;
	if (!nonblocking) {
		result = mutex_lock_interruptible(&tty->read_lock);
		if (result)
			return result;
	} else if (!mutex_trylock(&tty->read_lock)) {
		return -EAGAIN;
	}
	result = tty_read_locked(tty, uio, nonblocking);
	mutex_unlock(&tty->read_lock);
	return result;
}

/* --- writing --- */

/* Processes part of what is written into out; returns how many bytes of text that took: 0 while
 * output is stopped. */
static size_t tty_process(struct tty *tty, const u8 *text, size_t size, u8 *out, size_t *produced)
{
	size_t taken = 0;

	*produced = 0;
	spin_lock(&tty->lock);
	while (!tty->ldisc.stopped && taken < size && *produced + LDISC_OUTPUT_MAX <= TTY_CHUNK)
		*produced += ldisc_output(&tty->ldisc, text[taken++], out + *produced);
	spin_unlock(&tty->lock);
	return taken;
}

/* Writes a piece out. Bytes written; fewer when a signal came while output was stopped, or when
 * nonblocking. */
static size_t tty_write_piece(struct tty *tty, const u8 *text, size_t size, bool nonblocking)
{
	u8 out[TTY_CHUNK];
	size_t done = 0, produced;

	while (done < size) {
		size_t taken = tty_process(tty, text + done, size - done, out, &produced);

		tty->driver->write(tty, out, produced);
		done += taken;
		if (taken)
			continue;
		if (nonblocking ||
		    wait_event_interruptible(&tty->write_wait, !READ_ONCE(tty->ldisc.stopped)))
			break;
	}
	return done;
}

/* The uio's text, piece by piece, with write_lock held. */
static ssize_t tty_write_locked(struct tty *tty, struct uio *uio, bool nonblocking)
{
	u8 text[TTY_CHUNK];
	size_t total = 0;

	while (uio->left) {
		ssize_t size = uio_copy_in(uio, text, MIN((size_t)uio->left, sizeof(text)));
		size_t done;

		if (size < 0)
			return total ? (ssize_t)total : size;
		done = tty_write_piece(tty, text, (size_t)size, nonblocking);
		total += done;
		if (done < (size_t)size)
			return total ? (ssize_t)total : nonblocking ? -EAGAIN : -ERESTARTSYS;
		cond_resched();
	}
	return (ssize_t)total;
}

static ssize_t tty_write(struct file *file, struct uio *uio, loff_t *pos)
{
	struct tty *tty = file->private;
	ssize_t result;

	if (READ_ONCE(tty->ldisc.termios.c_lflag) & TOSTOP) {
		result = tty_check_background(tty, SIGTTOU);
		if (result)
			return result;
	}
	result = mutex_lock_interruptible(&tty->write_lock);
	if (result)
		return result;
	result = tty_write_locked(tty, uio, file->flags & O_NONBLOCK);
	mutex_unlock(&tty->write_lock);
	return result;
}

/* --- the other operations --- */

static u32 tty_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = file->private;
	const struct termios *termios = &tty->ldisc.termios;
	u32 events = 0;

	poll_wait(file, &tty->read_wait, table);
	poll_wait(file, &tty->write_wait, table);
	spin_lock(&tty->lock);
	if (ldisc_readable(&tty->ldisc, termios->c_cc[VTIME] ? 1 : MAX(termios->c_cc[VMIN], (u8)1)))
		events |= POLLIN | POLLRDNORM;
	if (!tty->ldisc.stopped)
		events |= POLLOUT | POLLWRNORM;
	spin_unlock(&tty->lock);
	return events;
}

void tty_attach_file(struct tty *tty, struct file *file, bool may_control)
{
	file->private = tty_get(tty);
	file->ops = &tty_file_ops;
	file->mode |= FMODE_STREAM;
	if (may_control && !(file->flags & O_NOCTTY) && file->mode & FMODE_READ)
		tty_make_controlling(tty, false);
}

static void tty_release(struct file *file)
{
	tty_put(file->private);
}

const struct file_ops tty_file_ops = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.release = tty_release,
};
