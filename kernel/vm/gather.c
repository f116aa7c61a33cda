/* SPDX-License-Identifier: MIT */
/*
 * Flushing the TLB, then dropping references (gather.h).
 */
#include "vm/gather.h"

#include "sched/sched.h"
#include "vm/pagetable.h"

void gather_flush(struct gather *gather)
{
	u32 count = gather->count;

	if (gather->whole)
		arch_flush_space(&gather->mm->arch);
	else if (gather->start < gather->end)
		arch_flush_range(&gather->mm->arch, gather->start, gather->end);
	for (u32 i = 0; i < count; i++) {
		struct page *page = gather->dead[i];

		if (page->flags & PG_TABLE) {
			table_put(page);
			cond_resched();
		} else {
			page_put(page);
		}
	}
	gather_begin(gather, gather->mm);
}
