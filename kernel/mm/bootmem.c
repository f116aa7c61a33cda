/* SPDX-License-Identifier: MIT */
/*
 * Memory before the page allocator: the lowest free address first.
 *
 * Free is what the machine's memory ranges hold, less what is reserved: by the machine, and by
 * earlier calls of boot_alloc(). Nothing is given back. One hart, no locks; ends with page_init().
 */
#include "lib/assert.h"
#include "lib/string.h"
#include "mm/bootmem.h"
#include "mm/page.h"

enum { MAX_TAKEN = 32 };

static struct phys_range taken[MAX_TAKEN]; /* by boot_alloc(); neighbours are joined */
static unsigned int taken_count;

/* Memory that can be used: whole pages, and in the direct map. */
static struct phys_range usable_part(const struct phys_range *memory)
{
	return (struct phys_range){
		.start = ALIGN_UP(memory->start, PAGE_SIZE),
		.end = ALIGN_DOWN(MIN(memory->end, (u64)DIRECT_MAP_SIZE), PAGE_SIZE),
	};
}

/* The end of the reservation that covers the page at address; 0: none does. *next is lowered to
 * the start of the first one above. */
static u64 covered_until(const struct phys_range *ranges, unsigned int count, u64 address,
			 u64 *next)
{
	u64 until = 0;

	for (unsigned int i = 0; i < count; i++) {
		u64 start = ALIGN_DOWN(ranges[i].start, PAGE_SIZE);
		u64 end = ALIGN_UP(ranges[i].end, PAGE_SIZE);

		if (start <= address && address < end)
			until = MAX(until, end);
		else if (start > address && start < end)
			*next = MIN(*next, start);
	}
	return until;
}

/* The first free span inside one range of memory. */
static struct phys_range free_part(struct phys_range memory)
{
	while (memory.start < memory.end) {
		u64 end = memory.end;
		u64 until =
			covered_until(machine.reserved, machine.reserved_count, memory.start, &end);

		until = MAX(until, covered_until(taken, taken_count, memory.start, &end));
		if (!until)
			return (struct phys_range){ memory.start, end };
		memory.start = until;
	}
	return (struct phys_range){ 0 };
}

struct phys_range boot_next_free(u64 from, u64 limit)
{
	struct phys_range best = { 0 };

	for (unsigned int i = 0; i < machine.memory_count; i++) {
		struct phys_range part = usable_part(&machine.memory[i]);

		part.start = MAX(part.start, from);
		part.end = MIN(part.end, limit);
		part = free_part(part);
		if (part.start < part.end && (best.start == best.end || part.start < best.start))
			best = part;
	}
	return best;
}

static void take(u64 start, u64 end)
{
	for (unsigned int i = 0; i < taken_count; i++) {
		if (taken[i].end == start) {
			taken[i].end = end;
			return;
		}
	}
	if (taken_count == MAX_TAKEN)
		panic("boot_alloc: free memory is in too many pieces");
	taken[taken_count++] = (struct phys_range){ start, end };
}

void *boot_alloc_within(u64 from, u64 limit, size_t size)
{
	struct phys_range span;
	void *memory;

	size = ALIGN_UP(size, PAGE_SIZE);
	do {
		span = boot_next_free(from, limit);
		if (span.start == span.end)
			return NULL;
		from = span.end;
	} while (span.end - span.start < size);
	take(span.start, span.start + size);
	memory = phys_to_virt(paddr(span.start));
	memset(memory, 0, size);
	return memory;
}

void *boot_alloc(size_t size)
{
	void *memory = boot_alloc_within(0, DIRECT_MAP_SIZE, size);

	if (!memory)
		panic("no memory for %zu bytes at boot", size);
	return memory;
}
