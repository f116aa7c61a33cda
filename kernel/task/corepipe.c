/* SPDX-License-Identifier: MIT */
/*
 * Core files that a program reads: /proc/sys/kernel/core_pattern with '|' (core(5)).
 *
 * The program is started as root by kthreadd, whose child it is, in the directories of init, with
 * which kernel threads share them, with the pipe as descriptor 0 and nothing else of the process's.
 * Its RLIMIT_CORE of 1 says what it is: if it dumps itself, nobody is started for that.
 *
 * Locks: none. Task context, sleeps. Tested by tests/guest/corepipe.c.
 */
#include "fs/fdtable.h"
#include "ipc/pipe.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "sched/waitq.h"
#include "task/coredump.h"
#include "task/kthread.h"
#include "task/process.h"
#include "task/signal.h"

int core_pipe_limit;
static u32 dumps; /* [a] to programs, that are going on */
static struct wait_queue started = WAIT_QUEUE_INIT(started);

/* On the stack of the task that dumps, until the program runs or cannot. */
struct helper {
	const char *const *words;
	struct file *input;
	int error;
	bool done; /* [a] the last access of the new task to it */
};

/* What kthreadd's threads share, and what they ignore, is not for a program. */
static int become_process(struct file *input)
{
	const struct rlimit one = { 1, 1 };
	struct sighand_struct *sighand = lock_sighand(current);
	int error;

	flush_signal_handlers(current, true);
	spin_unlock(&sighand->lock);
	current->signal->limits[RLIMIT_CORE] = one;
	error = fs_unshare();
	if (!error)
		error = files_unshare();
	return error ? error : fd_add(get_file(input), false);
}

/* Comes back as the program, or not at all. */
static int helper_main(void *data)
{
	static const char *const environment[] = { NULL };
	struct helper *helper = data;
	int error = become_process(helper->input);

	if (error >= 0)
		error = kernel_execve(helper->words[0], helper->words, environment);
	helper->error = error;
	store_release(&helper->done, true);
	wake_up_all(&started);
	return error;
}

static int start_helper(const char *const *words, struct file *input)
{
	struct helper helper = { .words = words, .input = input };
	struct task_struct *task = kthread_create(helper_main, &helper, "core_helper");

	if (IS_ERR(task))
		return (int)PTR_ERR(task);
	wake_up_process(task);
	wait_event(&started, load_acquire(&helper.done));
	return helper.error;
}

static bool write_to(const struct core_dump *dump, const char *const *words)
{
	struct file *ends[2];
	bool written;
	int error;

	if (pipe_create(ends, 0))
		return false;
	error = start_helper(words, ends[0]);
	fput(ends[0]);
	written = !error && core_write(dump, ends[1]);
	if (written && READ_ONCE(core_pipe_limit))
		pipe_await_closing(ends[1]);
	fput(ends[1]);
	return written;
}

bool core_pipe(const struct core_dump *dump, const char *const *words)
{
	u32 limit = (u32)READ_ONCE(core_pipe_limit);
	bool written = false;

	if (atomic_fetch_add_relaxed(&dumps, 1) < limit || !limit)
		written = write_to(dump, words);
	atomic_fetch_add_relaxed(&dumps, -1u);
	return written;
}
