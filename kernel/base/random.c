/* SPDX-License-Identifier: MIT */
/*
 * The random generator: ChaCha20 with fast key erasure.
 *
 * A block of key stream under the generator's key gives 64 bytes: the first half becomes the next
 * key at once, so that who reads the kernel's memory later cannot tell earlier output; the second
 * half is the caller's, who expands it without the lock when more is wanted. Seeds are absorbed
 * by adding 32 bytes at a time to the key and generating the next one.
 *
 * random_lock (RANK_IRQ) is held for one block. The numbers are as good as the seeds given so far
 * (/chosen rng-seed, the time at boot); there is no estimate of entropy and no waiting for it.
 */
#include "base/lock.h"
#include "lib/chacha.h"
#include "lib/random.h"
#include "lib/string.h"

static spinlock_t random_lock = SPINLOCK_INIT(RANK_IRQ);
static u8 random_key[CHACHA_KEY_SIZE]; /* [random_lock] */

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

void random_bytes(void *buffer, size_t size)
{
	u8 fresh[CHACHA_KEY_SIZE];

	spin_lock(&random_lock);
	next_key_locked(fresh);
	spin_unlock(&random_lock);
	if (size <= sizeof(fresh))
		memcpy(buffer, fresh, size);
	else
		expand(fresh, buffer, size);
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
	spin_unlock(&random_lock);
}
