/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of processes (pid_namespaces(7)). They form a tree; a process in one has an id there
 * and in each above it, up to the first one, whose ids are task->pid. A process does not change its
 * name space: what unshare(2) and setns(2) change is the one that its children come to.
 *
 * PNS1: task->numbers is NULL for a process of the first name space, which so pays for no more than
 *	the test; else it holds all its other ids. A group keeps the numbers of the process that
 *	made it, as it keeps the id.
 * PNS2: the first process of a name space is its init: it gets the orphans, signals without a
 *	handler do not reach it unless they come from above, and when it ends, all others are killed
 *	and no new one is let in.
 *
 * Locks: tasklist_lock for everything that is not immutable.
 */
#ifndef TASK_PID_NS_H
#define TASK_PID_NS_H

#include "fs/nsfs.h"
#include "task/pid.h"

struct pid_ns {
	struct ns_common common; /* first */
	struct pid_ns *parent;	 /* [I] referenced; NULL: the first one */
	u32 level;		 /* [I] the first one's is 0 */
	struct task_struct
		*reaper;	  /* [T] its init's last thread, which ends: PNS2; NULL: not yet */
	int reboot_signal;	  /* [T] its init ends with it: pid_ns_reboot(); 0 */
	u32 tasks;		  /* [T] with an id here; not counted in the first one */
	struct task_struct *init; /* [T] leader of its init; NULL: not yet, or no more */
	struct pid_map map;	  /* not used by the first one */
};

/* The ids of a process below the first name space. */
struct pid_number {
	struct list_head link; /* [T] hash, while the id is in use */
	struct pid_ns *ns;     /* [I] */
	pid_t nr;	       /* [I] */
	pid_t id;	       /* [I] the same process's in the first name space */
};
struct pid_numbers {
	refcount_t refs;	/* tasks and groups */
	struct pid_ns *ns;	/* [I] referenced: the lowest one */
	struct pid_number at[]; /* [I] by level - 1 */
};

extern struct pid_ns init_pid_ns;

static inline struct pid_ns *pid_ns_get(struct pid_ns *ns)
{
	ns_get(&ns->common);
	return ns;
}

static inline void pid_ns_put(struct pid_ns *ns)
{
	ns_put(&ns->common);
}

/* A new one below parent; ERR_PTR(-ENOMEM), (-ENOSPC) when the tree is too deep. */
struct pid_ns *pid_ns_create(struct pid_ns *parent) must_check;
/* Is ns the ancestor itself, or below it? */
bool pid_ns_is_below(const struct pid_ns *ns, const struct pid_ns *ancestor);

/* Ids for a new process of a name space that is not the first; id is the first one's. ERR_PTR. */
struct pid_numbers *pid_numbers_create(struct pid_ns *ns, pid_t id) must_check;
/* Gives them back if nobody has seen them. */
void pid_numbers_abandon(struct pid_numbers *numbers);
/* The ids are no longer in use; under tasklist_lock. */
void pid_numbers_release(struct pid_numbers *numbers);
void pid_numbers_free(struct pid_numbers *numbers);
static inline struct pid_numbers *pid_numbers_get(struct pid_numbers *numbers)
{
	if (unlikely(numbers))
		refcount_inc(&numbers->refs);
	return numbers;
}
static inline void pid_numbers_put(struct pid_numbers *numbers)
{
	if (unlikely(numbers) && refcount_dec_and_test(&numbers->refs))
		pid_numbers_free(numbers);
}

/* --- by whom an id is seen --- */

static inline struct pid_ns *task_pid_ns(const struct task_struct *task)
{
	return unlikely(task->numbers) ? task->numbers->ns : &init_pid_ns;
}

/* The number of an id in a name space; 0: it is not seen from there. */
static inline pid_t pid_nr_ns(pid_t id, const struct pid_numbers *numbers, const struct pid_ns *ns)
{
	if (likely(!ns->level))
		return id;
	if (!numbers || numbers->ns->level < ns->level || numbers->at[ns->level - 1].ns != ns)
		return 0;
	return numbers->at[ns->level - 1].nr;
}

static inline pid_t task_pid_nr_ns(const struct task_struct *task, const struct pid_ns *ns)
{
	return pid_nr_ns(task->pid, task->numbers, ns);
}

