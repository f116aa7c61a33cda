/* SPDX-License-Identifier: MIT */
/*
 * /dev/kmsg: the kernel log, a record per read: "level,sequence,microseconds,-;text\n"; a write
 * adds a line. The log has no one to wait for, so its end reads as EAGAIN to those that asked not
 * to wait, and as the end of the file to others.
 *
 * Locks: reader->lock keeps one open file's readers apart, also while a record is copied to them.
 */
#include "base/log.h"
#include "fs/internal.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "uapi/fcntl.h"

enum {
	MEM_MAJOR = 1,
	KMSG_MINOR = 11,
	LINES_SIZE = 1024,
	RECORD_SIZE = 1024,
	LINE_MAX = 240,
	LOG_FACILITIES = 0xf8
};

/* A reader: lines are taken from the log in bunches. */
struct kmsg_reader {
	struct mutex lock;	    /* MUTEX_INODE */
	u64 at;			    /* [lock] position in the log after what lines holds */
	u64 sequence;		    /* [lock] records read */
	size_t used;		    /* [lock] of lines */
	size_t length;		    /* [lock] of lines */
	char lines[LINES_SIZE + 1]; /* [lock] "<level>[seconds.micros] text\n" ... */
	char record[RECORD_SIZE];   /* [lock] */
};

static int kmsg_open(struct inode *inode, struct file *file)
{
	struct kmsg_reader *reader = kzalloc(sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock, MUTEX_INODE);
	file->private = reader;
	return 0;
}

static void kmsg_release(struct file *file)
{
	kfree(file->private);
}

/* The next line of the log, terminated; NULL at its end. */
static char *next_line(struct kmsg_reader *reader)
{
	char *line, *end;

	if (reader->used == reader->length) {
		reader->length = log_read(&reader->at, reader->lines, LINES_SIZE, true);
		reader->lines[reader->length] = '\0';
		reader->used = 0;
	}
	if (reader->used == reader->length)
		return NULL;
	line = reader->lines + reader->used;
	end = strchr(line, '\n');
	if (!end)
		end = reader->lines + reader->length - 1;
	*end = '\0';
	reader->used = (size_t)(end + 1 - reader->lines);
	return line;
}

/* Moves *at behind a character; true when it was there. */
static bool skip_past(const char **at, char character)
{
	const char *found = strchr(*at, character);

	if (found)
		*at = found + 1;
	return found;
}

/* Moves *at to the first digit and over the number. */
static u64 next_number(const char **at)
{
	while (**at == ' ')
		(*at)++;
	return parse_number(*at, at, 10);
}

/* "<6>[   12.345678] text" as a record of /dev/kmsg; its length. */
static size_t format_record(struct kmsg_reader *reader, const char *line)
{
	const char *at = line;
	u64 level = LOG_INFO;
	u64 micros = 0;

	if (skip_past(&at, '<'))
		level = next_number(&at);
	if (skip_past(&at, '[')) {
		micros = next_number(&at) * 1000000;
		if (skip_past(&at, '.'))
			micros += next_number(&at);
		skip_past(&at, ' ');
	}
	return (size_t)scnprintf(reader->record, RECORD_SIZE, "%lu,%lu,%lu,-;%s\n", level,
				 reader->sequence++, micros, at);
}

static ssize_t read_record(struct kmsg_reader *reader, const struct file *file, struct uio *uio)
{
	const char *line = next_line(reader);
	size_t length;

	if (!line)
		return file->flags & O_NONBLOCK ? -EAGAIN : 0;
	length = format_record(reader, line);
	if (length > uio->left)
		return -EINVAL;
	return uio_copy_out(uio, reader->record, length);
}

static ssize_t kmsg_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct kmsg_reader *reader = file->private;
	ssize_t result;

	mutex_lock(&reader->lock);
	result = read_record(reader, file, uio);
	mutex_unlock(&reader->lock);
	return result;
}

/* One line, with an optional "<level>" before it, or "<facility * 8 + level>": without a facility
 * it is a program's. What is too long is cut off. */
static ssize_t kmsg_write(struct file *file, struct uio *uio, loff_t *pos)
{
	char text[LINE_MAX + 1];
	const char *at = text;
	size_t size = uio->left;
	u64 level = LOG_USER | LOG_WARNING;
	ssize_t moved = uio_copy_in(uio, text, MIN(size, (size_t)LINE_MAX));

	if (moved < 0)
		return moved;
	text[moved] = '\0';
	if (text[0] == '<') {
		const char *end;
		u64 number = parse_number(text + 1, &end, 10);

		if (*end == '>') {
			level = number & LOG_FACILITIES ? number & 0xff : LOG_USER | number;
			at = end + 1;
		}
	}
	log_print((enum log_level)level, "%s", at);
	return (ssize_t)size;
}

/* SEEK_SET 0: the oldest record; SEEK_DATA: after the last clearing; SEEK_END: after the newest. */
static loff_t kmsg_seek(struct file *file, loff_t offset, int whence)
{
	struct kmsg_reader *reader = file->private;

	if (offset)
		return -ESPIPE;
	if (whence != SEEK_SET && whence != SEEK_END && whence != SEEK_DATA)
		return -EINVAL;
	mutex_lock(&reader->lock);
	reader->used = 0;
	reader->length = 0;
	if (whence != SEEK_END)
		reader->at = whence == SEEK_DATA ? log_cleared() : 0;
	else
		while (next_line(reader))
			;
	mutex_unlock(&reader->lock);
	return 0;
}

static const struct file_ops kmsg_ops = {
	.read = kmsg_read,
	.write = kmsg_write,
	.seek = kmsg_seek,
	.open = kmsg_open,
	.release = kmsg_release,
};

void kmsg_init(void)
{
	chrdev_register(MEM_MAJOR, KMSG_MINOR, "kmsg", 0644, &kmsg_ops);
}
