/* SPDX-License-Identifier: MIT */
/* sources: arch/riscv/asid.c kernel/base/lock.c */
/* flags: -Iarch/riscv/include */
/*
 * Address-space identifiers over many generations: a model of each hart's TLB tells which space's
 * entries may be cached under a number; no other space may come to run with it before a flush.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "arch/asid.h"
#include "arch/current.h"
#include "base/lock.h"
#include "base/perhart.h"

enum { HARTS = 4, SPACES = 24, NUMBERS = 10, STEPS = 200000 };

struct space {
	u64 asid;
	u64 life;    /* unique to each space that ever was */
	u32 running; /* harts that run it */
};

unsigned int nr_harts = HARTS;
struct thread_info *host_current;

static struct thread_info infos[HARTS];
static struct space spaces[SPACES];
static int hart_runs[HARTS];	   /* index of the space, -1: none */
static u64 hart_number[HARTS];	   /* with this number */
static u64 cached[HARTS][NUMBERS]; /* life of the space whose entries the TLB may hold, 0: none */
static u64 lives, random_state = 1;
static unsigned int flushes;

/* The locks' debug build asks for these; there is one thread. */
void lock_check_acquire(spinlock_t *lock, bool nested)
{
}

void lock_check_acquired(spinlock_t *lock)
{
}

void lock_check_release(spinlock_t *lock)
{
}

void panic(const char *format, ...)
{
	__builtin_trap();
}

void tlb_flush_here(void)
{
	memset(cached[this_hart()], 0, sizeof(cached[0]));
	flushes++;
}

static unsigned int random_below(unsigned int limit)
{
	random_state = random_state * 6364136223846793005 + 1442695040888963407;
	return (unsigned int)(random_state >> 33) % limit;
}

static void leave(unsigned int hart)
{
	if (hart_runs[hart] >= 0)
		spaces[hart_runs[hart]].running &= ~(1u << hart);
	hart_runs[hart] = -1;
}

static void enter(unsigned int hart, unsigned int index)
{
	struct space *space = &spaces[index];
	u64 number;

	host_current = &infos[hart];
	number = asid_take(&space->asid);
	leave(hart);
	assert_in_range(number, 1, NUMBERS - 1);
	assert_true(cached[hart][number] == 0 || cached[hart][number] == space->life);
	cached[hart][number] = space->life;
	hart_runs[hart] = (int)index;
	hart_number[hart] = number;
	space->running |= 1u << hart;
	for (unsigned int other = 0; other < HARTS; other++)
		if (hart_runs[other] >= 0)
			assert_int_equal(hart_runs[other] == hart_runs[hart],
					 hart_number[other] == number);
}

static void numbers_are_never_shared(void **state)
{
	assert_true(asid_init(NUMBERS, HARTS));
	for (unsigned int hart = 0; hart < HARTS; hart++) {
		infos[hart].hart = hart;
		hart_runs[hart] = -1;
	}
	for (unsigned int i = 0; i < SPACES; i++)
		spaces[i].life = ++lives;
	for (unsigned int step = 0; step < STEPS; step++) {
		unsigned int index = random_below(SPACES);

		switch (random_below(8)) {
		case 0:
			if (!spaces[index].running)
				spaces[index] = (struct space){ .life = ++lives };
			break;
		case 1: leave(random_below(HARTS)); break;
		default: enter(random_below(HARTS), index); break;
		}
	}
	assert_true(flushes > 1000);
}

static void too_few_numbers_are_refused(void **state)
{
	assert_false(asid_init(1, 1));
	assert_false(asid_init(2, 1));
	assert_false(asid_init(128, 64));
	assert_true(asid_init(65536, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_never_shared),
		cmocka_unit_test(too_few_numbers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
