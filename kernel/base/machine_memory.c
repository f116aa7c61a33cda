/* SPDX-License-Identifier: MIT */
/*
 * The device tree's memory: ranges that are there, and ranges that are spoken for.
 *
 * Memory beyond the direct map is left out. Reserved ranges may overlap each other and reach
 * outside of memory; machine_init() adds those that the tree does not name, and joins them.
 */
#include "arch/layout.h"
#include "base/devtree.h"
#include "lib/string.h"
#include "lib/pagesize.h"

/* Adds what a reg property of (address, size) pairs names; false when the list is full. Memory
 * loses the parts of pages at its ends, reserved ranges gain them. */
static bool add_reg(const void *fdt, int node, int parent, bool reserve, struct phys_range *ranges,
		    unsigned int *count, unsigned int limit)
{
	int address_cells = fdt_address_cells(fdt, parent);
	int size_cells = fdt_size_cells(fdt, parent);
	int pair = address_cells + size_cells;
	int length;
	const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &length);

	if (!reg || address_cells < 1 || size_cells < 1)
		return true;
	for (; length >= pair * 4; length -= pair * 4, reg += pair) {
		u64 start = devtree_cells(reg, address_cells);
		u64 size = devtree_cells(reg + address_cells, size_cells);
		u64 end = start + size;

		if (start >= DIRECT_MAP_SIZE)
			continue;
		if (end < start || end > DIRECT_MAP_SIZE)
			end = DIRECT_MAP_SIZE;
		start = reserve ? ALIGN_DOWN(start, PAGE_SIZE) : ALIGN_UP(start, PAGE_SIZE);
		end = reserve ? ALIGN_UP(end, PAGE_SIZE) : ALIGN_DOWN(end, PAGE_SIZE);
		if (!range_add(ranges, count, limit, start, end))
			return false;
	}
	return true;
}

static bool is_memory(const void *fdt, int node)
{
	const char *type = devtree_string(fdt, node, "device_type");

	return type && !strcmp(type, "memory") && devtree_enabled(fdt, node);
}

/* The reservation block in front of the tree. */
static bool read_reservation_block(struct devtree *tree)
{
	struct machine *facts = tree->machine;
	int count = fdt_num_mem_rsv(tree->fdt);

	for (int i = 0; i < count; i++) {
		u64 start, size;

		if (fdt_get_mem_rsv(tree->fdt, i, &start, &size) || start >= DIRECT_MAP_SIZE)
			continue;
		size = MIN(size, DIRECT_MAP_SIZE - start);
		if (!range_add(facts->reserved, &facts->reserved_count, MAX_RESERVED_RANGES,
			       ALIGN_DOWN(start, PAGE_SIZE), ALIGN_UP(start + size, PAGE_SIZE)))
			return false;
	}
	return true;
}

const char *devtree_read_memory(struct devtree *tree)
{
	const void *fdt = tree->fdt;
	struct machine *facts = tree->machine;
	int reserved = fdt_path_offset(fdt, "/reserved-memory");
	int node;

	fdt_for_each_subnode(
		node, fdt, 0) if (is_memory(fdt, node) &&
				  !add_reg(fdt, node, 0, false, facts->memory, &facts->memory_count,
					   MAX_MEMORY_RANGES)) return "too many memory ranges";
	range_normalize(facts->memory, &facts->memory_count);
	if (facts->memory_count == 0)
		return "no memory";

	if (!read_reservation_block(tree))
		return "too many reserved ranges";
	if (reserved < 0)
		return NULL;
	fdt_for_each_subnode(
		node, fdt,
		reserved) if (!add_reg(fdt, node, reserved, true, facts->reserved,
				       &facts->reserved_count,
				       MAX_RESERVED_RANGES)) return "too many reserved ranges";
	return NULL;
}
