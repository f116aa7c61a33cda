/* SPDX-License-Identifier: MIT */
/*
 * What a panic tells about where the kernel was.
 *
 * The kernel keeps no frame pointers, so the backtrace is every word on the stack that points
 * into the kernel's text: callers, and left-overs of earlier calls among them. `make debug` and
 * the symbols of build/hartwood.elf name the addresses.
 */
#include "arch/hart.h"
#include "lib/format.h"
#include "mm/page.h"
#include "task/task.h"

extern const char __text_start[], __text_end[];

unsigned int arch_backtrace(unsigned long *addresses, unsigned int limit)
{
	unsigned long start = (unsigned long)__builtin_frame_address(0) & ~7UL;
	unsigned long bottom = (unsigned long)current->stack;
	unsigned long end = bottom + KSTACK_SIZE;
	unsigned int count = 0;

	if (start < bottom || start >= end)
		start = bottom; /* on the overflow stack: the task's own is full */
	if (!bottom)
		return 0;
	for (const unsigned long *word = (const unsigned long *)start; (unsigned long)word < end;
	     word++) {
		if (*word < (unsigned long)__text_start || *word >= (unsigned long)__text_end)
			continue;
		if (count == limit)
			break;
		addresses[count++] = *word;
	}
	return count;
}

void arch_describe_task(char *buffer, size_t size)
{
	scnprintf(buffer, size, "task %d (%s)", current->pid, current->comm);
}
