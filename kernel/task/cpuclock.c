/* SPDX-License-Identifier: MIT */
/*
 * Clocks of CPU time (clock_getcpuclockid(3)).
 *
 * An id holds ~pid in its upper bits, then whether it is a thread's, then what is counted: all time
 * (two ways, the same here) or that in user mode. No hardware fires when a CPU clock reaches a
 * time, so who waits for one looks from time to time (cpu_clock_next_look()).
 */
#include "task/cpuclock.h"

#include "lib/errno.h"
#include "task/pid.h"
#include "task/process.h"
#include "uapi/time.h"

enum { ID_THREAD = 4, ID_WHICH = 3, WHICH_VIRT = 1, WHICH_COUNT = 3, ID_PID_SHIFT = 3 };

static struct task_struct *find_thread(pid_t pid)
{
	struct task_struct *task = pid ? find_task_by_pid(pid) : current;

	return task && task->tgid == current->tgid ? task : NULL;
}

static struct task_struct *find_process(pid_t pid, bool any_thread)
{
	if (!pid || (any_thread && pid == current->pid))
		return current->group_leader;
	return find_process_by_pid(pid);
}

static int open_dynamic(int id, bool any_thread, struct cpu_clock *clock)
{
	pid_t pid = ~(id >> ID_PID_SHIFT);

	if ((id & ID_WHICH) >= WHICH_COUNT)
		return -EINVAL;
	clock->thread = id & ID_THREAD;
	clock->user_only = (id & ID_WHICH) == WHICH_VIRT;
	spin_lock(&tasklist_lock);
	clock->task = clock->thread ? find_thread(pid) : find_process(pid, any_thread);
	if (clock->task)
		get_task_struct(clock->task);
	spin_unlock(&tasklist_lock);
	return clock->task ? 0 : -EINVAL;
}

int cpu_clock_open(int id, bool any_thread, struct cpu_clock *clock)
{
	if (id < 0)
		return open_dynamic(id, any_thread, clock);
	*clock = (struct cpu_clock){ .thread = id == CLOCK_THREAD_CPUTIME_ID };
	clock->task = get_task_struct(current);
	return 0;
}

void cpu_clock_close(struct cpu_clock *clock)
{
	put_task_struct(clock->task);
}

bool cpu_clock_runs(const struct cpu_clock *clock)
{
	if (clock->thread)
		return clock->task->exit_state == EXIT_ALIVE;
	return READ_ONCE(clock->task->signal->live) != 0;
}

nsec_t cpu_clock_read(const struct cpu_clock *clock)
{
	u64 user, system;

	if (clock->thread)
		sched_task_times(clock->task, &user, &system);
	else
		process_times(clock->task->signal, &user, &system);
	return (nsec_t)(clock->user_only ? user : user + system);
}

nsec_t cpu_clock_next_look(const struct cpu_clock *clock, nsec_t left)
{
	if (!clock->thread)
		left /= MAX(clock->task->signal->nr_threads, 1u);
	return clock_monotonic() + MAX(left, (nsec_t)CPU_CLOCK_STEP);
}
