/* SPDX-License-Identifier: MIT */
/* Pseudo-terminals: names, bytes in both directions, hang-ups, packet mode, devpts. */

#include "guest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* A master with its slave unlocked and its number. */
static int open_master(int *number)
{
	int unlock = 0, fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);

	if (fd < 0 || ioctl(fd, TIOCSPTLCK, &unlock) || ioctl(fd, TIOCGPTN, number))
		return -1;
	return fd;
}

static int open_slave(int number, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	return open(path, O_RDWR | flags);
}

/* Both ends; false: that failed. */
static bool open_pair(int *master, int *slave)
{
	int number;

	*master = open_master(&number);
	*slave = *master < 0 ? -1 : open_slave(number, O_NOCTTY);
	return *slave >= 0;
}

static bool make_raw(int fd)
{
	struct termios raw;

	if (tcgetattr(fd, &raw))
		return false;
	cfmakeraw(&raw);
	return tcsetattr(fd, TCSANOW, &raw) == 0;
}

/* What is there to be read now, waited for up to ten seconds, is this text and no more. */
static bool reads(int fd, const char *expected)
{
	size_t length = strlen(expected), got = 0;
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char text[8192];

	while (got < length && poll(&poll_fd, 1, 10000) == 1) {
		ssize_t count = read(fd, text + got, sizeof(text) - got);

		if (count <= 0)
			break;
		got += (size_t)count;
	}
	return got == length && !memcmp(text, expected, length) && poll(&poll_fd, 1, 0) == 0;
}

static bool types(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Events that hold. */
static int events_of(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	return poll(&poll_fd, 1, 0) < 0 ? -1 : poll_fd.revents;
}

/* Waits until an event holds. */
static bool waits_for(int fd, short event)
{
	struct pollfd poll_fd = { .fd = fd, .events = event };

	return poll(&poll_fd, 1, 10000) == 1 && poll_fd.revents & event;
}

static void names_and_lock(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), slave, value = -1, number;
	struct stat status;
	char path[32];

	CHECK(master >= 0 && ioctl(master, TIOCGPTN, &number) == 0);
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	CHECK(stat(path, &status) == 0 && S_ISCHR(status.st_mode));
	CHECK((status.st_mode & 07777) == 0600 && status.st_uid == getuid());
	CHECK(status.st_rdev == makedev(136, (unsigned)number));
	CHECK(ioctl(master, TIOCGPTLCK, &value) == 0 && value == 1);
	CHECK(open(path, O_RDWR | O_NOCTTY) < 0 && errno == EIO);
	value = 0;
	CHECK(ioctl(master, TIOCSPTLCK, &value) == 0);
	slave = open(path, O_RDWR | O_NOCTTY);
	CHECK(slave >= 0 && isatty(slave) && isatty(master));
	CHECK(ioctl(slave, TIOCGDEV, &value) == 0 && (unsigned)value == status.st_rdev);
	CHECK(ioctl(master, TIOCGDEV, &value) == 0 && (unsigned)value == status.st_rdev);
	CHECK(chmod(path, 0620) == 0 && chown(path, 5, 6) == 0);
	CHECK(fstat(slave, &status) == 0 && status.st_uid == 5 && status.st_gid == 6);
	CHECK((status.st_mode & 07777) == 0620);
	CHECK(lseek(master, 0, SEEK_SET) < 0 && errno == ESPIPE);
	close(master);
	CHECK(stat(path, &status) < 0 && errno == ENOENT);
	close(slave);
	CHECK(stat("/dev/ptmx", &status) == 0 && status.st_rdev == makedev(5, 2));
}

/* Numbers are the lowest free ones, and stay taken while the slave is open. */
static void numbers(void)
{
	int first, second, third, one, two, three, slave;

	one = open_master(&first);
	two = open_master(&second);
	CHECK(one >= 0 && two >= 0 && first != second);
	slave = open_slave(first, O_NOCTTY);
	CHECK(slave >= 0);
	close(one);
	three = open_master(&third);
	CHECK(three >= 0 && third != first && third != second);
	close(slave);
	close(three);
	three = open_master(&third);
	CHECK(three >= 0 && third == first);
	close(two);
	close(three);
}

