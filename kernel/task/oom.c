/* SPDX-License-Identifier: MIT */
/*
 * Out of memory: one process is chosen, reported and killed, so that the others go on.
 *
 * OOM1: one victim at a time: while the last one has not released its memory, nobody else is
 *killed. OOM2: the victim's badness is its resident pages plus oom_score_adj thousandths of all
 *memory; -1000 excludes it, as does being init or a kernel thread.
 *
 * Locks: tasklist_lock to choose; the caller may hold a space's lock, the victim's included: its
 *death needs none of it before the caller has given up (a fatal signal is pending for it then).
 */
#include "base/log.h"
#include "mm/page.h"
#include "sched/sched.h"
#include "task/oom.h"
#include "task/pid.h"
#include "task/process.h"
#include "task/signal.h"
#include "vm/space.h"

enum { OOM_NEVER = -1000, OOM_SCALE = 1000, OOM_PAUSE_MS = 10 };

static struct task_struct *last_victim; /* [tasklist_lock] referenced */

/* Resident pages of a process: of the first thread that still has the space. */
static s64 resident_pages(struct task_struct *leader)
{
	struct task_struct *thread;

	for_each_thread (leader, thread) {
		struct mm_struct *mm;
		s64 pages = -1;

		spin_lock(&thread->wake_lock);
		mm = thread->mm;
		if (mm)
			pages = mm->rss_anon + mm->rss_file;
		spin_unlock(&thread->wake_lock);
		if (pages >= 0)
			return pages;
	}
	return 0;
}

static s64 badness(struct task_struct *leader)
{
	int adjust = leader->signal->oom_score_adj;

	if (leader->pid == 1 || leader->flags & PF_KTHREAD || adjust == OOM_NEVER)
		return 0;
	return resident_pages(leader) + adjust * ((s64)page_total_count() / OOM_SCALE);
}

static struct task_struct *choose_victim(s64 *points)
{
	struct task_struct *leader, *worst = NULL;

	*points = 0;
	for_each_process (leader) {
		s64 bad = badness(leader);

		if (bad > *points) {
			*points = bad;
			worst = leader;
		}
	}
	return worst;
}

/* Is the last one chosen still about to give its memory back? */
static bool victim_is_dying(void)
{
	struct task_struct *victim = last_victim;

	if (!victim)
		return false;
	if (victim->signal->nr_threads && resident_pages(victim) > 0)
		return true;
	last_victim = NULL;
	put_task_struct(victim);
	return false;
}

static void kill_victim(struct task_struct *victim, s64 points)
{
	last_victim = get_task_struct(victim);
	log_error("out of memory: killed process %d (%s), %ld KiB resident, oom_score_adj %d",
		  victim->pid, victim->comm, points * (PAGE_SIZE / KiB),
		  victim->signal->oom_score_adj);
	send_signal_process(SIGKILL, SEND_SIG_KERNEL, victim);
}

/* Lets the victim run: it may be waiting for this hart. */
static void pause_a_moment(void)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_timeout_until(clock_monotonic() + OOM_PAUSE_MS * NSEC_PER_MSEC);
}

bool oom_kill(void)
{
	struct task_struct *victim = NULL;
	bool dying;
	s64 points;

	if (current_fatal_signal_pending())
		return false;
	spin_lock(&tasklist_lock);
	dying = victim_is_dying();
	if (!dying) {
		victim = choose_victim(&points);
		if (victim)
			kill_victim(victim, points);
	}
	spin_unlock(&tasklist_lock);
	if (!dying && !victim)
		return false;
	if (current_fatal_signal_pending())
		return false;
	pause_a_moment();
	return true;
}
