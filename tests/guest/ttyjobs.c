/* SPDX-License-Identifier: MIT */
/*
 * Job control at a pseudo-terminal: groups in the background, orphaned ones, controlling terminals
 * that are taken, stolen, given up and hung up.
 */
#include "background.h"
#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

static int master = -1;

/* A fresh pseudo-terminal's slave, opened by a session leader: its controlling terminal. */
static int open_terminal(int flags)
{
	int unlock = 0;

	if (master < 0) {
		master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
		CHILD_CHECK(master >= 0 && ioctl(master, TIOCSPTLCK, &unlock) == 0);
	}
	return open(ptsname(master), O_RDWR | flags);
}

/* Runs a function in a session of its own; true when it returns. */
static bool in_session(void (*function)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		CHILD_CHECK(setsid() == getpid());
		signal(SIGHUP, SIG_IGN);
		function();
		_exit(0);
	}
	return pid > 0 && ended_well(pid);
}

static int use_write(int fd)
{
	return write(fd, "x", 1) == 1 ? 0 : errno;
}

static int use_flush(int fd)
{
	return tcflush(fd, TCIFLUSH) ? errno : 0;
}

static int use_flow(int fd)
{
	return tcflow(fd, TCOON) ? errno : 0;
}

static int use_break(int fd)
{
	return tcsendbreak(fd, 0) ? errno : 0;
}

static int use_window(int fd)
{
	struct winsize size = { .ws_row = 1 };

	return ioctl(fd, TIOCSWINSZ, &size) ? errno : 0;
}

static int use_group(int fd)
{
	return tcsetpgrp(fd, getpgrp()) ? errno : 0;
}

static bool set_tostop(int fd, bool on)
{
	struct termios termios;

	if (tcgetattr(fd, &termios))
		return false;
	termios.c_lflag = on ? termios.c_lflag | TOSTOP : termios.c_lflag & ~(tcflag_t)TOSTOP;
	return tcsetattr(fd, TCSANOW, &termios) == 0;
}

static bool kills(pid_t pid)
{
	return kill(-pid, SIGKILL) == 0 && WIFSIGNALED(status_of(pid));
}

static void from_the_background(void)
{
	static int (*const changes[])(int) = { use_set, use_flush, use_flow, use_break };
	int fd = open_terminal(0);
	pid_t pid;

	CHILD_CHECK(fd >= 0 && tcgetpgrp(fd) == getpid());
	pid = background(fd, use_read, SIG_DFL);
	CHILD_CHECK(stopped_by(pid, SIGTTIN) && kills(pid));
	CHILD_CHECK(ended_with(background(fd, use_read, SIG_IGN), EIO));
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		pid = background(fd, changes[i], SIG_DFL);
		CHILD_CHECK(stopped_by(pid, SIGTTOU) && kills(pid));
		CHILD_CHECK(ended_with(background(fd, changes[i], SIG_IGN), 0));
	}
	CHILD_CHECK(ended_with(background(fd, use_window, SIG_DFL), 0));
	CHILD_CHECK(ended_with(background(fd, use_write, SIG_DFL), 0));
	CHILD_CHECK(set_tostop(fd, true));
	pid = background(fd, use_write, SIG_DFL);
	CHILD_CHECK(stopped_by(pid, SIGTTOU) && kills(pid));
	CHILD_CHECK(ended_with(background(fd, use_write, SIG_IGN), 0));
	CHILD_CHECK(set_tostop(fd, false));
	/* It goes on where it was stopped, once it is in the foreground. */
	pid = background(fd, use_set, SIG_DFL);
	CHILD_CHECK(stopped_by(pid, SIGTTOU) && tcsetpgrp(fd, pid) == 0);
	CHILD_CHECK(kill(pid, SIGCONT) == 0 && ended_with(pid, 0));
	signal(SIGTTOU, SIG_IGN);
	CHILD_CHECK(tcsetpgrp(fd, getpid()) == 0);
	pid = background(fd, use_group, SIG_IGN);
	CHILD_CHECK(ended_with(pid, 0) && tcgetpgrp(fd) == pid);
	CHILD_CHECK(tcsetpgrp(fd, getpid()) == 0);
}

static void background_groups(void)
{
	CHECK(in_session(from_the_background));
}

