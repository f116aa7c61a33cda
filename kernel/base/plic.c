/* SPDX-License-Identifier: MIT */
/*
 * The platform-level interrupt controller: base/plic.h. Contexts come from machine.plic.context;
 * priorities are not used (all sources have 1, every threshold is 0).
 */
#include "arch/io.h"
#include "arch/layout.h"
#include "base/machine.h"
#include "base/plic.h"

/* Register layout, PLIC specification chapter 3. */
enum {
	PLIC_PRIORITY = 0,
	PLIC_ENABLE = 0x2000,
	PLIC_ENABLE_STRIDE = 0x80,
	PLIC_CONTEXT = 0x200000,
	PLIC_CONTEXT_STRIDE = 0x1000,
	PLIC_THRESHOLD = 0,
	PLIC_CLAIM = 4,
};

static char *plic_register(u64 offset)
{
	return (char *)phys_to_virt(paddr(machine.plic.base)) + offset;
}

static char *enable_word(unsigned int hart, unsigned int word)
{
	return plic_register(PLIC_ENABLE + (u64)machine.plic.context[hart] * PLIC_ENABLE_STRIDE +
			     word * 4);
}

static char *context_register(unsigned int hart, unsigned int offset)
{
	return plic_register(PLIC_CONTEXT + (u64)machine.plic.context[hart] * PLIC_CONTEXT_STRIDE +
			     offset);
}

void plic_init(void)
{
	for (unsigned int hart = 0; hart < machine.hart_count; hart++) {
		if (machine.plic.context[hart] < 0)
			continue;
		for (unsigned int word = 0; word <= machine.plic.sources / 32; word++)
			io_write32(enable_word(hart, word), 0);
		io_write32(context_register(hart, PLIC_THRESHOLD), 0);
	}
}

void plic_enable(unsigned int source, unsigned int hart)
{
	char *word = enable_word(hart, source / 32);

	io_write32(plic_register(PLIC_PRIORITY + source * 4), 1);
	io_write32(word, io_read32(word) | 1u << source % 32);
}

unsigned int plic_claim(unsigned int hart)
{
	return io_read32(context_register(hart, PLIC_CLAIM));
}

void plic_complete(unsigned int hart, unsigned int source)
{
	io_write32(context_register(hart, PLIC_CLAIM), source);
}
