/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's interface: states, run queues, waking, switching, policies' parameters.
 *
 * A task is runnable (on exactly one run queue, or running) or asleep. It goes to sleep in three
 * steps, so that no wake-up is lost: set_current_state(TASK_INTERRUPTIBLE), test the condition,
 * schedule(). try_to_wake_up() sets the state back; schedule() then finds the task RUNNING and does
 * not take it off its queue. waitq.h wraps this up.
 *
 * Waking (core.c): the sleeper's wake_lock is taken first; a task that is still on its run queue
 * only gets its state set; one that is off its queue but still on its old hart's stack (on_hart
 * set) is waited for; then a hart is chosen, its queue locked, the task put on it, and that hart
 * told when the newcomer should run.
 *
 * Locks: task->wake_lock (RANK_WAKE) then rq->lock (RANK_RUNQUEUE, lower hart first).
 */
#ifndef SCHED_SCHED_H
#define SCHED_SCHED_H

#include "arch/current.h"
#include "base/lock.h"
#include "lib/atomic.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"
#include "sched/timer.h"

struct mm_struct;
struct task_struct;

enum task_state {
	TASK_RUNNING = 0,
	TASK_INTERRUPTIBLE = 1 << 0,
	TASK_UNINTERRUPTIBLE = 1 << 1,
	TASK_STOPPED = 1 << 2,	    /* by a job-control signal */
	TASK_TRACED = 1 << 3,	    /* by its tracer */
	TASK_DEAD = 1 << 4,	    /* do_task_dead(): the next switch is its last */
	TASK_NEW = 1 << 5,	    /* made by copy_process(), not yet woken for the first time */
	TASK_KILLABLE_BIT = 1 << 6, /* with UNINTERRUPTIBLE: fatal signals wake it */

	TASK_KILLABLE = TASK_UNINTERRUPTIBLE | TASK_KILLABLE_BIT,
	TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE,
};

/* Linux's policy numbers (sched_setscheduler(2)). */
enum sched_policy {
	SCHED_NORMAL = 0,
	SCHED_FIFO = 1,
	SCHED_RR = 2,
	SCHED_BATCH = 3,
	SCHED_IDLE = 5,
	SCHED_DEADLINE = 6,
	SCHED_RESET_ON_FORK = 0x40000000,
};

enum { NICE_MIN = -20, NICE_MAX = 19, RT_PRIO_MAX = 99 };

struct sched_class;

/* What SCHED_DEADLINE keeps of a task: kernel/sched/deadline.c. All [q]. */
struct deadline_server {
	u64 runtime, deadline, period; /* what it was promised, ns; all 0 under other policies */
	u64 until;		       /* absolute deadline, ns; 0: it has not woken yet */
	s64 budget;		       /* run time left until then, ns; below 0: overdrawn */
	u32 flags;		       /* as sched_setattr(2) was told, SCHED_FLAG_* */
	bool throttled;		       /* waits for its next period */
	bool overrun;		       /* has used up a budget, and was not told */
};

/* What a policy keeps of a task. Embedded in task_struct as `se`. */
struct sched_entity {
	const struct sched_class *class; /* [q] policy's operations */
	struct rb_node node;		 /* [q] fair: in the tree, while queued and not running */
	struct list_head link;		 /* [q] rt: in the list of its priority */
	u64 vruntime;			 /* [q] fair: virtual time received, ns scaled by weight */
	u64 deadline;			 /* [q] fair: virtual deadline of the current request */
	u64 min_deadline;		 /* [q] fair: least deadline in the subtree */
	s64 vlag;			 /* [q] fair: lag kept over sleep */
	u64 exec_start;			 /* [q] clock at which it was last charged, ns */
	u64 sum_exec;			 /* [q] run time in all, ns */
	u64 awake_ns;			 /* [q] rt: run time since the last sleep */
	u64 user_shown;			 /* [q] user time last told: never goes back */
	u64 system_shown;		 /* [q] system time last told */
	u32 weight;			 /* [q] fair: from nice; else 0 */
	u32 slice;			 /* [q] fair: what it asks for at a time, ns */
	u32 slice_left;			 /* [q] rr: ns left */
	bool on_rq;			 /* [q] queued or running: on exactly one run queue */
	u8 policy;			 /* [q] enum sched_policy */
	u8 rt_priority;			 /* [q] 1..99 for FIFO and RR, else 0 */
	u8 inherited;			 /* [q] priority of those that it keeps waiting, or 0 */
	u8 urgency;			 /* [q] the higher of the two: what rt goes by */
	s8 nice;			 /* [q] -20..19 */
	bool reset_on_fork;		 /* [q] */
	bool is_stopper;		 /* [I] migration/N: before all policies (stopper.c) */
	struct deadline_server server;	 /* [q] */
};

