// SPDX-License-Identifier: MIT
/* Leases on files: F_SETLEASE, F_GETLEASE, how they are broken (kernel/fs/lease.c). */
#include "workdir.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

#ifndef F_SETLEASE
#define F_SETLEASE 1024
#define F_GETLEASE 1025
#endif
#ifndef F_SETSIG
#define F_SETSIG 10
#endif

#define TOLD (SIGRTMIN + 2)

static bool set_break_time(const char *seconds)
{
	int fd = open("/proc/sys/fs/lease-break-time", O_WRONLY);
	bool done = fd >= 0 && write(fd, seconds, strlen(seconds)) > 0;

	return !close(fd) && done;
}

/* Takes the signal, which is blocked; -1: it does not come. */
static int told(siginfo_t *info, int signal)
{
	struct timespec limit = { 20, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	return sigtimedwait(&set, info, &limit);
}

static void taken_and_given_up(void)
{
	int fd, other;

	CHECK(make_file("f", "text"));
	fd = open("f", O_RDONLY);
	CHECK(fcntl(fd, F_GETLEASE) == F_UNLCK);
	CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && fcntl(fd, F_GETLEASE) == F_RDLCK);
	CHECK(fcntl(fd, F_GETOWN) == getpid());
	CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0 && fcntl(fd, F_GETLEASE) == F_WRLCK);
	CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && fcntl(fd, F_GETLEASE) == F_RDLCK);
	other = open("f", O_RDONLY);
	CHECK(other >= 0 && fcntl(other, F_GETLEASE) == F_UNLCK);
	CHECK(FAILS(fcntl(other, F_SETLEASE, F_UNLCK), EAGAIN));
	CHECK(FAILS(fcntl(fd, F_SETLEASE, F_WRLCK), EAGAIN)); /* it is open otherwise */
	CHECK(fcntl(other, F_SETLEASE, F_RDLCK) == 0);
	CHECK(close(other) == 0);
	CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0);
	CHECK(fcntl(fd, F_SETLEASE, F_UNLCK) == 0 && fcntl(fd, F_GETLEASE) == F_UNLCK);
	CHECK(fcntl(fd, F_GETOWN) == 0);
	CHECK(FAILS(fcntl(fd, F_SETLEASE, F_UNLCK), EAGAIN));
	CHECK(close(fd) == 0 && unlink("f") == 0);
}

static void open_for_writing(void)
{
	int fd, reader;

	CHECK(make_file("f", "text"));
	fd = open("f", O_RDWR);
	CHECK(FAILS(fcntl(fd, F_SETLEASE, F_RDLCK), EAGAIN)); /* by itself */
	CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0);
	CHECK(fcntl(fd, F_SETLEASE, F_UNLCK) == 0);
	reader = open("f", O_RDONLY);
	CHECK(FAILS(fcntl(reader, F_SETLEASE, F_RDLCK), EAGAIN));
	CHECK(FAILS(fcntl(fd, F_SETLEASE, F_WRLCK), EAGAIN));
	CHECK(close(fd) == 0 && fcntl(reader, F_SETLEASE, F_WRLCK) == 0);
	CHECK(close(reader) == 0 && unlink("f") == 0);
}

/* A child that tries something with the file, in the way of which the lease is. */
static pid_t breaker(int (*try)(void))
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		_exit(try());
	return child;
}

static int open_to_read(void)
{
	return open("f", O_RDONLY) < 0;
}

static int open_to_write(void)
{
	return open("f", O_WRONLY) < 0;
}

static int cut(void)
{
	return truncate("f", 1) != 0;
}

static int open_by_exec(void)
{
	execl("f", "f", NULL);
	return errno != ENOEXEC && errno != EACCES;
}

