/* SPDX-License-Identifier: MIT */
/*
 * The settings of terminals, for ioctl(2) at either end of a pty: termios in its three forms, and
 * the size of the window.
 */
#include "ipc/tty.h"
#include "lib/errno.h"
#include "task/cred.h"
#include "task/signal.h"
#include "uapi/ioctl.h"
#include "vm/usercopy.h"

/* --- speeds --- */

/* Bits per second of the codes of c_cflag: those below 16, then those with CBAUDEX. */
static const u32 speeds[] = { 0,   50,	 75,   110,  134,  150,	 200,	300,
			      600, 1200, 1800, 2400, 4800, 9600, 19200, 38400 };
static const u32 high_speeds[] = { 0,	    57600,   115200,  230400,  460800,	500000,
				   576000,  921600,  1000000, 1152000, 1500000, 2000000,
				   2500000, 3000000, 3500000, 4000000 };

/* The speed that a code means; BOTHER: the one that is given. */
static u32 speed_of(u32 code, u32 given)
{
	if (code == BOTHER)
		return given;
	return code & CBAUDEX ? high_speeds[code & 15] : speeds[code & 15];
}

/* Fills in the speeds that c_cflag means. */
static void settle_speeds(struct termios2 *termios)
{
	u32 input = termios->c_cflag >> CIBAUD_SHIFT & CBAUD;

	termios->c_ospeed = speed_of(termios->c_cflag & CBAUD, termios->c_ospeed);
	termios->c_ispeed = input == B0 ? termios->c_ospeed : speed_of(input, termios->c_ispeed);
}

/* --- termios --- */

static struct termios2 current_termios(struct tty *tty)
{
	struct termios2 termios;

	spin_lock(&tty->lock);
	termios = tty->ldisc.termios;
	spin_unlock(&tty->lock);
	return termios;
}

static long tty_get_termios(struct tty *tty, uaddr_t to, size_t size)
{
	struct termios2 termios = current_termios(tty);

	return copy_to_user(to, &termios, size);
}

static long tty_get_termio(struct tty *tty, uaddr_t to)
{
	struct termios2 termios = current_termios(tty);
	struct termio old = {
		.c_iflag = (u16)termios.c_iflag,
		.c_oflag = (u16)termios.c_oflag,
		.c_cflag = (u16)termios.c_cflag,
		.c_lflag = (u16)termios.c_lflag,
		.c_line = termios.c_line,
	};

	memcpy(old.c_cc, termios.c_cc, sizeof(old.c_cc));
	return copy_to_user(to, &old, sizeof(old));
}

/* Takes back changes of bits that are fixed; of c_line and c_cc bytes are. */
static void keep_fixed(struct termios2 *now, const struct termios2 *old,
		       const struct termios2 *fixed)
{
	now->c_iflag ^= (now->c_iflag ^ old->c_iflag) & fixed->c_iflag;
	now->c_oflag ^= (now->c_oflag ^ old->c_oflag) & fixed->c_oflag;
	now->c_cflag ^= (now->c_cflag ^ old->c_cflag) & fixed->c_cflag;
	now->c_lflag ^= (now->c_lflag ^ old->c_lflag) & fixed->c_lflag;
	if (fixed->c_line)
		now->c_line = old->c_line;
	for (int i = 0; i < NCCS; i++)
		if (fixed->c_cc[i])
			now->c_cc[i] = old->c_cc[i];
}

/* Puts new settings into force. */
static void apply_termios(struct tty *tty, const struct termios2 *termios, bool flush)
{
	struct termios2 old, now = *termios;

	if (tty->driver->is_pty)
		now.c_cflag = (now.c_cflag & ~(u32)(CSIZE | PARENB)) | CS8 | CREAD;
	spin_lock(&tty->lock);
	old = tty->ldisc.termios;
	keep_fixed(&now, &old, &tty->fixed);
	if (flush)
		ldisc_flush_input(&tty->ldisc);
	ldisc_set_termios(&tty->ldisc, &now);
	spin_unlock(&tty->lock);
	if (tty->driver->set_termios)
		tty->driver->set_termios(tty, &old);
	tty->driver->start(tty);
	tty_feed(tty);
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
}

