/* SPDX-License-Identifier: MIT */
/*
 * Clocks of CPU time, of a process or a thread, by the numbers that clock_getcpuclockid(3) makes.
 */
#ifndef TASK_CPUCLOCK_H
#define TASK_CPUCLOCK_H

#include "lib/types.h"

struct task_struct;

struct cpu_clock {
	struct task_struct *task; /* with a reference: the thread, or any of the process */
	bool thread;
	bool user_only; /* CPUCLOCK_VIRT: time in user mode */
};

/* Ids of this form name a clock that is an open file: there are none. */
static inline bool cpu_clock_is_file(int id)
{
	return (id & 7) == 3;
}

/* How often a CPU clock is looked at by who waits for it, at least, ns. */
enum { CPU_CLOCK_STEP = 4000000 };

/* The clock of a negative id, or of CLOCK_PROCESS_CPUTIME_ID and CLOCK_THREAD_CPUTIME_ID. Threads
 * are those of current's own process. any_thread: a process may be named by current's own id, too.
 * 0, or -EINVAL for what does not exist. Takes tasklist_lock. */
int cpu_clock_open(int id, bool any_thread, struct cpu_clock *clock) must_check;
void cpu_clock_close(struct cpu_clock *clock);
/* False once the process or thread has gone: its clock stands. tasklist_lock held. */
bool cpu_clock_runs(const struct cpu_clock *clock);
/* CPU time so far, ns. tasklist_lock held. */
nsec_t cpu_clock_read(const struct cpu_clock *clock);
/* When, by the monotonic clock, to look whether so much more CPU time has been used: it cannot have
 * been before, or CPU_CLOCK_STEP has passed. tasklist_lock held. */
nsec_t cpu_clock_next_look(const struct cpu_clock *clock, nsec_t left);

#endif
