/* SPDX-License-Identifier: MIT */
/*
 * The machine that the kernel runs on: base/machine.h. What the device tree says about it is read
 * by machine_tree.c; this file adds what the kernel knows by itself, and reports.
 *
 * Text in struct machine points into the tree, which therefore stays where it is, reserved.
 */
#include "arch/layout.h"
#include "arch/sbi.h"
#include "base/devtree.h"
#include "base/log.h"
#include "base/perhart.h"
#include "base/stop.h"
#include "lib/pagesize.h"

enum {
	TREE_LIMIT = 2 << 20,	 /* Linux's limit for a tree */
	FIRMWARE_SIZE = 2 << 20, /* what resident firmware takes at the start of memory */
};

struct machine machine;

extern const char __kernel_start[], __kernel_end[];

static void noreturn machine_reject(const char *why)
{
	log_print(LOG_EMERG, "cannot boot: %s", why);
	stop_power_off();
}

static void reserve(u64 start, u64 end)
{
	if (!range_add(machine.reserved, &machine.reserved_count, MAX_RESERVED_RANGES,
		       ALIGN_DOWN(start, PAGE_SIZE), ALIGN_UP(end, PAGE_SIZE)))
		machine_reject("too many reserved ranges");
}

/* Where an initramfs cannot be: it would be read from, and given back, with what is there. */
static void reserve_own(u64 start, u64 end)
{
	reserve(start, end);
	if (machine.initrd.start >= end || machine.initrd.end <= start)
		return;
	machine.initrd = (struct phys_range){ 0, 0 };
	machine.initrd_refused = true;
}

/* The kernel, and the firmware below it at the start of its memory range, which not every tree
 * reserves. */
static void reserve_kernel(void)
{
	u64 start = virt_to_phys(__kernel_start).addr;
	u64 end = virt_to_phys(__kernel_end).addr;

	for (unsigned int i = 0; i < machine.memory_count; i++) {
		const struct phys_range *range = &machine.memory[i];

		if (start < range->start || end > range->end)
			continue;
		reserve_own(start, end);
		if (start - range->start >= FIRMWARE_SIZE)
			reserve_own(range->start, range->start + FIRMWARE_SIZE);
		return;
	}
	machine_reject("the kernel does not lie in the tree's memory");
}

void machine_init(paddr_t tree, u64 boot_hartid)
{
	const char *wrong;

	if (tree.addr == 0 || tree.addr % 8 || tree.addr > DIRECT_MAP_SIZE - TREE_LIMIT)
		machine_reject("the firmware hands over no device tree");
	wrong = machine_read_tree(&machine, phys_to_virt(tree), TREE_LIMIT, boot_hartid);
	if (wrong)
		machine_reject(wrong);
	reserve_kernel();
	reserve_own(tree.addr, tree.addr + machine.fdt_size);
	if (machine.initrd.start < machine.initrd.end)
		reserve(machine.initrd.start, machine.initrd.end);
	if (machine.initrd_refused)
		log_warning("/chosen: the initramfs does not lie in free memory, going on without");
	range_normalize(machine.reserved, &machine.reserved_count);
	cmdline_init();
}

void machine_drop_hart(unsigned int hart)
{
	for (unsigned int i = hart; i + 1 < machine.hart_count; i++) {
		machine.harts[i] = machine.harts[i + 1];
		machine.plic.context[i] = machine.plic.context[i + 1];
	}
	machine.hart_count--;
	machine.parked_count++;
	machine_join_harts(&machine);
}

void machine_report(void)
{
	const struct sbi_info *sbi = &sbi_info;

	log_notice("machine: %s", machine.model ? machine.model : "unnamed");
	if (sbi->implementation == SBI_OPENSBI)
		log_notice("firmware: OpenSBI %lu.%lu, SBI %u.%u%s",
			   sbi->implementation_version >> 16, sbi->implementation_version & 0xffff,
			   sbi->version_major, sbi->version_minor,
			   sbi->has_srst ? "" : ", cannot power off");
	else
		log_notice("firmware: SBI %u.%u, implementation %lu version 0x%lx",
			   sbi->version_major, sbi->version_minor, sbi->implementation,
			   sbi->implementation_version);
	log_notice("isa: %s", machine.harts[0].isa);
	log_notice("harts: %u run, %u parked; boot hart %lu; timebase %lu Hz; timer by %s",
		   nr_harts, machine.hart_count - nr_harts + machine.parked_count,
		   machine.harts[0].hartid, machine.timebase_hz, machine.has_sstc ? "Sstc" : "SBI");
	for (unsigned int i = 0; i < machine.memory_count; i++)
		log_notice("memory: %lx-%lx, %lu MiB", machine.memory[i].start,
			   machine.memory[i].end,
			   (machine.memory[i].end - machine.memory[i].start) / MiB);
	log_notice("device tree: %u bytes, hash %016lx", machine.fdt_size, machine.fdt_hash);
}
