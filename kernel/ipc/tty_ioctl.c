/* SPDX-License-Identifier: MIT */
/*
 * ioctl(2) on terminals: tty_ioctl(2), termios settings, job control. Task context, may sleep.
 */
#include "ipc/tty.h"
#include "lib/errno.h"
#include "task/cred.h"
#include "task/signal.h"
#include "uapi/ioctl.h"
#include "vm/usercopy.h"

static long tty_get_termios(struct tty *tty, uaddr_t to)
{
	struct termios termios;

	spin_lock(&tty->lock);
	termios = tty->ldisc.termios;
	spin_unlock(&tty->lock);
	return copy_to_user(to, &termios, sizeof(termios));
}

/* Output is never queued here, so TCSETSW is TCSETS; TCSETSF forgets input too. */
static long tty_set_termios(struct tty *tty, uaddr_t from, bool flush)
{
	struct termios termios;

	if (copy_from_user(&termios, from, sizeof(termios)))
		return -EFAULT;
	spin_lock(&tty->lock);
	if (flush)
		ldisc_flush_input(&tty->ldisc);
	ldisc_set_termios(&tty->ldisc, &termios);
	spin_unlock(&tty->lock);
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
	return 0;
}

static long tty_get_window(struct tty *tty, uaddr_t to)
{
	struct winsize window;

	spin_lock(&tty->lock);
	window = tty->window;
	spin_unlock(&tty->lock);
	return copy_to_user(to, &window, sizeof(window));
}

static long tty_set_window(struct tty *tty, uaddr_t from)
{
	struct winsize window;
	bool changed;

	if (copy_from_user(&window, from, sizeof(window)))
		return -EFAULT;
	spin_lock(&tty->lock);
	changed = memcmp(&tty->window, &window, sizeof(window)) != 0;
	tty->window = window;
	spin_unlock(&tty->lock);
	if (changed)
		tty_signal_foreground(tty, SIGWINCH);
	return 0;
}

static void tty_send_byte(struct tty *tty, u8 byte)
{
	if (byte)
		tty->driver->write(tty, &byte, 1);
}

/* TCXONC: stops and starts output here, or input at the other end of the line. */
static long tty_flow_control(struct tty *tty, unsigned int action)
{
	const u8 *keys = tty->ldisc.termios.c_cc;

	switch (action) {
	case TCOOFF:
	case TCOON:
		spin_lock(&tty->lock);
		tty->ldisc.stopped = action == TCOOFF;
		spin_unlock(&tty->lock);
		wake_up_all(&tty->write_wait);
		return 0;
	case TCIOFF: tty_send_byte(tty, keys[VSTOP]); return 0;
	case TCION: tty_send_byte(tty, keys[VSTART]); return 0;
	}
	return -EINVAL;
}

static long tty_flush(struct tty *tty, unsigned int queue)
{
	if (queue > TCIOFLUSH)
		return -EINVAL;
	if (queue == TCOFLUSH)
		return 0;
	spin_lock(&tty->lock);
	ldisc_flush_input(&tty->ldisc);
	spin_unlock(&tty->lock);
	return 0;
}

static long tty_input_count(struct tty *tty, uaddr_t to)
{
	u32 count;

	spin_lock(&tty->lock);
	count = (u32)ldisc_available(&tty->ldisc);
	spin_unlock(&tty->lock);
	return put_user32(count, to);
}

static long tty_take_control(struct file *file, struct tty *tty, unsigned long argument)
{
	bool administrator = capable(CAP_SYS_ADMIN);

	if (!(file->mode & FMODE_READ) && !administrator)
		return -EPERM;
	return tty_make_controlling(tty, argument == 1 && administrator);
}

static long tty_get_group(struct tty *tty, uaddr_t to)
{
	pid_t group;
	int error = tty_get_foreground(tty, &group);

	return error ? error : put_user32((u32)group, to);
}

static long tty_set_group(struct tty *tty, uaddr_t from)
{
	u32 group;

	if (get_user32(&group, from))
		return -EFAULT;
	if ((pid_t)group < 0)
		return -EINVAL;
	return tty_set_foreground(tty, (pid_t)group);
}

static long tty_get_sid(struct tty *tty, uaddr_t to)
{
	pid_t session;
	int error = tty_get_session(tty, &session);

	return error ? error : put_user32((u32)session, to);
}

/* What changes the terminal: a background group is stopped first. */
static long tty_change(struct tty *tty, unsigned int command, unsigned long argument)
{
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return command == TIOCSPGRP && error == -EIO ? -ENOTTY : error;
	switch (command) {
	case TCSETS:
	case TCSETSW: return tty_set_termios(tty, argument, false);
	case TCSETSF: return tty_set_termios(tty, argument, true);
	case TIOCSPGRP: return tty_set_group(tty, argument);
	case TCXONC: return tty_flow_control(tty, (unsigned int)argument);
	case TCFLSH: return tty_flush(tty, (unsigned int)argument);
	}
	return 0; /* TCSBRK, TCSBRKP: all output is out already, and a break means nothing here */
}

long tty_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct tty *tty = file->private;

	switch (command) {
	case TCGETS: return tty_get_termios(tty, argument);
	case TIOCGWINSZ: return tty_get_window(tty, argument);
	case TIOCSWINSZ: return tty_set_window(tty, argument);
	case FIONREAD: return tty_input_count(tty, argument);
	case TIOCOUTQ: return put_user32(0, argument);
	case TIOCSCTTY: return tty_take_control(file, tty, argument);
	case TIOCNOTTY: return tty_give_up(tty);
	case TIOCGPGRP: return tty_get_group(tty, argument);
	case TIOCGSID: return tty_get_sid(tty, argument);
	case TIOCGETD: return put_user32(0, argument);
	case TIOCGDEV: return put_user32(tty->device, argument);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TIOCSPGRP:
	case TCXONC:
	case TCFLSH:
	case TCSBRK:
	case TCSBRKP: return tty_change(tty, command, argument);
	}
	return tty->driver->ioctl ? tty->driver->ioctl(tty, command, argument) : -ENOTTY;
}