static void first_settings(void)
{
	struct termios settings;
	struct winsize window;
	int master, slave;

	CHECK(open_pair(&master, &slave) && tcgetattr(slave, &settings) == 0);
	CHECK(settings.c_iflag == (ICRNL | IXON) && settings.c_oflag == (OPOST | ONLCR));
	CHECK(settings.c_cflag == (B38400 | CS8 | CREAD));
	CHECK(settings.c_lflag ==
	      (ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN));
	CHECK(settings.c_cc[VEOF] == 4 && settings.c_cc[VMIN] == 1 && !settings.c_cc[VTIME]);
	CHECK(ioctl(slave, TIOCGWINSZ, &window) == 0 && !window.ws_row && !window.ws_col);
	settings.c_lflag &= ~(tcflag_t)ECHO;
	settings.c_cflag &= ~(tcflag_t)CSIZE; /* ptys have 8 bits always */
	CHECK(tcsetattr(slave, TCSANOW, &settings) == 0);
	memset(&settings, 0, sizeof(settings));
	CHECK(tcgetattr(master, &settings) == 0 && !(settings.c_lflag & ECHO));
	CHECK((settings.c_cflag & CSIZE) == CS8);
	close(master);
	close(slave);
}

static void lines(void)
{
	int master, slave, count;

	CHECK(open_pair(&master, &slave));
	CHECK(types(slave, "out\n") && ioctl(master, FIONREAD, &count) == 0 && count == 5);
	CHECK(reads(master, "out\r\n"));
	CHECK(types(master, "i\x7fin\r") && waits_for(slave, POLLIN));
	CHECK(ioctl(slave, FIONREAD, &count) == 0 && count == 3);
	CHECK(reads(slave, "in\n") && reads(master, "i\b \bin\r\n"));
	CHECK(events_of(slave) == POLLOUT && events_of(master) == POLLOUT);
	CHECK(ioctl(slave, TIOCOUTQ, &count) == 0 && count == 0);
	close(master);
	close(slave);
}

/* What is typed before anybody has opened the slave is not lost. */
static void typed_before_open(void)
{
	int number, master = open_master(&number), slave;

	CHECK(master >= 0 && events_of(master) == POLLOUT);
	CHECK(types(master, "early\n") && reads(master, "early\r\n"));
	slave = open_slave(number, O_NOCTTY);
	CHECK(slave >= 0 && reads(slave, "early\n"));
	close(master);
	close(slave);
}

static void *pattern(size_t size)
{
	unsigned char *bytes = malloc(size);

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256);
	return bytes;
}

static bool carry(int from, int to, const void *bytes, size_t size)
{
	pid_t pid = fork();
	char *got = malloc(size);
	size_t total = 0;

	if (pid == 0) {
		CHILD_CHECK(write(to, bytes, size) == (ssize_t)size);
		_exit(0);
	}
	while (total < size) {
		ssize_t count = read(from, got + total, size - total);

		if (count <= 0)
			break;
		total += (size_t)count;
	}
	return ended_well(pid) && total == size && !memcmp(got, bytes, size);
}

static void much(void)
{
	enum { SIZE = 200000 };
	void *bytes = pattern(SIZE);
	int master, slave;

	CHECK(open_pair(&master, &slave) && make_raw(slave));
	CHECK(carry(master, slave, bytes, SIZE) && carry(slave, master, bytes, SIZE));
	close(master);
	close(slave);
}

/* Writes until there is no room; how much that was. */
static long fill(int fd)
{
	char bytes[1000];
	long total = 0;
	ssize_t count;

	memset(bytes, 'x', sizeof(bytes));
	while (total < 1000000 && (count = write(fd, bytes, sizeof(bytes))) > 0)
		total += count;
	return total;
}

static void nonblocking(void)
{
	int master, slave;
	char byte, many[4096];
	long size;

	CHECK(open_pair(&master, &slave) && make_raw(slave));
	CHECK(!fcntl(master, F_SETFL, O_NONBLOCK) && !fcntl(slave, F_SETFL, O_NONBLOCK));
	CHECK(read(master, &byte, 1) < 0 && errno == EAGAIN);
	CHECK(read(slave, &byte, 1) < 0 && errno == EAGAIN);
	size = fill(master);
	CHECK(size >= 4095 && size < 1000000 && errno == EAGAIN);
	CHECK(!(events_of(master) & POLLOUT));
	while (size > 0) {
		CHECK(waits_for(slave, POLLIN));
		ssize_t count = read(slave, many, sizeof(many));
		CHECK(count > 0);
		size -= count;
	}
	CHECK(waits_for(master, POLLOUT));
	size = fill(slave);
	CHECK(size >= 4095 && size < 1000000 && errno == EAGAIN);
	CHECK(!(events_of(slave) & POLLOUT));
	while (size > 0) {
		CHECK(waits_for(master, POLLIN));
		ssize_t count = read(master, many, sizeof(many));
		CHECK(count > 0);
		size -= count;
	}
	CHECK(waits_for(slave, POLLOUT));
	close(master);
	close(slave);
}

