/* SPDX-License-Identifier: MIT */
/* riscv_hwprobe(2), and the vDSO's. */
#include "workdir.h"

#include <sys/syscall.h>

struct pair {
	long long key;
	unsigned long long value;
};

static long probe(struct pair *pairs, size_t count, size_t size, unsigned long *harts,
		  unsigned int flags)
{
	return syscall(258, pairs, count, size, harts, flags);
}

static void answers(void)
{
	struct pair pairs[6] = { { 3, 9 }, { 4, 9 }, { 1000, 9 }, { -5, 9 }, { 8, 9 }, { 0, 9 } };

	CHECK(probe(pairs, 6, 0, NULL, 0) == 0);
	CHECK(pairs[0].key == 3 && pairs[0].value == 1);
	CHECK(pairs[1].key == 4 && (pairs[1].value & 3) == 3);
	CHECK(pairs[2].key == -1 && pairs[2].value == 0 && pairs[3].key == -1);
	CHECK(pairs[4].value > 0 && pairs[5].key == 0);
}

static void sets_of_harts(void)
{
	unsigned long harts = ~0UL, some = 1;
	struct pair pair = { 4, 3 };

	CHECK(probe(&pair, 1, sizeof(some), &some, 0) == 0);
	some = 0;
	CHECK(FAILS(probe(&pair, 1, sizeof(some), &some, 0), EINVAL));
	CHECK(FAILS(probe(&pair, 1, 0, &some, 0), EINVAL));
	pair.value = 3;
	CHECK(probe(&pair, 1, sizeof(harts), &harts, 1) == 0);
	CHECK(__builtin_popcountl(harts) == sysconf(_SC_NPROCESSORS_ONLN));
	pair.value = 1UL << 63;
	CHECK(probe(&pair, 1, sizeof(harts), &harts, 1) == 0 && harts == 0);
	pair = (struct pair){ 1000, 0 };
	harts = 1;
	CHECK(probe(&pair, 1, sizeof(harts), &harts, 1) == 0 && harts == 0 && pair.key == -1);
}

static void wrong_arguments(void)
{
	struct pair pair = { 4, 3 };
	unsigned long harts = 1;

	CHECK(FAILS(probe(&pair, 1, 0, NULL, 1), EINVAL) &&
	      FAILS(probe(&pair, 1, 0, NULL, 2), EINVAL));
	CHECK(FAILS(probe(&pair, 1, sizeof(harts), NULL, 1), EINVAL));
	CHECK(FAILS(probe((struct pair *)8, 1, 0, NULL, 0), EFAULT));
	CHECK(probe(NULL, 0, 0, NULL, 0) == 0);
}

int main(void)
{
	RUN(answers);
	RUN(sets_of_harts);
	RUN(wrong_arguments);
	return guest_result();
}
