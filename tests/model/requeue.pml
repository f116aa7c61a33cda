/* SPDX-License-Identifier: MIT */
/*
 * Priority-inheritance futexes, and moving waiters to them: kernel/ipc/futex_pi.c,
 * kernel/ipc/futex_requeue_pi.c, RP1 and RP2.
 *
 * Task 1 and 2 take the word, one of them maybe dies with it, maybe gives up waiting for it; task 3
 * waits on a plain word, with a time limit, to be moved to it; the mover moves it. Of a task's own
 * accord the word changes by compare-and-swap at any moment. Checked: one owner at a time, whom the
 * word names; nobody touches the waiter of a task that has gone on; and all come to an end (else
 * somebody waits for a grant that never comes, which Spin reports as an invalid end state).
 *
 * A step that the real code does under a spinlock (pi_lock, a plain bucket's) is atomic here; what
 * it does under the mutex of the word's bucket alone is not. Reading the word and changing it are
 * steps of their own.
 *
 * run: pass
 * run: fail -DBROKEN_LEAVE	a plain waiter leaves without the bucket's mutex
 * run: fail -DBROKEN_GRANT	the grant comes before the word names the new owner
 * run: fail -DBROKEN_WAITERS	who waits does not set the waiters' bit first
 * run: fail -DBROKEN_GIVE_UP	who gives up does not look whether it has been granted
 * run: fail -DBROKEN_MEND	the heir of a dead owner does not mend the word
 * run: fail -DBROKEN_SWAP	an unlock clears the word without comparing
 */
#define WAITS 0
#define GRANTED 1
#define DIED 2
#define TASKS 4	/* 1 to 3 */

byte word = 0;			/* the owner's id */
bool waiters = false;		/* FUTEX_WAITERS of the word */
bool bucket = false;		/* the mutex of the word's bucket */

bool known = false;		/* there is a state */
byte owner = 0;			/* pi_mutex.owner; 0: none */
byte count = 0;			/* waiters of the state */
bool waiting[TASKS];		/* they stand in it */
byte grant[TASKS];		/* pi_waiter.grant */
bool alive[TASKS];		/* the waiter is on its task's stack */
bool plain = false;		/* task 3 stands in the plain bucket */
bool queued = false;		/* it has come there */
bool unmoved = false;		/* the mover could not move it */
byte inside = 0;		/* tasks that own the word */
bool dead[TASKS];

inline lock() { atomic { !bucket -> bucket = true } }
inline unlock() { bucket = false }

/* pi_wait(): of (task, the owner whom the word names). */
inline pi_wait(task, whom) {
	atomic {
		assert(alive[task]);
		if
		:: !known -> known = true; owner = whom
		:: else
		fi;
		waiting[task] = true;
		count++
	}
}

/* The first of those that wait. */
inline next_waiter(task) {
	if
	:: waiting[1] -> task = 1
	:: !waiting[1] && waiting[2] -> task = 2
	:: !waiting[1] && !waiting[2] && waiting[3] -> task = 3
	:: else -> task = 0
	fi
}

/* hand_over() of pimutex.c. */
inline pi_hand_over(task, how) {
	atomic {
		assert(alive[task]);
		waiting[task] = false;
		count--;
		owner = task;
		if
		:: count == 0 && how != DIED -> known = false
		:: else
		fi;
		grant[task] = how
	}
}

/* The word is taken for the task (got), or the task waits for it; the bucket is locked. An owner
 * that has died with a word that nobody waited for keeps it: no owner is to be found then. */
inline take(task, got, failed) {
	got = false;
	failed = false;
	do
	:: seen = word;
	   if
	   :: known -> pi_wait(task, seen); break
	   :: !known && seen == 0 ->
		atomic {
			if
			:: word == 0 -> word = task; waiters = false; got = true
			:: else
			fi
		};
		if
		:: got -> break
		:: else
		fi
	   :: !known && seen != 0 ->
#ifndef BROKEN_WAITERS
		atomic {
			if
			:: word == seen -> waiters = true
			:: else -> seen = 0
			fi
		};
#endif
		if
		:: seen == 0
		:: else ->
			atomic {
				if
				:: dead[seen] -> failed = true
				:: else
				fi
			};
			if
			:: failed -> break
			:: else
			fi;
			/* hold_if_alive() sees the death, or pi_exit() the state */
			atomic {
				if
				:: dead[seen] -> failed = true
				:: else -> pi_wait(task, seen)
				fi
			};
			break
		fi
	   fi
	od
}