struct sched_param_all { /* what sched_setattr(2) sets */
	u8 policy;
	s8 nice;
	u8 rt_priority;
	bool reset_on_fork;
	u32 slice;		       /* of the fair policies, ns */
	u32 deadline_flags;	       /* of SCHED_DEADLINE, as all below; 0 with other policies */
	u64 runtime, deadline, period; /* ns */
};

/* --- sleeping and waking --- */

/* Sets current's state with full ordering before what follows: then test the condition, then
 * schedule(). */
#define set_current_state(state_)                                                                  \
	do {                                                                                       \
		WRITE_ONCE(current->state, (state_));                                              \
		fence_full();                                                                      \
	} while (0)

/* For states without a condition to test (STOPPED, TRACED): a wake-up from an earlier sleep that is
 * still under way cannot overwrite it. Takes wake_lock. */
void set_special_state(u32 state);
/* Makes a task that sleeps in the state from sleep in another; false when it does not. Takes its
 * wake_lock. */
bool change_sleep_state(struct task_struct *task, u32 from, u32 to);

/* Gives up the hart. A task in a sleeping state leaves its queue (unless a signal that the state
 * allows is pending); a runnable one goes on later. No spinlock held. Returns when it is picked
 * again, in TASK_RUNNING. */
void schedule(void);

/* Makes the task runnable if its state is in states; true when it did. Any context, also
 * interrupts. Takes wake_lock and a rq lock. */
bool try_to_wake_up(struct task_struct *task, unsigned int states);
static inline bool wake_up_process(struct task_struct *task)
{
	return try_to_wake_up(task, TASK_NORMAL);
}

/* Runs a task made by copy_process() for the first time; places it on the best hart. */
void wake_up_new_task(struct task_struct *task);

/* Long loops in the kernel: takes pending interrupts, and schedules if need be. May sleep. */
void cond_resched(void);

/* Sleeps until the clock (monotonic ns) reaches expires or a wake-up comes, in the state that the
 * caller has set. Returns 0 when the time was up, else the ns left (> 0). NSEC_NEVER: no limit. */
nsec_t schedule_timeout_until(nsec_t expires);
/* The same by CLOCK_REALTIME, following when that clock is set. */
nsec_t schedule_timeout_realtime(nsec_t expires);

/* First code of a new task, called by arch: unlocks the queue that the switch held. */
void schedule_tail(struct task_struct *prev);

/* The last schedule() of a task, from do_exit(). After the switch away, the next task calls the
 * hook that task/ registered with sched_set_dead_hook (it drops the reference that stands for "on
 * its stack"). */
void noreturn do_task_dead(void);
void sched_set_dead_hook(void (*hook)(struct task_struct *task));

/* --- life of a task --- */

/* copy_process(), step 4: state TASK_NEW, parameters inherited from current, or reset. */
void sched_fork(struct task_struct *child);

/* --- parameters; take wake_lock and a rq lock; permission is checked above --- */

/* -EINVAL for what makes no sense; SCHED_DEADLINE: -EPERM when the task may not run on all harts,
 * -EBUSY when too much was promised to others already. */