static void breaking(void)
{
	static const struct {
		int lease, target;
		int (*try)(void);
	} ways[] = {
		{ F_WRLCK, F_RDLCK, open_to_read },  { F_WRLCK, F_UNLCK, open_to_write },
		{ F_RDLCK, F_UNLCK, open_to_write }, { F_RDLCK, F_UNLCK, cut },
		{ F_WRLCK, F_UNLCK, cut },	     { F_WRLCK, F_RDLCK, open_by_exec },
	};

	CHECK(make_file("f", "text") && chmod("f", 0755) == 0);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int fd = open("f", O_RDONLY);
		siginfo_t info;
		pid_t child;

		CHECK(fcntl(fd, F_SETSIG, TOLD) == 0 && fcntl(fd, F_SETLEASE, ways[i].lease) == 0);
		child = breaker(ways[i].try);
		CHECK(told(&info, TOLD) == TOLD && info.si_code == POLL_MSG && info.si_fd == fd);
		CHECK(info.si_band == 0x441);
		CHECK(fcntl(fd, F_GETLEASE) == ways[i].target);
		CHECK(reaches_state(child, 'S'));
		CHECK(fcntl(fd, F_SETLEASE, ways[i].target) == 0);
		CHECK(ended_well(child));
		CHECK(fcntl(fd, F_GETLEASE) == ways[i].target && close(fd) == 0);
	}
	CHECK(unlink("f") == 0);
}

/* What does not conflict does not break. */
static void no_conflict(void)
{
	int fd, other;

	CHECK(make_file("f", "text"));
	fd = open("f", O_RDONLY);
	CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
	other = open("f", O_RDONLY);
	CHECK(other >= 0 && close(other) == 0);
	other = open("f", O_PATH);
	CHECK(other >= 0 && close(other) == 0 && chmod("f", 0600) == 0);
	CHECK(rename("f", "g") == 0 && link("g", "f") == 0 && unlink("g") == 0);
	CHECK(fcntl(fd, F_GETLEASE) == F_RDLCK);
	CHECK(close(fd) == 0 && unlink("f") == 0);
}

/* The holder's own opens count like anybody's, and O_NONBLOCK does not wait. */
static void not_waiting(void)
{
	siginfo_t info;
	int fd;

	CHECK(make_file("f", "text"));
	fd = open("f", O_RDONLY);
	CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
	CHECK(FAILS(open("f", O_WRONLY | O_NONBLOCK), EWOULDBLOCK));
	CHECK(told(&info, SIGIO) == SIGIO && info.si_code == SI_KERNEL);
	CHECK(FAILS(open("f", O_WRONLY | O_NONBLOCK), EWOULDBLOCK));
	CHECK(fcntl(fd, F_GETLEASE) == F_UNLCK);
	CHECK(fcntl(fd, F_SETLEASE, F_UNLCK) == 0 && close(fd) == 0);
	fd = open("f", O_WRONLY | O_NONBLOCK);
	CHECK(fd >= 0 && close(fd) == 0 && unlink("f") == 0);
}

/* A new lease is refused while another one is to go. */
static void while_breaking(void)
{
	int fd, other;

	CHECK(make_file("f", "text"));
	fd = open("f", O_RDONLY);
	other = open("f", O_RDONLY);
	CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
	CHECK(FAILS(open("f", O_WRONLY | O_NONBLOCK), EWOULDBLOCK));
	CHECK(FAILS(fcntl(other, F_SETLEASE, F_RDLCK), EAGAIN));
	CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && fcntl(fd, F_GETLEASE) == F_UNLCK);
	CHECK(close(fd) == 0 && fcntl(other, F_SETLEASE, F_RDLCK) == 0);
	CHECK(close(other) == 0 && unlink("f") == 0);
}

static void time_is_over(void)
{
	siginfo_t info;
	int fd;

	CHECK(set_break_time("1") && make_file("f", "text"));
	fd = open("f", O_RDONLY);
	CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0);
	CHECK(ended_well(breaker(open_to_read)));
	CHECK(told(&info, SIGIO) == SIGIO && fcntl(fd, F_GETLEASE) == F_RDLCK);
	CHECK(ended_well(breaker(open_to_write)));
	CHECK(told(&info, SIGIO) == SIGIO && fcntl(fd, F_GETLEASE) == F_UNLCK);
	CHECK(FAILS(fcntl(fd, F_SETLEASE, F_UNLCK), EAGAIN));
	CHECK(close(fd) == 0 && unlink("f") == 0 && set_break_time("45"));
}

