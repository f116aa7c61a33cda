/* SPDX-License-Identifier: MIT */
/*
 * Process ids: allocation with wrap, and finding tasks, groups and sessions by id.
 */
#ifndef TASK_PID_H
#define TASK_PID_H

#include "lib/types.h"
#include "task/task.h"

/*
 * A process has an id in each name space of processes that it is in (pid_ns.h): the first one's is
 * task->pid, and what the kernel means by an id. Numbers that a program gives or gets are those of
 * its own name space.
 */

/* Which ids of a name space are in use: task/pidmap.c. */
enum {
	PID_LIMIT = 4194304,
	PID_IDS_PER_PAGE = 32768,
	PID_MAP_PAGES = PID_LIMIT / PID_IDS_PER_PAGE,
};
struct pid_map {
	spinlock_t lock;	  /* RANK_FILES */
	pid_t last;		  /* [lock] given most recently */
	u64 *page[PID_MAP_PAGES]; /* [lock] NULL: none of its ids was ever in use */
	u32 used[PID_MAP_PAGES];  /* [lock] set bits of the page */
};
void pid_map_init(struct pid_map *map);
void pid_map_fini(struct pid_map *map);
pid_t pid_map_alloc(struct pid_map *map) must_check; /* as alloc_pid() */
void pid_map_free(struct pid_map *map, pid_t pid);
pid_t pid_map_next(struct pid_map *map, pid_t from); /* as next_pid() */
void pid_map_restart(struct pid_map *map);	     /* the next id given is the least one */

/* The next free id after the last one given, wrapping to 300 at pid_max; -EAGAIN when all are
 * taken, -ENOMEM. An id is in use while a task, a group or a session has it. Takes its own lock
 * under tasklist_lock or alone. */
pid_t alloc_pid(void) must_check;
void free_pid(pid_t pid);

/* By the number that current's name space has for it; under tasklist_lock; NULL when there is
 * none. */
struct task_struct *find_task_by_pid(pid_t pid);    /* any thread */
struct task_struct *find_process_by_pid(pid_t pid); /* thread-group leader */
/* Without that lock; gives a reference. In a name space of its own it takes the lock for a moment.
 */
struct task_struct *get_task_by_pid(pid_t pid);
/* The same by id. */
struct task_struct *find_task_by_id(pid_t id);
struct task_struct *get_task_by_id(pid_t id);

/* The smallest id in use that is >= from, or -1. For readers of /proc. */
pid_t next_pid(pid_t from);

/*
 * An id that a process group or a session has. It exists while it has members, and is made before
 * the locks are taken that publish it. The id stays in use as long.
 */
struct pid_group {
	pid_t id; /* [I] */
	struct pid_numbers
		*numbers;	  /* [I] once it is found: the id in other name spaces, or NULL */
	struct list_head link;	  /* [tasklist_lock] hash */
	struct list_head members; /* [tasklist_lock] signal->pgrp_link: processes of the group */
	struct list_head
		session; /* [tasklist_lock] signal->session_link: processes of the session */
};

struct pid_group *pid_group_create(pid_t id)
	must_check; /* NULL: no memory. Found by nobody before it has members */
void pid_group_destroy(struct pid_group *group); /* one that was never used */
/* Under tasklist_lock: */
struct pid_group *pid_group_find(pid_t id);
void group_join(struct signal_struct *signal, struct pid_group *group); /* leaves the old one */
void session_join(struct signal_struct *signal, struct pid_group *group);
void group_leave(struct signal_struct *signal); /* group and session, at release */
/* Exchanges the ids of two attached threads: exec by a thread that is not the leader. */
void pid_exchange(struct task_struct *a, struct task_struct *b);
void pid_init(void); /* the hash, by the size of memory; id 0 is init_task's */

/* Visits the processes of a group or session; under tasklist_lock. f returns false to stop. */
void group_visit(pid_t pgid, bool (*f)(struct task_struct *leader, void *data), void *data);
void session_visit(pid_t sid, bool (*f)(struct task_struct *leader, void *data), void *data);

extern int pid_max;		       /* 301 .. 4194304; /proc/sys/kernel/pid_max */
int set_pid_max(int value) must_check; /* 0 or -EINVAL */
pid_t last_pid(void);		       /* for /proc/loadavg */
unsigned int task_count(void);	       /* all threads */
extern unsigned int threads_max;       /* from memory at boot; /proc/sys/kernel/threads-max */

/* Attach and detach a task that the family lock's holder publishes; called by fork and
 * release_task. */
void pid_attach(struct task_struct *task);
void pid_detach(struct task_struct *task);

#endif