/* The group of a process whose parent has ended: nobody could continue it. */
static void orphaned_session(void)
{
	int fd = open_terminal(0), ends[2], results[2];

	CHILD_CHECK(fd >= 0 && pipe(ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		pid_t child = fork();
		if (child == 0) {
			setpgid(0, 0);
			while (getppid() == pid || state_of(getppid()) == 0)
				sleep_ms(10);
			sleep_ms(50);
			results[0] = use_read(fd);
			results[1] = use_set(fd);
			CHILD_CHECK(write(ends[1], results, sizeof(results)) > 0);
			_exit(0);
		}
		setpgid(child, child);
		setpgid(0, 0);
		_exit(0);
	}
	CHILD_CHECK(ended_well(pid));
	CHILD_CHECK(read(ends[0], results, sizeof(results)) == (ssize_t)sizeof(results));
	CHILD_CHECK(results[0] == EIO && results[1] == EIO);
}

static void orphaned_groups(void)
{
	CHECK(in_session(orphaned_session));
}

static void taking(void)
{
	int fd = open_terminal(O_NOCTTY), value, own;

	CHILD_CHECK(fd >= 0 && ioctl(fd, TIOCGPGRP, &value) < 0 && errno == ENOTTY);
	CHILD_CHECK(ioctl(fd, TIOCGSID, &value) < 0 && errno == ENOTTY);
	CHILD_CHECK(ioctl(fd, TIOCNOTTY) < 0 && errno == ENOTTY);
	CHILD_CHECK(tcsetpgrp(fd, getpid()) < 0 && errno == ENOTTY);
	CHILD_CHECK(ioctl(master, TIOCGSID, &value) < 0 && errno == ENOTTY);
	CHILD_CHECK(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
	CHILD_CHECK(ioctl(fd, TIOCSCTTY, 0) == 0 && ioctl(fd, TIOCSCTTY, 0) == 0);
	own = open("/dev/tty", O_RDWR);
	CHILD_CHECK(own >= 0 && tcgetpgrp(own) == getpid() && tcgetsid(own) == getpid());
	value = -1;
	CHILD_CHECK(ioctl(fd, TIOCSPGRP, &value) < 0 && errno == EINVAL);
	value = 999999;
	CHILD_CHECK(ioctl(fd, TIOCSPGRP, &value) < 0 && errno == ESRCH);
	CHILD_CHECK(ioctl(fd, TIOCSPGRP, 8) < 0 && errno == EFAULT);
	/* Who does not lead the session cannot take another terminal. */
	pid_t pid = fork();
	if (pid == 0) {
		int other, unlock = 0, second = open("/dev/ptmx", O_RDWR | O_NOCTTY);

		CHILD_CHECK(second >= 0 && ioctl(second, TIOCSPTLCK, &unlock) == 0);
		other = open(ptsname(second), O_RDWR);
		CHILD_CHECK(other >= 0 && ioctl(other, TIOCSCTTY, 0) < 0 && errno == EPERM);
		CHILD_CHECK(ioctl(other, TIOCGPGRP, &value) < 0 && errno == ENOTTY);
		CHILD_CHECK(ioctl(fd, TIOCNOTTY) == 0); /* its own part only */
		CHILD_CHECK(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
		_exit(0);
	}
	CHILD_CHECK(ended_well(pid) && tcgetpgrp(fd) == getpid());
	/* Another session: not without force. */
	pid = fork();
	if (pid == 0) {
		CHILD_CHECK(setsid() == getpid());
		CHILD_CHECK(ioctl(fd, TIOCSCTTY, 0) < 0 && errno == EPERM);
		CHILD_CHECK(ioctl(fd, TIOCSCTTY, 1) == 0 && tcgetsid(fd) == getpid());
		_exit(0);
	}
	CHILD_CHECK(ended_well(pid));
	CHILD_CHECK(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
}

static void controlling_terminal(void)
{
	CHECK(in_session(taking));
}

static volatile int hangups, continues;

static void on_signal(int signal)
{
	hangups += signal == SIGHUP;
	continues += signal == SIGCONT;
}

static void giving_up(void)
{
	int fd = open_terminal(0);
	pid_t value;

	signal(SIGHUP, on_signal);
	signal(SIGCONT, on_signal);
	CHILD_CHECK(fd >= 0 && ioctl(fd, TIOCNOTTY) == 0 && hangups == 1 && continues == 1);
	CHILD_CHECK(ioctl(fd, TIOCNOTTY) < 0 && errno == ENOTTY);
	CHILD_CHECK(ioctl(fd, TIOCGPGRP, &value) < 0 && errno == ENOTTY);
	CHILD_CHECK(write(fd, "x", 1) == 1); /* the file is good still */
	CHILD_CHECK(ioctl(fd, TIOCSCTTY, 0) == 0 && tcgetpgrp(fd) == getpid());
}

static void hanging_up(void)
{
	int fd = open_terminal(0);
	char byte;

	signal(SIGHUP, on_signal);
	signal(SIGCONT, on_signal);
	hangups = continues = 0;
	CHILD_CHECK(fd >= 0 && syscall(SYS_vhangup) == 0);
	CHILD_CHECK(hangups == 1 && continues == 1);
	CHILD_CHECK(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO);
	CHILD_CHECK(read(fd, &byte, 1) == 0 && write(fd, "x", 1) < 0 && errno == EIO);
	fd = open_terminal(0); /* anew */
	CHILD_CHECK(fd >= 0 && tcgetpgrp(fd) == getpid() && write(fd, "x", 1) == 1);
	CHILD_CHECK(ioctl(fd, TIOCVHANGUP) == 0 && hangups == 2);
	CHILD_CHECK(setuid(1000) == 0 && syscall(SYS_vhangup) < 0 && errno == EPERM);
	CHILD_CHECK(ioctl(fd, TIOCVHANGUP) < 0 && errno == EIO); /* it is hung up */
}

static void parting(void)
{
	CHECK(in_session(giving_up));
	CHECK(in_session(hanging_up));
}

/* The leader's end: the foreground group gets SIGHUP, the terminal is free and its files work. */
static void leader_ends(void)
{
	int ends[2], fd;
	char byte;

	fd = open_terminal(O_NOCTTY);
	CHECK(fd >= 0 && pipe(ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		CHILD_CHECK(setsid() == getpid() && ioctl(fd, TIOCSCTTY, 0) == 0);
		pid_t child = fork();
		if (child == 0) {
			setpgid(0, 0);
			for (;;)
				pause();
		}
		setpgid(child, child);
		CHILD_CHECK(tcsetpgrp(fd, child) == 0);
		_exit(0);
	}
	close(ends[1]);
	CHECK(ended_well(pid) && read(ends[0], &byte, 1) == 0);
	CHECK(write(fd, "x", 1) == 1);
	close(ends[0]);
	close(fd);
}

static void inserting(void)
{
	int fd = open_terminal(0);
	char text[8];

	for (const char *at = "in\n"; *at; at++)
		CHILD_CHECK(ioctl(fd, TIOCSTI, at) == 0);
	CHILD_CHECK(read(fd, text, sizeof(text)) == 3 && !memcmp(text, "in\n", 3));
	CHILD_CHECK(ioctl(fd, TIOCSTI, 8) < 0 && errno == EFAULT);
	CHILD_CHECK(setuid(1000) == 0 && ioctl(fd, TIOCSTI, "x") < 0 && errno == EIO);
}

static void insertion(void)
{
	CHECK(in_session(inserting));
}

static void exclusive_use(void)
{
	int fd = open_terminal(O_NOCTTY), value = -1;

	CHILD_CHECK(fd >= 0 && ioctl(fd, 0x80045440, &value) == 0 && value == 0);
	CHILD_CHECK(ioctl(fd, TIOCEXCL) == 0 && ioctl(fd, 0x80045440, &value) == 0 && value == 1);
	CHILD_CHECK(open_terminal(O_NOCTTY) >= 0); /* administrators may */
	CHILD_CHECK(chmod(ptsname(master), 0666) == 0 && setuid(1000) == 0);
	CHILD_CHECK(open_terminal(O_NOCTTY) < 0 && errno == EBUSY);
	CHILD_CHECK(ioctl(fd, TIOCNXCL) == 0 && open_terminal(O_NOCTTY) >= 0);
}

static void exclusive(void)
{
	CHECK(in_session(exclusive_use));
}

/* What is written to the console goes to another terminal for a while. */
static void redirecting(void)
{
	int fd = open_terminal(O_NOCTTY), console = open("/dev/console", O_RDWR | O_NOCTTY);
	char text[8];

	CHILD_CHECK(fd >= 0 && console >= 0 && ioctl(fd, TIOCCONS) == 0);
	CHILD_CHECK(ioctl(fd, TIOCCONS) < 0 && errno == EBUSY);
	CHILD_CHECK(write(console, "redir", 5) == 5);
	CHILD_CHECK(read(master, text, sizeof(text)) == 5 && !memcmp(text, "redir", 5));
	CHILD_CHECK(ioctl(console, TIOCCONS) == 0 && ioctl(master, TIOCCONS) < 0 &&
		    errno == EINVAL);
	CHILD_CHECK(setuid(1000) == 0 && ioctl(fd, TIOCCONS) < 0 && errno == EPERM);
}

static void redirection(void)
{
	CHECK(in_session(redirecting));
}

int main(void)
{
	RUN(background_groups);
	RUN(orphaned_groups);
	RUN(controlling_terminal);
	RUN(parting);
	RUN(insertion);
	RUN(exclusive);
	RUN(redirection);
	RUN(leader_ends);
	return guest_result();
}
