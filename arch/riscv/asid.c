/* SPDX-License-Identifier: MIT */
/*
 * Address-space identifiers: arch/asid.h.
 *
 * ASID1: a space's ASID is good while its generation is the current one. When the numbers are
 *	  used up the generation grows, and every hart flushes its whole TLB before it uses an
 *	  ASID of the new one.
 * ASID2: a number that a hart still runs with when the generation grows stays its space's: it is
 *	  `reserved`, given to nobody else, and taken over by that space into the new generation.
 * ASID3: a hart takes a good ASID into use by a compare-and-swap of its `running`, which the hart
 *	  that makes a new generation sets to 0 first; so either that hart sees the use and
 *	  reserves it, or the user comes to the slow path.
 *
 * asid_lock (RANK_ASID) protects generations and numbers; the fast path takes no lock. Number 0
 * is the kernel's own space. Tested on the host: tests/unit/test_asid.c.
 */
#include "arch/asid.h"
#include "base/lock.h"
#include "base/perhart.h"
#include "lib/atomic.h"

static spinlock_t asid_lock = SPINLOCK_INIT(RANK_ASID);
static u64 asid_limit;		 /* [I] numbers are 1 .. limit - 1 */
static u64 asid_generation = 1;	 /* [asid_lock] to change */
static u64 asid_next = 1;	 /* [asid_lock] */
static hartmask_t flush_pending; /* [asid_lock] ASID1: harts that have yet to flush */

static struct {
	u64 running;  /* [a] ASID3: in use by the hart; 0: a generation began since */
	u64 reserved; /* [asid_lock] ASID2 */
} __cacheline_aligned harts[MAX_HARTS];

/* ASID2: true when a hart runs the space with its old ASID; then it is renewed. */
static bool asid_renew_reserved(u64 old, u64 renewed)
{
	bool found = false;
	unsigned int hart;

	for_each_hart (hart)
		if (harts[hart].reserved == old) {
			harts[hart].reserved = renewed;
			found = true;
		}
	return found;
}

static bool asid_number_reserved(u64 number)
{
	unsigned int hart;

	for_each_hart (hart)
		if (asid_number(harts[hart].reserved) == number)
			return true;
	return false;
}

static void asid_new_generation(void)
{
	unsigned int hart;

	WRITE_ONCE(asid_generation, asid_generation + 1);
	for_each_hart (hart) {
		u64 running = atomic_exchange(&harts[hart].running, 0);

		if (running)
			harts[hart].reserved = running;
	}
	flush_pending = ~(hartmask_t)0;
	asid_next = 1;
}

static u64 asid_allocate_locked(u64 old)
{
	u64 number;

	if (old &&
	    asid_renew_reserved(old, asid_generation << ASID_GENERATION_SHIFT | asid_number(old)))
		return asid_generation << ASID_GENERATION_SHIFT | asid_number(old);
	do {
		if (asid_next == asid_limit) {
			asid_new_generation();
			return asid_allocate_locked(old);
		}
		number = asid_next++;
	} while (asid_number_reserved(number));
	return asid_generation << ASID_GENERATION_SHIFT | number;
}

static noinline u64 asid_take_slow(u64 *space_asid)
{
	unsigned int self = this_hart();
	u64 asid;

	spin_lock(&asid_lock);
	asid = *space_asid;
	if (asid >> ASID_GENERATION_SHIFT != asid_generation) {
		asid = asid_allocate_locked(asid);
		WRITE_ONCE(*space_asid, asid);
	}
	if (flush_pending & hartmask_of(self)) {
		flush_pending &= ~hartmask_of(self);
		tlb_flush_here();
	}
	__atomic_store_n(&harts[self].running, asid, __ATOMIC_SEQ_CST);
	spin_unlock(&asid_lock);
	return asid;
}

u64 asid_take(u64 *space_asid)
{
	u64 asid = READ_ONCE(*space_asid);
	u64 *running = &harts[this_hart()].running;
	u64 before = READ_ONCE(*running);

	if (likely(asid >> ASID_GENERATION_SHIFT == READ_ONCE(asid_generation) && before &&
		   atomic_cmpxchg(running, &before, asid)))
		return asid_number(asid);
	return asid_number(asid_take_slow(space_asid));
}

/* Each hart may hold one number in reserve while it takes another; twice that many leave room to
 * work. */
bool asid_init(u64 numbers, unsigned int hart_count)
{
	asid_limit = numbers;
	return numbers > 2 * (u64)hart_count;
}
