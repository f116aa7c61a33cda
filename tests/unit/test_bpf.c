/* SPDX-License-Identifier: MIT */
/* sources: kernel/task/bpf.c */
/*
 * Classic BPF: what the checker refuses, what each instruction computes, and that no program that
 * it accepts leaves the program, the data or the memory words (random ones, under the sanitizers).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lib/errno.h"
#include "task/bpf.h"

#define OP(code_, k_)                                                                              \
	{                                                                                          \
		.code = (code_), .k = (k_)                                                         \
	}
#define JUMP(code_, k_, jt_, jf_)                                                                  \
	{                                                                                          \
		(code_), (jt_), (jf_), (k_)                                                        \
	}
#define RETURN(k_) OP(BPF_RET | BPF_K, k_)

static const struct seccomp_data data = {
	.nr = 64,
	.arch = 0xc00000f3,
	.instruction_pointer = 0x123456789abcdef0,
	.args = { 0x1111222233334444, 2, 3, 4, 5, 0x6666777788889999 },
};

static int check(const struct sock_filter *program, size_t length)
{
	static u16 words[BPF_MAXINSNS];

	return bpf_check(program, length, words);
}

static u32 run(const struct sock_filter *program, size_t length)
{
	assert_int_equal(check(program, length), 0);
	return bpf_run(program, &data);
}

#define CHECK_OF(...)                                                                              \
	check((const struct sock_filter[]){ __VA_ARGS__ },                                         \
	      sizeof((const struct sock_filter[]){ __VA_ARGS__ }) / sizeof(struct sock_filter))
#define RUN_OF(...)                                                                                \
	run((const struct sock_filter[]){ __VA_ARGS__ },                                           \
	    sizeof((const struct sock_filter[]){ __VA_ARGS__ }) / sizeof(struct sock_filter))

static void test_loads(void **state)
{
	struct sock_filter ret_a = OP(BPF_RET | BPF_A, 0);

	assert_int_equal(RUN_OF(OP(BPF_LD | BPF_ABS, 0), ret_a), 64);
	assert_int_equal(RUN_OF(OP(BPF_LD | BPF_ABS, 4), ret_a), 0xc00000f3);
	assert_int_equal(RUN_OF(OP(BPF_LD | BPF_ABS, 16), ret_a), 0x33334444);
	assert_int_equal(RUN_OF(OP(BPF_LD | BPF_ABS, 60), ret_a), 0x66667777);
	assert_int_equal(RUN_OF(OP(BPF_LD | BPF_IMM, 99), ret_a), 99);
	assert_int_equal(RUN_OF(OP(BPF_LD | BPF_LEN, 0), ret_a), 64);
	assert_int_equal(RUN_OF(OP(BPF_LDX | BPF_IMM, 7), OP(BPF_MISC | BPF_TXA, 0), ret_a), 7);
	assert_int_equal(RUN_OF(OP(BPF_LD | BPF_IMM, 5), OP(BPF_ST, 15), OP(BPF_LD | BPF_IMM, 6),
				OP(BPF_MISC | BPF_TAX, 0), OP(BPF_STX, 0), OP(BPF_LD | BPF_MEM, 15),
				ret_a),
			 5);
}

static u32 calculated(u16 operation, u32 a, u32 b)
{
	return RUN_OF(OP(BPF_LD | BPF_IMM, a), OP(BPF_ALU | operation | BPF_K, b),
		      OP(BPF_RET | BPF_A, 0));
}

static void test_arithmetic(void **state)
{
	assert_int_equal(calculated(BPF_ADD, 0xffffffff, 2), 1);
	assert_int_equal(calculated(BPF_SUB, 1, 2), 0xffffffff);
	assert_int_equal(calculated(BPF_MUL, 0x10000, 0x10001), 0x10000);
	assert_int_equal(calculated(BPF_DIV, 0xffffffff, 16), 0x0fffffff);
	assert_int_equal(calculated(BPF_AND, 0xff00ff, 0xffff), 0xff);
	assert_int_equal(calculated(BPF_OR, 0xff00, 0xff), 0xffff);
	assert_int_equal(calculated(BPF_XOR, 0xff, 0xf), 0xf0);
	assert_int_equal(calculated(BPF_LSH, 1, 31), 0x80000000);
	assert_int_equal(calculated(BPF_RSH, 0x80000000, 31), 1);
	assert_int_equal(calculated(BPF_NEG, 1, 0), 0xffffffff);
	/* By 0 in the register: the answer is 0, whatever comes after. */
	assert_int_equal(
		RUN_OF(OP(BPF_LD | BPF_IMM, 5), OP(BPF_ALU | BPF_DIV | BPF_X, 0), RETURN(77)), 0);
}

