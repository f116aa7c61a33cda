/* SPDX-License-Identifier: MIT */
/*
 * The idle loop: kernel/sched/idle.c, I1 and I2; the IPI of core.c, W4.
 *
 * One hart idles. A waker queues a task for it, sets NEED_RESCHED of its idle task, sends the IPI.
 * A busy hart has a task waiting which the idle one could take; at its tick it looks whether
 * somebody idles. Checked: the idle hart does not sleep for good while a task is queued for it or
 * waits at the busy hart (everybody waits then, which Spin reports as an invalid end state).
 *
 * run: pass
 * run: fail -DBROKEN_ENABLED	interrupts are enabled between the look at the flag and wfi
 * run: fail -DBROKEN_IPI_FIRST	the IPI is sent before the flag is set
 * run: fail -DBROKEN_NO_IPI	the flag is thought to be enough
 * run: fail -DBROKEN_LATE_BIT	the hart shows itself idle after it has looked for work
 */
bool need_resched = false;
bool ipi_pending = false;
bool idle_bit = false;
byte own_queue = 0;	/* tasks queued for the idle hart */
byte other_queue = 0;	/* tasks that wait at the busy hart */
byte tasks_run = 0;

#define TASKS 2

inline take_interrupts() { ipi_pending = false }

/* balance_idle(), under both queues' locks. */
inline pull() {
	atomic {
		if
		:: other_queue > 0 ->
			other_queue--;
			own_queue++;
			need_resched = true
		:: else -> skip
		fi
	}
}

proctype Idle()
{
	do
	:: tasks_run == TASKS -> break
	:: else ->
#ifndef BROKEN_LATE_BIT
		idle_bit = true;
#endif
		if
		:: !need_resched -> pull()
		:: else -> skip
		fi;
#ifdef BROKEN_LATE_BIT
		idle_bit = true;
#endif
		if
		:: !need_resched ->
#ifdef BROKEN_ENABLED
			if
			:: take_interrupts()	/* comes just now, and is over */
			:: skip
			fi;
#endif
			ipi_pending;		/* wfi: ends when an interrupt is pending */
			take_interrupts()	/* the window */
		:: else ->
			idle_bit = false;
			atomic {		/* schedule() */
				need_resched = false;
				tasks_run = tasks_run + own_queue;
				own_queue = 0
			}
		fi
	od
}

proctype Waker()
{
	own_queue++;
#ifdef BROKEN_IPI_FIRST
	ipi_pending = true;
	need_resched = true
#else
	need_resched = true;
#ifndef BROKEN_NO_IPI
	ipi_pending = true
#endif
#endif
}

proctype Busy()
{
	other_queue++;
	if			/* the tick */
	:: idle_bit -> ipi_pending = true
	:: else -> skip
	fi
}

init {
	atomic {
		run Idle();
		run Waker();
		run Busy()
	}
}
