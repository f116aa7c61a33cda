/* SPDX-License-Identifier: MIT */
/*
 * The kernel log: a ring of stamped lines that /dev/kmsg and syslog(2) read, echoed to the
 * console by level ("quiet" and "loglevel=" on the command line).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "lib/types.h"

enum log_level {
	LOG_EMERG,
	LOG_ALERT,
	LOG_CRIT,
	LOG_ERR,
	LOG_WARNING,
	LOG_NOTICE,
	LOG_INFO,
	LOG_DEBUG,
	LOG_LEVEL_MASK = 7,
	LOG_USER = 1 << 3 /* or'ed to a level: a program's line, not the kernel's */
};

/* Adds a line (no newline needed) to the log. Any context; takes RANK_CONSOLE. */
void log_print(enum log_level level, const char *format, ...) __printf(2, 3);

#define log_error(...) log_print(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_print(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_print(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_print(LOG_INFO, __VA_ARGS__)

/* Copies log text in the form "<level>[seconds.micros] text\n" into a kernel buffer, from
 * position *at (0: the oldest kept) on; advances *at; returns bytes copied, 0 at the end. For
 * syslog(2), /dev/kmsg. */
size_t log_read(u64 *at, char *buffer, size_t size, bool with_level);
size_t log_size(void); /* bytes of the ring */
/* Hides what is in the log from those that start at log_cleared(): SYSLOG_ACTION_CLEAR. */
void log_clear(void);
u64 log_cleared(void); /* where what came after the last log_clear() begins; 0: at the oldest */
/* Lines more urgent than the level go to the console. */
void log_set_console_level(unsigned int level);
unsigned int log_console_level(void);
void log_init(void); /* reads quiet and loglevel= of the command line */

/* Console output, raw: whole buffer, synchronously. Any context. base/console.c */
void console_write(const char *text, size_t size);
struct uart;
struct uart *console_uart(void); /* that it writes to */
void console_init_early(void);	 /* SBI console: DBCN or legacy */
void console_init(void);	 /* the UART of the device tree, when it is one that we know */

#endif
