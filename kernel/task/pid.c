/* SPDX-License-Identifier: MIT */
/*
 * Finding tasks, process groups and sessions by id. Which ids are free is pidmap.c's knowledge.
 *
 * PID1: an id is in use while a task has it as its pid, or a pid_group exists for it. Who ends the
 *	last of these uses frees the id.
 * PID2: a pid_group that can be found has a member: a process of its group or of its session.
 *
 * So a process costs no object here: its task is in the hash of tasks, its signal_struct in its
 * group's and its session's lists. Everything under tasklist_lock; what changes a bucket of the
 * hash of tasks takes that bucket's own lock, too, so that get_task_by_id() needs no other: calls
 * that name a process by its id do not meet those of other processes.
 */
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/pidfd.h"

enum {
	GROUP_BUCKETS = 256,
	TASK_BUCKETS_LEAST = 512,
	TASK_BUCKETS_MOST = 65536,
	PAGES_PER_BUCKET = 32, /* of memory: 1 GiB gets 8192 */
	PAGES_PER_THREAD = 8,  /* threads_max: 4 GiB get 131072 */
};

struct task_bucket {
	spinlock_t lock;	/* RANK_TASKHASH; of two, the lower address first */
	struct list_head tasks; /* [tasklist_lock and lock] task->pid_link */
};

static struct task_bucket *task_hash;
static u32 task_hash_mask;
static struct list_head group_hash[GROUP_BUCKETS];
static unsigned int nr_tasks = 1; /* [tasklist_lock] init_task is attached by hand */

unsigned int threads_max;

static struct task_bucket *task_bucket(pid_t pid)
{
	return &task_hash[(u32)pid & task_hash_mask];
}

static struct list_head *group_bucket(pid_t id)
{
	return &group_hash[(u32)id % GROUP_BUCKETS];
}

/* --- tasks --- */

static struct task_struct *find_in_bucket(const struct task_bucket *bucket, pid_t id)
{
	struct task_struct *task;

	list_for_each_entry (task, &bucket->tasks, pid_link)
		if (task->pid == id)
			return task;
	return NULL;
}

struct task_struct *find_task_by_id(pid_t id)
{
	assert(spin_is_locked(&tasklist_lock));
	return find_in_bucket(task_bucket(id), id);
}

struct task_struct *find_task_by_pid(pid_t pid)
{
	return find_task_by_id(pid_from_vnr_locked(pid));
}

struct task_struct *find_process_by_pid(pid_t pid)
{
	struct task_struct *task = find_task_by_pid(pid);

	return task && thread_group_leader(task) ? task : NULL;
}

struct task_struct *get_task_by_id(pid_t id)
{
	struct task_bucket *bucket = task_bucket(id);
	struct task_struct *task;

	spin_lock(&bucket->lock);
	task = find_in_bucket(bucket, id);
	if (task)
		get_task_struct(task);
	spin_unlock(&bucket->lock);
	return task;
}

struct task_struct *get_task_by_pid(pid_t pid)
{
	return get_task_by_id(pid_from_vnr(pid));
}

/* PID1 */
static void id_release(pid_t id, struct pid_numbers *numbers)
{
	free_pid(id);
	if (unlikely(numbers))
		pid_numbers_release(numbers);
}

void pid_attach(struct task_struct *task)
{
	struct task_bucket *bucket = task_bucket(task->pid);

	assert(spin_is_locked(&tasklist_lock));
	spin_lock(&bucket->lock);
	list_add(&task->pid_link, &bucket->tasks);
	spin_unlock(&bucket->lock);
	nr_tasks++;
	if (unlikely(task->numbers))
		pid_ns_attach(task);
}

void pid_detach(struct task_struct *task)
{
	struct task_bucket *bucket = task_bucket(task->pid);

	assert(spin_is_locked(&tasklist_lock));
	spin_lock(&bucket->lock);
	list_del(&task->pid_link);
	spin_unlock(&bucket->lock);
	nr_tasks--;
	if (unlikely(task->pid_handle))
		pid_handle_detach(task);
	if (unlikely(task->numbers))
		pid_ns_detach(task);
	if (!thread_group_leader(task) || !pid_group_find(task->pid))
		id_release(task->pid, task->numbers);
}

/* Each task goes to the other's bucket. Both are locked, so that no lookup misses an id. */
static void exchange_in_hash(struct task_struct *a, struct task_struct *b)
{
	struct task_bucket *of_a = task_bucket(a->pid), *of_b = task_bucket(b->pid);
	pid_t pid = a->pid;

	spin_lock(&MIN(of_a, of_b)->lock);
	if (of_a != of_b)
		spin_lock_nested(&MAX(of_a, of_b)->lock);
	list_del(&a->pid_link);
	list_del(&b->pid_link);
	a->pid = b->pid;
	b->pid = pid;
	list_add(&a->pid_link, &of_b->tasks);
	list_add(&b->pid_link, &of_a->tasks);
	spin_unlock(&of_b->lock);
	if (of_a != of_b)
		spin_unlock(&of_a->lock);
}

