/* SPDX-License-Identifier: MIT */
/* Timers with a descriptor: reading, polling, absolute times, a clock that is set, errors. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#include "guest.h"

enum { MS = 1000000, SECOND = 1000000000 };
#define SET_TICKS _IOW('T', 0, uint64_t)

static int set_to(int fd, int flags, long first, long interval)
{
	struct itimerspec value = { { interval / SECOND, interval % SECOND },
				    { first / SECOND, first % SECOND } };

	return timerfd_settime(fd, flags, &value, NULL);
}

static long left_of(int fd)
{
	struct itimerspec value;

	if (timerfd_gettime(fd, &value))
		return -1;
	return value.it_value.tv_sec * SECOND + value.it_value.tv_nsec;
}

static short events_of(int fd, int timeout)
{
	struct pollfd entry = { fd, POLLIN | POLLOUT, 0 };

	return poll(&entry, 1, timeout) < 0 ? -1 : entry.revents;
}

static void once(void)
{
	static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME };
	uint64_t ticks;

	for (int i = 0; i < 3; i++) {
		int fd = timerfd_create(clocks[i], TFD_CLOEXEC);

		CHECK(fd >= 0 && left_of(fd) == 0);
		CHECK(!set_to(fd, 0, 20 * MS, 0) && left_of(fd) > 0 && left_of(fd) <= 20 * MS);
		CHECK(read(fd, &ticks, 8) == 8 && ticks == 1);
		CHECK(left_of(fd) == 0 && events_of(fd, 0) == 0);
		CHECK(!set_to(fd, 0, 10 * MS, 0));
		CHECK(events_of(fd, 10000) == POLLIN);
		CHECK(left_of(fd) == 0 && events_of(fd, 0) == POLLIN);
		CHECK(!set_to(fd, 0, 0, 0) && events_of(fd, 0) == 0);
		close(fd);
	}
}

static void again_and_again(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct itimerspec old, none = { 0 };
	uint64_t ticks;

	CHECK(fd >= 0 && !set_to(fd, 0, 10 * MS, 5 * MS));
	CHECK(read(fd, &ticks, 8) < 0 && errno == EAGAIN);
	sleep_ms(101);
	CHECK(read(fd, &ticks, 8) == 8 && ticks >= 19);
	CHECK(left_of(fd) > 0 && left_of(fd) <= 5 * MS);
	sleep_ms(20);
	CHECK(!timerfd_settime(fd, 0, &none, &old));
	CHECK(old.it_interval.tv_nsec == 5 * MS && old.it_value.tv_nsec <= 5 * MS);
	CHECK(read(fd, &ticks, 8) < 0 && errno == EAGAIN);
	ticks = 77;
	CHECK(!ioctl(fd, SET_TICKS, &ticks) && events_of(fd, 0) == POLLIN);
	CHECK(read(fd, &ticks, 8) == 8 && ticks == 77);
	ticks = 0;
	CHECK(ioctl(fd, SET_TICKS, &ticks) < 0 && errno == EINVAL);
	CHECK(ioctl(fd, SET_TICKS, 16) < 0 && errno == EFAULT);
	CHECK(ioctl(fd, 0x1234, &ticks) < 0 && errno == ENOTTY);
	CHECK(!set_to(fd, 0, 1000, 1000)); /* a microsecond */
	sleep_ms(20);
	CHECK(read(fd, &ticks, 8) == 8 && ticks > 10000);
	close(fd);
}

