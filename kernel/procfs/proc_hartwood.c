/* SPDX-License-Identifier: MIT */
/*
 * /proc/hartwood: what Linux has no place for.
 */
#include "abi/table.h"
#include "entry.h"
#include "procfs/procfs.h"

/* "NUMBER NAME COUNT" for each system call that programs have asked for in vain; "-" for those that
 * have no name, and one line for all numbers that are out of range. */
static int show_unknown_syscalls(struct text *text, struct task_struct *task,
				 const struct proc_node *node)
{
	for (unsigned long number = 0; number < SYSCALL_COUNT; number++) {
		u64 count = syscall_absent_count(number);
		const char *name = syscall_name(number);

		if (count)
			text_printf(text, "%lu %s %lu\n", number, name ? name : "-", count);
	}
	if (syscall_absent_count(SYSCALL_COUNT))
		text_printf(text, "%d+ - %lu\n", SYSCALL_COUNT,
			    syscall_absent_count(SYSCALL_COUNT));
	return 0;
}

const struct proc_entry proc_hartwood_entries[] = {
	{ .name = "unknown_syscalls", .mode = S_IFREG | 0444, .show = show_unknown_syscalls },
	{ 0 },
};