static void slave_closes(void)
{
	int number, master = open_master(&number), slave = open_slave(number, O_NOCTTY);
	char byte;

	CHECK(master >= 0 && slave >= 0 && types(slave, "last"));
	close(slave);
	CHECK(events_of(master) == (POLLIN | POLLOUT | POLLHUP));
	char text[8];
	CHECK(read(master, text, sizeof(text)) == 4);
	CHECK(read(master, &byte, 1) < 0 && errno == EIO);
	CHECK(events_of(master) == (POLLOUT | POLLHUP));
	slave = open_slave(number, O_NOCTTY);
	CHECK(slave >= 0 && events_of(master) == POLLOUT);
	CHECK(types(slave, "again") && reads(master, "again"));
	close(master);
	close(slave);
}

static void master_closes(void)
{
	struct termios settings;
	int master, slave, value = 1;
	char byte;

	CHECK(open_pair(&master, &slave) && types(master, "unread\n"));
	close(master);
	CHECK(events_of(slave) == (POLLIN | POLLOUT | POLLERR | POLLHUP));
	CHECK(read(slave, &byte, 1) == 0 && read(slave, &byte, 1) == 0);
	CHECK(write(slave, "x", 1) < 0 && errno == EIO);
	CHECK(tcgetattr(slave, &settings) < 0 && errno == EIO);
	CHECK(ioctl(slave, TIOCSPGRP, &value) < 0 && errno == ENOTTY);
	close(slave);
}

/* A reader that waits learns that the other end is gone. */
static void closed_while_reading(void)
{
	int master, slave;
	char byte;

	CHECK(open_pair(&master, &slave));
	pid_t pid = fork();
	if (pid == 0) {
		close(master);
		CHILD_CHECK(read(slave, &byte, 1) <= 0);
		_exit(0);
	}
	close(slave);
	CHECK(reaches_state(pid, 'S'));
	close(master);
	CHECK(ended_well(pid));

	CHECK(open_pair(&master, &slave));
	pid = fork();
	if (pid == 0) {
		close(slave);
		CHILD_CHECK(read(master, &byte, 1) < 0 && errno == EIO);
		_exit(0);
	}
	CHECK(reaches_state(pid, 'S'));
	close(slave);
	CHECK(ended_well(pid));
	close(master);
}

static volatile int window_signals;

static void on_window(int signal)
{
	(void)signal;
	window_signals++;
}

static void window_leader(int number, int master)
{
	struct winsize size = { .ws_row = 50, .ws_col = 132 }, got;
	int slave = open_slave(number, 0);

	CHILD_CHECK(slave >= 0 && tcgetpgrp(slave) == getpid());
	CHILD_CHECK(signal(SIGWINCH, on_window) != SIG_ERR);
	CHILD_CHECK(ioctl(master, TIOCSWINSZ, &size) == 0 && window_signals == 1);
	CHILD_CHECK(ioctl(slave, TIOCGWINSZ, &got) == 0 && got.ws_row == 50 && got.ws_col == 132);
	CHILD_CHECK(ioctl(master, TIOCSWINSZ, &size) == 0 && window_signals == 1);
	size.ws_row = 51;
	CHILD_CHECK(ioctl(slave, TIOCSWINSZ, &size) == 0 && window_signals == 2);
	CHILD_CHECK(ioctl(master, TIOCGWINSZ, &got) == 0 && got.ws_row == 51);
	_exit(0);
}

static volatile int interrupts;

static void on_interrupt(int signal)
{
	interrupts += signal == SIGINT;
}

