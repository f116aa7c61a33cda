/* SPDX-License-Identifier: MIT */
/*
 * Atomic integers, reference counts and fences, on the compiler's __atomic operations.
 * A name without suffix is sequentially consistent; _relaxed orders nothing; _acquire and
 * _release say what they order.
 */
#ifndef LIB_ATOMIC_H
#define LIB_ATOMIC_H

#include "lib/assert.h"
#include "lib/types.h"

#define load_acquire(pointer) __atomic_load_n(pointer, __ATOMIC_ACQUIRE)
#define store_release(pointer, value) __atomic_store_n(pointer, value, __ATOMIC_RELEASE)
#define atomic_fetch_add(pointer, value) __atomic_fetch_add(pointer, value, __ATOMIC_SEQ_CST)
#define atomic_fetch_add_relaxed(pointer, value)                                                   \
	__atomic_fetch_add(pointer, value, __ATOMIC_RELAXED)
#define atomic_fetch_or(pointer, value) __atomic_fetch_or(pointer, value, __ATOMIC_SEQ_CST)
#define atomic_fetch_and(pointer, value) __atomic_fetch_and(pointer, value, __ATOMIC_SEQ_CST)
#define atomic_exchange(pointer, value) __atomic_exchange_n(pointer, value, __ATOMIC_SEQ_CST)
/* True when *pointer was *expected and is now value; else *expected gets what was there. */
#define atomic_cmpxchg(pointer, expected, value)                                                   \
	__atomic_compare_exchange_n(pointer, expected, value, false, __ATOMIC_SEQ_CST,             \
				    __ATOMIC_SEQ_CST)
#define fence_full() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define barrier() __asm__ volatile("" : : : "memory")

/* A count of references; the object is freed by who drops the last one. */
typedef struct {
	s32 count;
} refcount_t;

#define REFCOUNT_INIT(n)                                                                           \
	{                                                                                          \
		(n)                                                                                \
	}

static inline void refcount_set(refcount_t *refs, s32 count)
{
	WRITE_ONCE(refs->count, count); /* GCC makes an amoswap of an atomic store */
}

static inline s32 refcount_read(const refcount_t *refs)
{
	return __atomic_load_n(&refs->count, __ATOMIC_RELAXED);
}

/* Takes one more reference. The caller holds one already, so it cannot vanish meanwhile. */
static inline void refcount_inc(refcount_t *refs)
{
	s32 before = __atomic_fetch_add(&refs->count, 1, __ATOMIC_RELAXED);

	assert(before > 0);
	(void)before;
}

/* Takes a reference unless the count has reached zero already; true when it took one. */
static inline bool refcount_inc_not_zero(refcount_t *refs)
{
	s32 seen = refcount_read(refs);

	while (seen != 0)
		if (__atomic_compare_exchange_n(&refs->count, &seen, seen + 1, true,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

/* Drops a reference; true for the caller that dropped the last one, which frees the object. */
static inline bool must_check refcount_dec_and_test(refcount_t *refs)
{
	s32 before = __atomic_fetch_sub(&refs->count, 1, __ATOMIC_ACQ_REL);

	assert(before > 0);
	return before == 1;
}

#endif
