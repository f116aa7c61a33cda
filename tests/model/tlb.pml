/* SPDX-License-Identifier: MIT */
/*
 * The TLB rule of arch/mmu.h, as arch/riscv/tlb.c follows it: space_enter() and mark_stale().
 *
 * One hart enters, uses and leaves an address space, over and over. Two others take away a right
 * from an entry each, flush, and reuse the page. Checked: nobody uses an entry whose page has been
 * reused.
 *
 * run: pass
 * run: fail -DBROKEN_ENTER	the hart looks at its stale bit before it sets its active bit
 * run: fail -DBROKEN_FLUSH	the flusher looks who is active before it marks the space stale
 * run: fail -DBROKEN_STALE	the flusher fences the harts that run the space, and marks nothing
 */
#define PAGES 2
#define ROUNDS 3

bool entry[PAGES];	/* page-table entry permits the use */
bool cached[PAGES];	/* the hart's TLB holds it */
bool reused[PAGES];
bool running = false;	/* the hart's bit in `active`, which is a word of Promela */
bool stale = false;

inline flush_tlb() { atomic { cached[0] = false; cached[1] = false } }

inline look_at_stale() {
	if
	:: stale ->
		stale = false;
		flush_tlb()
	:: else -> skip
	fi
}

inline use(page) {
	atomic {
		if
		:: !cached[page] && entry[page] -> cached[page] = true
		:: else -> skip
		fi;
		assert(!(cached[page] && reused[page]))
	}
}

proctype User()
{
	byte round = 0;

	do
	:: round == ROUNDS -> break
	:: else ->
		round++;
#ifdef BROKEN_ENTER
		look_at_stale();
		running = true;
#else
		running = true;
		look_at_stale();
#endif
		use(0);
		use(1);
		use(0);
		use(1);
		running = false	/* satp is another space's by now; the TLB keeps what it holds */
	od
}

/* arch_flush_range(). A remote fence is done in M-mode, at once, whatever the hart does. */
proctype Flusher(byte page)
{
	bool runs;

	entry[page] = false;
#ifdef BROKEN_FLUSH
	runs = running;
#endif
#ifndef BROKEN_STALE
	stale = true;
#endif
#ifndef BROKEN_FLUSH
	runs = running;
#endif
	if
	:: runs -> cached[page] = false
	:: else -> skip
	fi;
	reused[page] = true
}

init {
	atomic {
		entry[0] = true;
		entry[1] = true;
		run User();
		run Flusher(0);
		run Flusher(1)
	}
}
