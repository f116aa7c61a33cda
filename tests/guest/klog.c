// SPDX-License-Identifier: MIT
/* The kernel log: /dev/kmsg and syslog(2), as dmesg(1) uses them. */
#include <fcntl.h>
#include <sys/klog.h>
#include <sys/mman.h>

#include "guest.h"

enum { READ_ALL = 3, READ_CLEAR = 4, CLEAR = 5, CONSOLE_OFF, CONSOLE_ON, CONSOLE_LEVEL, SIZE = 10 };

static char log_text[1 << 20];

/* A whole line: Linux shows what does not end yet only with what comes after it. */
static bool put_line(const char *line)
{
	int fd = open("/dev/kmsg", O_WRONLY);
	ssize_t length = (ssize_t)strlen(line);
	bool written = fd >= 0 && write(fd, line, (size_t)length) == length;

	close(fd);
	return written;
}

/* The log from where whence and offset 0 lead, into log_text; false: not that many records. */
static bool read_records(int whence, int least)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	size_t used = 0;
	ssize_t got;
	int records = 0;

	if (fd < 0 || lseek(fd, 0, whence) != 0)
		return false;
	while ((got = read(fd, log_text + used, 4096)) > 0 || (got < 0 && errno == EPIPE)) {
		if (got > 0) {
			used += (size_t)got;
			records++;
		}
	}
	log_text[used] = '\0';
	close(fd);
	return errno == EAGAIN && records >= least;
}

static void levels(void)
{
	CHECK(put_line("klog: no level\n"));
	CHECK(put_line("<7>klog: a level\n"));
	CHECK(put_line("<30>klog: a facility\n"));
	CHECK(put_line("<x>klog: neither\n"));
	CHECK(read_records(SEEK_SET, 4));
	CHECK(strstr(log_text, "12,") && strstr(log_text, ";klog: no level\n"));
	CHECK(strstr(log_text, "15,") && strstr(log_text, ";klog: a level\n"));
	CHECK(strstr(log_text, "30,") && strstr(log_text, ";klog: a facility\n"));
	CHECK(strstr(log_text, ";<x>klog: neither\n"));
	CHECK(klogctl(READ_ALL, log_text, sizeof(log_text)) > 0);
	CHECK(strstr(log_text, "<15>[") && strstr(log_text, "] klog: a level\n"));
}

/* A record goes to memory that was never touched. */
static void new_page(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	char *page =
		mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(fd >= 0 && page != MAP_FAILED);
	CHECK(put_line("klog: for a new page\n"));
	CHECK(read(fd, page, 1 << 20) > 0 || errno == EPIPE);
	close(fd);
	munmap(page, 1 << 20);
}

static void newest_lines(void)
{
	char few[101] = "";
	int length;

	CHECK(put_line("<7>klog: last but one\n"));
	CHECK(put_line("<7>klog: last\n"));
	length = klogctl(READ_ALL, few, sizeof(few) - 1);
	CHECK(length > 0 && length <= 100 && few[0] == '<' && few[length - 1] == '\n');
	CHECK(!strcmp(few + length - 13, "] klog: last\n"));
}

static void clearing(void)
{
	CHECK(put_line("<7>klog: old\n"));
	CHECK(klogctl(CLEAR, NULL, 0) == 0);
	CHECK(put_line("<7>klog: new\n"));
	CHECK(read_records(SEEK_DATA, 1));
	CHECK(!strstr(log_text, "klog: old") && strstr(log_text, "klog: new"));
	CHECK(read_records(SEEK_SET, 2) && strstr(log_text, "klog: old"));
	CHECK(read_records(SEEK_END, 0) && !strstr(log_text, "klog: new"));
	memset(log_text, 0, sizeof(log_text));
	CHECK(klogctl(READ_CLEAR, log_text, sizeof(log_text)) > 0);
	CHECK(!strstr(log_text, "klog: old") && strstr(log_text, "klog: new"));
	memset(log_text, 0, sizeof(log_text));
	CHECK(klogctl(READ_ALL, log_text, sizeof(log_text)) >= 0 && !strstr(log_text, "klog: new"));
}

static void console_levels(void)
{
	CHECK(klogctl(CONSOLE_LEVEL, NULL, 0) < 0 && errno == EINVAL);
	CHECK(klogctl(CONSOLE_LEVEL, NULL, 9) < 0 && errno == EINVAL);
	CHECK(klogctl(CONSOLE_OFF, NULL, 0) == 0 && klogctl(CONSOLE_ON, NULL, 0) == 0);
	CHECK(klogctl(CONSOLE_LEVEL, NULL, 4) == 0);
}

static void wrong_arguments(void)
{
	char byte;
	int fd = open("/dev/kmsg", O_RDWR);

	CHECK(fd >= 0 && lseek(fd, 1, SEEK_SET) < 0 && errno == ESPIPE);
	CHECK(lseek(fd, 0, SEEK_CUR) < 0 && errno == EINVAL);
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && read(fd, &byte, 1) < 0 && errno == EINVAL);
	close(fd);
	CHECK(klogctl(READ_ALL, NULL, 10) < 0 && errno == EINVAL);
	CHECK(klogctl(READ_ALL, &byte, -1) < 0 && errno == EINVAL);
	CHECK(klogctl(READ_ALL, &byte, 0) == 0);
	CHECK(put_line("<7>klog: something\n"));
	CHECK(klogctl(READ_ALL, (char *)8, 4096) < 0 && errno == EFAULT);
	CHECK(klogctl(99, NULL, 0) < 0 && errno == EINVAL);
	CHECK(klogctl(SIZE, NULL, 0) >= 4096);
	pid_t pid = fork();
	if (pid == 0) {
		CHILD_CHECK(setuid(1000) == 0);
		CHILD_CHECK(klogctl(CLEAR, NULL, 0) < 0 && errno == EPERM);
		CHILD_CHECK(klogctl(CONSOLE_LEVEL, NULL, 0) < 0 && errno == EPERM);
		_exit(0);
	}
	CHECK(status_of(pid) == 0);
}

int main(void)
{
	RUN(levels);
	RUN(new_page);
	RUN(newest_lines);
	RUN(clearing);
	RUN(console_levels);
	RUN(wrong_arguments);
	return guest_result();
}
