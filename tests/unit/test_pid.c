/* SPDX-License-Identifier: MIT */
/* sources: kernel/task/pidmap.c kernel/task/pid.c kernel/lib/bitmap.c kernel/base/lock.c
 * kernel/base/lockdep.c tests/unit/host.c */
/*
 * Process ids: the order in which they are given, the wrap, exhaustion, and that an id comes back
 * exactly when the last task, group or session has let it go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"
#include "lib/errno.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/pidfd.h"

enum { RESERVED = 300, PROCESSES = 64, STEPS = 20000 };

static struct signal_struct init_signal = { .threads = LIST_HEAD_INIT(init_signal.threads) };

struct task_struct init_task = {
	.signal = &init_signal,
	.group_leader = &init_task,
	.thread_link = LIST_HEAD_INIT(init_task.thread_link),
	.pid_link = LIST_HEAD_INIT(init_task.pid_link),
};
spinlock_t tasklist_lock = SPINLOCK_INIT(RANK_TASKLIST);

/* The C library's: its header and lib/types.h do not go together. */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *memory);

void *kmalloc(size_t size)
{
	return malloc(size);
}

void *kzalloc(size_t size)
{
	return calloc(1, size);
}

void kfree(const void *memory)
{
	free((void *)memory);
}

/* All tasks of these tests are in the first name space. */
void pid_numbers_release(struct pid_numbers *numbers)
{
	fail();
}

void pid_numbers_free(struct pid_numbers *numbers)
{
	fail();
}

void pid_ns_attach(struct task_struct *task)
{
	fail();
}

void pid_ns_detach(struct task_struct *task)
{
	fail();
}

void pid_ns_exchanged(struct task_struct *a, struct task_struct *b)
{
	fail();
}

pid_t pid_from_nr_locked(struct pid_ns *ns, pid_t nr)
{
	fail();
	return nr;
}

pid_t pid_from_nr(struct pid_ns *ns, pid_t nr)
{
	fail();
	return nr;
}

struct pid_ns init_pid_ns;

/* No task of these tests has a pidfd. */
void pid_handle_detach(struct task_struct *task)
{
	fail();
}

void pid_handle_set(struct task_struct *task, struct pid_handle *handle)
{
	assert_null(handle);
}

u64 page_total_count(void)
{
	return 1 << 16;
}

/* --- the map --- */

static void in_order_and_again(void **state)
{
	pid_t first = alloc_pid();

	assert_int_equal(first, 1);
	for (pid_t pid = 2; pid < 1000; pid++)
		assert_int_equal(alloc_pid(), pid);
	assert_int_equal(last_pid(), 999);
	free_pid(500);
	assert_int_equal(alloc_pid(), 1000); /* not the one that just came free */
	for (pid_t pid = 1; pid <= 1000; pid++)
		if (pid != 500)
			free_pid(pid);
	assert_int_equal(next_pid(1), -1);
}

static void values_of_pid_max(void **state)
{
	assert_int_equal(set_pid_max(300), -EINVAL);
	assert_int_equal(set_pid_max(-1), -EINVAL);
	assert_int_equal(set_pid_max(4194305), -EINVAL);
	assert_int_equal(set_pid_max(4194304), 0);
	assert_int_equal(set_pid_max(301), 0);
	assert_int_equal(set_pid_max(32768), 0);
}

/* Past the greatest id it goes on from 300. */
static void wraps(void **state)
{
	pid_t pid;

	assert_int_equal(set_pid_max(2000), 0);
	do {
		pid = alloc_pid();
		assert_true(pid > 0 && pid < 2000);
		free_pid(pid);
	} while (pid != 1999);
	assert_int_equal(alloc_pid(), RESERVED);
	assert_int_equal(next_pid(0), RESERVED);
	assert_int_equal(next_pid(RESERVED + 1), -1);
	free_pid(RESERVED);
}

static void all_taken(void **state)
{
	unsigned int count = 0;
	pid_t pid;

	assert_int_equal(set_pid_max(2000), 0);
	while ((pid = alloc_pid()) > 0)
		count++;
	assert_int_equal(pid, -EAGAIN);
	assert_int_equal(count, 2000 - RESERVED);
	free_pid(777);
	assert_int_equal(alloc_pid(), 777);
	assert_int_equal(alloc_pid(), -EAGAIN);
	for (pid = RESERVED; pid < 2000; pid++)
		free_pid(pid);
}

/* Up to the greatest id of all: the last page of the map. */
static void four_millions(void **state)
{
	pid_t pid;

	assert_int_equal(set_pid_max(4194304), 0);
	do {
		pid = alloc_pid();
		assert_true(pid > 0);
		if (pid != 4194303)
			free_pid(pid);
	} while (pid != 4194303);
	assert_int_equal(next_pid(4194303), 4194303);
	assert_int_equal(next_pid(4194304), -1);
	assert_int_equal(alloc_pid(), RESERVED);
	free_pid(RESERVED);
	free_pid(4194303);
	assert_int_equal(set_pid_max(32768), 0);
}

