/* SPDX-License-Identifier: MIT */
/* The console's terminal: settings, reading without input, sessions and process groups. */
#include "background.h"
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

static const char device[] = "/dev/ttyS0";

/* Runs a case in a child that leads a session of its own; true when it exits with 0. */
static bool in_session(void (*function)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		CHILD_CHECK(setsid() == getpid());
		function();
		_exit(0);
	}
	return pid > 0 && ended_well(pid);
}

static int open_quietly(int flags)
{
	return open(device, O_RDWR | O_NOCTTY | flags);
}

static void devices(void)
{
	struct stat status;
	int fd = open_quietly(0);

	CHECK(fd >= 0 && isatty(fd));
	CHECK(fstat(fd, &status) == 0 && S_ISCHR(status.st_mode));
	CHECK(status.st_rdev == makedev(4, 64));
	CHECK(stat("/dev/console", &status) == 0 && status.st_rdev == makedev(5, 1));
	CHECK(stat("/dev/tty", &status) == 0 && status.st_rdev == makedev(5, 0));
	CHECK(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO); /* no controlling terminal */
	CHECK(lseek(fd, 0, SEEK_SET) < 0 && errno == ESPIPE);
	close(fd);
}

static void settings(void)
{
	struct termios old, new, got;
	int fd = open_quietly(0), count = -1;

	CHECK(fd >= 0 && tcgetattr(fd, &old) == 0);
	CHECK(old.c_lflag & ICANON && old.c_oflag & OPOST && old.c_cc[VINTR] == 3);
	new = old;
	new.c_lflag &= ~(ECHO | ICANON);
	new.c_cc[VMIN] = 3;
	new.c_cc[VTIME] = 4;
	CHECK(tcsetattr(fd, TCSANOW, &new) == 0 && tcgetattr(fd, &got) == 0);
	CHECK(got.c_lflag == new.c_lflag &&got.c_cc[VMIN] == 3 && got.c_cc[VTIME] == 4);
	CHECK(tcsetattr(fd, TCSAFLUSH, &old) == 0 && tcsetattr(fd, TCSADRAIN, &old) == 0);
	CHECK(tcflush(fd, TCIOFLUSH) == 0 && tcdrain(fd) == 0 && tcsendbreak(fd, 0) == 0);
	CHECK(ioctl(fd, FIONREAD, &count) == 0 && count == 0);
	CHECK(ioctl(fd, TCFLSH, 7) < 0 && errno == EINVAL);
	CHECK(ioctl(fd, TCGETS, 8) < 0 && errno == EFAULT);
	CHECK(ioctl(fd, 0x54ff, 0) < 0 && errno == ENOTTY);
	close(fd);
	fd = open("/dev/null", O_RDWR);
	CHECK(tcgetattr(fd, &got) < 0 && errno == ENOTTY);
	close(fd);
}

static volatile int window_signals;

static void on_window(int signal)
{
	(void)signal;
	window_signals++;
}

static void window_in_session(void)
{
	struct winsize size = { .ws_row = 33, .ws_col = 77 }, got;
	int fd = open(device, O_RDWR);

	CHILD_CHECK(fd >= 0 && signal(SIGWINCH, on_window) != SIG_ERR);
	CHILD_CHECK(ioctl(fd, TIOCSWINSZ, &size) == 0);
	CHILD_CHECK(ioctl(fd, TIOCGWINSZ, &got) == 0 && got.ws_row == 33 && got.ws_col == 77);
	CHILD_CHECK(window_signals == 1);
	CHILD_CHECK(ioctl(fd, TIOCSWINSZ, &size) == 0 && window_signals == 1); /* no change */
	size = (struct winsize){ 0 };
	signal(SIGHUP, SIG_IGN); /* which a leader that gives up its terminal gets */
	CHILD_CHECK(ioctl(fd, TIOCSWINSZ, &size) == 0);
	CHILD_CHECK(ioctl(fd, TIOCNOTTY) == 0);
}

static void window(void)
{
	CHECK(in_session(window_in_session));
}

/* Nobody types: what a read does then is told by O_NONBLOCK, VMIN and VTIME. */
static void reading_nothing(void)
{
	struct termios old, raw;
	int fd = open_quietly(O_NONBLOCK);
	char byte;

	CHECK(fd >= 0 && tcgetattr(fd, &old) == 0);
	CHECK(read(fd, &byte, 1) < 0 && errno == EAGAIN);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };
	CHECK(poll(&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLOUT);
	CHECK(fcntl(fd, F_SETFL, 0) == 0);
	raw = old;
	raw.c_lflag &= ~(ICANON | ECHO);
	raw.c_cc[VMIN] = raw.c_cc[VTIME] = 0;
	CHECK(tcsetattr(fd, TCSANOW, &raw) == 0 && read(fd, &byte, 1) == 0);
	raw.c_cc[VTIME] = 2;
	CHECK(tcsetattr(fd, TCSANOW, &raw) == 0);
	long begin = now_ms();
	CHECK(read(fd, &byte, 1) == 0 && now_ms() - begin >= 150);
	CHECK(tcsetattr(fd, TCSANOW, &old) == 0);
	close(fd);
}

