/* SPDX-License-Identifier: MIT */
/*
 * SEM_UNDO: what semaphore operations a process takes back when it ends (semop(2)).
 *
 * A process has a list of undos, one for each set; threads (CLONE_SYSVSEM) share the list, and the
 * last of them to end carries it out. An undo is on two lists, its process's and its set's, both
 * changed under ids->lock: so a process that ends and a set that is removed never meet half-way.
 * The adjustments themselves belong to the set's lock.
 *
 * Tested by tests/guest/sysvsem.c.
 */
#include "ipc/sysv_sem.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/sched.h"
#include "task/task.h"

struct sem_undo_list {
	refcount_t refs;	/* tasks */
	struct list_head undos; /* [ids lock] */
};

int sem_undo_prepare(void)
{
	struct sem_undo_list *list;

	if (likely(current->sem_undo))
		return 0;
	list = kmalloc(sizeof(*list));
	if (!list)
		return -ENOMEM;
	refcount_set(&list->refs, 1);
	list_init(&list->undos);
	current->sem_undo = list;
	return 0;
}

struct sem_undo *sem_undo_find(struct sem_set *set)
{
	struct sem_undo *undo;

	list_for_each_entry (undo, &current->sem_undo->undos, list_link)
		if (undo->set == set)
			return undo;
	return NULL;
}

struct sem_undo *sem_undo_alloc(u32 semaphores)
{
	return kzalloc(sizeof(struct sem_undo) + semaphores * sizeof(s16));
}

void sem_undo_enter(struct sem_set *set, struct sem_undo *undo)
{
	undo->set = set;
	list_add_tail(&undo->set_link, &set->undos);
	list_add(&undo->list_link, &current->sem_undo->undos);
}

void sem_undo_drop_all(struct sem_set *set, struct list_head *dropped)
{
	struct sem_undo *undo;

	list_for_each_entry (undo, &set->undos, set_link)
		list_del(&undo->list_link);
	list_splice_tail(&set->undos, dropped);
}

void sem_undo_free_all(struct list_head *dropped)
{
	struct sem_undo *undo, *next;

	list_for_each_entry_safe (undo, next, dropped, set_link)
		kfree(undo);
}

void sem_undo_clear(struct sem_set *set, u32 first, u32 count)
{
	struct sem_undo *undo;

	list_for_each_entry (undo, &set->undos, set_link)
		memset(undo->adjust + first, 0, count * sizeof(s16));
}

/* Takes back what a process did to a set. The set's lock is held. */
static void apply(struct sem_set *set, const struct sem_undo *undo)
{
	for (u32 i = 0; i < set->count; i++) {
		s32 value = set->sem[i].value + undo->adjust[i];

		if (!undo->adjust[i])
			continue;
		set->sem[i].value = MAX(MIN(value, (s32)SEMVMX), 0);
		pid_note_set(&set->sem[i].pid, current_note());
	}
}

/* The first undo of the list, off both lists and carried out; NULL: none is left. */
static struct sem_undo *undo_one(struct sem_undo_list *list)
{
	struct sysv_ids *ids = &current_ipc()->sem;
	struct sem_undo *undo;
	struct sem_set *set;
	LIST_HEAD(finished);

	spin_lock(&ids->lock);
	if (list_empty(&list->undos)) {
		spin_unlock(&ids->lock);
		return NULL;
	}
	undo = list_first_entry(&list->undos, struct sem_undo, list_link);
	set = undo->set;
	spin_lock(&set->object.lock);
	list_del(&undo->list_link);
	list_del(&undo->set_link);
	spin_unlock(&ids->lock);
	apply(set, undo);
	sem_update(set, &finished);
	spin_unlock(&set->object.lock);
	handover_finish(&finished);
	return undo;
}

void exit_sem(struct task_struct *task)
{
	struct sem_undo_list *list = task->sem_undo;
	struct sem_undo *undo;

	task->sem_undo = NULL;
	if (likely(!list) || !refcount_dec_and_test(&list->refs))
		return;
	while ((undo = undo_one(list))) {
		kfree(undo);
		cond_resched();
	}
	kfree(list);
}

int sem_undo_fork(struct task_struct *child, bool share)
{
	int error;

	child->sem_undo = NULL;
	if (!share)
		return 0;
	error = sem_undo_prepare();
	if (error)
		return error;
	refcount_inc(&current->sem_undo->refs);
	child->sem_undo = current->sem_undo;
	return 0;
}
