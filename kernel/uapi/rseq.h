/* SPDX-License-Identifier: MIT */
/* Linux's structures of rseq(2). */
#ifndef UAPI_RSEQ_H
#define UAPI_RSEQ_H

#include "lib/types.h"

enum { RSEQ_FLAG_UNREGISTER = 1 };
enum { RSEQ_CPU_ID_UNINITIALIZED = -1 };

struct rseq {
	u32 cpu_id_start; /* always a hart */
	u32 cpu_id;	  /* the hart that the thread is on */
	u64 rseq_cs;	  /* the program's: a struct rseq_cs, or 0 */
	u32 flags;	  /* must be 0 */
	u32 node_id;
	u32 mm_cid; /* a number below that of the harts, that no other thread of the space has */
	u32 pad;
};

/* A critical section: pc - start_ip < post_commit_offset. */
struct rseq_cs {
	u32 version; /* 0 */
	u32 flags;   /* 0 */
	u64 start_ip;
	u64 post_commit_offset;
	u64 abort_ip; /* the four bytes before it are the signature */
};

enum {
	RSEQ_SIZE = 32,		/* the least that may be registered */
	RSEQ_FEATURE_SIZE = 28, /* up to mm_cid */
	RSEQ_ALIGN = 32,
};

static_assert(sizeof(struct rseq) == RSEQ_SIZE, "rseq(2)");
static_assert(sizeof(struct rseq_cs) == 32, "rseq(2)");

#endif
