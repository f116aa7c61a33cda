/* SPDX-License-Identifier: MIT */
/*
 * Ticket locks, slow part: waiting for the turn. Fast part and rules: base/lock.h.
 */
#include "arch/hart.h"
#include "base/lock.h"

/* Waiters only read the word, so their caches share its line until the holder hands on. The more
 * tickets are before ours, the rarer we look. */
void spin_wait_turn(spinlock_t *lock, u16 ticket)
{
	u16 serving;

	while ((serving = load_acquire(&lock->serving)) != ticket)
		for (u16 before = ticket - serving; before; before--)
			arch_relax();
}
