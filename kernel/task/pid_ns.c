/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of processes: task/pid_ns.h.
 *
 * The ids of a name space are found in one hash for all of them. They enter it with their process,
 * under tasklist_lock, and leave it when neither a task nor a group uses them (PID1 of task/pid.c).
 */
#include "task/pid_ns.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "sched/waitq.h"
#include "task/process.h"
#include "task/signal.h"
#include "task/wait.h"

enum { BUCKETS = 256, DEPTH_MAX = 32 };

static struct list_head buckets[BUCKETS]; /* [T] zeroed until the first one is used */

/* --- life --- */

static void pid_ns_destroy(struct ns_common *common)
{
	struct pid_ns *ns = container_of(common, struct pid_ns, common);
	struct pid_ns *parent = ns->parent;

	pid_map_fini(&ns->map);
	kfree(ns);
	pid_ns_put(parent);
}

static struct ns_common *pid_ns_parent(struct ns_common *common)
{
	struct pid_ns *parent = container_of(common, struct pid_ns, common)->parent;

	if (!parent || !pid_ns_is_below(parent, task_pid_ns(current)))
		return NULL;
	return &pid_ns_get(parent)->common;
}

static const struct ns_kind pid_kind = {
	.name = "pid",
	.flag = CLONE_NEWPID,
	.destroy = pid_ns_destroy,
	.parent = pid_ns_parent,
};

struct pid_ns init_pid_ns = {
	.common = { .refs = REFCOUNT_INIT(1), .ino = NS_INO_PID, .kind = &pid_kind },
};

struct pid_ns *pid_ns_create(struct pid_ns *parent)
{
	struct pid_ns *ns;

	if (parent->level == DEPTH_MAX)
		return ERR_PTR(-ENOSPC);
	ns = kzalloc(sizeof(*ns));
	if (!ns)
		return ERR_PTR(-ENOMEM);
	ns_common_init(&ns->common, &pid_kind);
	ns->parent = pid_ns_get(parent);
	ns->level = parent->level + 1;
	pid_map_init(&ns->map);
	return ns;
}

bool pid_ns_is_below(const struct pid_ns *ns, const struct pid_ns *ancestor)
{
	while (ns->level > ancestor->level)
		ns = ns->parent;
	return ns == ancestor;
}

/* --- ids --- */

static struct list_head *bucket_of(const struct pid_ns *ns, pid_t nr)
{
	struct list_head *bucket = &buckets[((u32)nr + (u32)((uintptr_t)ns >> 6) * 31) % BUCKETS];

	if (unlikely(!bucket->next))
		list_init(bucket);
	return bucket;
}

/* Gives back the ids of the levels up to the given one. */
static void free_numbers(struct pid_numbers *numbers, u32 level)
{
	for (u32 i = 0; i < level; i++) {
		struct pid_ns *ns = numbers->at[i].ns;

		pid_map_free(&ns->map, numbers->at[i].nr);
	}
}

void pid_numbers_free(struct pid_numbers *numbers)
{
	pid_ns_put(numbers->ns);
	kfree(numbers);
}

struct pid_numbers *pid_numbers_create(struct pid_ns *ns, pid_t id)
{
	struct pid_numbers *numbers =
		kmalloc(sizeof(*numbers) + ns->level * sizeof(numbers->at[0]));
	struct pid_ns *space = ns;

	if (!numbers)
		return ERR_PTR(-ENOMEM);
	refcount_set(&numbers->refs, 1);
	numbers->ns = pid_ns_get(ns);
	for (; space->level; space = space->parent)
		numbers->at[space->level - 1].ns = space;
	for (u32 i = 0; i < ns->level; i++) {
		struct pid_number *number = &numbers->at[i];

		list_init(&number->link);
		number->id = id;
		number->nr = pid_map_alloc(&number->ns->map);
		if (number->nr < 0) {
			pid_t error = number->nr;

			free_numbers(numbers, i);
			pid_numbers_free(numbers);
			return ERR_PTR(error);
		}
	}
	return numbers;
}

/* The first id of a name space without init stays its init's. */
void pid_numbers_abandon(struct pid_numbers *numbers)
{
	free_numbers(numbers, numbers->ns->level);
	if (!READ_ONCE(numbers->ns->init))
		pid_map_restart(&numbers->ns->map);
	pid_numbers_put(numbers);
}

void pid_numbers_release(struct pid_numbers *numbers)
{
	for (u32 i = 0; i < numbers->ns->level; i++)
		list_del(&numbers->at[i].link);
	free_numbers(numbers, numbers->ns->level);
}

pid_t pid_from_nr_locked(struct pid_ns *ns, pid_t nr)
{
	struct pid_number *number;

	assert(spin_is_locked(&tasklist_lock));
	if (!ns->level)
		return nr;
	list_for_each_entry (number, bucket_of(ns, nr), link)
		if (number->nr == nr && number->ns == ns)
			return number->id;
	return -1;
}