static void leader(void)
{
	pid_t value;
	int fd = open_quietly(0), own;

	CHILD_CHECK(fd >= 0 && ioctl(fd, TIOCGPGRP, &value) < 0 && errno == ENOTTY);
	CHILD_CHECK(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
	CHILD_CHECK(ioctl(fd, TIOCSCTTY, 0) == 0 && ioctl(fd, TIOCSCTTY, 0) == 0);
	CHILD_CHECK(ioctl(fd, TIOCGPGRP, &value) == 0 && value == getpid());
	CHILD_CHECK(ioctl(fd, TIOCGSID, &value) == 0 && value == getpid());
	own = open("/dev/tty", O_RDWR);
	CHILD_CHECK(own >= 0 && tcgetpgrp(own) == getpid());
	CHILD_CHECK(tcsetpgrp(fd, 999999) < 0 && errno == ESRCH);
	CHILD_CHECK(tcsetpgrp(fd, getppid()) < 0 && (errno == EPERM || errno == ESRCH));
	CHILD_CHECK(tcsetpgrp(fd, getpid()) == 0);
	/* Another session does not get it, not even by opening it. */
	pid_t pid = fork();
	if (pid == 0) {
		CHILD_CHECK(setsid() == getpid());
		CHILD_CHECK(ioctl(fd, TIOCSCTTY, 0) < 0 && errno == EPERM);
		CHILD_CHECK(open(device, O_RDWR) >= 0);
		CHILD_CHECK(ioctl(fd, TIOCGPGRP, &value) < 0 && errno == ENOTTY);
		_exit(0);
	}
	CHILD_CHECK(ended_well(pid));
	signal(SIGHUP, SIG_IGN);
	CHILD_CHECK(ioctl(fd, TIOCNOTTY) == 0);
	CHILD_CHECK(ioctl(fd, TIOCNOTTY) < 0 && errno == ENOTTY);
	CHILD_CHECK(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
}

static void controlling_terminal(void)
{
	CHECK(in_session(leader));
	CHECK(in_session(leader)); /* it is free again */
}

static int use_take_over(int fd)
{
	return tcsetpgrp(fd, getpgrp()) ? errno : 0;
}

static void groups(void)
{
	int fd = open(device, O_RDWR);
	pid_t pid;

	CHILD_CHECK(fd >= 0 && tcgetpgrp(fd) == getpid());
	pid = background(fd, use_read, SIG_DFL);
	CHILD_CHECK(stopped_by(pid, SIGTTIN));
	CHILD_CHECK(kill(pid, SIGKILL) == 0 && status_of(pid) == SIGKILL);
	CHILD_CHECK(ended_with(background(fd, use_read, SIG_IGN), EIO));
	pid = background(fd, use_set, SIG_DFL);
	CHILD_CHECK(stopped_by(pid, SIGTTOU));
	CHILD_CHECK(kill(-pid, SIGKILL) == 0 && status_of(pid) == SIGKILL);
	CHILD_CHECK(ended_with(background(fd, use_set, SIG_IGN), 0));
	/* In the foreground it goes on where it was stopped. */
	pid = background(fd, use_set, SIG_DFL);
	CHILD_CHECK(stopped_by(pid, SIGTTOU));
	CHILD_CHECK(tcsetpgrp(fd, pid) == 0 && kill(pid, SIGCONT) == 0 && ended_with(pid, 0));
	signal(SIGTTOU, SIG_IGN);
	CHILD_CHECK(tcsetpgrp(fd, getpid()) == 0);
	pid = background(fd, use_take_over, SIG_IGN);
	CHILD_CHECK(ended_with(pid, 0) && tcgetpgrp(fd) == pid);
	CHILD_CHECK(tcsetpgrp(fd, getpid()) == 0);
	signal(SIGHUP, SIG_IGN);
	CHILD_CHECK(ioctl(fd, TIOCNOTTY) == 0);
}

static void background_groups(void)
{
	CHECK(in_session(groups));
}

/* A session leader ends: the foreground group is told. */
static void hang_up(void)
{
	int ends[2];
	char byte;

	CHECK(pipe(ends) == 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHILD_CHECK(setsid() == getpid());
		int fd = open(device, O_RDWR);
		CHILD_CHECK(fd >= 0);
		pid_t child = fork();
		if (child == 0) {
			close(ends[0]);
			for (;;)
				pause(); /* SIGHUP ends it, and so closes the pipe */
		}
		setpgid(child, child);
		CHILD_CHECK(tcsetpgrp(fd, child) == 0);
		_exit(0);
	}
	close(ends[1]);
	CHECK(ended_well(pid));
	struct pollfd poll_fd = { .fd = ends[0], .events = POLLIN };
	CHECK(poll(&poll_fd, 1, 5000) == 1 && read(ends[0], &byte, 1) == 0);
	close(ends[0]);
}

/* The shell's own output goes on being seen, so what is written here is as little as can be. */
static void writing(void)
{
	int fd = open_quietly(0);

	CHECK(fd >= 0 && write(fd, "\n", 1) == 1 && write(fd, "", 0) == 0);
	CHECK(ioctl(fd, TCXONC, TCOOFF) == 0);
	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	CHECK(poll(&poll_fd, 1, 0) == 0);
	CHECK(ioctl(fd, TCXONC, TCOON) == 0 && ioctl(fd, TCXONC, 9) < 0 && errno == EINVAL);
	close(fd);
}

int main(void)
{
	RUN(devices);
	RUN(settings);
	RUN(window);
	RUN(reading_nothing);
	RUN(controlling_terminal);
	RUN(background_groups);
	RUN(writing);
	RUN(hang_up);
	return guest_result();
}