static void freed_twice(void **state)
{
	pid_t pid = alloc_pid();

	free_pid(pid);
	expect_panic("assertion", free_pid(pid));
}

/* --- tasks, groups, sessions --- */

struct process {
	struct task_struct task;
	struct signal_struct signal;
	bool alive;
};

static struct process processes[PROCESSES];

static void lock(void)
{
	spin_lock(&tasklist_lock);
}

static void unlock(void)
{
	spin_unlock(&tasklist_lock);
}

static void born(struct process *process, struct signal_struct *parent)
{
	memset(process, 0, sizeof(*process));
	process->alive = true;
	process->task.signal = &process->signal;
	process->task.pid = process->task.tgid = alloc_pid();
	assert_true(process->task.pid > 0);
	list_init(&process->signal.threads);
	list_add(&process->task.thread_link, &process->signal.threads);
	lock();
	group_join(&process->signal, parent->group);
	session_join(&process->signal, parent->session);
	pid_attach(&process->task);
	unlock();
}

static void dies(struct process *process)
{
	lock();
	pid_detach(&process->task);
	group_leave(&process->signal);
	unlock();
	process->alive = false;
}

static void own_group(struct process *process, bool session_too)
{
	struct pid_group *group;

	lock();
	group = pid_group_find(process->task.pid);
	if (!group)
		group = pid_group_create(process->task.pid);
	group_join(&process->signal, group);
	if (session_too)
		session_join(&process->signal, group);
	unlock();
}

static bool is_used(pid_t pid)
{
	return next_pid(pid) == pid;
}

static bool note_member(struct task_struct *leader, void *found)
{
	*(bool *)found = true;
	return false;
}

static bool group_is_there(pid_t pid)
{
	bool there = false;

	lock();
	group_visit(pid, note_member, &there);
	unlock();
	return there;
}

static void found_while_attached(void **state)
{
	struct process *process = &processes[0];
	pid_t pid;

	born(process, &init_signal);
	pid = process->task.pid;
	lock();
	assert_ptr_equal(find_task_by_pid(pid), &process->task);
	assert_ptr_equal(find_process_by_pid(pid), &process->task);
	assert_null(find_task_by_pid(pid + 1));
	assert_int_equal(process->signal.pgid, 0);
	unlock();
	assert_int_equal(task_count(), 2);
	dies(process);
	assert_int_equal(task_count(), 1);
	assert_false(is_used(pid));
	lock();
	assert_null(find_task_by_pid(pid));
	unlock();
}

/* A group outlives its leader, and keeps the leader's id in use until its last member goes. */
static void group_keeps_the_id(void **state)
{
	struct process *leader = &processes[0], *member = &processes[1];
	pid_t pid;

	born(leader, &init_signal);
	pid = leader->task.pid;
	own_group(leader, true);
	born(member, &leader->signal);
	assert_int_equal(member->signal.pgid, pid);
	dies(leader);
	assert_true(is_used(pid));
	assert_true(group_is_there(pid));
	own_group(member, false); /* the session still has the id */
	assert_false(group_is_there(pid));
	assert_true(is_used(pid));
	own_group(member, true);
	assert_false(is_used(pid));
	dies(member);
	assert_int_equal(next_pid(1), -1);
}

static bool count_member(struct task_struct *leader, void *data)
{
	(*(unsigned int *)data)++;
	return true;
}

/* Any order of births, deaths and moves: counts agree, and in the end every id is free. */
static void random_lives(void **state)
{
	for (unsigned int step = 0; step < STEPS; step++) {
		struct process *process = &processes[host_random() % PROCESSES];
		struct process *other = &processes[host_random() % PROCESSES];

		if (!process->alive)
			born(process, other->alive ? &other->signal : &init_signal);
		else if (host_random() % 3 == 0)
			dies(process);
		else
			own_group(process, host_random() % 2);
		if (process->alive) {
			unsigned int members = 0, expected = 0;

			lock();
			group_visit(process->signal.pgid, count_member, &members);
			unlock();
			for (unsigned int i = 0; i < PROCESSES; i++)
				expected += processes[i].alive &&
					    processes[i].signal.pgid == process->signal.pgid;
			assert_int_equal(members, expected + (process->signal.pgid == 0));
		}
	}
	for (unsigned int i = 0; i < PROCESSES; i++)
		if (processes[i].alive)
			dies(&processes[i]);
	assert_int_equal(next_pid(1), -1);
	assert_int_equal(task_count(), 1);
}

static int start(void **state)
{
	host_current = &init_task.ti; /* whose numbers are asked for */
	list_add(&init_task.thread_link, &init_signal.threads);
	pid_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_and_again),
		cmocka_unit_test(values_of_pid_max),
		cmocka_unit_test(wraps),
		cmocka_unit_test(all_taken),
		cmocka_unit_test(four_millions),
		cmocka_unit_test(found_while_attached),
		cmocka_unit_test(group_keeps_the_id),
		cmocka_unit_test(random_lives),
		cmocka_unit_test(freed_twice),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
