/* SPDX-License-Identifier: MIT */
/*
 * A hart's run queue. [h]: the hart itself only; [I]: immutable; all else: lock.
 *
 * RQ1: a runnable task is on exactly one queue, the running one included.
 * RQ2: everything here is changed under lock, by any hart; the lock is held across the switch, so
 *      whoever holds it sees `current_task` run on the hart, and nobody else.
 * RQ3: a task on the queue has this hart in its affinity mask, but for the moment until the
 *      migration thread has moved a running one.
 */
#ifndef SCHED_RUNQUEUE_H
#define SCHED_RUNQUEUE_H

#include "base/lock.h"
#include "base/perhart.h"
#include "lib/bitmap.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "sched/sched.h"
#include "sched/timer.h"

struct fair_queue {
	struct rb_root tree; /* queued entities by vruntime, augmented with the least deadline */
	struct sched_entity *current_entity; /* the running one, if of this class; not in tree */
	u64 current_since;		     /* clock when it became the running one */
	u64 base;	  /* follows the average vruntime, so that distances from it are small */
	s64 weighted_sum; /* sum over the tree of (vruntime - base) * weight */
	u64 total_weight; /* of the tree */
	u32 count;	  /* entities, running one included */
};

enum { RT_LEVELS = RT_PRIO_MAX + 1 };

struct rt_queue {
	u64 bitmap[BITMAP_WORDS(RT_LEVELS)]; /* levels that have queued entities */
	struct list_head level[RT_LEVELS];   /* by RT_PRIO_MAX - urgency: the most urgent first */
	struct sched_entity *current_entity; /* the running one, if of this class; in no list */
	u32 count;			     /* entities, running one included */
};

struct fair_reserve {	 /* reserve.c */
	u64 waited;	 /* ns that others ran while fair tasks waited, less what these ran since */
	bool goes_first; /* that has been enough: fair tasks go before others */
	u64 until;	 /* by this deadline, against deadline tasks */
	u64 others_ns;	 /* run time of all others, and of fair tasks that went first: balance.c */
};

struct deadline_queue {
	struct rb_root ready;		     /* entities with budget, by deadline */
	struct list_head throttled;	     /* those that wait for their next period */
	struct sched_entity *current_entity; /* the running one, if of this class; in neither */
	u32 count;			     /* entities, running one included */
};

struct runqueue {
	spinlock_t lock;		  /* RANK_RUNQUEUE; lower hart first */
	u32 count;			  /* runnable tasks, the running one included, idle not */
	u64 load;			  /* sum of the fair ones' weights */
	u32 before_rt;			  /* runnable ones of policies before rt */
	bool stopper_wanted;		  /* migration/N is runnable */
	u64 clock;			  /* ns, read once per operation */
	struct task_struct *current_task; /* who runs */
	struct task_struct *idle;	  /* [I] */
	unsigned int hart;		  /* [I] */
	s32 uninterruptible; /* fell asleep so here minus woken so to here: only the sum counts */
	struct fair_queue fair;
	struct rt_queue rt;
	struct deadline_queue deadline;
	struct fair_reserve reserve;
	struct timer deadline_timer; /* armed for deadline_next_event() */

	/* the tick: tick.c */
	struct timer tick; /* armed while the hart does not idle */
	bool tick_due;	   /* [h] it has fired: sched_tick() has work */
	u64 busy_sampled;  /* ns of busy time that user, system and nice have got */
	u64 user_ns, system_ns, nice_ns;

	/* balancing: balance.c */
	struct task_struct *migration;	   /* [I] migration/N, NULL before it is made */
	struct list_head migrate_requests; /* struct migrate_request */
	bool balance_wanted;		   /* the tick asks migration/N to pull */
	u8 balance_round;		   /* counts periods */
	u32 taken;	    /* share of the hart that fair tasks do not get, lately */
	u64 others_sampled; /* others_ns at the last period */
	u64 next_balance;   /* ns */

	u64 switches;
	u64 forks;	/* [h] */
	u64 idle_since; /* clock when the idle task last got the hart */
	u64 idle_ns;	/* up to idle_since */
};

DECLARE_PERHART(struct runqueue, runqueue);

#endif