int sched_set_params(struct task_struct *task, const struct sched_param_all *params) must_check;
/* Limits what SCHED_DEADLINE tasks are promised together to so much run time of each hart's period,
 * us (runtime -1: no limit); -EINVAL when it is more than the period, -EBUSY when more is promised
 * already. Sets the numbers, which others only read. */
int sched_limit_promises(int runtime_us, int period_us) must_check;
extern int sched_rt_runtime_us, sched_rt_period_us; /* [a] */
void sched_get_params(struct task_struct *task, struct sched_param_all *params);
void sched_set_nice(struct task_struct *task, int nice);
/* sched/pimutex.c alone: while it is not 0, the task runs as a real-time one of at least that
 * priority. */
void sched_set_inherited(struct task_struct *task, u8 priority);
/* allowed & harts_online must not be empty (-EINVAL), and be all of the latter for SCHED_DEADLINE
 * (-EBUSY). Returns when the task does not run on a
 * forbidden hart any more (may sleep: the migration thread moves a running task). */
int sched_set_affinity(struct task_struct *task, hartmask_t allowed) must_check;
/* Current ends: what SCHED_DEADLINE has promised it is free for others. */
void sched_exit(void);
/* TIF_NOTIFY: has current, that asked for it, used up a budget since it was told? */
bool sched_take_overrun(void);
void sched_yield(void);
nsec_t sched_rr_interval(struct task_struct *task);
/* What a task of a fair policy asks for at a time, ns, if it wants that; 0: it does not say. */
u32 sched_slice(u64 wanted);
/* Task's CPU time in ns, brought up to date when it runs now. */
u64 sched_task_runtime(struct task_struct *task);
/* Splits the run time into user and system by sampling at the tick: utime + stime == runtime. */
void sched_task_times(struct task_struct *task, u64 *user_ns, u64 *system_ns);

/* --- interrupts, from kernel/entry.c --- */

/* Each timer interrupt, after timer_interrupt(): if the tick is due, charges, preempts, balances.
 * user_mode: it came while the program ran, not the kernel. */
void sched_tick(bool user_mode);
void sched_ipi(void); /* reschedule interrupt: nothing but a look at the flags of current */

/* --- threads of a space that run now: membarrier(2) --- */

/* Sets a TIF_* flag of the task that runs on a hart, if it is a thread of the space and not
 * current, and interrupts it; true: done. */
bool sched_flag_running(unsigned int hart, const struct mm_struct *mm, unsigned long flag);
/* True while a thread of the space runs there that still has the flag. */
bool sched_running_has_flag(unsigned int hart, const struct mm_struct *mm, unsigned long flag);

/* --- statistics for /proc --- */

struct sched_hart_stats {
	u64 switches;
	u64 idle_ns; /* time in the idle task */
	u64 user_ns, system_ns, nice_ns;
	u32 running; /* tasks on the queue, running one included */
};
/* Of that hart up to now. Takes its queue's lock. */
void sched_hart_stats(unsigned int hart, struct sched_hart_stats *stats);
/* 1, 5, 15 minute load averages in Linux's fixed point (11 bits of fraction). */
void sched_loadavg(u64 load[3]);
unsigned int sched_running_count(void); /* runnable tasks on all harts */
unsigned int sched_blocked_count(void); /* tasks that sleep uninterruptibly */
u64 sched_forks(void);			/* tasks made since boot */

/* --- bring-up --- */

/* Boot hart: run queues of all harts; current becomes its idle task. */
void sched_init(void);
/* Makes the idle task of a hart (kernel/task provides the memory: task_alloc_idle). */
struct task_struct *sched_idle_task(unsigned int hart);
/* The idle loop; called by each hart at the end of its bring-up on its idle task. */
void noreturn sched_idle_loop(void);
/* Makes the migration/N threads; from init after kthreadd runs. */
void sched_start_balancing(void);
void sched_start_softirqs(void); /* and ksoftirqd/N */

#endif
