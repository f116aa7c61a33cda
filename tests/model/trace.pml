/* SPDX-License-Identifier: MIT */
/*
 * Stopping for a tracer and going on: kernel/task/ptrace_stop.c, ptrace_control.c, TR1 to TR3.
 *
 * A tracee stops STOPS times. Its tracer waits for each stop, looks into the tracee, maybe a second
 * time, and resumes it; or it ends at any moment that is not within a call of its own. SIGKILL may come
 * at any moment. Checked: the tracee never runs while its tracer looks, and all come to their end
 * (else somebody hangs, which Spin reports as an invalid end state).
 *
 * run: pass
 * run: fail -DBROKEN_LAST_LOOK	the tracee looks for a kill before it has the lock
 * run: fail -DBROKEN_NO_TRACER	it does not look whether it is still traced
 * run: fail -DBROKEN_TELL	it tells its tracer before it has stopped, without the lock
 * run: fail -DBROKEN_FREEZE	SIGKILL wakes a tracee that is frozen
 * run: fail -DBROKEN_UNFREEZE	a kill that came while it was frozen is not made up for
 * run: fail -DBROKEN_ON_HART	the tracer does not wait until the tracee has left its hart
 * run: fail -DBROKEN_END	a tracer that ends leaves its stopped tracee asleep
 */
#define STOPS 2

bool tasklist = false, sighand = false;	/* the two locks */
bool traced = true;
bool asleep = false;	/* TASK_TRACED */
bool told = false;	/* trace_code: nobody has waited for the stop */
bool frozen = false;
bool killed = false;
bool on_hart = true;
bool looking = false;	/* the tracer reads registers */
bool news = false;	/* child_wait was woken */
bool ended = false;	/* the tracee is a zombie */

inline lock(l) { atomic { !l -> l = true } }
inline unlock(l) { l = false }

/* Its last look, the stop, and the sleep. */
inline stop() {
#ifdef BROKEN_LAST_LOOK
	seen = killed;
#endif
#ifdef BROKEN_TELL
	news = true;
#endif
	lock(tasklist);
	lock(sighand);
#ifndef BROKEN_LAST_LOOK
	seen = killed;
#endif
#ifdef BROKEN_NO_TRACER
	if
	:: seen -> skip
#else
	if
	:: seen || !traced -> skip
#endif
	:: else ->
		told = true;
		asleep = true;
		unlock(sighand);
#ifndef BROKEN_TELL
		news = true;
#endif
		unlock(tasklist);
		if		/* schedule(): it may be awake again already */
		:: atomic { asleep -> on_hart = false }; atomic { !asleep -> on_hart = true }
		:: !asleep -> skip
		fi;
		assert(!looking);
		lock(tasklist);
		lock(sighand);
		told = false;
		frozen = false
	fi;
	unlock(sighand);
	unlock(tasklist)
}

active proctype Tracee()
{
	byte stops = 0;
	bool seen;

	do
	:: stops < STOPS && !killed -> stop(); stops++
	:: else -> break
	od;
	atomic { ended = true; news = true }
}

inline wake_tracee() { asleep = false }

/* One ptrace(2): holds the tracee still, looks, lets go of it or resumes it. */
inline call(resume) {
	lock(sighand);
	got = asleep && !killed;
	frozen = got;
	unlock(sighand);
	if
	:: !got -> skip
	:: else ->
#ifndef BROKEN_ON_HART
		!on_hart;
#endif
		looking = true;
		assert(!on_hart);
		looking = false;
		lock(sighand);
		if
		:: resume -> frozen = false; wake_tracee()
		:: !resume && frozen ->
			frozen = false;
#ifndef BROKEN_UNFREEZE
			if
			:: killed -> wake_tracee()
			:: else -> skip
			fi
#endif
		:: else -> skip
		fi;
		unlock(sighand)
	fi
}

active proctype Tracer()
{
	bool got, may_end;

	if
	:: may_end = true
	:: may_end = false
	fi;
	do
	:: may_end -> break
	:: news ->			/* wait4() */
		news = false;
		lock(tasklist);
		lock(sighand);
		got = asleep && told;
		told = false;
		unlock(sighand);
		unlock(tasklist);
		if
		:: ended -> break
		:: !ended && got ->
			if
			:: call(false)
			:: skip
			fi;
			call(true)
		:: else -> skip
		fi
	od;
	lock(tasklist);
	lock(sighand);
	traced = false;
#ifndef BROKEN_END
	wake_tracee();
#endif
	unlock(sighand);
	unlock(tasklist)
}

active proctype Killer()
{
	if
	:: skip
	:: lock(sighand);
		killed = true;
#ifdef BROKEN_FREEZE
		wake_tracee();
#else
		if
		:: frozen -> skip
		:: else -> wake_tracee()
		fi;
#endif
		unlock(sighand)
	fi
}
