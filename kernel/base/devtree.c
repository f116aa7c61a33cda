/* SPDX-License-Identifier: MIT */
/*
 * Helpers over libfdt and over lists of ranges: base/devtree.h. Pure functions.
 */
#include "base/devtree.h"
#include "lib/string.h"

bool range_add(struct phys_range *ranges, unsigned int *count, unsigned int limit, u64 start,
	       u64 end)
{
	if (start >= end)
		return true;
	if (*count == limit)
		return false;
	ranges[(*count)++] = (struct phys_range){ start, end };
	return true;
}

static void range_sort(struct phys_range *ranges, unsigned int count)
{
	for (unsigned int i = 1; i < count; i++) {
		struct phys_range moved = ranges[i];
		unsigned int at = i;

		for (; at > 0 && ranges[at - 1].start > moved.start; at--)
			ranges[at] = ranges[at - 1];
		ranges[at] = moved;
	}
}

void range_normalize(struct phys_range *ranges, unsigned int *count)
{
	unsigned int kept = 0;

	range_sort(ranges, *count);
	for (unsigned int i = 0; i < *count; i++) {
		if (kept > 0 && ranges[i].start <= ranges[kept - 1].end)
			ranges[kept - 1].end = MAX(ranges[kept - 1].end, ranges[i].end);
		else
			ranges[kept++] = ranges[i];
	}
	*count = kept;
}

const char *devtree_string(const void *fdt, int node, const char *name)
{
	int length;
	const char *text = fdt_getprop(fdt, node, name, &length);

	return text && length > 0 && text[length - 1] == 0 ? text : NULL;
}

u32 devtree_u32(const void *fdt, int node, const char *name, u32 otherwise)
{
	int length;
	const fdt32_t *cell = fdt_getprop(fdt, node, name, &length);

	return cell && length >= 4 ? fdt32_to_cpu(*cell) : otherwise;
}

u64 devtree_cells(const fdt32_t *cells, int count)
{
	u64 value = 0;

	while (count-- > 0)
		value = value << 32 | fdt32_to_cpu(*cells++);
	return value;
}

bool devtree_enabled(const void *fdt, int node)
{
	const char *status = devtree_string(fdt, node, "status");

	return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

bool devtree_compatible(const void *fdt, int node, const char *const *names, unsigned int count)
{
	int length;
	const char *list = fdt_getprop(fdt, node, "compatible", &length);

	if (!list)
		return false;
	for (unsigned int i = 0; i < count; i++)
		if (fdt_stringlist_contains(list, length, names[i]))
			return true;
	return false;
}
