/* SPDX-License-Identifier: MIT */
/* Linux's futex(2) operations and the layout of robust lists. */
#ifndef UAPI_FUTEX_H
#define UAPI_FUTEX_H

#include "lib/types.h"

enum futex_command {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_FD = 2,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_LOCK_PI = 6,
	FUTEX_UNLOCK_PI = 7,
	FUTEX_TRYLOCK_PI = 8,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
	FUTEX_WAIT_REQUEUE_PI = 11,
	FUTEX_CMP_REQUEUE_PI = 12,
	FUTEX_LOCK_PI2 = 13,
	FUTEX_COMMAND_MASK = 0x7f,
	FUTEX_PRIVATE_FLAG = 128,
	FUTEX_CLOCK_REALTIME = 256,
};

/* futex_waitv(2) and its relatives */
enum futex2_flags { FUTEX2_SIZE_MASK = 3, FUTEX2_SIZE_U32 = 2, FUTEX2_PRIVATE = 128 };
enum { FUTEX_WAITV_MAX = 128 };

struct futex_waitv {
	u64 value;
	u64 address;
	u32 flags;
	u32 reserved;
};

#define FUTEX_BITSET_MATCH_ANY 0xffffffffu

/* The word of a robust futex. */
#define FUTEX_WAITERS 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK 0x3fffffffu

struct robust_list_head {
	u64 next;	  /* first entry; the head's own address at the end */
	s64 futex_offset; /* from an entry to its futex word */
	u64 pending;	  /* entry that is being added or taken out, or 0 */
};

#endif
