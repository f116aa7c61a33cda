/* SPDX-License-Identifier: MIT */
/*
 * The checker and the interpreter of classic BPF programs: task/bpf.h.
 */
#include "task/bpf.h"

#include "lib/errno.h"
#include "lib/string.h"

/* --- checking --- */

static bool alu_is_known(u16 code, u32 k)
{
	bool by_register = code & BPF_X;

	switch (code & ~(BPF_X | 7)) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR: return true;
	case BPF_DIV: return by_register || k;
	case BPF_LSH:
	case BPF_RSH: return by_register || k < 32;
	case BPF_NEG: return !by_register;
	}
	return false;
}

static bool load_is_known(u16 code, u32 k)
{
	switch (code & ~7) {
	case BPF_IMM:
	case BPF_LEN: return true;
	case BPF_MEM: return k < BPF_MEMWORDS;
	case BPF_ABS:
		return (code & 7) == BPF_LD && k < sizeof(struct seccomp_data) &&
		       k % sizeof(u32) == 0;
	}
	return false;
}

/* left: instructions behind this one. */
static bool jump_is_known(const struct sock_filter *at, size_t left)
{
	switch (at->code & ~7) {
	case BPF_JA: return at->k < left;
	case BPF_JEQ | BPF_K:
	case BPF_JEQ | BPF_X:
	case BPF_JGT | BPF_K:
	case BPF_JGT | BPF_X:
	case BPF_JGE | BPF_K:
	case BPF_JGE | BPF_X:
	case BPF_JSET | BPF_K:
	case BPF_JSET | BPF_X: return at->jt < left && at->jf < left;
	}
	return false;
}

static bool is_known(const struct sock_filter *at, size_t left)
{
	u16 rest = at->code & ~7;

	switch (at->code & 7) {
	case BPF_LD:
	case BPF_LDX: return load_is_known(at->code, at->k);
	case BPF_ST:
	case BPF_STX: return !rest && at->k < BPF_MEMWORDS;
	case BPF_ALU: return alu_is_known(at->code, at->k);
	case BPF_JMP: return jump_is_known(at, left);
	case BPF_RET: return rest == BPF_K || rest == BPF_A;
	default: return rest == BPF_TAX || rest == BPF_TXA;
	}
}

/* Who jumps there has written these words at least. */
static void note_jump(u16 *words, u16 written, const struct sock_filter *jump, size_t at)
{
	if ((jump->code & ~7) == BPF_JA) {
		words[at + 1 + jump->k] &= written;
	} else {
		words[at + 1 + jump->jt] &= written;
		words[at + 1 + jump->jf] &= written;
	}
}

/* A word is read only if it was written on every way that leads there. As jumps go forward, one
 * pass finds that: words[i] is what all jumps to i have written. */
static int check_words(const struct sock_filter *program, size_t length, u16 *words)
{
	u16 written = 0;

	memset(words, 0xff, length * sizeof(words[0]));
	for (size_t i = 0; i < length; i++) {
		u16 code = program[i].code;

		written &= words[i];
		if (code == BPF_ST || code == BPF_STX)
			written |= (u16)(1 << program[i].k);
		else if ((code & ~1) == (BPF_LD | BPF_MEM) && !(written >> program[i].k & 1))
			return -EINVAL;
		if ((code & 7) == BPF_JMP) {
			note_jump(words, written, &program[i], i);
			written = UINT16_MAX; /* nobody falls through */
		}
	}
	return 0;
}

int bpf_check(const struct sock_filter *program, size_t length, u16 *words)
{
	if (!length || length > BPF_MAXINSNS || (program[length - 1].code & 7) != BPF_RET)
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		if (!is_known(&program[i], length - 1 - i))
			return -EINVAL;
	return check_words(program, length, words);
}

/* --- running --- */

static u32 calculate(u16 operation, u32 a, u32 b)
{
	switch (operation) {
	case BPF_ADD: return a + b;
	case BPF_SUB: return a - b;
	case BPF_MUL: return a * b;
	case BPF_DIV: return a / b;
	case BPF_OR: return a | b;
	case BPF_AND: return a & b;
	case BPF_XOR: return a ^ b;
	case BPF_LSH: return a << (b & 31);
	case BPF_RSH: return a >> (b & 31);
	default: return -a;
	}
}

static bool compare(u16 operation, u32 a, u32 b)
{
	switch (operation) {
	case BPF_JEQ: return a == b;
	case BPF_JGT: return a > b;
	case BPF_JGE: return a >= b;
	default: return a & b;
	}
}

static u32 load(const struct sock_filter *at, const struct seccomp_data *data, const u32 *memory)
{
	u32 value;

	switch (at->code & ~7) {
	case BPF_IMM: return at->k;
	case BPF_LEN: return sizeof(*data);
	case BPF_MEM: return memory[at->k];
	default: memcpy(&value, (const char *)data + at->k, sizeof(value)); return value;
	}
}

u32 bpf_run(const struct sock_filter *at, const struct seccomp_data *data)
{
	u32 memory[BPF_MEMWORDS], a = 0, x = 0;

	for (;; at++) {
		u32 operand = at->code & BPF_X ? x : at->k;

		switch (at->code & 7) {
		case BPF_LD: a = load(at, data, memory); break;
		case BPF_LDX: x = load(at, data, memory); break;
		case BPF_ST: memory[at->k] = a; break;
		case BPF_STX: memory[at->k] = x; break;
		case BPF_ALU:
			if ((at->code & 0xf0) == BPF_DIV && !operand)
				return 0;
			a = calculate(at->code & 0xf0, a, operand);
			break;
		case BPF_JMP:
			if ((at->code & 0xf0) == BPF_JA)
				at += at->k;
			else
				at += compare(at->code & 0xf0, a, operand) ? at->jt : at->jf;
			break;
		case BPF_RET: return at->code & BPF_A ? a : at->k;
		default:
			if (at->code & BPF_TXA)
				a = x;
			else
				x = a;
		}
	}
}
