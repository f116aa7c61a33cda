/* SPDX-License-Identifier: MIT */
/*
 * The ChaCha20 block function, after RFC 8439, sections 2.1 to 2.3. No state of its own.
 */
#include "lib/chacha.h"
#include "lib/string.h"

enum { KEY = 4, COUNTER = 12, DOUBLE_ROUNDS = 10 };

static inline u32 rotate(u32 word, unsigned int bits)
{
	return word << bits | word >> (32 - bits);
}

/* Section 2.1. */
static inline void quarter_round(u32 *x, unsigned int a, unsigned int b, unsigned int c,
				 unsigned int d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

void chacha_init(u32 state[CHACHA_STATE_WORDS], const u8 key[CHACHA_KEY_SIZE])
{
	memset(state, 0, CHACHA_STATE_WORDS * sizeof(u32));
	state[0] = 0x61707865; /* "expand 32-byte k" */
	state[1] = 0x3320646e;
	state[2] = 0x79622d32;
	state[3] = 0x6b206574;
	memcpy(&state[KEY], key, CHACHA_KEY_SIZE);
}

/* Columns, then diagonals (section 2.3). Words are little-endian, as the machine's are. */
void chacha_block(u32 state[CHACHA_STATE_WORDS], u8 output[CHACHA_BLOCK_SIZE])
{
	u32 x[CHACHA_STATE_WORDS];

	memcpy(x, state, sizeof(x));
	for (int i = 0; i < DOUBLE_ROUNDS; i++) {
		quarter_round(x, 0, 4, 8, 12);
		quarter_round(x, 1, 5, 9, 13);
		quarter_round(x, 2, 6, 10, 14);
		quarter_round(x, 3, 7, 11, 15);
		quarter_round(x, 0, 5, 10, 15);
		quarter_round(x, 1, 6, 11, 12);
		quarter_round(x, 2, 7, 8, 13);
		quarter_round(x, 3, 4, 9, 14);
	}
	for (int i = 0; i < CHACHA_STATE_WORDS; i++)
		x[i] += state[i];
	memcpy(output, x, sizeof(x));
	state[COUNTER]++;
}
