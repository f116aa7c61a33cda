/* SPDX-License-Identifier: MIT */
/*
 * /proc/pid/oom_score, oom_score_adj and oom_adj: how willingly the out-of-memory killer takes a
 * process (task/oom.h), and its user's say in it. oom_adj is the older scale, -17 to 15.
 */
#include "lib/errno.h"
#include "mm/page.h"
#include "procfs/procfs.h"
#include "task/cred.h"
#include "task/oom.h"
#include "task/process.h"

enum { SCORE_MAX = 1000, OLD_MAX = 15, OLD_NEVER = -17 };

/* As Linux scales it: 0 never, about 667 for a small process without an adjustment. */
int proc_show_oom_score(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	s64 total = (s64)page_total_count(), bad;

	spin_lock(&tasklist_lock);
	bad = oom_badness(task->group_leader);
	spin_unlock(&tasklist_lock);
	text_printf(text, "%ld\n",
		    bad == OOM_BADNESS_NEVER ? 0
					     : MAX((1000 + bad * 1000 / total) * 2 / 3, (s64)0));
	return 0;
}

int proc_show_oom_score_adj(struct text *text, struct task_struct *task,
			    const struct proc_node *node)
{
	text_printf(text, "%d\n", READ_ONCE(task->signal->oom_score_adj));
	return 0;
}

/* Only CAP_SYS_RESOURCE goes below what it has granted last. */
static int set_score_adj(struct signal_struct *signal, int adjust, int least)
{
	int error = 0;

	spin_lock(&tasklist_lock);
	if (adjust < least && !capable(CAP_SYS_RESOURCE)) {
		error = -EACCES;
	} else {
		signal->oom_score_adj = (s16)adjust;
		if (capable(CAP_SYS_RESOURCE))
			signal->oom_score_adj_min = (s16)adjust;
	}
	spin_unlock(&tasklist_lock);
	return error;
}

int proc_store_oom_score_adj(struct task_struct *task, char *value, size_t length)
{
	s64 adjust;
	int error = proc_parse_signed(value, &adjust);

	if (error || adjust < -SCORE_MAX || adjust > SCORE_MAX)
		return -EINVAL;
	return set_score_adj(task->signal, (int)adjust, task->signal->oom_score_adj_min);
}

int proc_show_oom_adj(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	int adjust = READ_ONCE(task->signal->oom_score_adj);
	int old = adjust == SCORE_MAX ? OLD_MAX : adjust * -OLD_NEVER / SCORE_MAX;

	text_printf(text, "%d\n", MIN(old, OLD_MAX));
	return 0;
}

int proc_store_oom_adj(struct task_struct *task, char *value, size_t length)
{
	s64 old;
	int error = proc_parse_signed(value, &old);
	int adjust;

	if (error || old < OLD_NEVER || old > OLD_MAX)
		return -EINVAL;
	adjust = old == OLD_MAX ? SCORE_MAX : (int)old * SCORE_MAX / -OLD_NEVER;
	return set_score_adj(task->signal, adjust, task->signal->oom_score_adj);
}
