/* SPDX-License-Identifier: MIT */
/*
 * A hart's lines of /proc/cpuinfo, with the names that Linux's riscv port gives them.
 */
#include "arch/hart.h"
#include "arch/sbi.h"
#include "base/machine.h"
#include "lib/format.h"

void arch_machine_ids(u64 ids[3])
{
	ids[0] = sbi_info.mvendorid;
	ids[1] = sbi_info.marchid;
	ids[2] = sbi_info.mimpid;
}

int arch_cpuinfo(unsigned int hart, char *buffer, size_t size)
{
	const struct machine_hart *facts = &machine.harts[hart];
	int used = scnprintf(buffer, size,
			     "hart\t\t: %lu\n"
			     "isa\t\t: %s\n"
			     "mmu\t\t: sv39\n",
			     facts->hartid, facts->isa);

	if (facts->uarch)
		used += scnprintf(buffer + used, size - used, "uarch\t\t: %s\n", facts->uarch);
	return used + scnprintf(buffer + used, size - used,
				"mvendorid\t: 0x%lx\n"
				"marchid\t\t: 0x%lx\n"
				"mimpid\t\t: 0x%lx\n",
				sbi_info.mvendorid, sbi_info.marchid, sbi_info.mimpid);
}
