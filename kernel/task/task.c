/* SPDX-License-Identifier: MIT */
/*
 * The memory of tasks: where task_struct comes from, who frees it, and the first one of all.
 *
 * A task has two references of its own (task.h). The one of its kernel stack is dropped by the task
 * that runs next on the hart (task_off_stack(), the scheduler's dead hook), which frees the stack
 * at once: a zombie has none. So the next fork finds a stack that is warm in the cache.
 *
 * Entry points: task_init() at boot, task_alloc_idle() for the other harts' idle tasks,
 * get_task_*() for looking at another task, free_task() by put_task_struct().
 */
#include "fs/fdtable.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "mm/kstack.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/internal.h"
#include "task/kthread.h"
#include "task/nsproxy.h"
#include "task/oom.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/process.h"
#include "task/seccomp.h"
#include "task/signal.h"
#include "vm/space.h"

struct kmem_cache *task_cache, *signal_cache;
static struct kmem_cache *sighand_cache;

spinlock_t tasklist_lock = SPINLOCK_INIT(RANK_TASKLIST);

static struct sighand_struct init_sighand = {
	.refs = REFCOUNT_INIT(1),
	.lock = SPINLOCK_INIT(RANK_SIGHAND),
};

static struct signal_struct init_signal = {
	.refs = REFCOUNT_INIT(1),
	.nr_threads = 1,
	.live = 1,
	.threads = LIST_HEAD_INIT(init_signal.threads),
	.child_wait = WAIT_QUEUE_INIT(init_signal.child_wait),
	.group_flags = SIGNAL_UNKILLABLE,
	.pending.queue = LIST_HEAD_INIT(init_signal.pending.queue),
};

/* tp points here from the first C instruction on. */
struct task_struct init_task = {
	.state = TASK_RUNNING,
	.flags = PF_IDLE | PF_KTHREAD,
	.on_hart = true,
	.wake_lock = SPINLOCK_INIT(RANK_WAKE),
	.usage = REFCOUNT_INIT(2),
	.cred = &init_cred,
	.comm = "swapper/0",
	.real_parent = &init_task,
	.parent = &init_task,
	.group_leader = &init_task,
	.children = LIST_HEAD_INIT(init_task.children),
	.sibling = LIST_HEAD_INIT(init_task.sibling),
	.tasks = LIST_HEAD_INIT(init_task.tasks),
	.thread_link = LIST_HEAD_INIT(init_task.thread_link),
	.pi_held = LIST_HEAD_INIT(init_task.pi_held),
	.pid_link = LIST_HEAD_INIT(init_task.pid_link),
	.dead_link = LIST_HEAD_INIT(init_task.dead_link),
	.tracees = LIST_HEAD_INIT(init_task.tracees),
	.trace_link = LIST_HEAD_INIT(init_task.trace_link),
	.pending.queue = LIST_HEAD_INIT(init_task.pending.queue),
	.signal = &init_signal,
	.sighand = &init_sighand,
	.nsproxy = &init_nsproxy,
	.altstack_flags = SS_DISABLE,
	.timer_slack = 50000,
	.login_uid = LOGIN_NOBODY,
	.login_session = LOGIN_NOBODY,
};

struct sighand_struct *sighand_create(void)
{
	struct sighand_struct *sighand = kmem_cache_alloc(sighand_cache);

	if (!sighand)
		return NULL;
	refcount_set(&sighand->refs, 1);
	spin_init(&sighand->lock, RANK_SIGHAND);
	sighand->watched = false;
	return sighand;
}

void sighand_put(struct sighand_struct *sighand)
{
	if (refcount_dec_and_test(&sighand->refs))
		kmem_cache_free(sighand_cache, sighand);
}

void signal_put(struct signal_struct *signal)
{
	if (!refcount_dec_and_test(&signal->refs))
		return;
	assert(!signal->tty && list_empty(&signal->threads));
	flush_sigqueue(&signal->pending);
	kmem_cache_free(signal_cache, signal);
}

void free_task(struct task_struct *task)
{
	assert(!task->stack && !task->mm && !task->files && !task->fs && !task->fpu);
	flush_sigqueue(&task->pending);
	if (task->old_sighand)
		sighand_put(task->old_sighand);
	sighand_put(task->sighand);
	signal_put(task->signal);
	cred_put(task->cred);
	pid_numbers_put(task->numbers);
	kthread_free(task->kthread);
	seccomp_free(task);
	kmem_cache_free(task_cache, task);
}

/* The dead hook: the task has left its stack for good. */
static void task_off_stack(struct task_struct *task)
{
	kstack_free(task->stack);
	task->stack = NULL;
	put_task_struct(task);
}

struct mm_struct *get_task_mm(struct task_struct *task)
{
	struct mm_struct *mm;

	spin_lock(&task->wake_lock);
	mm = task->mm;
	if (mm && !mm_get_user_unless_dead(mm))
		mm = NULL;
	spin_unlock(&task->wake_lock);
	return mm;
}

struct files_struct *get_task_files(struct task_struct *task)
{
	struct files_struct *files;

	spin_lock(&task->wake_lock);
	files = task->files ? files_get(task->files) : NULL;
	spin_unlock(&task->wake_lock);
	return files;
}

struct fs_struct *get_task_fs(struct task_struct *task)
{
	struct fs_struct *fs;

	spin_lock(&task->wake_lock);
	fs = task->fs ? fs_get(task->fs) : NULL;
	spin_unlock(&task->wake_lock);
	return fs;
}

/* Idle tasks are in no list and have no id; the scheduler fills in the rest. */
struct task_struct *task_alloc_idle(unsigned int hart)
{
	struct task_struct *task = kmem_cache_alloc(task_cache);

	if (!task)
		return ERR_PTR(-ENOMEM);
	*task = init_task;
	task->stack = kstack_alloc();
	if (!task->stack) {
		kmem_cache_free(task_cache, task);
		return ERR_PTR(-ENOMEM);
	}
	task->ti = (struct thread_info){ .kernel_sp = (unsigned long)task->stack + KSTACK_SIZE };
	snprintf(task->comm, sizeof(task->comm), "swapper/%u", hart);
	list_init(&task->children);
	list_init(&task->sibling);
	list_init(&task->tasks);
	list_init(&task->thread_link);
	list_init(&task->pid_link);
	list_init(&task->dead_link);
	list_init(&task->tracees);
	list_init(&task->trace_link);
	list_init(&task->pending.queue);
	return task;
}

void task_init(void)
{
	task_cache = kmem_cache_create("task_struct", sizeof(struct task_struct), 64, NULL);
	signal_cache = kmem_cache_create("signal_struct", sizeof(struct signal_struct), 64, NULL);
	sighand_cache =
		kmem_cache_create("sighand_struct", sizeof(struct sighand_struct), 64, NULL);
	signal_init();
	itimers_init(&init_signal);
	list_add(&init_task.thread_link, &init_signal.threads);
	pid_init();
	rlimits_init();
	sched_set_dead_hook(task_off_stack);
	vm_out_of_memory = oom_kill;
}
