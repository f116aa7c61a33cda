/* SPDX-License-Identifier: MIT */
/*
 * Other facts of the kernel and the machine in /sys: byte order, clock source, empty directories
 * where programs mount or look for something.
 */
#include "fs/sysfs.h"
#include "procfs/sysfs_tree.h"

static int show_byte_order(struct text *text, void *object)
{
	text_printf(text, "little\n");
	return 0;
}

static int show_address_bits(struct text *text, void *object)
{
	text_printf(text, "64\n");
	return 0;
}

static const struct sysfs_attribute kernel_files[] = {
	{ .name = "cpu_byteorder", .show = show_byte_order },
	{ .name = "address_bits", .show = show_address_bits },
	{ 0 },
};

/* The time CSR, under the name that Linux gives it. */
static int show_clock_source(struct text *text, void *object)
{
	text_printf(text, "riscv_clocksource\n");
	return 0;
}

static const struct sysfs_attribute clock_files[] = {
	{ .name = "current_clocksource", .show = show_clock_source },
	{ .name = "available_clocksource", .show = show_clock_source },
	{ 0 },
};

void sysfs_add_kernel(void)
{
	static const char *const empty[] = { "block", "bus",	  "class",  "dev/block", "dev/char",
					     "fs",    "firmware", "module", "power" };

	sysfs_add_files(sysfs_directory(NULL, "kernel"), kernel_files, NULL);
	sysfs_add_files(sysfs_directory(NULL, "devices/system/clocksource/clocksource0"),
			clock_files, NULL);
	for (unsigned int i = 0; i < ARRAY_SIZE(empty); i++)
		sysfs_directory(NULL, empty[i]);
}
