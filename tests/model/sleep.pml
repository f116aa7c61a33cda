/* SPDX-License-Identifier: MIT */
/*
 * Sleeping and waking: kernel/sched/core.c, W1 to W3.
 *
 * One task waits for EVENTS events on one of two harts; each comes from a waker that runs anywhere.
 * The task may be interrupted between setting its state and testing its condition (cond_resched),
 * and a balancer may move it while it is queued. Checked: the task is on one queue at most, its
 * stack is used by one hart at a time, and it gets all events (else everybody waits, which Spin
 * reports as an invalid end state).
 *
 * Memory is sequentially consistent here; what a missing fence would allow is a variant of its own.
 *
 * run: pass
 * run: fail -DBROKEN_TEST_FIRST	the sleeper tests its condition before it sets its state
 * run: fail -DBROKEN_WAKER_FENCE	the waker looks at the state before its event is visible
 * run: fail -DBROKEN_RECHECK	schedule() does not look at the state again under the lock
 * run: fail -DBROKEN_ON_HART	the waker does not wait until the task has left its stack
 * run: fail -DBROKEN_WAKE_LOCK	wakers do not exclude each other
 * run: fail -DBROKEN_MOVE	a task that is moved is not on_rq for a moment
 */
#define EVENTS 2
#define HARTS 2

byte events = 0;	/* that have come and were not taken */
byte taken = 0;
bool finished = false;

bool sleeping = false;	/* task->state */
bool on_rq = true;
bool on_hart = false;
byte task_hart = 0;
byte stack_users = 0;
bool queued[HARTS];
bool rq_lock[HARTS];
bool wake_lock = false;
bool at_test = false;	/* where the task goes on: before its test, or at its start */

inline lock(l) { atomic { !l -> l = true } }
inline unlock(l) { l = false }

inline enqueue(h) {
	assert(!queued[0] && !queued[1]);
	queued[h] = true
}

/* arch_switch() away from the task, under the queue's lock: the last use of the stack, then
 * on_hart. */
inline leave_stack() {
	stack_users--;
	on_hart = false
}

proctype Hart(byte me)
{
	do
	:: finished -> break
	:: atomic { queued[me] && !rq_lock[me] -> rq_lock[me] = true };
		if
		:: !queued[me] -> unlock(rq_lock[me])
		:: else ->
			queued[me] = false;
			on_hart = true;
			stack_users++;
			assert(stack_users == 1);
			unlock(rq_lock[me]);
			if
			:: at_test -> at_test = false; goto test
			:: else -> goto start
			fi;
start:			if
			:: events > 0 -> goto take
			:: else -> skip
			fi;
#ifdef BROKEN_TEST_FIRST
			sleeping = true;
			goto sleep;
#endif
			sleeping = true;	/* set_current_state() */
			if			/* cond_resched(): goes on later anyhow */
			:: skip
			:: lock(rq_lock[me]);
			   at_test = true;
			   enqueue(me);
			   leave_stack();
			   unlock(rq_lock[me]);
			   goto away
			fi;
test:			if
			:: events > 0 -> sleeping = false; goto take
			:: else -> skip
			fi;
sleep:			lock(rq_lock[me]);	/* schedule() */
#ifndef BROKEN_RECHECK
			if
			:: !sleeping -> unlock(rq_lock[me]); goto start
			:: else -> skip
			fi;
#endif
			on_rq = false;
			leave_stack();
			unlock(rq_lock[me]);
			goto away;
take:			events--;
			taken++;
			if
			:: taken == EVENTS -> finished = true; goto away
			:: else -> goto start
			fi
		fi;
away:		skip
	od
}

/* wake_queued(): changes the state of a task that is still queued. */
inline wake_queued() {
	do
	:: h = task_hart;
	   lock(rq_lock[h]);
	   if
	   :: h == task_hart -> break
	   :: else -> unlock(rq_lock[h])
	   fi
	od;
	done = on_rq;
	if
	:: done -> sleeping = false
	:: else -> skip
	fi;
	unlock(rq_lock[h])
}

inline wake_sleeping() {
#ifndef BROKEN_ON_HART
	!on_hart;
#endif
	if
	:: h = 0
	:: h = 1
	fi;
	lock(rq_lock[h]);
	sleeping = false;
	on_rq = true;
	task_hart = h;
	enqueue(h);
	unlock(rq_lock[h])
}

/* try_to_wake_up() */
proctype Waker()
{
	byte h;
	bool done = false, asleep;

#ifdef BROKEN_WAKER_FENCE
	asleep = sleeping;
	events++;
#else
	events++;
	asleep = sleeping;
#endif
	if
	:: asleep ->
#ifndef BROKEN_WAKE_LOCK
		lock(wake_lock);
#endif
		if
		:: sleeping ->
			if
			:: on_rq -> wake_queued()
			:: else -> skip
			fi;
			if
			:: !done -> wake_sleeping()
			:: else -> skip
			fi
		:: else -> skip
		fi;
#ifndef BROKEN_WAKE_LOCK
		unlock(wake_lock)
#endif
	:: else -> skip
	fi
}

/* balance.c: moves the task between queues, once. */
proctype Balancer()
{
	byte from = 0;

	if
	:: from = 0
	:: from = 1
	fi;
	lock(rq_lock[0]);
	lock(rq_lock[1]);
	if
	:: queued[from] ->
#ifdef BROKEN_MOVE
		on_rq = false;
#endif
		queued[from] = false;
		task_hart = 1 - from;
		enqueue(1 - from);
#ifdef BROKEN_MOVE
		on_rq = true;
#endif
		skip
	:: else -> skip
	fi;
	unlock(rq_lock[1]);
	unlock(rq_lock[0])
}

init {
	atomic {
		queued[0] = true;
		run Hart(0);
		run Hart(1);
		run Waker();
		run Waker();
		run Balancer()
	}
}