static void signal_leader(int number, int master)
{
	int slave = open_slave(number, 0), group;
	char text[16];

	CHILD_CHECK(slave >= 0 && signal(SIGINT, on_interrupt) != SIG_ERR);
	CHILD_CHECK(types(master, "lost\x03kept\n"));
	CHILD_CHECK(waits_for(slave, POLLIN) && interrupts == 1);
	CHILD_CHECK(read(slave, text, sizeof(text)) == 5 && !memcmp(text, "kept\n", 5));
	CHILD_CHECK(ioctl(master, TIOCSIG, SIGINT) == 0 && interrupts == 2);
	CHILD_CHECK(ioctl(master, TIOCSIG, SIGKILL) < 0 && errno == EINVAL);
	CHILD_CHECK(ioctl(slave, TIOCSIG, SIGINT) < 0 && errno == ENOTTY);
	CHILD_CHECK(ioctl(master, TIOCGPGRP, &group) == 0 && group == getpid());
	CHILD_CHECK(ioctl(master, TIOCGSID, &group) == 0 && group == getpid());
	CHILD_CHECK(ioctl(master, TIOCNOTTY) < 0 && errno == ENOTTY);
	_exit(0);
}

/* Runs a leader of a session of its own beside an open master. */
static bool lead(void (*leader)(int number, int master))
{
	int number, master = open_master(&number);
	pid_t pid = fork();

	if (pid == 0) {
		CHILD_CHECK(setsid() == getpid());
		leader(number, master);
	}
	bool well = ended_well(pid);
	close(master);
	return well;
}

static void window(void)
{
	CHECK(lead(window_leader));
}

static void signals(void)
{
	CHECK(lead(signal_leader));
}

/* The master's end tells the session's leader; the group in the foreground too, when that ends. */
static void master_closes_on_session(void)
{
	int number, master = open_master(&number), ends[2];
	pid_t pid;
	char byte;

	CHECK(master >= 0 && pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		int slave;

		close(master);
		CHILD_CHECK(setsid() == getpid());
		slave = open_slave(number, 0);
		CHILD_CHECK(slave >= 0);
		pid_t child = fork();
		if (child == 0) {
			setpgid(0, 0);
			signal(SIGTTOU, SIG_IGN);
			CHILD_CHECK(tcsetpgrp(slave, getpid()) == 0);
			CHILD_CHECK(write(ends[1], "c", 1) == 1);
			for (;;)
				pause();
		}
		for (;;)
			pause();
	}
	close(ends[1]);
	CHECK(read(ends[0], &byte, 1) == 1);
	close(master);
	int status = status_of(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
	CHECK(read(ends[0], &byte, 1) == 0); /* both are gone */
	close(ends[0]);
}

static void flow_control(void)
{
	int master, slave;
	char text[8];

	CHECK(open_pair(&master, &slave) && types(master, "\x13"));
	CHECK(!fcntl(slave, F_SETFL, O_NONBLOCK));
	CHECK(write(slave, "held", 4) < 0 && errno == EAGAIN);
	CHECK(!(events_of(slave) & POLLOUT));
	CHECK(types(master, "\x11") && waits_for(slave, POLLOUT));
	CHECK(write(slave, "sent", 4) == 4 && reads(master, "sent"));
	/* TCXONC's stop is not ended by START. */
	CHECK(tcflow(slave, TCOOFF) == 0 && types(master, "\x11"));
	CHECK(write(slave, "held", 4) < 0 && errno == EAGAIN);
	CHECK(tcflow(slave, TCOON) == 0 && write(slave, "x", 1) == 1 && reads(master, "x"));
	CHECK(tcflow(slave, TCIOFF) == 0 && read(master, text, 8) == 1 && text[0] == 0x13);
	CHECK(tcflow(slave, TCION) == 0 && read(master, text, 8) == 1 && text[0] == 0x11);
	close(master);
	close(slave);
}

static void flushes(void)
{
	int master, slave, count;

	CHECK(open_pair(&master, &slave) && make_raw(slave));
	CHECK(types(slave, "output") && tcflush(slave, TCOFLUSH) == 0);
	CHECK(types(master, "input") && waits_for(slave, POLLIN) && tcflush(slave, TCIFLUSH) == 0);
	CHECK(events_of(slave) == POLLOUT);
	CHECK(ioctl(slave, FIONREAD, &count) == 0 && count == 0);
	CHECK(types(slave, "more") && waits_for(master, POLLIN) && tcflush(master, TCIFLUSH) == 0);
	CHECK(events_of(master) == POLLOUT);
	CHECK(tcflush(slave, 5) < 0 && errno == EINVAL);
	close(master);
	close(slave);
}

/* The next packet is this byte, followed by a text. */
static bool packet_is(int master, int status, const char *text)
{
	char packet[64];
	ssize_t count;

	if (!waits_for(master, POLLIN))
		return false;
	count = read(master, packet, sizeof(packet));
	return count == 1 + (ssize_t)strlen(text) && packet[0] == status &&
	       !memcmp(packet + 1, text, strlen(text));
}

/* A read of one byte gets the status and none of the data. */
static bool lone_status_is(int master, int status)
{
	char byte = -1;

	return waits_for(master, POLLIN) && read(master, &byte, 1) == 1 && byte == status;
}

static void packets(void)
{
	int master, slave, on = 1, off = 0, value;
	struct termios settings;

	CHECK(open_pair(&master, &slave) && ioctl(master, TIOCPKT, &on) == 0);
	CHECK(ioctl(master, TIOCGPKT, &value) == 0 && value == 1);
	CHECK(types(slave, "data") && lone_status_is(master, TIOCPKT_DATA));
	CHECK(packet_is(master, TIOCPKT_DATA, "data"));
	CHECK(types(master, "\x13") && waits_for(master, POLLPRI));
	CHECK(packet_is(master, TIOCPKT_STOP, "") && !(events_of(master) & POLLPRI));
	CHECK(types(master, "\x11") && packet_is(master, TIOCPKT_START, ""));
	CHECK(tcflush(slave, TCIFLUSH) == 0 && packet_is(master, TIOCPKT_FLUSHREAD, ""));
	CHECK(tcflush(slave, TCOFLUSH) == 0 && packet_is(master, TIOCPKT_FLUSHWRITE, ""));
	CHECK(tcgetattr(slave, &settings) == 0);
	settings.c_iflag &= ~(tcflag_t)IXON;
	CHECK(tcsetattr(slave, TCSANOW, &settings) == 0);
	CHECK(packet_is(master, TIOCPKT_NOSTOP, ""));
	settings.c_iflag |= IXON;
	CHECK(tcsetattr(slave, TCSANOW, &settings) == 0);
	CHECK(packet_is(master, TIOCPKT_DOSTOP, ""));
	settings.c_lflag |= EXTPROC;
	CHECK(tcsetattr(slave, TCSANOW, &settings) == 0);
	CHECK(packet_is(master, TIOCPKT_IOCTL, ""));
	CHECK(ioctl(master, TIOCPKT, &off) == 0 && types(slave, "x") && reads(master, "x"));
	CHECK(ioctl(slave, TIOCPKT, &on) < 0 && errno == ENOTTY);
	close(master);
	close(slave);
}

/* The slave's file without its path. */
static void peer(void)
{
	int number, master = open_master(&number), lock = 1, slave;

	CHECK(master >= 0);
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(slave >= 0 && fcntl(slave, F_GETFD) == FD_CLOEXEC);
	CHECK(types(slave, "peer") && reads(master, "peer"));
	CHECK(ioctl(slave, TIOCGPTPEER, O_RDWR) < 0 && errno == EIO);
	close(slave);
	CHECK(ioctl(master, TIOCSPTLCK, &lock) == 0);
	CHECK(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY) < 0 && errno == EIO);
	close(master);
}