pid_t pid_from_nr(struct pid_ns *ns, pid_t nr)
{
	pid_t id;

	if (likely(!ns->level))
		return nr;
	spin_lock(&tasklist_lock);
	id = pid_from_nr_locked(ns, nr);
	spin_unlock(&tasklist_lock);
	return id;
}

pid_t pid_to_vnr(pid_t id)
{
	struct pid_ns *ns = task_pid_ns(current);
	struct task_struct *task;
	pid_t nr;

	if (likely(!ns->level))
		return id;
	spin_lock(&tasklist_lock);
	task = find_task_by_id(id);
	nr = task ? task_pid_nr_ns(task, ns) : group_nr_ns(pid_group_find(id), ns);
	spin_unlock(&tasklist_lock);
	return nr;
}

/* --- coming and going --- */

int pid_ns_check_open(const struct pid_numbers *numbers)
{
	for (u32 i = 0; i < numbers->ns->level; i++)
		if (numbers->at[i].ns->reaper)
			return -ENOMEM;
	return 0;
}

void pid_ns_attach(struct task_struct *task)
{
	struct pid_numbers *numbers = task->numbers;
	struct pid_ns *ns = numbers->ns;

	for (u32 i = 0; i < ns->level; i++) {
		struct pid_number *number = &numbers->at[i];

		list_add(&number->link, bucket_of(number->ns, number->nr));
		number->ns->tasks++;
	}
	if (task->vpid == 1) {
		ns->init = task;
		task->signal->group_flags |= SIGNAL_UNKILLABLE;
	}
}

void pid_ns_detach(struct task_struct *task)
{
	struct pid_numbers *numbers = task->numbers;

	for (u32 i = 0; i < numbers->ns->level; i++) {
		struct pid_ns *ns = numbers->at[i].ns;

		ns->tasks--;
		if (ns->init == task)
			ns->init = NULL;
		else if (ns->reaper)
			wake_up_all(&ns->init->signal->child_wait);
	}
}

void pid_ns_exchanged(struct task_struct *a, struct task_struct *b)
{
	struct pid_ns *ns = a->numbers->ns;

	if (ns->init == b && a->vpid == 1)
		ns->init = a;
	else if (ns->init == a && b->vpid == 1)
		ns->init = b;
}

/* --- the end --- */

bool is_pid_ns_init(const struct task_struct *task)
{
	return unlikely(task->numbers) && task->numbers->ns->init &&
	       task->numbers->ns->init->signal == task->signal;
}

static bool is_in(const struct task_struct *task, const struct pid_ns *ns)
{
	return task->numbers && pid_ns_is_below(task->numbers->ns, ns);
}

/* No process can be made in it from here on: who is in it has a fatal signal, others are refused.
 */
static void close_and_kill(struct pid_ns *ns)
{
	struct task_struct *leader;

	spin_lock(&tasklist_lock);
	ns->reaper = current;
	for_each_process (leader)
		if (leader->signal != current->signal && is_in(leader, ns))
			send_signal_process(SIGKILL, SEND_SIG_KERNEL, leader);
	spin_unlock(&tasklist_lock);
}

static void ignore_children(void)
{
	struct sighand_struct *sighand = lock_sighand(current);

	sighand->action[SIGCHLD - 1].handler = SIG_IGN;
	spin_unlock(&sighand->lock);
}

/* Other threads of current that are dead count until they, or their leader, are released. */
static bool is_alone_in(const struct pid_ns *ns)
{
	bool alone;

	spin_lock(&tasklist_lock);
	alone = ns->tasks == current->signal->nr_threads;
	spin_unlock(&tasklist_lock);
	return alone;
}

/* What its parent is told of an init that reboot(2) ended. */
static void set_reboot_status(const struct pid_ns *ns)
{
	struct sighand_struct *sighand = lock_sighand(current);

	if (ns->reboot_signal)
		current->signal->group_exit_code = ns->reboot_signal;
	spin_unlock(&sighand->lock);
}

void pid_ns_reboot(int signal)
{
	struct pid_ns *ns = task_pid_ns(current);

	spin_lock(&tasklist_lock);
	ns->reboot_signal = signal;
	if (ns->init)
		send_signal_process(SIGKILL, SEND_SIG_KERNEL, ns->init);
	spin_unlock(&tasklist_lock);
	do_exit(0);
}

/* Those that are dead already are current's to reap; the others, orphans of its children among
 * them, vanish by themselves, as current ignores SIGCHLD. */
void pid_ns_zap(void)
{
	struct pid_ns *ns = current->numbers->ns;
	pid_t found;

	ignore_children();
	close_and_kill(ns);
	do {
		struct wait_request request = { .type = P_ALL, .options = WEXITED };

		task_clear_flag(current, TIF_SIGPENDING);
		found = do_wait(&request);
	} while (found != -ECHILD);
	wait_event(&current->signal->child_wait, is_alone_in(ns));
	set_reboot_status(ns);
}
