/* SPDX-License-Identifier: MIT */
/*
 * ioctl(2) on terminals: tty_ioctl(2), and job control. What concerns the settings is in
 * tty_settings.c. Task context, may sleep.
 */
#include "ipc/poll.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "task/cred.h"
#include "task/pid_ns.h"
#include "task/signal.h"
#include "uapi/ioctl.h"
#include "vm/usercopy.h"

enum { N_TTY = 0 }; /* the only line discipline */

/* --- queues and flow --- */

static long tty_input_count(struct tty *tty, uaddr_t to)
{
	u32 count;

	spin_lock(&tty->lock);
	count = (u32)ldisc_available(&tty->ldisc);
	spin_unlock(&tty->lock);
	return put_user32(count, to);
}

/* A pty's output counts as sent when its other end could read it. */
static long tty_output_count(struct tty *tty, uaddr_t to)
{
	return put_user32(tty->driver->is_pty ? 0 : ring_count(&tty->output), to);
}

static void tty_send_byte(struct tty *tty, u8 byte)
{
	if (!byte)
		return;
	spin_lock(&tty->lock);
	ring_put(&tty->output, &byte, 1);
	spin_unlock(&tty->lock);
	tty->driver->start(tty);
}

/* TCXONC: stops and starts output here, or input at the other end of the line. */
static long tty_flow_control(struct tty *tty, unsigned int action)
{
	const u8 *keys = tty->ldisc.termios.c_cc;
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return error;
	switch (action) {
	case TCOOFF:
	case TCOON: tty_hold(tty, action == TCOOFF); return 0;
	case TCIOFF: tty_send_byte(tty, keys[VSTOP]); return 0;
	case TCION: tty_send_byte(tty, keys[VSTART]); return 0;
	}
	return -EINVAL;
}

/* Forgets what waits to be read, to be written: TCIFLUSH, TCOFLUSH, TCIOFLUSH. -EINVAL. */
static int tty_flush(struct tty *tty, unsigned int queue)
{
	u8 status = 0;

	if (queue > TCIOFLUSH)
		return -EINVAL;
	spin_lock(&tty->lock);
	if (queue != TCOFLUSH) {
		ldisc_flush_input(&tty->ldisc);
		ring_clear(&tty->input);
		status |= TIOCPKT_FLUSHREAD;
	}
	if (queue != TCIFLUSH) {
		tty_forget_output(tty);
		status |= TIOCPKT_FLUSHWRITE;
	}
	spin_unlock(&tty->lock);
	if (tty->driver->notify)
		tty->driver->notify(tty, status);
	if (queue != TCOFLUSH && tty->driver->unthrottle)
		tty->driver->unthrottle(tty);
	if (queue != TCIFLUSH)
		wake_up_poll(&tty->write_wait, POLLOUT | POLLWRNORM);
	return 0;
}

static long tty_check_flush(struct tty *tty, unsigned int queue)
{
	int error = tty_check_background(tty, SIGTTOU);

	return error ? error : tty_flush(tty, queue);
}

/* TCSBRK and its kin wait until the output is out. */
static long tty_drain(struct tty *tty)
{
	int error = tty_check_background(tty, SIGTTOU);

	if (!error)
		error = tty_wait_drained(tty);
	return error == -ERESTARTSYS && current_signal_pending() ? -EINTR : error;
}

enum { BREAK_USUAL = 250 }; /* ms */

static void set_break(struct tty *tty, bool on)
{
	if (tty->driver->set_break)
		tty->driver->set_break(tty, on);
}

static long tty_set_break(struct tty *tty, bool on)
{
	long error = on ? tty_drain(tty) : tty_check_background(tty, SIGTTOU);

	if (!error)
		set_break(tty, on);
	return error;
}

/* A break of so many ms; 0: none. */
static long tty_send_break(struct tty *tty, unsigned long duration)
{
	long error = tty_drain(tty);

	if (error || !duration || !tty->driver->set_break)
		return error;
	set_break(tty, true);
	error = wait_for_waker(false, clock_monotonic() + (nsec_t)duration * NSEC_PER_MSEC);
	set_break(tty, false);
	return error == -ERESTARTSYS ? -EINTR : 0;
}

/* --- job control --- */

