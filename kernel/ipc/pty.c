/* SPDX-License-Identifier: MIT */
/*
 * Pseudo-terminals: their life, and the slave's driver. What the master's file does is in
 * pty_master.c.
 *
 * The slave is an ordinary terminal whose rings the master reads and writes; so all that passes
 * between the two ends is protected by the slave's lock, and who writes to the master feeds the
 * discipline.
 *
 * The master's file holds a reference to the slave's terminal. Its close takes the name out of
 * devpts and hangs the slave up; the number is free when nobody has the slave open any more.
 */
#include "ipc/pty.h"

#include "ipc/poll.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "uapi/ioctl.h"

enum { PTY_RING = 8192, PTMX_MAJOR = 5, PTMX_MINOR = 2, SLAVE_COUNT = 1 << 20 };

/* --- the slave's driver --- */

static void pty_start(struct tty *tty)
{
	if (ring_count(&tty->output))
		wake_up_poll(&pty_of(tty)->read_wait, POLLIN | POLLRDNORM);
}

static void pty_unthrottle(struct tty *tty)
{
	wake_up_poll(&pty_of(tty)->write_wait, POLLOUT | POLLWRNORM);
}

/* News that take earlier ones back. */
static u8 opposite_status(u8 status)
{
	u8 opposite = 0;

	if (status & (TIOCPKT_STOP | TIOCPKT_START))
		opposite |= TIOCPKT_STOP | TIOCPKT_START;
	if (status & (TIOCPKT_DOSTOP | TIOCPKT_NOSTOP))
		opposite |= TIOCPKT_DOSTOP | TIOCPKT_NOSTOP;
	return opposite;
}

static void pty_notify(struct tty *tty, u8 status)
{
	struct pty *pty = pty_of(tty);
	bool packet;

	spin_lock(&tty->lock);
	packet = pty->packet;
	if (packet)
		pty->status = (u8)((pty->status & ~opposite_status(status)) | status);
	spin_unlock(&tty->lock);
	if (packet)
		wake_up_poll(&pty->read_wait, POLLIN | POLLRDNORM | POLLPRI);
}

/* ^S and ^Q are what stops and starts output: a remote terminal may do that itself. */
static bool has_usual_flow_keys(const struct termios2 *termios)
{
	return termios->c_iflag & IXON && termios->c_cc[VSTOP] == 'S' - '@' &&
	       termios->c_cc[VSTART] == 'Q' - '@';
}

static void pty_set_termios(struct tty *tty, const struct termios2 *old)
{
	const struct termios2 *termios = &tty->ldisc.termios;
	bool flow = has_usual_flow_keys(termios);
	u8 status = 0;

	if (flow != has_usual_flow_keys(old))
		status |= flow ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP;
	if ((termios->c_lflag | old->c_lflag) & EXTPROC)
		status |= TIOCPKT_IOCTL;
	if (status)
		pty_notify(tty, status);
}

static void set_slave_closed(struct tty *tty, bool closed)
{
	struct pty *pty = pty_of(tty);

	spin_lock(&tty->lock);
	pty->slave_closed = closed;
	spin_unlock(&tty->lock);
	if (closed) {
		wake_up_all(&pty->read_wait);
		wake_up_all(&pty->write_wait);
	}
}

static void pty_slave_opened(struct tty *tty)
{
	set_slave_closed(tty, false);
}

static void pty_slave_closed(struct tty *tty)
{
	set_slave_closed(tty, true);
}

static void pty_free(struct pty *pty)
{
	kfree(pty->rings);
	kfree(pty);
}

static void pty_destroy(struct tty *tty)
{
	devpts_free(&pty_of(tty)->slave);
	pty_free(pty_of(tty));
}

static const struct tty_driver pty_driver = {
	.is_pty = true,
	.start = pty_start,
	.unthrottle = pty_unthrottle,
	.set_termios = pty_set_termios,
	.notify = pty_notify,
	.opened = pty_slave_opened,
	.closed = pty_slave_closed,
	.destroy = pty_destroy,
};

/* --- opening --- */

static struct pty *pty_alloc(void)
{
	struct pty *pty = kzalloc(sizeof(*pty));

	if (!pty)
		return NULL;
	pty->rings = kmalloc(2 * PTY_RING);
	if (!pty->rings) {
		kfree(pty);
		return NULL;
	}
	tty_setup(&pty->tty, 0, &pty_driver);
	pty->tty.ldisc.termios.c_cflag = CS8 | CREAD;
	ldisc_set_speed(&pty->tty.ldisc, B38400, 38400);
	ring_init(&pty->tty.input, pty->rings, PTY_RING);
	ring_init(&pty->tty.output, pty->rings + PTY_RING, PTY_RING);
	mutex_init(&pty->read_lock, MUTEX_TTY);
	mutex_init(&pty->write_lock, MUTEX_TTY);
	waitq_init(&pty->read_wait);
	waitq_init(&pty->write_wait);
	pty->locked = true;
	return pty;
}

static int ptmx_open(struct inode *inode, struct file *file)
{
	struct pty *pty = pty_alloc();
	int error;

	if (!pty)
		return -ENOMEM;
	error = devpts_add(&file->path, pty, &pty->slave);
	if (error) {
		pty_free(pty);
		return error;
	}
	pty->tty.device = MKDEV(UNIX98_SLAVE_MAJOR, pty->slave.index);
	file->private = pty;
	file->ops = &pty_master_ops;
	file->mode |= FMODE_STREAM;
	return 0;
}

static void get_terminal(void *terminal)
{
	tty_get(&((struct pty *)terminal)->tty);
}

static int slave_open(struct inode *inode, struct file *file)
{
	struct pty *pty = devpts_terminal(inode, get_terminal);
	int error;

	if (!pty)
		return -EIO;
	error = READ_ONCE(pty->locked) ? -EIO : tty_open_line(&pty->tty, file);
	tty_put(&pty->tty);
	return error;
}

static const struct file_ops ptmx_open_ops = { .open = ptmx_open };
static const struct file_ops slave_open_ops = { .open = slave_open };

void pty_init(void)
{
	chrdev_register(PTMX_MAJOR, PTMX_MINOR, "ptmx", 0666, &ptmx_open_ops);
	chrdev_register_range(UNIX98_SLAVE_MAJOR, 0, SLAVE_COUNT, &slave_open_ops);
}
