/* SPDX-License-Identifier: MIT */
/*
 * Terminals: their life, and what their files have in common. What becomes of the characters is
 * the line discipline's (ldisc.c); tty_input.c and tty_output.c move them; who may use the
 * terminal is job control's (tty_job.c); where bytes come from and go to is the driver's
 * (serial.c, pty.c).
 *
 * Locks: read_lock or write_lock (mutexes, never both), then tty->lock (spinlock), which protects
 * the discipline's state and the rings and is held for one chunk of characters.
 */
#include "ipc/tty.h"

#include "ipc/poll.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "task/cred.h"

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
	tty->fixed = (struct termios2){ 0 };
	tty->files = tty->hangups = 0;
	tty->exclusive = tty->other_closed = false;
	waitq_init(&tty->read_wait);
	waitq_init(&tty->write_wait);
}

void tty_put(struct tty *tty)
{
	if (refcount_dec_and_test(&tty->refs) && tty->driver->destroy)
		tty->driver->destroy(tty);
}

/* --- opening and closing --- */

/* Counts the file in. 0 or -EBUSY; *first: there was none. */
static int count_open(struct tty *tty, struct tty_file *opened, bool *first)
{
	int error = 0;

	spin_lock(&tty->lock);
	if (tty->exclusive && !capable(CAP_SYS_ADMIN)) {
		error = -EBUSY;
	} else {
		*first = tty->files++ == 0;
		opened->hangups = tty->hangups;
	}
	spin_unlock(&tty->lock);
	return error;
}

int tty_open_file(struct tty *tty, struct file *file, bool is_console)
{
	struct tty_file *opened = kmalloc(sizeof(*opened));
	bool first = false;
	int error;

	if (!opened)
		return -ENOMEM;
	opened->is_console = is_console;
	error = count_open(tty, opened, &first);
	if (error) {
		kfree(opened);
		return error;
	}
	opened->tty = tty_get(tty);
	file->private = opened;
	file->ops = &tty_file_ops;
	file->mode |= FMODE_STREAM;
	if (first && tty->driver->opened)
		tty->driver->opened(tty);
	return 0;
}

int tty_open_line(struct tty *tty, struct file *file)
{
	int error = tty_open_file(tty, file, false);

	if (!error && !(file->flags & O_NOCTTY) && file->mode & FMODE_READ)
		tty_make_controlling(tty, false);
	return error;
}

static void tty_release(struct file *file)
{
	struct tty_file *opened = file->private;
	struct tty *tty = opened->tty;
	bool last;

	spin_lock(&tty->lock);
	last = --tty->files == 0;
	if (last)
		tty->exclusive = false;
	spin_unlock(&tty->lock);
	if (last && !tty->driver->is_pty)
		tty_leave_session(tty, false);
	if (last && tty->driver->closed)
		tty->driver->closed(tty);
	kfree(opened);
	tty_put(tty);
}

/* --- hanging up --- */

void tty_hangup(struct tty *tty)
{
	spin_lock(&tty->lock);
	WRITE_ONCE(tty->hangups, tty->hangups + 1);
	ldisc_flush_input(&tty->ldisc);
	ring_clear(&tty->input);
	ring_clear(&tty->output);
	tty->exclusive = false;
	spin_unlock(&tty->lock);
	console_end_redirect(tty);
	tty_leave_session(tty, true);
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
}

/* --- waiting for it --- */

/* Bytes that make a terminal readable for poll(2). */
static size_t poll_minimum(const struct tty *tty)
{
	const struct termios2 *termios = &tty->ldisc.termios;

	return termios->c_cc[VTIME] ? 1 : MAX(termios->c_cc[VMIN], (u8)1);
}

static u32 tty_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = tty_of(file);
	u32 events = 0;

	poll_wait(file, &tty->read_wait, table);
	poll_wait(file, &tty->write_wait, table);
	if (tty_file_hung_up(file))
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
	spin_lock(&tty->lock);
	if (ldisc_readable(&tty->ldisc, poll_minimum(tty)))
		events |= POLLIN | POLLRDNORM;
	if (tty->other_closed)
		events |= POLLHUP;
	if (ring_count(&tty->output) < TTY_CHUNK && tty_output_room(tty))
		events |= POLLOUT | POLLWRNORM;
	spin_unlock(&tty->lock);
	return events;
}

static pid_t tty_owner_group(const struct file *file)
{
	return READ_ONCE(tty_of(file)->foreground);
}

const struct file_ops tty_file_ops = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.release = tty_release,
	.async = true,
	.owner_group = tty_owner_group,
};