void pid_exchange(struct task_struct *a, struct task_struct *b)
{
	struct pid_handle *handle = a->pid_handle;
	struct pid_numbers *numbers = a->numbers;
	pid_t vpid = a->vpid;

	exchange_in_hash(a, b);
	a->vpid = b->vpid;
	b->vpid = vpid;
	a->numbers = b->numbers;
	b->numbers = numbers;
	if (unlikely(numbers))
		pid_ns_exchanged(a, b);
	pid_handle_set(a, b->pid_handle);
	pid_handle_set(b, handle);
}

unsigned int task_count(void)
{
	return READ_ONCE(nr_tasks);
}

/* --- groups and sessions --- */

struct pid_group *pid_group_create(pid_t id)
{
	struct pid_group *group = kmalloc(sizeof(*group));

	if (!group)
		return NULL;
	group->id = id;
	group->numbers = NULL;
	list_init(&group->link);
	list_init(&group->members);
	list_init(&group->session);
	return group;
}

void pid_group_destroy(struct pid_group *group)
{
	kfree(group);
}

struct pid_group *pid_group_find(pid_t id)
{
	struct list_head *bucket = group_bucket(id);
	struct pid_group *group;

	assert(spin_is_locked(&tasklist_lock));
	list_for_each_entry (group, bucket, link)
		if (group->id == id)
			return group;
	return NULL;
}

/* A process's leader stays the first of its threads until it is released, which is after all
 * others. */
static struct task_struct *signal_leader(struct signal_struct *signal)
{
	return list_first_entry(&signal->threads, struct task_struct, thread_link);
}

/* A new group is made by the process that gives it its id. */
static void group_publish(struct pid_group *group, struct signal_struct *signal)
{
	if (!list_empty(&group->link))
		return;
	list_add(&group->link, group_bucket(group->id));
	if (group->id)
		group->numbers = pid_numbers_get(signal_leader(signal)->numbers);
}

/* After a member has left: the last one takes the object along, and the id when no task has it. */
static void group_drop(struct pid_group *group)
{
	if (!list_empty(&group->members) || !list_empty(&group->session))
		return;
	list_del(&group->link);
	if (!find_task_by_id(group->id))
		id_release(group->id, group->numbers);
	pid_numbers_put(group->numbers);
	kfree(group);
}

void group_join(struct signal_struct *signal, struct pid_group *group)
{
	struct pid_group *old = signal->group;

	group_publish(group, signal);
	if (old)
		list_del(&signal->pgrp_link);
	list_add_tail(&signal->pgrp_link, &group->members);
	signal->group = group;
	signal->pgid = group->id;
	if (old && old != group)
		group_drop(old);
}

void session_join(struct signal_struct *signal, struct pid_group *group)
{
	struct pid_group *old = signal->session;

	group_publish(group, signal);
	if (old)
		list_del(&signal->session_link);
	list_add_tail(&signal->session_link, &group->session);
	signal->session = group;
	signal->sid = group->id;
	if (old && old != group)
		group_drop(old);
}

/* The numbers stay in signal_struct, for who looks at a task that was released. */
void group_leave(struct signal_struct *signal)
{
	struct pid_group *group = signal->group, *session = signal->session;

	list_del(&signal->pgrp_link);
	list_del(&signal->session_link);
	signal->group = signal->session = NULL;
	group_drop(group);
	if (session != group)
		group_drop(session);
}

void group_visit(pid_t pgid, bool (*f)(struct task_struct *leader, void *data), void *data)
{
	struct pid_group *group = pid_group_find(pgid);
	struct signal_struct *signal;

	if (!group)
		return;
	list_for_each_entry (signal, &group->members, pgrp_link)
		if (!f(signal_leader(signal), data))
			return;
}

void session_visit(pid_t sid, bool (*f)(struct task_struct *leader, void *data), void *data)
{
	struct pid_group *group = pid_group_find(sid);
	struct signal_struct *signal;

	if (!group)
		return;
	list_for_each_entry (signal, &group->session, session_link)
		if (!f(signal_leader(signal), data))
			return;
}

/* --- bring-up --- */

void pid_init(void)
{
	static struct pid_group zero = { .link = LIST_HEAD_INIT(zero.link),
					 .members = LIST_HEAD_INIT(zero.members),
					 .session = LIST_HEAD_INIT(zero.session) };
	u64 pages = page_total_count();
	u32 buckets = TASK_BUCKETS_LEAST;

	while (buckets < TASK_BUCKETS_MOST && buckets < pages / PAGES_PER_BUCKET)
		buckets *= 2;
	task_hash = kmalloc(buckets * sizeof(*task_hash));
	if (!task_hash)
		panic("no memory for the hash of tasks");
	task_hash_mask = buckets - 1;
	for (u32 i = 0; i < buckets; i++) {
		spin_init(&task_hash[i].lock, RANK_TASKHASH);
		list_init(&task_hash[i].tasks);
	}
	for (u32 i = 0; i < GROUP_BUCKETS; i++)
		list_init(&group_hash[i]);
	threads_max = (unsigned int)MIN(pages / PAGES_PER_THREAD, (u64)INT32_MAX);

	spin_lock(&tasklist_lock);
	group_join(init_task.signal, &zero);
	session_join(init_task.signal, &zero);
	spin_unlock(&tasklist_lock);
}
