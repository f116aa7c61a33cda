/* SPDX-License-Identifier: MIT */
/*
 * The random generator: ChaCha20 with fast key erasure.
 *
 * A block of key stream under the generator's key gives 64 bytes: the first half becomes the next
 * key at once, so that who reads the kernel's memory later cannot tell earlier output; the second
 * half is the caller's, who expands it without the lock when more is wanted. Seeds are absorbed
 * by adding 32 bytes at a time to the key and generating the next one.
 *
 * Small requests are served from a stock that each hart keeps: key stream under a fresh key that is
 * forgotten at once. What was given out is erased, so the same holds for it. A seed makes all
 * stocks stale.
 *
 * random_lock (RANK_IRQ) is held for one block; a stock is its hart's alone. The numbers are as
 * good as the seeds given so far
 * (/chosen rng-seed, the time at boot); there is no estimate of entropy and no waiting for it.
 */
#include "base/lock.h"
#include "base/perhart.h"
#include "lib/atomic.h"
#include "lib/chacha.h"
#include "lib/random.h"
#include "lib/string.h"

static spinlock_t random_lock = SPINLOCK_INIT(RANK_IRQ);
static u8 random_key[CHACHA_KEY_SIZE]; /* [random_lock] */
static u32 seeds;		       /* [random_lock to change] that were absorbed */

enum { STOCK_SIZE = 256, SMALL = 32 };

struct stock {
	u32 seeds; /* absorbed when it was made */
	u32 left;  /* unused bytes, the last ones; those before are 0 */
	u8 bytes[STOCK_SIZE];
};

static DEFINE_PERHART(struct stock, stock);

/* Makes the next key. fresh gets 32 bytes of output. */
static void next_key_locked(u8 fresh[CHACHA_KEY_SIZE])
{
	u8 block[CHACHA_BLOCK_SIZE];
	u32 state[CHACHA_STATE_WORDS];

	chacha_init(state, random_key);
	chacha_block(state, block);
	memcpy(random_key, block, CHACHA_KEY_SIZE);
	memcpy(fresh, block + CHACHA_KEY_SIZE, CHACHA_KEY_SIZE);
}

static void expand(const u8 key[CHACHA_KEY_SIZE], u8 *at, size_t size)
{
	u8 block[CHACHA_BLOCK_SIZE];
	u32 state[CHACHA_STATE_WORDS];

	chacha_init(state, key);
	while (size) {
		size_t part = MIN(size, sizeof(block));

		chacha_block(state, block);
		memcpy(at, block, part);
		at += part;
		size -= part;
	}
}

static void fresh_bytes(void *buffer, size_t size)
{
	u8 fresh[CHACHA_KEY_SIZE];

	spin_lock(&random_lock);
	next_key_locked(fresh);
	spin_unlock(&random_lock);
	expand(fresh, buffer, size);
}

static void refill(struct stock *stock)
{
	stock->seeds = READ_ONCE(seeds);
	stock->left = STOCK_SIZE;
	fresh_bytes(stock->bytes, STOCK_SIZE);
}

static void take(void *buffer, size_t size)
{
	struct stock *stock = this_hart_ptr(stock);
	u8 *at;

	if (stock->left < size || stock->seeds != READ_ONCE(seeds))
		refill(stock);
	at = stock->bytes + STOCK_SIZE - stock->left;
	memcpy(buffer, at, size);
	memset(at, 0, size);
	stock->left -= (u32)size;
}

void random_bytes(void *buffer, size_t size)
{
	if (size <= SMALL)
		take(buffer, size);
	else
		fresh_bytes(buffer, size);
}

u64 random_u64(void)
{
	u64 number;

	random_bytes(&number, sizeof(number));
	return number;
}

void random_seed(const void *bytes, size_t size)
{
	const u8 *at = bytes;
	u8 unused[CHACHA_KEY_SIZE];

	spin_lock(&random_lock);
	do {
		size_t part = MIN(size, sizeof(random_key));

		for (size_t i = 0; i < part; i++)
			random_key[i] ^= at[i];
		next_key_locked(unused);
		at += part;
		size -= part;
	} while (size);
	WRITE_ONCE(seeds, seeds + 1);
	spin_unlock(&random_lock);
}
