/* SPDX-License-Identifier: MIT */
/*
 * Out of memory: the process with the most resident pages (with oom_score_adj) is killed and
 * reported in the log.
 */
#ifndef TASK_OOM_H
#define TASK_OOM_H

#include "task/task.h"

/* Chooses and kills, or finds that one is dying already. True: memory will come back, let others
 * run and try again. False: nobody can be killed, or current itself is dying: give up with -ENOMEM.
 * May sleep; no locks held but a mm's. */
bool oom_kill(void);

/* The process that was chosen last, referenced, until it has given its memory back; NULL: none.
 * Under tasklist_lock. */
extern struct task_struct *oom_victim;
void oom_victim_thread_ended(void);

/* A task has left its space, and its exit_state says so. tasklist_lock held. */
static inline void oom_task_ended(const struct task_struct *task)
{
	if (unlikely(oom_victim && oom_victim->signal == task->signal))
		oom_victim_thread_ended();
}

/* How much is won by ending a process: its resident pages, and the adjustment in proportion to the
 * memory; OOM_BADNESS_NEVER: it must not be. tasklist_lock held. */
#define OOM_BADNESS_NEVER INT64_MIN
s64 oom_badness(struct task_struct *leader);

#endif
