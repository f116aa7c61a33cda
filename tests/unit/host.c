/* SPDX-License-Identifier: MIT */
/*
 * The machine under the kernel, for host tests: see host.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

#include "arch/current.h"
#include "arch/hart.h"
#include "arch/layout.h"
#include "arch/mmu.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/panic.h"
#include "host.h"
#include "lib/assert.h"

enum { JUNK = 0x5c };

static struct thread_info boot_thread;

struct thread_info *host_current = &boot_thread;
struct machine machine;
u64 host_direct_map;
u64 host_kstack_area;
u64 host_ticks;
u64 host_timer;

bool host_panic_expected;
jmp_buf host_panic_return;
char host_panic_message[512];

/* --- panics and messages --- */

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(host_panic_message, sizeof(host_panic_message), format, arguments);
	va_end(arguments);
	if (host_panic_expected)
		longjmp(host_panic_return, 1);
	fprintf(stderr, "panic: %s\n", host_panic_message);
	__builtin_abort();
}

bool panic_in_progress(void)
{
	return false;
}

void log_print(enum log_level level, const char *format, ...)
{
}

char *host_find(const char *text, const char *part)
{
	for (; *text; text++) {
		size_t i = 0;

		while (part[i] && text[i] == part[i])
			i++;
		if (!part[i])
			return (char *)text;
	}
	return NULL;
}

/* --- memory --- */

static void *reserve(size_t size)
{
	void *area =
		mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (area == MAP_FAILED)
		panic("cannot reserve %zu bytes of address space", size);
	return area;
}

static void make_usable(void *start, size_t size)
{
	if (mprotect(start, size, PROT_READ | PROT_WRITE))
		panic("cannot use %zu bytes", size);
}

void host_memory_add(u64 start, u64 end)
{
	char *memory = phys_to_virt(paddr(start));

	make_usable(memory, end - start);
	for (u64 i = 0; i < end - start; i++)
		memory[i] = JUNK;
	machine.memory[machine.memory_count++] = (struct phys_range){ start, end };
}

void host_memory(u64 start, u64 end)
{
	u64 block = 16 * MiB;

	host_direct_map = ALIGN_UP((u64)reserve(DIRECT_MAP_SIZE + block), block);
	machine.memory_count = 0;
	machine.reserved_count = 0;
	host_memory_add(start, end);
}

/* --- the kernel's map --- */

/* Which page is mapped at each page of the area; 0: none. */
static u64 kstack_map[KSTACK_AREA_SIZE / (4 * KiB)];

static u64 *kstack_entry(unsigned long address)
{
	return &kstack_map[(address - host_kstack_area) / (4 * KiB)];
}

int arch_map_kernel_page(unsigned long address, paddr_t page)
{
	make_usable((void *)address, 4 * KiB);
	*kstack_entry(address) = page.addr;
	return 0;
}

bool arch_unmap_kernel_page(unsigned long address, paddr_t *page)
{
	page->addr = *kstack_entry(address);
	if (!page->addr)
		return false;
	if (mprotect((void *)address, 4 * KiB, PROT_NONE))
		panic("cannot unmap %lx", address);
	*kstack_entry(address) = 0;
	return true;
}

void arch_flush_kernel_all(void)
{
}

void host_kstacks(void)
{
	u64 slot = 2 * KSTACK_SIZE;

	host_kstack_area = ALIGN_UP((u64)reserve(KSTACK_AREA_SIZE + slot), slot);
}

/* --- chance --- */

/* xorshift64* (Vigna 2014). */
u64 host_random(void)
{
	static u64 state = 88172645463325252UL;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 2685821657736338717UL;
}
