/* SPDX-License-Identifier: MIT */
/*
 * Affinity: which harts a task may run on.
 *
 * A task that runs on a hart which its affinity now forbids is moved by migration/N of that hart:
 * once that thread, more urgent than all else, runs there, the task does not. A request to it
 * stands on the stack of who asks, who waits until it is served: so the task is off the forbidden
 * harts when sched_set_affinity() returns. Tasks that sleep are placed by their waker (place.c).
 *
 * Locks: wake_lock to change affinity, and the queue's lock; so either is enough to read it. Tested
 * by tests/guest/affinity.c.
 */
#include "arch/hart.h"
#include "lib/errno.h"
#include "sched/internal.h"
#include "sched/waitq.h"

/* A task is to leave the hart on whose list this stands; on the stack of who waits for it. */
struct migrate_request {
	struct list_head link;	  /* [rq lock] migrate_requests */
	struct task_struct *task; /* [I] */
	bool done;		  /* [a] */
};

static struct wait_queue migrate_done = WAIT_QUEUE_INIT(migrate_done);

/* Moves the task to a hart where it may run, unless it is on one, sleeps (its waker will place it),
 * or runs: who runs on a forbidden hart has a request of its own coming. */
static void expel_task(struct task_struct *task)
{
	struct runqueue *from, *to;
	unsigned int target;
	bool tell = false;

	spin_lock(&task->wake_lock);
	target = place_queued_task(task);
	for (;;) {
		from = hart_rq(READ_ONCE(task->hart));
		to = hart_rq(target);
		if (from == to)
			break;
		rq_lock_pair(from, to);
		if (task->hart != from->hart) {
			rq_unlock_pair(from, to);
			continue;
		}
		if (task->se.on_rq && from->current_task != task &&
		    !(task->affinity & hartmask_of(from->hart))) {
			rq_charge(from);
			rq_charge(to);
			tell = move_task(from, to, task);
		}
		rq_unlock_pair(from, to);
		break;
	}
	spin_unlock(&task->wake_lock);
	if (tell)
		arch_send_ipi(target);
}

void affinity_serve(struct runqueue *rq)
{
	for (;;) {
		struct migrate_request *request;

		spin_lock(&rq->lock);
		if (list_empty(&rq->migrate_requests)) {
			spin_unlock(&rq->lock);
			return;
		}
		request = list_first_entry(&rq->migrate_requests, struct migrate_request, link);
		list_del(&request->link);
		spin_unlock(&rq->lock);

		expel_task(request->task);
		store_release(&request->done, true); /* its owner may go on: it is gone */
		wake_up_all(&migrate_done);
	}
}

int sched_set_affinity(struct task_struct *task, hartmask_t allowed)
{
	struct migrate_request request = { .task = task };
	hartmask_t online = READ_ONCE(harts_online);
	struct runqueue *rq;
	bool stays;

	if (!(allowed & online))
		return -EINVAL;
	spin_lock(&task->wake_lock);
	rq = task_rq_lock(task);
	if (task->se.policy == SCHED_DEADLINE && (allowed & online) != online) {
		spin_unlock(&rq->lock);
		spin_unlock(&task->wake_lock);
		return -EBUSY;
	}
	task->affinity = allowed;
	stays = !task->se.on_rq || (allowed & hartmask_of(rq->hart)) || !rq->migration;
	if (!stays)
		list_add_tail(&request.link, &rq->migrate_requests);
	spin_unlock(&rq->lock);
	spin_unlock(&task->wake_lock);
	if (stays)
		return 0;
	wake_up_process(rq->migration);
	wait_event(&migrate_done, load_acquire(&request.done));
	return 0;
}