/* The close of the file gives it up; a signal ends the wait of a breaker. */
static void ends(void)
{
	siginfo_t info;
	pid_t child;
	int fd;

	CHECK(make_file("f", "text"));
	fd = open("f", O_RDONLY);
	CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
	child = breaker(open_to_write);
	CHECK(told(&info, SIGIO) == SIGIO && reaches_state(child, 'S'));
	CHECK(kill(child, SIGKILL) == 0 && WIFSIGNALED(status_of(child)));
	child = breaker(open_to_write);
	CHECK(reaches_state(child, 'S') && close(fd) == 0 && ended_well(child));
	CHECK(unlink("f") == 0);
}

static bool locks_show(const char *text)
{
	char line[128];
	bool found = false;
	FILE *file = fopen("/proc/locks", "r");

	while (file && fgets(line, sizeof(line), file))
		found = found || strstr(line, text);
	if (file)
		fclose(file);
	return found;
}

static void shown(void)
{
	int fd;

	CHECK(make_file("f", "text"));
	fd = open("f", O_RDONLY);
	CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0 && locks_show("LEASE  ACTIVE    WRITE"));
	CHECK(FAILS(open("f", O_RDONLY | O_NONBLOCK), EWOULDBLOCK));
	CHECK(locks_show("LEASE  BREAKING  READ"));
	CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && locks_show("LEASE  ACTIVE    READ"));
	CHECK(close(fd) == 0 && !locks_show("LEASE") && unlink("f") == 0);
}

static void try_as_user(void)
{
	int fd = open("roots", O_RDONLY);

	CHILD_CHECK(FAILS(fcntl(fd, F_SETLEASE, F_RDLCK), EACCES));
	CHILD_CHECK(FAILS(fcntl(fd, F_SETLEASE, F_UNLCK), EACCES));
	CHILD_CHECK(FAILS(fcntl(fd, F_SETLEASE, 7), EINVAL));
	close(fd);
	fd = open("mine", O_RDONLY);
	CHILD_CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
}

static void wrong_arguments(void)
{
	int fd = open(".", O_RDONLY), pair[2];

	CHECK(FAILS(fcntl(fd, F_SETLEASE, F_RDLCK), EINVAL) && close(fd) == 0);
	CHECK(pipe(pair) == 0 && FAILS(fcntl(pair[0], F_SETLEASE, F_RDLCK), EINVAL));
	CHECK(FAILS(fcntl(pair[0], F_SETLEASE, F_UNLCK), EINVAL));
	CHECK(fcntl(pair[0], F_GETLEASE) == F_UNLCK);
	CHECK(make_file("roots", "") && make_file("mine", "") && chown("mine", 1000, 1000) == 0);
	fd = open("roots", O_RDONLY);
	CHECK(FAILS(fcntl(fd, F_SETLEASE, -1), EINVAL) && FAILS(fcntl(fd, F_SETLEASE, 3), EINVAL));
	CHECK(FAILS(fcntl(99, F_SETLEASE, F_RDLCK), EBADF) && close(fd) == 0);
	fd = open("roots", O_PATH);
	CHECK(FAILS(fcntl(fd, F_SETLEASE, F_RDLCK), EBADF) && close(fd) == 0);
	CHECK(FAILS(fcntl(fd, F_GETLEASE), EBADF));
	CHECK(as_user(1000, try_as_user) && unlink("roots") == 0 && unlink("mine") == 0);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigaddset(&set, TOLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	enter_workdir("leases");
	RUN(taken_and_given_up);
	RUN(open_for_writing);
	RUN(breaking);
	RUN(no_conflict);
	RUN(not_waiting);
	RUN(while_breaking);
	RUN(time_is_over);
	RUN(ends);
	RUN(shown);
	RUN(wrong_arguments);
	return guest_result();
}
