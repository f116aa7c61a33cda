/* SPDX-License-Identifier: MIT */
/*
 * A device tree as a whole: checks it, has its parts read (machine_harts.c, machine_memory.c,
 * machine_chosen.c, machine_devices.c), and makes its hash.
 *
 * Pure: tested on the host with the boards' trees, and with broken ones
 * (tests/unit/test_machine.c).
 */
#include "base/devtree.h"
#include "lib/string.h"

static u64 hash_bytes(u64 hash, const void *bytes, size_t size)
{
	const u8 *byte = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3;
	return hash;
}

static u64 hash_text(u64 hash, const char *text)
{
	return text ? hash_bytes(hash, text, strlen(text) + 1) : hash;
}

static u64 hash_properties(u64 hash, const void *fdt, int node)
{
	int at;

	fdt_for_each_property_offset(at, fdt, node)
	{
		int length;
		const char *name;
		const void *value = fdt_getprop_by_offset(fdt, at, &name, &length);

		if (value)
			hash = hash_bytes(hash_text(hash, name), value, (size_t)length);
	}
	return hash;
}

/* FNV-1a over all names and values but those of /chosen, which differ from boot to boot. */
static u64 tree_hash(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	int chosen_depth = 0;
	int depth = 0;
	u64 hash = 0xcbf29ce484222325;

	for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, &depth)) {
		if (node == chosen)
			chosen_depth = depth;
		else if (depth <= chosen_depth)
			chosen_depth = 0;
		if (chosen_depth)
			continue;
		hash = hash_text(hash, fdt_get_name(fdt, node, NULL));
		hash = hash_properties(hash, fdt, node);
	}
	return hash;
}

const char *machine_read_tree(struct machine *facts, const void *fdt, size_t limit, u64 boot_hartid)
{
	struct devtree tree = { .fdt = fdt, .machine = facts, .boot_hartid = boot_hartid };
	const char *wrong;

	memset(facts, 0, sizeof(*facts));
	if (limit < sizeof(struct fdt_header) || fdt_check_header(fdt))
		return "not a device tree";
	if (fdt_totalsize(fdt) > limit)
		return "device tree larger than it may be";
	/* libfdt does not check the alignment of blocks that it reads in words. */
	if (fdt_off_mem_rsvmap(fdt) % 8 || fdt_off_dt_struct(fdt) % 4 ||
	    fdt_check_full(fdt, fdt_totalsize(fdt)))
		return "malformed device tree";

	wrong = devtree_read_harts(&tree);
	if (!wrong)
		wrong = devtree_read_memory(&tree);
	if (!wrong)
		wrong = devtree_read_chosen(&tree);
	if (!wrong)
		wrong = devtree_read_devices(&tree);
	if (wrong)
		return wrong;
	facts->model = devtree_string(fdt, 0, "model");
	facts->compatible = devtree_string(fdt, 0, "compatible");
	facts->fdt_size = fdt_totalsize(fdt);
	facts->fdt_hash = tree_hash(fdt);
	return NULL;
}
