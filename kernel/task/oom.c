/* SPDX-License-Identifier: MIT */
/*
 * Out of memory: one process is chosen, reported and killed, so that the others go on.
 *
 * OOM1: one victim at a time: until all its threads have left their space, who else is short of
 * memory waits. The victim's threads become real-time ones, as many may be waiting for the hart.
 * One that does not die in OOM_PATIENCE_MS, since it waits for somebody who waits for memory, is
 * left to itself: another one is chosen.
 * OOM2: the victim's badness is its resident pages plus oom_score_adj thousandths of all memory;
 * -1000 excludes it, as does being init, a kernel thread, or already on the way to its end.
 *
 * Locks: tasklist_lock to choose; the caller may hold a space's lock, the victim's included: its
 * death needs none of it before the caller has given up (a fatal signal is pending for it then).
 */
#include "base/log.h"
#include "mm/page.h"
#include "sched/sched.h"
#include "task/oom.h"
#include "task/signal.h"
#include "vm/space.h"

enum { OOM_NEVER = -1000, OOM_SCALE = 1000, OOM_PATIENCE_MS = 1000 };

struct task_struct *oom_victim;
static nsec_t victim_deadline; /* [tasklist_lock] OOM1 */
static struct wait_queue victim_gone = WAIT_QUEUE_INIT(victim_gone);

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

s64 oom_badness(struct task_struct *leader)
{
	int adjust = leader->signal->oom_score_adj;

	if (leader->pid == 1 || leader->flags & PF_KTHREAD || adjust == OOM_NEVER ||
	    leader->signal->group_flags & SIGNAL_GROUP_EXIT)
		return OOM_BADNESS_NEVER;
	return resident_pages(leader) + adjust * ((s64)page_total_count() / OOM_SCALE);
}

static struct task_struct *choose_victim(void)
{
	struct task_struct *leader, *worst = NULL;
	s64 most = 0;

	for_each_process (leader) {
		s64 bad = oom_badness(leader);

		if (bad > most) {
			most = bad;
			worst = leader;
		}
	}
	return worst;
}

static void forget_victim(void)
{
	put_task_struct(oom_victim);
	oom_victim = NULL;
	wake_up_all(&victim_gone);
}

void oom_victim_thread_ended(void)
{
	struct task_struct *thread;

	assert(spin_is_locked(&tasklist_lock));
	for_each_thread (oom_victim, thread)
		if (thread->exit_state == EXIT_ALIVE)
			return;
	forget_victim();
}

static void kill_victim(struct task_struct *victim)
{
	const struct sched_param_all urgent = { .policy = SCHED_FIFO, .rt_priority = 1 };
	struct task_struct *thread;

	log_error("out of memory: killed process %d (%s), %ld KiB resident, oom_score_adj %d",
		  victim->pid, victim->comm, resident_pages(victim) * (PAGE_SIZE / KiB),
		  victim->signal->oom_score_adj);
	oom_victim = get_task_struct(victim);
	victim_deadline = clock_monotonic() + OOM_PATIENCE_MS * NSEC_PER_MSEC;
	send_signal_process(SIGKILL, SEND_SIG_KERNEL, victim);
	for_each_thread (victim, thread)
		if (sched_set_params(thread, &urgent))
			panic("a real-time priority is refused");
}

/* True: there is a victim to wait for. */
static bool have_victim(void)
{
	struct task_struct *victim = NULL;

	spin_lock(&tasklist_lock);
	if (!oom_victim || clock_monotonic() >= victim_deadline)
		victim = choose_victim();
	if (victim && oom_victim)
		forget_victim();
	if (victim)
		kill_victim(victim);
	victim = oom_victim;
	spin_unlock(&tasklist_lock);
	return victim;
}

/* Sleeps until the victim is gone, patience is over, or current is to die. */
static void await_end(void)
{
	struct waiter waiter = { 0 };

	waitq_prepare(&victim_gone, &waiter, TASK_KILLABLE);
	if (READ_ONCE(oom_victim))
		schedule_timeout_until(clock_monotonic() + OOM_PATIENCE_MS * NSEC_PER_MSEC);
	waitq_finish(&victim_gone, &waiter);
}

bool oom_kill(void)
{
	if (current_fatal_signal_pending() || !have_victim())
		return false;
	await_end();
	return !current_fatal_signal_pending();
}
