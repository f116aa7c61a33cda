/* SPDX-License-Identifier: MIT */
/*
 * Core files: what is left of a process that one of the signals of SIGSET_CORE has ended (core(5)).
 *
 *	coredump.c	who dumps, when all others stand still; the file
 *	corename.c	its name, made of a pattern
 *	corepipe.c	a program that reads it instead
 *	corefile.c	its content: an ELF file
 *	corenotes.c	the notes in it: registers, signal, names
 */
#ifndef TASK_COREDUMP_H
#define TASK_COREDUMP_H

#include "lib/list.h"
#include "lib/types.h"
#include "vm/space.h"

enum { CORE_PATTERN_SIZE = 128 };

struct file;
struct region_image;
struct siginfo;
struct task_struct;
struct text;

/* A thread that stands still until the dump is over; on its own stack. */
struct core_thread {
	struct list_head link; /* [dump] in core_dump.threads */
	struct task_struct *task;
	bool released; /* [a] it may go on; the last access of the dump's to it */
};

/* A dump in progress; on the stack of the task that makes it. */
struct core_dump {
	struct task_struct *dumper;
	const struct siginfo *info; /* the signal that ended the process */
	u64 limit;		    /* bytes: RLIMIT_CORE; a pipe has none */
	enum dumpable mode;
	char pattern[CORE_PATTERN_SIZE]; /* as it was when the dump began */
	u32 missing;			 /* [sighand->lock] threads that have not come yet */
	/* [sighand->lock until none is missing] struct core_thread, those that the dump shows */
	struct list_head threads;
	struct list_head others; /* likewise; those that had begun to end before */
};

/* The process is to end by the signal: writes a core file if there is to be one. The caller goes on
 * to do_group_exit(); the status says whether it was written. May sleep. */
void core_dump(const struct siginfo *info);
/* A thread ends: while its process is dumped it waits here. May sleep. */
void core_dump_join(void);

/* --- the name --- */

/* /proc/sys/kernel/core_pattern. */
void core_pattern_get(char pattern[CORE_PATTERN_SIZE]);
/* Cut off at its size, or a newline. */
void core_pattern_set(const char *pattern);
extern int core_uses_pid; /* [a] a name without %p gets ".PID" */

/* What a pattern's letters stand for. Names may hold slashes, which become '!'. */
struct core_facts {
	u32 pid, global_pid, tid, global_tid;
	u32 uid, gid;
	u32 signal;
	u64 seconds; /* since 1970 */
	u64 limit;
	unsigned int hart;
	const char *host;
	const char *command; /* comm */
	const char *path;    /* of the program; "" when it is not known */
	u32 mode;	     /* enum dumpable */
};

/* Writes the name; true when all of it fits. Pure: tests/unit/test_corename.c. */
bool core_name(const char *pattern, const struct core_facts *facts, bool uses_pid, char *name,
	       size_t size) must_check;

enum { CORE_WORDS_MAX = CORE_PATTERN_SIZE / 2 };
/* The words of a command, after its '|', in buffer, and a NULL behind them. False: there is none,
 * or not all of it fits. */
bool core_command(const char *pattern, const struct core_facts *facts, char *buffer, size_t size,
		  const char **words, u32 room) must_check;

/* --- a program that reads it; corepipe.c --- */

extern int core_pipe_limit; /* [a] dumps to programs at a time, which are waited for; 0: any */
/* Starts the program and writes to it. False: nothing was written. May sleep. */
bool core_pipe(const struct core_dump *dump, const char *const *words);

/* --- the content --- */

/* Writes all of it, or up to the limit or a fatal signal. False: nothing was written. */
bool core_write(const struct core_dump *dump, struct file *file);
/* Appends the notes. */
void core_notes(const struct core_dump *dump, const struct region_image *images, u32 count,
		struct text *notes);

#endif