static void instances(void)
{
	const char *options = "ptmxmode=0666,mode=0620,uid=7,gid=8,max=2,newinstance";
	int one, two, number, unlock = 0;
	struct stat status;

	CHECK(mkdir("/tmp/pts", 0755) == 0 || errno == EEXIST);
	CHECK(mount("x", "/tmp/pts", "devpts", 0, "mode=nonsense") < 0 && errno == EINVAL);
	CHECK(mount("x", "/tmp/pts", "devpts", 0, "what=1") < 0 && errno == EINVAL);
	CHECK(mount("x", "/tmp/pts", "devpts", 0, options) == 0);
	CHECK(stat("/tmp/pts/ptmx", &status) == 0 && (status.st_mode & 07777) == 0666);
	one = open("/tmp/pts/ptmx", O_RDWR | O_NOCTTY);
	CHECK(one >= 0 && ioctl(one, TIOCGPTN, &number) == 0 && number == 0);
	CHECK(stat("/tmp/pts/0", &status) == 0 && (status.st_mode & 07777) == 0620);
	CHECK(status.st_uid == 7 && status.st_gid == 8);
	two = open("/tmp/pts/ptmx", O_RDWR | O_NOCTTY);
	CHECK(two >= 0 && ioctl(two, TIOCGPTN, &number) == 0 && number == 1);
	CHECK(open("/tmp/pts/ptmx", O_RDWR) < 0 && errno == ENOSPC);
	close(two);
	CHECK(open("/tmp/pts/new", O_RDWR | O_CREAT, 0600) < 0 && errno == EACCES);
	CHECK(mkdir("/tmp/pts/new", 0700) < 0 && errno == EPERM);
	CHECK(unlink("/tmp/pts/0") < 0 && errno == EPERM);
	CHECK(umount("/tmp/pts") < 0 && errno == EBUSY);
	CHECK(ioctl(one, TIOCSPTLCK, &unlock) == 0);
	two = open("/tmp/pts/0", O_RDWR | O_NOCTTY);
	CHECK(two >= 0 && types(two, "there") && reads(one, "there"));
	close(one);
	close(two);
	CHECK(umount("/tmp/pts") == 0);
	/* A ptmx beside which no devpts is mounted; a slave's number without its instance. */
	CHECK(mknod("/tmp/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
	CHECK(open("/tmp/ptmx", O_RDWR) < 0 && errno == ENODEV);
	CHECK(unlink("/tmp/ptmx") == 0);
	CHECK(mknod("/tmp/slave", S_IFCHR | 0666, makedev(136, 0)) == 0);
	CHECK(open("/tmp/slave", O_RDWR) < 0 && errno == EIO);
	CHECK(unlink("/tmp/slave") == 0);
}

/* O_NONBLOCK belongs to the open file, which a fork and a dup share. */
static void shared_flags(void)
{
	int master, slave, copy;
	char byte;

	CHECK(open_pair(&master, &slave));
	copy = dup(slave);
	pid_t pid = fork();
	if (pid == 0)
		_exit(fcntl(copy, F_SETFL, O_NONBLOCK) != 0);
	CHECK(ended_well(pid) && fcntl(slave, F_GETFL) & O_NONBLOCK);
	CHECK(read(slave, &byte, 1) < 0 && errno == EAGAIN);
	close(copy);
	close(slave);
	close(master);
}

static void wrong_arguments(void)
{
	static const unsigned long both[] = {
		TCGETS,	    TCSETS,   0x802c542a, 0x402c542b, TIOCGWINSZ,
		TIOCSWINSZ, FIONREAD, TIOCOUTQ,	  TIOCGDEV,
	};
	static const unsigned long of_master[] = { TIOCGPTN, TIOCSPTLCK, TIOCGPTLCK, TIOCPKT,
						   TIOCGPKT };
	int master, slave;
	char *volatile nowhere = (char *)8;

	CHECK(open_pair(&master, &slave));
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		CHECK(ioctl(slave, both[i], 8) < 0 && errno == EFAULT);
		CHECK(ioctl(master, both[i], 8) < 0 && errno == EFAULT);
	}
	for (size_t i = 0; i < sizeof(of_master) / sizeof(of_master[0]); i++) {
		CHECK(ioctl(master, of_master[i], 8) < 0 && errno == EFAULT);
		CHECK(ioctl(slave, of_master[i], 8) < 0 && errno == ENOTTY);
	}
	CHECK(ioctl(slave, TIOCSETD, 8) < 0 && errno == EFAULT);
	CHECK(ioctl(slave, TCXONC, 9) < 0 && errno == EINVAL);
	CHECK(ioctl(slave, TIOCGSERIAL, 8) < 0 && errno == ENOTTY);
	CHECK(ioctl(slave, 0x54ff, 0) < 0 && errno == ENOTTY);
	CHECK(ioctl(master, 0x54ff, 0) < 0 && errno == ENOTTY);
	CHECK(write(slave, nowhere, 5) < 0 && errno == EFAULT);
	CHECK(write(master, nowhere, 5) < 0 && errno == EFAULT);
	close(master);
	close(slave);
}

int main(void)
{
	RUN(names_and_lock);
	RUN(numbers);
	RUN(first_settings);
	RUN(lines);
	RUN(typed_before_open);
	RUN(much);
	RUN(nonblocking);
	RUN(slave_closes);
	RUN(master_closes);
	RUN(closed_while_reading);
	RUN(window);
	RUN(signals);
	RUN(master_closes_on_session);
	RUN(flow_control);
	RUN(flushes);
	RUN(packets);
	RUN(peer);
	RUN(instances);
	RUN(shared_flags);
	RUN(wrong_arguments);
	return guest_result();
}