/* The grant that the task waits for has come: mends the word. */
inline come_in(task) {
	if
	:: grant[task] == DIED ->
#ifndef BROKEN_MEND
		lock();
		atomic {
			word = task;
			waiters = (count > 0)
		};
		atomic {
			if
			:: count == 0 -> known = false
			:: else
			fi
		};
		unlock();
#else
		skip;
#endif
	:: else
	fi;
	alive[task] = false;
	inside++;
	assert(inside == 1);
	assert(word == task)
}

/* The owner's end: pi_exit(). The heir mends the word. */
inline die(task) {
	atomic {
		inside--;
		dead[task] = true;
		if
		:: known && owner == task ->
			next_waiter(heir);
			pi_hand_over(heir, DIED)
		:: else
		fi
	}
}

inline give_back(task) {
	inside--;
	atomic {
		fast = false;
		if
#ifdef BROKEN_SWAP
		:: true -> seen = waiters
#else
		:: word == task && !waiters -> word = 0; fast = true
		:: else
#endif
		fi
	};
#ifdef BROKEN_SWAP
	if
	:: !seen -> word = 0; waiters = false; fast = true
	:: else
	fi;
#endif
	if
	:: fast
	:: else ->
		lock();
		if
		:: known && owner == task ->
			next_waiter(heir);
#ifdef BROKEN_GRANT
			more = (count > 1);
			pi_hand_over(heir, GRANTED);
			atomic { word = heir; waiters = more }
#else
			atomic { word = heir; waiters = (count > 1) };
			pi_hand_over(heir, GRANTED)
#endif
		:: else -> atomic { word = 0; waiters = false }
		fi;
		unlock()
	fi
}

/* Takes a waiter out that has not been granted: gone; the bucket is locked. */
inline give_up(task, gone) {
	atomic {
		gone = false;
		if
#ifdef BROKEN_GIVE_UP
		:: true ->
#else
		:: grant[task] == WAITS ->
#endif
			gone = true;
			if
			:: waiting[task] -> waiting[task] = false; count--
			:: else
			fi;
			if
			:: count == 0 && known -> known = false
			:: else
			fi
#ifndef BROKEN_GIVE_UP
		:: else
#endif
		fi
	}
}

proctype Locker(byte me)
{
	byte seen, heir;
	bool got, failed, gone = false, fast, more, patient;

	alive[me] = true;
	if
	:: patient = true
	:: patient = false
	fi;
	lock();
	take(me, got, failed);
	unlock();
	if
	:: failed -> goto out
	:: got -> alive[me] = false; inside++; assert(inside == 1 && word == me)
	:: else ->
		if
		:: grant[me] != WAITS
		:: !patient -> lock(); give_up(me, gone); unlock()
		fi;
		if
		:: gone -> alive[me] = false; goto out
		:: else
		fi;
		grant[me] != WAITS;
		come_in(me)
	fi;
	if
	:: me == 1 -> die(me)
	:: give_back(me)
	fi;
out:
	skip
}

proctype Waiter(byte me)
{
	byte seen, heir;
	bool gone = false, fast, more, patient;

	alive[me] = true;
	if
	:: patient = true
	:: patient = false
	fi;
	atomic { plain = true; queued = true };
	if
	:: grant[me] != WAITS
	:: !patient || unmoved ->	/* the time is up */
#ifdef BROKEN_LEAVE
		if
		:: plain -> plain = false; gone = true
		:: else -> lock(); give_up(me, gone); unlock()
		fi
#else
		lock();
		if
		:: plain -> plain = false; gone = true
		:: else -> give_up(me, gone)
		fi;
		unlock()
#endif
	fi;
	if
	:: gone -> alive[me] = false
	:: else -> grant[me] != WAITS; come_in(me); give_back(me)
	fi
}

proctype Mover()
{
	byte seen;
	bool got, failed;

	queued;
	lock();
	if
	:: plain ->
		take(3, got, failed);
		if
		:: failed -> unmoved = true
		:: else ->
			plain = false;
			if
			:: got -> atomic { assert(alive[3]); grant[3] = GRANTED }
			:: else
			fi
		fi
	:: else
	fi;
	unlock()
}

init {
	atomic {
		run Locker(1);
		run Locker(2);
		run Waiter(3);
		run Mover()
	}
}
