/* SPDX-License-Identifier: MIT */
/*
 * The TLB: the switch of spaces, and flushes (arch/mmu.h tells the rule).
 *
 * ASID 0 is the kernel's own space. Harts without ASIDs use 0 for all, and flush at each switch.
 * Interrupts are off, no function sleeps; no lock but asid.c's.
 */
#include "arch/asid.h"
#include "arch/csr.h"
#include "arch/internal.h"
#include "arch/mmu.h"
#include "arch/sbi.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "lib/atomic.h"
#include "mm/page.h"

enum { FLUSH_PAGES_MAX = 32 }; /* larger ranges flush all of the space */

static bool has_asids;	      /* [I] */
static bool flush_whole_only; /* [I] erratum: sfence.vma with an address is not enough */

/* --- this hart's TLB --- */

void tlb_flush_here(void)
{
	__asm__ volatile("sfence.vma" : : : "memory");
}

static void sfence_asid(u64 asid)
{
	__asm__ volatile("sfence.vma zero, %0" : : "r"(asid) : "memory");
}

static void sfence_range(u64 asid, uaddr_t start, uaddr_t end)
{
	for (uaddr_t address = start; address < end; address += PAGE_SIZE)
		__asm__ volatile("sfence.vma %0, %1" : : "r"(address), "r"(asid) : "memory");
}

void arch_flush_local(uaddr_t address)
{
	if (unlikely(flush_whole_only))
		tlb_flush_here();
	else
		__asm__ volatile("sfence.vma %0, zero" : : "r"(address) : "memory");
}

/* --- switching --- */

/* Pairs with mark_stale(): active is set before stale is read. */
static inline void space_enter(struct arch_space *space, hartmask_t self)
{
	u64 asid = 0;

	atomic_fetch_or(&space->active, self);
	if (likely(has_asids)) {
		asid = asid_take(&space->asid);
		if (unlikely(READ_ONCE(space->stale) & self)) {
			atomic_fetch_and(&space->stale, ~self);
			sfence_asid(asid);
		}
	}
	csr_write(satp, SATP_MODE_SV39 | asid << SATP_ASID_SHIFT | space->root.addr >> PAGE_SHIFT);
	if (unlikely(!has_asids))
		sfence_asid(0);
}

void arch_space_switch(struct arch_space *from, struct arch_space *to)
{
	hartmask_t self = hartmask_of(this_hart());

	if (to)
		space_enter(to, self);
	else
		csr_write(satp, kernel_satp);
	if (from && from != to)
		atomic_fetch_and(&from->active, ~self);
}

/* --- flushing --- */

/* Pairs with space_enter(): the entries were changed, and stale is set, before active is read.
 * Returns the other harts that run the space now; those that do not will find themselves stale.
 * */
static hartmask_t mark_stale(struct arch_space *space, hartmask_t self)
{
	if (nr_harts == 1)
		return 0;
	atomic_fetch_or(&space->stale, ~self);
	return __atomic_load_n(&space->active, __ATOMIC_SEQ_CST) & ~self;
}

static void flush_remote(hartmask_t harts, u64 start, u64 size, u64 asid)
{
	u64 mask, base;

	while (sbi_next_group(&harts, &mask, &base))
		if (has_asids)
			sbi_remote_sfence_asid(mask, base, start, size, asid);
		else
			sbi_remote_sfence(mask, base, start, size);
}

void arch_flush_range(struct arch_space *space, uaddr_t start, uaddr_t end)
{
	hartmask_t others = mark_stale(space, hartmask_of(this_hart()));
	u64 asid = asid_number(READ_ONCE(space->asid));

	if (end - start > FLUSH_PAGES_MAX * PAGE_SIZE) {
		start = 0;
		end = ~0UL;
	}
	if (end == ~0UL || flush_whole_only)
		sfence_asid(asid);
	else
		sfence_range(asid, start, end);
	if (unlikely(others))
		flush_remote(others, start, end == ~0UL ? ~0UL : end - start, asid);
}

void arch_flush_space(struct arch_space *space)
{
	arch_flush_range(space, 0, ~0UL);
}

void arch_flush_kernel_all(void)
{
	hartmask_t others = READ_ONCE(harts_online) & ~hartmask_of(this_hart());
	u64 mask, base;

	tlb_flush_here();
	while (sbi_next_group(&others, &mask, &base))
		sbi_remote_sfence(mask, base, 0, ~0UL);
}

/* --- boot --- */

/* SiFive's erratum CIP-1200 as Linux tells it: U54 and U74 cores up to a certain version. */
static bool has_cip_1200(u64 vendor, u64 arch, u64 implementation)
{
	u64 version = implementation & 0xffffff;

	return vendor == 0x489 && (arch == 0x8000000000000007 || arch == 1) &&
	       version <= 0x200630 && implementation != 0x01200626;
}

/* Writes ones to satp's ASID field, and reads back how many there are (privileged
 * specification 4.1.11). */
void tlb_init(void)
{
	u64 numbers;

	csr_write(satp, kernel_satp | SATP_ASID_MASK << SATP_ASID_SHIFT);
	numbers = (csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK) + 1;
	csr_write(satp, kernel_satp);
	tlb_flush_here();
	has_asids = asid_init(numbers, machine.hart_count);
	flush_whole_only = has_cip_1200(sbi_info.mvendorid, sbi_info.marchid, sbi_info.mimpid);
}
