/* SPDX-License-Identifier: MIT */
/*
 * What memory may be promised: vm/commit.h. Tested by tests/guest/overcommit.c.
 */
#include "vm/commit.h"

#include "lib/errno.h"
#include "mm/page.h"
#include "vm/space.h"
#include "vm/vmo.h"

int vm_overcommit = OVERCOMMIT_GUESS;
int vm_overcommit_ratio = 50, vm_overcommit_kbytes;
int vm_user_reserve_kbytes;

DEFINE_PERHART(s64, committed_pages);

u64 commit_limit(void)
{
	u64 kbytes = (u64)READ_ONCE(vm_overcommit_kbytes);

	if (kbytes)
		return kbytes / (PAGE_SIZE / KiB);
	return page_total_count() * (u64)READ_ONCE(vm_overcommit_ratio) / 100;
}

u64 commit_total(void)
{
	s64 pages = (s64)vmo_page_count();
	unsigned int hart;

	for_each_hart (hart)
		pages += READ_ONCE(*hart_ptr(committed_pages, hart));
	return (u64)MAX(pages, (s64)0);
}

/* The larger a process is, the more it leaves to others, who may have to end it. */
static u64 reserve_for_others(const struct mm_struct *mm)
{
	u64 most = (u64)READ_ONCE(vm_user_reserve_kbytes) / (PAGE_SIZE / KiB);

	return mm ? MIN(mm->pages_mapped / 32, most) : 0;
}

int commit_check(const struct mm_struct *mm, u64 pages)
{
	switch (READ_ONCE(vm_overcommit)) {
	case OVERCOMMIT_ALWAYS: return 0;
	case OVERCOMMIT_GUESS: return pages > page_total_count() ? -ENOMEM : 0;
	default:
		return commit_total() + pages + reserve_for_others(mm) > commit_limit() ? -ENOMEM
											: 0;
	}
}

void commit_init(void)
{
	enum { MOST_RESERVE = 128 * KiB }; /* in KiB */

	vm_user_reserve_kbytes =
		(int)MIN(page_total_count() * (PAGE_SIZE / KiB) / 32, (u64)MOST_RESERVE);
}
