/* SPDX-License-Identifier: MIT */
/* sources: kernel/base/machine_tree.c kernel/base/machine_harts.c kernel/base/machine_memory.c
 * kernel/base/machine_chosen.c kernel/base/machine_devices.c kernel/base/devtree.c
 * kernel/lib/format.c build/third_party/libfdt/fdt.c build/third_party/libfdt/fdt_ro.c
 * build/third_party/libfdt/fdt_check.c build/third_party/libfdt/fdt_addresses.c
 * build/third_party/libfdt/fdt_rw.c build/third_party/libfdt/fdt_wip.c */
/* flags: -isystem kernel/lib/compat -Wno-missing-field-initializers */
/*
 * What base/machine reads out of device trees: the boards' genuine ones (boards/dtb) against the
 * facts of the boards, and broken ones, which must be refused or read without a wild access (ASan
 * watches).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <libfdt.h>

#include "base/machine.h"

enum { BOARD_HARTS = 4, ROOM = 4096 };

struct board {
	const char *name;
	u64 timebase_hz;
	struct phys_range memory[2];
	struct phys_range reserved;
	struct machine_uart uart; /* the console */
	u32 uart_count;
	u32 plic_sources;
};

#define SIFIVE_UART(irq_)                                                                          \
	{                                                                                          \
		UART_SIFIVE, 0x10010000, 0, 4, irq_, 0, 0                                          \
	}
#define VISIONFIVE(file)                                                                           \
	{                                                                                          \
		.name = file, .timebase_hz = 4000000, .memory = { { 0x40000000, 0x140000000 } },   \
		.uart = { UART_NS16550, 0x10000000, 2, 4, 32, 0, 0 }, .uart_count = 1,             \
		.plic_sources = 136,                                                               \
	}

static const struct board boards[] = {
	{ .name = "hifive-unleashed-a00",
	  .timebase_hz = 1000000,
	  .memory = { { 0x80000000, 0x280000000 } },
	  .uart = SIFIVE_UART(4),
	  .uart_count = 2,
	  .plic_sources = 53 },
	{ .name = "hifive-unmatched-a00",
	  .timebase_hz = 1000000,
	  .memory = { { 0x80000000, 0x480000000 } },
	  .uart = SIFIVE_UART(39),
	  .uart_count = 2,
	  .plic_sources = 69 },
	VISIONFIVE("jh7110-starfive-visionfive-2-v1.2a"),
	VISIONFIVE("jh7110-starfive-visionfive-2-v1.3b"),
	VISIONFIVE("jh7110-milkv-mars"),
	{ .name = "mpfs-icicle-kit",
	  .timebase_hz = 1000000,
	  .memory = { { 0x80000000, 0xc0000000 }, { 0x1040000000, 0x1080000000 } },
	  .reserved = { 0xbfc00000, 0xc0000000 },
	  .uart = { UART_NS16550, 0x20100000, 2, 4, 91, 1, 0 },
	  .uart_count = 4, /* the first is the firmware's */
	  .plic_sources = 186 },
};

static struct machine facts;

/* The host's stdlib.h defines types that the kernel defines, too. */
void *malloc(size_t size);
void free(void *memory);
void noreturn abort(void);

void panic(const char *format, ...)
{
	abort();
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	return (size_t)snprintf(to, size, "%s", from);
}

/* The tree in a block of exactly its size, so that ASan sees the first byte read beyond it. */
static void *load_tree(const struct board *board, size_t *size)
{
	char path[128];
	FILE *file;
	void *tree;

	snprintf(path, sizeof(path), "boards/dtb/%s.dtb", board->name);
	file = fopen(path, "rb");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	tree = malloc(*size);
	assert_int_equal(fread(tree, 1, *size, file), *size);
	fclose(file);
	return tree;
}

/* Reads every text that the facts point to. */
static void touch_texts(void)
{
	const char *texts[] = { facts.model, facts.compatible, facts.cmdline };
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		length += texts[i] ? strlen(texts[i]) : 0;
	for (unsigned int i = 0; i < facts.hart_count; i++) {
		const struct machine_hart *hart = &facts.harts[i];

		length += hart->isa ? strlen(hart->isa) : 0;
		length += hart->mmu_type ? strlen(hart->mmu_type) : 0;
		length += hart->uarch ? strlen(hart->uarch) : 0;
	}
	assert_true(length < 64 * KiB);
	assert_true(facts.hart_count <= MAX_HARTS);
}

static void check_harts(const struct board *board, u64 boot_hartid)
{
	assert_int_equal(facts.hart_count, BOARD_HARTS);
	assert_int_equal(facts.parked_count, 1);
	assert_int_equal(facts.harts[0].hartid, boot_hartid);
	assert_int_equal(facts.timebase_hz, board->timebase_hz);
	assert_true(facts.has_fpu);
	assert_false(facts.has_sstc);
	for (unsigned int i = 0; i < BOARD_HARTS; i++) {
		const struct machine_hart *hart = &facts.harts[i];

		assert_in_range(hart->hartid, 1, 4);
		assert_string_equal(hart->mmu_type, "riscv,sv39");
		assert_memory_equal(hart->isa, "rv64imafdc", 10);
		/* Contexts of hart h: 2h - 1 for M-mode, 2h for S-mode. */
		assert_int_equal(facts.plic.context[i], 2 * hart->hartid);
		for (unsigned int other = 0; other < i; other++)
			assert_int_not_equal(hart->hartid, facts.harts[other].hartid);
	}
}

