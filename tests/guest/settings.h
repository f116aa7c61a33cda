/* SPDX-License-Identifier: MIT */
/* Settings of the system and of processes: files of /proc that hold a number or a word. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "guest.h"

#include <fcntl.h>
#include <limits.h>

/* Writes a text at once; false with errno. */
__attribute__((unused)) static bool put_text(const char *path, const char *text)
{
	ssize_t length = (ssize_t)strlen(text);
	int fd = open(path, O_WRONLY);
	bool written = fd >= 0 && write(fd, text, (size_t)length) == length;
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return written;
}

/* The number in a file; LONG_MIN when it cannot be read. */
__attribute__((unused)) static long get_setting(const char *path)
{
	long value = LONG_MIN;
	FILE *file = fopen(path, "r");

	if (file && fscanf(file, "%ld", &value) != 1)
		value = LONG_MIN;
	if (file)
		fclose(file);
	return value;
}

__attribute__((unused)) static bool put_setting(const char *path, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld\n", value);
	return put_text(path, text);
}

#endif