long tty_take_control(struct file *file, struct tty *tty, unsigned long steal)
{
	bool administrator = capable(CAP_SYS_ADMIN);

	if (!(file->mode & FMODE_READ) && !administrator)
		return -EPERM;
	return tty_make_controlling(tty, steal == 1 && administrator);
}

static long tty_get_group(struct tty *tty, uaddr_t to)
{
	if (!tty_is_mine(tty))
		return -ENOTTY;
	return put_user32((u32)pid_to_vnr(READ_ONCE(tty->foreground)), to);
}

static long tty_get_session(struct tty *tty, uaddr_t to)
{
	pid_t session = READ_ONCE(tty->session);

	if (!tty_is_mine(tty) || !session)
		return -ENOTTY;
	return put_user32((u32)pid_to_vnr(session), to);
}

long tty_set_group(struct tty *tty, uaddr_t from)
{
	int error = tty_check_background(tty, SIGTTOU);
	u32 group;

	if (error)
		return error == -EIO ? -ENOTTY : error;
	if (get_user32(&group, from))
		return -EFAULT;
	if ((pid_t)group < 0)
		return -EINVAL;
	return tty_set_foreground(tty, pid_from_vnr((pid_t)group));
}

/* --- the rest --- */

/* TIOCSTI: as if the byte had been typed. Only for administrators, as Linux has it without its
 * legacy_tiocsti. */
static long tty_insert(struct tty *tty, uaddr_t from)
{
	u8 byte;

	if (!capable(CAP_SYS_ADMIN))
		return -EIO;
	if (copy_from_user(&byte, from, 1))
		return -EFAULT;
	spin_lock(&tty->lock);
	ring_put(&tty->input, &byte, 1);
	spin_unlock(&tty->lock);
	tty_feed(tty);
	return 0;
}

static long tty_set_discipline(struct tty *tty, uaddr_t from)
{
	long error = tty_drain(tty);
	u32 number;

	if (error)
		return error;
	if (get_user32(&number, from))
		return -EFAULT;
	return number == N_TTY ? 0 : -EINVAL;
}

static long tty_set_exclusive(struct tty *tty, bool exclusive)
{
	spin_lock(&tty->lock);
	tty->exclusive = exclusive;
	spin_unlock(&tty->lock);
	return 0;
}

static long tty_hang_up_now(struct tty *tty)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	tty_hangup(tty);
	return 0;
}

long tty_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct tty *tty = tty_of(file);
	long result;

	if (tty_file_hung_up(file))
		return command == TIOCSPGRP ? -ENOTTY : -EIO;
	switch (command) {
	case FIONREAD: return tty_input_count(tty, argument);
	case TIOCOUTQ: return tty_output_count(tty, argument);
	case TCXONC: return tty_flow_control(tty, (unsigned int)argument);
	case TCFLSH: return tty_check_flush(tty, (unsigned int)argument);
	case TCSBRK: return tty_send_break(tty, argument ? 0 : BREAK_USUAL);
	case TCSBRKP:
		return tty_send_break(tty, argument ? (unsigned int)argument * 100UL : BREAK_USUAL);
	case TIOCSBRK: return tty_set_break(tty, true);
	case TIOCCBRK: return tty_set_break(tty, false);
	case TIOCSCTTY: return tty_take_control(file, tty, argument);
	case TIOCNOTTY: return tty_give_up(tty);
	case TIOCGPGRP: return tty_get_group(tty, argument);
	case TIOCSPGRP: return tty_set_group(tty, argument);
	case TIOCGSID: return tty_get_session(tty, argument);
	case TIOCSTI: return tty_insert(tty, argument);
	case TIOCGETD: return put_user32(N_TTY, argument);
	case TIOCSETD: return tty_set_discipline(tty, argument);
	case TIOCEXCL: return tty_set_exclusive(tty, true);
	case TIOCNXCL: return tty_set_exclusive(tty, false);
	case TIOCGEXCL: return put_user32(READ_ONCE(tty->exclusive), argument);
	case TIOCVHANGUP: return tty_hang_up_now(tty);
	case TIOCGPTPEER: return -EIO;
	case TIOCCONS: return console_redirect(file);
	}
	result = tty_mode_ioctl(tty, command, argument);
	if (result == -ENOTTY && tty->driver->ioctl)
		result = tty->driver->ioctl(tty, command, argument);
	return result;
}
