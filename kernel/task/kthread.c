/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads: tasks without an address space that run a function of the kernel.
 *
 * All but init and kthreadd are made by kthreadd (PID 2), by clone like every task: so they inherit
 * nothing from who wanted them, and are its children in every listing. Whoever wants one queues an
 * order and sleeps until kthreadd has made the thread.
 *
 * A new thread tells its maker that it is there, and sleeps until it is woken for the first time;
 * then it calls its function, unless it was told to stop meanwhile.
 *
 * struct kthread lives with its task_struct; who stops a thread holds a reference to that.
 */
#include "arch/switch.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "task/kthread.h"
#include "task/process.h"
#include "task/signal.h"

struct kthread {
	int (*function)(void *data); /* [I] */
	void *data;		     /* [I] */
	bool should_stop;	     /* [a] */
	bool exited;		     /* [a] result is valid */
	int result;		     /* [o] until exited */
	struct wait_queue stop_wait; /* kthread_stop()'s sleepers */
};

/* What somebody wants of kthreadd; on the stack of who waits for it. */
struct kthread_order {
	struct list_head link; /* [orders.lock] */
	int (*function)(void *data);
	void *data;
	hartmask_t affinity;
	char name[TASK_COMM_LEN];
	struct task_struct *task; /* the answer, referenced: ERR_PTR, or a thread that sleeps */
	bool done;		  /* [a] */
};

static struct {
	spinlock_t lock;	/* held alone, for the list only */
	struct list_head list;	/* [lock] */
	struct wait_queue wait; /* kthreadd sleeps here, and who has given an order */
} orders = { SPINLOCK_INIT(RANK_MUTEX), LIST_HEAD_INIT(orders.list), WAIT_QUEUE_INIT(orders.wait) };

/* --- life of a thread --- */

struct kthread *kthread_describe(int (*function)(void *), void *argument)
{
	struct kthread *kthread = kmalloc(sizeof(*kthread));

	if (!kthread)
		return ERR_PTR(-ENOMEM);
	*kthread = (struct kthread){ .function = function, .data = argument };
	waitq_init(&kthread->stop_wait);
	return kthread;
}

void kthread_free(struct kthread *kthread)
{
	kfree(kthread);
}

/* A function that comes back has ended its thread, or (init's) has loaded a program to run. */
void kthread_start(void *unused)
{
	struct kthread *kthread = current->kthread;
	int result = kthread->function(kthread->data);

	if (!(current->flags & PF_KTHREAD)) {
		current->kthread = NULL;
		kthread_free(kthread);
		arch_enter_user();
	}
	kthread->result = result;
	do_exit(0);
}

void kthread_exiting(void)
{
	struct kthread *kthread = current->kthread;

	store_release(&kthread->exited, true);
	wake_up_all(&kthread->stop_wait);
}

bool kthread_should_stop(void)
{
	return READ_ONCE(current->kthread->should_stop);
}

int kthread_stop(struct task_struct *thread)
{
	struct kthread *kthread = thread->kthread;
	int result;

	get_task_struct(thread);
	WRITE_ONCE(kthread->should_stop, true);
	wake_up_process(thread);
	wait_event(&kthread->stop_wait, load_acquire(&kthread->exited));
	result = kthread->result;
	put_task_struct(thread);
	return result;
}

/* --- making one --- */

/* First code of an ordered thread. The order is gone as soon as it is done. */
static int run_ordered(void *data)
{
	struct kthread_order *order = data;
	int (*function)(void *) = order->function;
	void *argument = order->data;

	order->task = get_task_struct(current);
	set_current_state(TASK_UNINTERRUPTIBLE);
	store_release(&order->done, true);
	wake_up_all(&orders.wait);
	schedule();
	return kthread_should_stop() ? -EINTR : function(argument);
}

static void make_thread(struct kthread_order *order)
{
	struct clone_args_kernel args = {
		.flags = CLONE_FS | CLONE_FILES,
		.exit_signal = SIGCHLD,
		.function = run_ordered,
		.argument = order,
		.name = order->name,
		.affinity = order->affinity,
	};
	pid_t pid = kernel_clone(&args);

	if (pid > 0)
		return;
	order->task = ERR_PTR(pid);
	store_release(&order->done, true);
	wake_up_all(&orders.wait);
}

static struct kthread_order *next_order(void)
{
	struct kthread_order *order = NULL;

	spin_lock(&orders.lock);
	if (!list_empty(&orders.list)) {
		order = list_first_entry(&orders.list, struct kthread_order, link);
		list_del(&order->link);
	}
	spin_unlock(&orders.lock);
	return order;
}

/* Ignores every signal, and so do the threads it makes: a dead one is released at once. */
static int kthreadd(void *unused)
{
	for (unsigned int i = 0; i < SIGNAL_COUNT; i++)
		current->sighand->action[i].handler = SIG_IGN;
	for (;;) {
		struct kthread_order *order = next_order();

		if (order)
			make_thread(order);
		else /* interruptible, so that it is not counted as load; signals are ignored */
			(void)wait_event_interruptible(&orders.wait, !list_empty(&orders.list));
	}
	return 0;
}

static struct task_struct *order_thread(struct kthread_order *order)
{
	list_init(&order->link);
	spin_lock(&orders.lock);
	list_add_tail(&order->link, &orders.list);
	spin_unlock(&orders.lock);
	wake_up_all(&orders.wait);
	wait_event(&orders.wait, load_acquire(&order->done));
	if (!IS_ERR(order->task))
		put_task_struct(order->task); /* it lives on until it is stopped */
	return order->task;
}

struct task_struct *kthread_create(int (*function)(void *), void *data, const char *name, ...)
{
	struct kthread_order order = { .function = function, .data = data };
	va_list arguments;

	va_start(arguments, name);
	vsnprintf(order.name, sizeof(order.name), name, arguments);
	va_end(arguments);
	return order_thread(&order);
}

struct task_struct *kthread_create_on_hart(int (*function)(void *), void *data, unsigned int hart,
					   const char *name, ...)
{
	struct kthread_order order = { .function = function,
				       .data = data,
				       .affinity = hartmask_of(hart) };
	va_list arguments;

	va_start(arguments, name);
	vsnprintf(order.name, sizeof(order.name), name, arguments);
	va_end(arguments);
	return order_thread(&order);
}

void kthread_init(void)
{
	const struct clone_args_kernel args = {
		.flags = CLONE_FS | CLONE_FILES,
		.exit_signal = SIGCHLD,
		.function = kthreadd,
		.name = "kthreadd",
	};
	pid_t pid = kernel_clone(&args);

	if (pid < 0)
		panic("no kthreadd: error %d", pid);
	assert(pid == 2);
}
