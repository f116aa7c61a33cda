/* SPDX-License-Identifier: MIT */
/*
 * The ChaCha20 block function (RFC 8439, section 2.3), the core of the random generator.
 */
#ifndef LIB_CHACHA_H
#define LIB_CHACHA_H

#include "lib/types.h"

enum {
	CHACHA_KEY_SIZE = 32,
	CHACHA_BLOCK_SIZE = 64,
	CHACHA_STATE_WORDS = 16,
};

/* State: 4 constants, 8 words of key, a block counter, 3 words of nonce. */
void chacha_init(u32 state[CHACHA_STATE_WORDS], const u8 key[CHACHA_KEY_SIZE]);

/* Writes the next 64 bytes of key stream, and advances the counter. */
void chacha_block(u32 state[CHACHA_STATE_WORDS], u8 output[CHACHA_BLOCK_SIZE]);

#endif