/* When new settings come into force, as commands that follow TCSETS one after another. */
enum when { NOW, AFTER_OUTPUT, AFTER_OUTPUT_FLUSH_INPUT };

static long change_termios(struct tty *tty, struct termios2 *termios, enum when when)
{
	settle_speeds(termios);
	if (when != NOW) {
		int error = tty_wait_drained(tty);

		if (error)
			return error;
	}
	apply_termios(tty, termios, when == AFTER_OUTPUT_FLUSH_INPUT);
	return 0;
}

static long tty_set_termios(struct tty *tty, uaddr_t from, size_t size, enum when when)
{
	struct termios2 termios = current_termios(tty);
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return error;
	if (copy_from_user(&termios, from, size))
		return -EFAULT;
	return change_termios(tty, &termios, when);
}

static u32 with_low_half(u32 value, u16 low)
{
	return (value & 0xffff0000) | low;
}

static long tty_set_termio(struct tty *tty, uaddr_t from, enum when when)
{
	struct termios2 termios = current_termios(tty);
	int error = tty_check_background(tty, SIGTTOU);
	struct termio old;

	if (error)
		return error;
	if (copy_from_user(&old, from, sizeof(old)))
		return -EFAULT;
	termios.c_iflag = with_low_half(termios.c_iflag, old.c_iflag);
	termios.c_oflag = with_low_half(termios.c_oflag, old.c_oflag);
	termios.c_cflag = with_low_half(termios.c_cflag, old.c_cflag);
	termios.c_lflag = with_low_half(termios.c_lflag, old.c_lflag);
	termios.c_line = old.c_line;
	memcpy(termios.c_cc, old.c_cc, sizeof(old.c_cc));
	return change_termios(tty, &termios, when);
}

/* TIOCGLCKTRMIOS, TIOCSLCKTRMIOS: what of the settings cannot be changed. */
static long tty_get_fixed(struct tty *tty, uaddr_t to)
{
	struct termios2 fixed;

	spin_lock(&tty->lock);
	fixed = tty->fixed;
	spin_unlock(&tty->lock);
	return copy_to_user(to, &fixed, TERMIOS_SIZE);
}

static long tty_set_fixed(struct tty *tty, uaddr_t from)
{
	struct termios2 fixed = { 0 };

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&fixed, from, TERMIOS_SIZE))
		return -EFAULT;
	spin_lock(&tty->lock);
	tty->fixed = fixed;
	spin_unlock(&tty->lock);
	return 0;
}

static long tty_set_local(struct tty *tty, uaddr_t from)
{
	struct termios2 termios = current_termios(tty);
	u32 local;

	if (get_user32(&local, from))
		return -EFAULT;
	termios.c_cflag = (termios.c_cflag & ~(u32)CLOCAL) | (local ? CLOCAL : 0);
	apply_termios(tty, &termios, false);
	return 0;
}

/* --- the window --- */

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

long tty_mode_ioctl(struct tty *tty, unsigned int command, unsigned long argument)
{
	const size_t all = sizeof(struct termios2);

	switch (command) {
	case TCGETS: return tty_get_termios(tty, argument, TERMIOS_SIZE);
	case TCGETS2: return tty_get_termios(tty, argument, all);
	case TCGETA: return tty_get_termio(tty, argument);
	case TCSETS:
	case TCSETSW:
	case TCSETSF: return tty_set_termios(tty, argument, TERMIOS_SIZE, command - TCSETS);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2: return tty_set_termios(tty, argument, all, command - TCSETS2);
	case TCSETA:
	case TCSETAW:
	case TCSETAF: return tty_set_termio(tty, argument, command - TCSETA);
	case TIOCGLCKTRMIOS: return tty_get_fixed(tty, argument);
	case TIOCSLCKTRMIOS: return tty_set_fixed(tty, argument);
	case TIOCGSOFTCAR: return put_user32(!!(current_termios(tty).c_cflag & CLOCAL), argument);
	case TIOCSSOFTCAR: return tty_set_local(tty, argument);
	case TIOCGWINSZ: return tty_get_window(tty, argument);
	case TIOCSWINSZ: return tty_set_window(tty, argument);
	case TIOCGDEV: return put_user32(tty->device, argument);
	}
	return -ENOTTY;
}