static u32 jumped(u16 operation, u32 a, u32 b)
{
	return RUN_OF(OP(BPF_LD | BPF_IMM, a), JUMP(BPF_JMP | operation | BPF_K, b, 1, 0),
		      RETURN(0), RETURN(1));
}

static void test_jumps(void **state)
{
	assert_int_equal(jumped(BPF_JEQ, 5, 5), 1);
	assert_int_equal(jumped(BPF_JEQ, 5, 6), 0);
	assert_int_equal(jumped(BPF_JGT, 0x80000000, 1), 1);
	assert_int_equal(jumped(BPF_JGT, 1, 1), 0);
	assert_int_equal(jumped(BPF_JGE, 1, 1), 1);
	assert_int_equal(jumped(BPF_JSET, 6, 2), 1);
	assert_int_equal(jumped(BPF_JSET, 6, 1), 0);
	assert_int_equal(RUN_OF(OP(BPF_JMP | BPF_JA, 1), RETURN(1), RETURN(2)), 2);
	assert_int_equal(RUN_OF(OP(BPF_LD | BPF_IMM, 3), OP(BPF_LDX | BPF_IMM, 3),
				JUMP(BPF_JMP | BPF_JEQ | BPF_X, 9, 0, 1), RETURN(1), RETURN(2)),
			 1);
}

static void test_refused(void **state)
{
	static struct sock_filter many[BPF_MAXINSNS + 1];

	assert_int_equal(check(many, 0), -EINVAL);
	for (size_t i = 0; i <= BPF_MAXINSNS; i++)
		many[i] = (struct sock_filter)RETURN(0);
	assert_int_equal(check(many, BPF_MAXINSNS), 0);
	assert_int_equal(check(many, BPF_MAXINSNS + 1), -EINVAL);

	assert_int_equal(CHECK_OF(OP(BPF_LD | BPF_IMM, 0)), -EINVAL); /* no return */
	assert_int_equal(CHECK_OF(OP(BPF_RET | BPF_X, 0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(0xffff, 0), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_LD | BPF_ABS, 64), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_LD | BPF_ABS, 2), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_LD | BPF_ABS, ~0u), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_LD | BPF_ABS | 0x10, 0), RETURN(0)), -EINVAL); /* byte */
	assert_int_equal(CHECK_OF(OP(BPF_LDX | BPF_ABS, 0), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_ALU | BPF_DIV, 0), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_ALU | BPF_LSH, 32), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_ALU | 0x90, 1), RETURN(0)), -EINVAL); /* modulo */
	assert_int_equal(CHECK_OF(OP(BPF_JMP | BPF_JA, 1), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_JMP | BPF_JA, ~0u), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(JUMP(BPF_JMP | BPF_JEQ, 0, 0, 1), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_ST, 16), RETURN(0)), -EINVAL);
	assert_int_equal(CHECK_OF(OP(BPF_LD | BPF_MEM, 0), RETURN(0)), -EINVAL);
	/* Written on one way, not on the other. */
	assert_int_equal(CHECK_OF(JUMP(BPF_JMP | BPF_JEQ, 0, 1, 0), OP(BPF_ST, 3),
				  OP(BPF_LD | BPF_MEM, 3), RETURN(0)),
			 -EINVAL);
	assert_int_equal(CHECK_OF(JUMP(BPF_JMP | BPF_JEQ, 0, 0, 2), OP(BPF_ST, 3),
				  OP(BPF_JMP | BPF_JA, 1), OP(BPF_STX, 3), OP(BPF_LD | BPF_MEM, 3),
				  RETURN(0)),
			 0);
}

static u32 number(u32 below)
{
	static u64 seed = 1;

	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (u32)(seed >> 33) % below;
}

static void random_instruction(struct sock_filter *at)
{
	static const u16 codes[] = { 0x00, 0x20, 0x60, 0x80, 0x01, 0x61, 0x81, 0x02, 0x03,
				     0x04, 0x34, 0x3c, 0x64, 0x6c, 0x84, 0xac, 0x05, 0x15,
				     0x1d, 0x25, 0x35, 0x45, 0x06, 0x16, 0x07, 0x87 };

	at->code = number(16) ? codes[number(ARRAY_SIZE(codes))] : (u16)number(0x10000);
	at->jt = (u8)number(8);
	at->jf = (u8)number(8);
	at->k = number(8) ? number(17) * (number(2) ? 1 : 4) : number(~0u);
}

static void test_random_programs(void **state)
{
	int accepted = 0;

	for (int round = 0; round < 200000; round++) {
		struct sock_filter program[1 + number(12)];
		size_t length = ARRAY_SIZE(program);

		for (size_t i = 0; i < length; i++)
			random_instruction(&program[i]);
		if (check(program, length))
			continue;
		bpf_run(program, &data);
		accepted++;
	}
	assert_true(accepted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_jumps),		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_random_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
