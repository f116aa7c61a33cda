// SPDX-License-Identifier: MIT
/* Lines of a UART beside its data, and breaks: TIOCMGET and its kin, TCSBRK (ioctl_tty(2)). The
 * UART is the console's, which has to go on working. */
#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "guest.h"

#ifndef TIOCM_OUT1
#define TIOCM_OUT1 0x2000
#endif

static int line; /* /dev/ttyS0 */

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static int lines(void)
{
	int set = -1;

	return ioctl(line, TIOCMGET, &set) ? -1 : set;
}

static bool change(unsigned long command, int set)
{
	return !ioctl(line, command, &set);
}

static void lines_are_set(void)
{
	enum { BOTH = TIOCM_DTR | TIOCM_RTS };
	int before = lines();

	CHECK(before >= 0 && (before & BOTH) == BOTH);
	CHECK(before & TIOCM_CTS && before & TIOCM_DSR && before & TIOCM_CAR);
	CHECK(change(TIOCMBIC, TIOCM_DTR) && lines() == (before & ~TIOCM_DTR));
	CHECK(change(TIOCMBIC, TIOCM_CTS) &&
	      lines() == (before & ~TIOCM_DTR)); /* not ours to set */
	CHECK(change(TIOCMBIS, TIOCM_DTR) && lines() == before);
	CHECK(change(TIOCMBIS, TIOCM_OUT1) && lines() == (before | TIOCM_OUT1));
	CHECK(change(TIOCMSET, TIOCM_RTS) && (lines() & (BOTH | TIOCM_OUT1)) == TIOCM_RTS);
	CHECK(change(TIOCMSET, before) && lines() == before);
}

static void breaks(void)
{
	long start = now_ms();

	CHECK(!ioctl(line, TCSBRK, 1) && !tcdrain(line)); /* no break at all */
	CHECK(!ioctl(line, TCSBRKP, 1) && now_ms() - start >= 100);
	start = now_ms();
	CHECK(!ioctl(line, TCSBRK, 0) && now_ms() - start >= 240);
	start = now_ms();
	CHECK(!tcsendbreak(line, 0) && now_ms() - start >= 240);
	CHECK(!ioctl(line, TIOCSBRK) && !ioctl(line, TIOCCBRK));
}

static void pseudo_terminals_have_none(void)
{
	int master, slave, set = 0;

	CHECK(!openpty(&master, &slave, NULL, NULL, NULL));
	CHECK(fails(ioctl(slave, TIOCMGET, &set), ENOTTY));
	CHECK(fails(ioctl(slave, TIOCMSET, &set), ENOTTY));
	CHECK(fails(ioctl(master, TIOCMGET, &set), ENOTTY));
	CHECK(!tcsendbreak(slave, 0) && !ioctl(slave, TIOCSBRK) && !ioctl(slave, TIOCCBRK));
	close(master);
	close(slave);
}

static void wrong_arguments(void)
{
	int set = 0;

	CHECK(fails(ioctl(line, TIOCMGET, 8), EFAULT));
	CHECK(fails(ioctl(line, TIOCMSET, 8), EFAULT));
	CHECK(fails(ioctl(line, TIOCMBIS, NULL), EFAULT));
	CHECK(fails(ioctl(line, TIOCMBIC, NULL), EFAULT));
	CHECK(fails(ioctl(99, TIOCMGET, &set), EBADF));
	line = open("/dev/null", O_RDWR);
	CHECK(fails(ioctl(line, TIOCMGET, &set), ENOTTY));
	CHECK(fails(ioctl(line, TCSBRK, 0), ENOTTY));
}

int main(void)
{
	line = open("/dev/ttyS0", O_RDWR | O_NOCTTY);
	if (line < 0)
		return 1;
	RUN(lines_are_set);
	RUN(breaks);
	RUN(pseudo_terminals_have_none);
	RUN(wrong_arguments);
	return guest_result();
}
