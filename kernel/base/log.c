/* SPDX-License-Identifier: MIT */
/*
 * The kernel log (base/log.h): records in a byte ring, the newest overwriting the oldest.
 *
 * LOG1: positions count all bytes ever written, so a reader's position stays meaningful when the
 *       ring wraps; [first, next) are kept, next - first <= LOG_BYTES.
 * LOG2: a record does not wrap: where it does not fit before the ring's end, a filler record
 *       (length 0) takes the rest.
 *
 * log_lock (RANK_CONSOLE) protects the ring. The echo to the console comes after it is dropped,
 * so lines of two harts may come out in another order than they stand in the ring. In a panic the
 * lock is taken only if it is free.
 */
#include <stdarg.h>

#include "arch/hart.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/panic.h"
#include "lib/format.h"
#include "lib/string.h"

enum { LOG_BYTES = 32 * KiB, LOG_LINE = 256 };

struct record {
	u64 ticks;  /* time of the line */
	u16 size;   /* of the record, a multiple of 8 */
	u16 length; /* of the text; 0: filler */
	u8 level;
	char text[];
};

static spinlock_t log_lock = SPINLOCK_INIT(RANK_CONSOLE);
static char ring[LOG_BYTES] __aligned(8); /* [log_lock] */
static u64 first, next;			  /* [log_lock] LOG1 */
static u64 cleared;			  /* [log_lock] next at the last log_clear() */
static u8 console_level = LOG_DEBUG;	  /* [a] lines below it are echoed */

static struct record *record_at(u64 position)
{
	return (struct record *)(ring + position % LOG_BYTES);
}

/* Space left in the ring from a position to its end, where a record's head may not fit. */
static size_t room_before_end(u64 position)
{
	return LOG_BYTES - position % LOG_BYTES;
}

/* The position of the record at or after a position, past what is too small to hold one. */
static u64 skip_gap(u64 position)
{
	size_t room = room_before_end(position);

	return room < sizeof(struct record) ? position + room : position;
}

static u64 position_after(u64 position)
{
	return skip_gap(position + record_at(position)->size);
}

static void make_room(u64 end)
{
	while (first < next && end - first > LOG_BYTES)
		first = position_after(first);
}

static void ring_append(enum log_level level, u64 ticks, const char *text, size_t length)
{
	size_t size = ALIGN_UP(offsetof(struct record, text) + length, 8);
	size_t room = room_before_end(next);

	size = MAX(size, sizeof(struct record));
	if (room < size) {
		make_room(next + room);
		if (room >= sizeof(struct record))
			*record_at(next) = (struct record){ .size = (u16)room };
		next += room;
	}
	make_room(next + size);
	*record_at(next) = (struct record){
		.ticks = ticks, .size = (u16)size, .length = (u16)length, .level = level
	};
	memcpy(record_at(next)->text, text, length);
	next = skip_gap(next + size);
}

static bool log_acquire(void)
{
	if (unlikely(panic_in_progress()))
		return spin_trylock(&log_lock);
	spin_lock(&log_lock);
	return true;
}

/* "[seconds.micros] " of a time in ticks. */
static int format_stamp(char *buffer, size_t size, u64 ticks)
{
	u64 hz = machine.timebase_hz;
	u64 micros = hz ? ticks % hz * 1000000 / hz : 0;

	return scnprintf(buffer, size, "[%5lu.%06lu] ", hz ? ticks / hz : 0, micros);
}

static void echo(u64 ticks, const char *text)
{
	char line[LOG_LINE + 32];
	int used = format_stamp(line, sizeof(line), ticks);

	used += scnprintf(line + used, sizeof(line) - used, "%s\r\n", text);
	console_write(line, used);
}

void log_print(enum log_level level, const char *format, ...)
{
	char text[LOG_LINE];
	u64 ticks = arch_ticks();
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	length = MIN(length, LOG_LINE - 1);
	if (length > 0 && text[length - 1] == '\n')
		text[--length] = 0;
	if (length <= 0)
		return;

	if (log_acquire()) {
		ring_append(level, ticks, text, length);
		spin_unlock(&log_lock);
	}
	if ((level & LOG_LEVEL_MASK) < READ_ONCE(console_level))
		echo(ticks, text);
}

size_t log_read(u64 *at, char *buffer, size_t size, bool with_level)
{
	size_t used = 0;

	spin_lock(&log_lock);
	*at = MAX(*at, first);
	for (; *at < next; *at = position_after(*at)) {
		const struct record *record = record_at(*at);
		char stamp[32];
		int head = 0;

		if (record->length == 0)
			continue;
		if (with_level)
			head = scnprintf(stamp, sizeof(stamp), "<%u>", record->level);
		head += format_stamp(stamp + head, sizeof(stamp) - head, record->ticks);
		if (size - used < head + record->length + 1u)
			break;
		memcpy(buffer + used, stamp, head);
		memcpy(buffer + used + head, record->text, record->length);
		used += head + record->length;
		buffer[used++] = '\n';
	}
	spin_unlock(&log_lock);
	return used;
}

void log_clear(void)
{
	spin_lock(&log_lock);
	cleared = next;
	spin_unlock(&log_lock);
}

u64 log_cleared(void)
{
	u64 position;

	spin_lock(&log_lock);
	position = cleared;
	spin_unlock(&log_lock);
	return position;
}

void log_set_console_level(unsigned int level)
{
	WRITE_ONCE(console_level, (u8)level);
}

unsigned int log_console_level(void)
{
	return READ_ONCE(console_level);
}

size_t log_size(void)
{
	return LOG_BYTES;
}

/* "quiet" shows errors only, "loglevel=n" lines more urgent than n. */
void log_init(void)
{
	char text[8];

	if (cmdline_get("quiet", text, sizeof(text)))
		console_level = LOG_WARNING;
	if (cmdline_get("loglevel", text, sizeof(text)) && text[0])
		console_level = (u8)MIN(parse_number(text, NULL, 10), 8UL);
}
