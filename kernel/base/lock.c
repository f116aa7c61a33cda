/* SPDX-License-Identifier: MIT */
/*
 * Ticket locks, slow part: waiting for the turn. Fast part and rules: base/lock.h.
 */
#include "arch/hart.h"
#include "base/lock.h"

enum { PATIENCE = 1000 }; /* looks at a lock, more than it is ever held for */

/* Waiters only read the word, so their caches share its line until the holder hands on. The more
 * tickets are before ours, the rarer we look.
 *
 * A turn that does not come for long belongs to a hart that does not run, as happens where virtual
 * harts outnumber processors. Turns are not overtaken, so all others would spin for time slices of
 * the host, and keep that hart from running. */
void spin_wait_turn(spinlock_t *lock, u16 ticket)
{
	unsigned int looks = 0;
	u16 serving;

	while ((serving = load_acquire(&lock->serving)) != ticket) {
		for (u16 before = ticket - serving; before; before--)
			arch_relax();
		if (++looks > PATIENCE)
			arch_doze();
	}
}
