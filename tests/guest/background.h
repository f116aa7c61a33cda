/* SPDX-License-Identifier: MIT */
/* Using a terminal from the background: what job control stops, and what it lets through. */
#ifndef BACKGROUND_H
#define BACKGROUND_H

#include <errno.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

/* A child in a group of its own that uses the terminal, with that handler for SIGTTIN and SIGTTOU,
 * and ends with what use returns: an errno value. */
static pid_t background(int fd, int (*use)(int fd), void (*handler)(int))
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		signal(SIGTTIN, handler);
		signal(SIGTTOU, handler);
		_exit(use(fd));
	}
	setpgid(pid, pid);
	return pid;
}

static int use_read(int fd)
{
	char byte;

	return read(fd, &byte, 1) < 0 ? errno : 0;
}

static int use_set(int fd)
{
	struct termios termios;

	return tcgetattr(fd, &termios) || tcsetattr(fd, TCSANOW, &termios) ? errno : 0;
}

#endif