/* Under tasklist_lock, or of current. */
static inline pid_t task_tgid_nr_ns(const struct task_struct *task, const struct pid_ns *ns)
{
	return likely(!ns->level) ? task->tgid : task_pid_nr_ns(task->group_leader, ns);
}

/* Under tasklist_lock; NULL is a group that was left. */
static inline pid_t group_nr_ns(const struct pid_group *group, const struct pid_ns *ns)
{
	return group ? pid_nr_ns(group->id, group->numbers, ns) : 0;
}

/* The same for current's name space ("v" is for virtual, as in Linux). */
static inline pid_t task_pid_vnr(const struct task_struct *task)
{
	return likely(!current->numbers) ? task->pid : task_pid_nr_ns(task, current->numbers->ns);
}

static inline pid_t group_vnr(const struct pid_group *group)
{
	return group_nr_ns(group, task_pid_ns(current));
}

/* The id that a number of a name space means; -1: none. Under tasklist_lock. */
pid_t pid_from_nr_locked(struct pid_ns *ns, pid_t nr);
pid_t pid_from_nr(struct pid_ns *ns, pid_t nr); /* takes the lock */
static inline pid_t pid_from_vnr_locked(pid_t nr)
{
	return likely(!current->numbers) ? nr : pid_from_nr_locked(current->numbers->ns, nr);
}
static inline pid_t pid_from_vnr(pid_t nr)
{
	return likely(!current->numbers) ? nr : pid_from_nr(current->numbers->ns, nr);
}
/* The least number in use that is >= from, or -1: for readers of /proc. */
static inline pid_t pid_ns_next(struct pid_ns *ns, pid_t from)
{
	return likely(!ns->level) ? next_pid(from) : pid_map_next(&ns->map, from);
}
/* The number that current's name space has for an id which a task or a group has; takes the lock.
 */
pid_t pid_to_vnr(pid_t id);

/* --- ids that outlive those who have them --- */

/* An id that is kept: it can be told as long as the note is there, as in Linux's struct pid. The
 * reference to numbers is the note's, but for a note that is current's own for the length of a
 * call. */
struct pid_note {
	pid_t id; /* 0: nobody's */
	struct pid_numbers *numbers;
};

/* current's process, without a reference. */
static inline struct pid_note current_note(void)
{
	return (struct pid_note){ current->tgid, likely(!current->numbers)
							 ? NULL
							 : current->group_leader->numbers };
}

static inline struct pid_note pid_note_get(struct pid_note note)
{
	pid_numbers_get(note.numbers);
	return note;
}

static inline struct pid_note pid_note_of(const struct task_struct *task)
{
	return pid_note_get((struct pid_note){ task->pid, task->numbers });
}

static inline void pid_note_put(struct pid_note note)
{
	pid_numbers_put(note.numbers);
}

/* Makes a note the same as another. */
static inline void pid_note_set(struct pid_note *to, struct pid_note note)
{
	pid_numbers_get(note.numbers);
	pid_numbers_put(to->numbers);
	*to = note;
}

static inline pid_t pid_note_nr_ns(struct pid_note note, const struct pid_ns *ns)
{
	return pid_nr_ns(note.id, note.numbers, ns);
}

static inline pid_t pid_note_vnr(struct pid_note note)
{
	return pid_note_nr_ns(note, task_pid_ns(current));
}

/* --- for pid.c, fork and exit; under tasklist_lock --- */

/* -ENOMEM: no process may come to the name space any more. */
int pid_ns_check_open(const struct pid_numbers *numbers) must_check;
void pid_ns_attach(struct task_struct *task);
void pid_ns_detach(struct task_struct *task);
void pid_ns_exchanged(struct task_struct *a, struct task_struct *b);
/* Is the process the init of its name space, the first one left aside? */
bool is_pid_ns_init(const struct task_struct *task);
/* current, the last thread of such a process, ends: kills all others and waits until they are gone.
 * No lock held. */
void pid_ns_zap(void);
/* reboot(2) by current, which is in a name space: its init is killed, and its parent is told that
 * the signal did it. No lock held. */
void noreturn pid_ns_reboot(int signal);

#endif