static void absolute_and_set(void)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
	struct timespec now;
	struct itimerspec value = { { 0, 0 }, { 0, 1 } };
	uint64_t ticks;

	CHECK(!timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, NULL)); /* long ago */
	CHECK(events_of(fd, 10000) == POLLIN && read(fd, &ticks, 8) == 8 && ticks == 1);
	clock_gettime(CLOCK_REALTIME, &now);
	value.it_value = (struct timespec){ now.tv_sec + 1000, 0 };
	CHECK(!timerfd_settime(fd, TFD_TIMER_ABSTIME, &value, NULL) && events_of(fd, 0) == 0);
	now.tv_sec += 1001;
	CHECK(!clock_settime(CLOCK_REALTIME, &now));
	CHECK(events_of(fd, 10000) == POLLIN && read(fd, &ticks, 8) == 8 && ticks == 1);
	value.it_value.tv_sec += 3000;
	CHECK(!timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &value, NULL));
	CHECK(read(fd, &ticks, 8) < 0 && errno == EAGAIN);
	now.tv_sec -= 1001;
	CHECK(!clock_settime(CLOCK_REALTIME, &now));
	CHECK(events_of(fd, 0) == POLLIN);
	CHECK(read(fd, &ticks, 8) < 0 && errno == ECANCELED);
	CHECK(events_of(fd, 0) == 0 && read(fd, &ticks, 8) < 0 && errno == EAGAIN);
	CHECK(left_of(fd) > 3000L * SECOND);
	CHECK(!clock_settime(CLOCK_REALTIME, &now));
	CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &value, NULL) < 0 &&
	      errno == ECANCELED);
	CHECK(!timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &value, NULL));
	close(fd);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void interrupted_read(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { { 0, 0 }, { 0, 30000 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	uint64_t ticks;

	sigaction(SIGALRM, &action, NULL);
	CHECK(!set_to(fd, 0, 100L * SECOND, 0));
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK(read(fd, &ticks, 8) < 0 && errno == EINTR);
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	CHECK(!set_to(fd, 0, 80 * MS, 0));
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK(read(fd, &ticks, 8) == 8 && ticks == 1);
	close(fd);
}

static void wrong_arguments(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0), other = open("/dev/null", O_RDONLY);
	struct itimerspec value = { 0 };
	uint64_t ticks;

	CHECK(timerfd_create(CLOCK_TAI, 0) < 0 && errno == EINVAL);
	CHECK(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0) < 0 && errno == EINVAL);
	CHECK(timerfd_create(CLOCK_MONOTONIC, 1) < 0 && errno == EINVAL);
	CHECK(read(fd, &ticks, 7) < 0 && errno == EINVAL);
	CHECK(write(fd, &ticks, 8) < 0 && errno == EINVAL);
	CHECK(timerfd_settime(fd, 4, &value, NULL) < 0 && errno == EINVAL);
	CHECK(timerfd_settime(other, 4, &value, NULL) < 0 && errno == EINVAL);
	CHECK(timerfd_settime(other, 0, &value, NULL) < 0 && errno == EINVAL);
	CHECK(timerfd_settime(-1, 0, &value, NULL) < 0 && errno == EBADF);
	CHECK(timerfd_gettime(-1, &value) < 0 && errno == EBADF);
	CHECK(timerfd_gettime(other, &value) < 0 && errno == EINVAL);
	CHECK(syscall(SYS_timerfd_settime, fd, 0, 16, 0) < 0 && errno == EFAULT);
	CHECK(syscall(SYS_timerfd_gettime, fd, 16) < 0 && errno == EFAULT);
	value.it_value.tv_nsec = SECOND;
	CHECK(timerfd_settime(fd, 0, &value, NULL) < 0 && errno == EINVAL);
	value = (struct itimerspec){ .it_interval = { -1, 0 } };
	CHECK(timerfd_settime(fd, 0, &value, NULL) < 0 && errno == EINVAL);
	close(fd);
	close(other);
	pid_t pid = fork();
	if (!pid) {
		fd = timerfd_create(CLOCK_BOOTTIME_ALARM, 0);
		CHILD_CHECK(fd >= 0 && !setuid(1000));
		CHILD_CHECK(timerfd_create(CLOCK_BOOTTIME_ALARM, 0) < 0 && errno == EPERM);
		CHILD_CHECK(set_to(fd, 0, SECOND, 0) < 0 && errno == EPERM);
		_exit(0);
	}
	CHECK(ended_well(pid));
}

int main(void)
{
	RUN(once);
	RUN(again_and_again);
	RUN(absolute_and_set);
	RUN(interrupted_read);
	RUN(wrong_arguments);
	return guest_result();
}