static void check_board(const struct board *board)
{
	assert_int_equal(facts.memory_count, board->memory[1].end ? 2 : 1);
	assert_memory_equal(facts.memory, board->memory,
			    facts.memory_count * sizeof(facts.memory[0]));
	assert_int_equal(facts.reserved_count, board->reserved.end ? 1 : 0);
	if (facts.reserved_count)
		assert_memory_equal(facts.reserved, &board->reserved, sizeof(board->reserved));
	assert_int_equal(facts.uart_count, board->uart_count);
	assert_in_range(facts.console_uart, 0, facts.uart_count - 1);
	assert_memory_equal(&facts.uarts[facts.console_uart], &board->uart, sizeof(board->uart));
	assert_int_equal(facts.plic.base, 0xc000000);
	assert_int_equal(facts.plic.sources, board->plic_sources);
}

static void reads_the_boards_trees(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
		size_t size;
		void *tree = load_tree(&boards[i], &size);

		for (u64 boot = 1; boot <= BOARD_HARTS; boot++) {
			assert_null(machine_read_tree(&facts, tree, size, boot));
			check_harts(&boards[i], boot);
			check_board(&boards[i]);
			touch_texts();
		}
		free(tree);
	}
}

static void refuses_a_boot_hart_that_the_tree_lacks(void **state)
{
	size_t size;
	void *tree = load_tree(&boards[0], &size);

	assert_non_null(machine_read_tree(&facts, tree, size, 9));
	free(tree);
}

/* A tree with more room, for changes. */
static void *grow_tree(const struct board *board)
{
	size_t size;
	void *small = load_tree(board, &size);
	void *tree = malloc(size + ROOM);

	assert_int_equal(fdt_open_into(small, tree, (int)size + ROOM), 0);
	free(small);
	return tree;
}

static void chosen_tells_about_this_boot(void **state)
{
	void *tree = grow_tree(&boards[0]);
	int chosen = fdt_path_offset(tree, "/chosen");
	u64 hash;

	assert_null(machine_read_tree(&facts, tree, 64 * KiB, 2));
	hash = facts.fdt_hash;
	fdt_setprop_string(tree, chosen, "bootargs", "quiet -- accept");
	fdt_setprop_u32(tree, chosen, "linux,initrd-start", 0x84000000);
	fdt_setprop_u64(tree, chosen, "linux,initrd-end", 0x84100000);
	fdt_setprop(tree, chosen, "rng-seed", "0123456789abcdef", 16);
	assert_null(machine_read_tree(&facts, tree, 64 * KiB, 2));
	assert_string_equal(facts.cmdline, "quiet -- accept");
	assert_int_equal(facts.initrd.start, 0x84000000);
	assert_int_equal(facts.initrd.end, 0x84100000);
	assert_int_equal(facts.rng_seed_size, 16);
	assert_int_equal(facts.fdt_hash, hash);

	fdt_setprop_u64(tree, chosen, "linux,initrd-end", 0x484100000);
	assert_null(machine_read_tree(&facts, tree, 64 * KiB, 2));
	assert_int_equal(facts.initrd.end, 0);
	assert_true(facts.initrd_refused);
	free(tree);
}

static void isa_string_and_isa_list_say_the_same(void **state)
{
	static const char list[] = "i\0m\0a\0f\0d\0c\0zicsr\0sstc";
	void *tree = grow_tree(&boards[0]);
	int hart = fdt_path_offset(tree, "/cpus/cpu@1");

	fdt_delprop(tree, hart, "riscv,isa");
	fdt_setprop_string(tree, hart, "riscv,isa-base", "rv64i");
	fdt_setprop(tree, hart, "riscv,isa-extensions", list, sizeof(list));
	assert_null(machine_read_tree(&facts, tree, 64 * KiB, 1));
	assert_string_equal(facts.harts[0].isa, "rv64imafdc_zicsr_sstc");
	assert_false(facts.has_sstc); /* the other harts do not have it */
	assert_true(facts.has_fpu);
	free(tree);
}

static void survives_truncated_trees(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
		size_t size;
		void *tree = load_tree(&boards[i], &size);

		for (size_t length = 0; length < size; length += 64) {
			void *part = malloc(length + 1);

			memcpy(part, tree, length);
			assert_non_null(machine_read_tree(&facts, part, length, 1));
			if (length >= sizeof(struct fdt_header)) {
				fdt_set_totalsize(part, (u32)length);
				if (!machine_read_tree(&facts, part, length, 1))
					touch_texts();
			}
			free(part);
		}
		free(tree);
	}
}

static void survives_flipped_bytes(void **state)
{
	u32 random = 1;

	for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
		size_t size;
		u8 *tree = load_tree(&boards[i], &size);

		for (int round = 0; round < 400; round++) {
			u8 *broken = malloc(size);

			memcpy(broken, tree, size);
			for (int flips = 0; flips <= round % 4; flips++) {
				random = random * 1664525 + 1013904223;
				broken[(random >> 8) % size] ^= (u8)(1 + random % 255);
			}
			if (!machine_read_tree(&facts, broken, size, 1))
				touch_texts();
			free(broken);
		}
		free(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_boards_trees),
		cmocka_unit_test(refuses_a_boot_hart_that_the_tree_lacks),
		cmocka_unit_test(chosen_tells_about_this_boot),
		cmocka_unit_test(isa_string_and_isa_list_say_the_same),
		cmocka_unit_test(survives_truncated_trees),
		cmocka_unit_test(survives_flipped_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
