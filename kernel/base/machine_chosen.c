/* SPDX-License-Identifier: MIT */
/*
 * The device tree's /chosen: what the boot loader says about this boot.
 */
#include "arch/layout.h"
#include "base/devtree.h"
#include "lib/string.h"

/* An address that loaders write as one or two cells. */
static u64 read_address(const void *fdt, int node, const char *name)
{
	int length;
	const fdt32_t *cells = fdt_getprop(fdt, node, name, &length);

	return cells && (length == 4 || length == 8) ? devtree_cells(cells, length / 4) : 0;
}

/* The initramfs, if it lies in memory. */
static void read_initrd(struct devtree *tree, int chosen)
{
	struct machine *facts = tree->machine;
	u64 start = read_address(tree->fdt, chosen, "linux,initrd-start");
	u64 end = read_address(tree->fdt, chosen, "linux,initrd-end");

	for (unsigned int i = 0; i < facts->memory_count; i++)
		if (start < end && start >= facts->memory[i].start && end <= facts->memory[i].end)
			facts->initrd = (struct phys_range){ start, end };
	facts->initrd_refused = start != end && facts->initrd.start == facts->initrd.end;
}

static void read_seed(struct devtree *tree, int chosen)
{
	struct machine *facts = tree->machine;
	int length;
	const void *seed = fdt_getprop(tree->fdt, chosen, "rng-seed", &length);

	if (!seed || length <= 0)
		return;
	facts->rng_seed_size = MIN((u32)length, (u32)sizeof(facts->rng_seed));
	memcpy(facts->rng_seed, seed, facts->rng_seed_size);
}

const char *devtree_read_chosen(struct devtree *tree)
{
	int chosen = fdt_path_offset(tree->fdt, "/chosen");
	const char *arguments;

	if (chosen < 0)
		return NULL;
	arguments = devtree_string(tree->fdt, chosen, "bootargs");
	if (arguments && strlcpy(tree->machine->cmdline, arguments, CMDLINE_SIZE) >= CMDLINE_SIZE)
		return "/chosen: bootargs too long";
	read_initrd(tree, chosen);
	read_seed(tree, chosen);
	return NULL;
}
