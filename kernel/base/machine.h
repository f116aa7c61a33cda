/* SPDX-License-Identifier: MIT */
/*
 * What the device tree says about the machine (through libfdt): read once at boot, immutable
 * after. The only place that knows the tree's bindings; everybody else takes facts from here.
 */
#ifndef BASE_MACHINE_H
#define BASE_MACHINE_H

#include "lib/types.h"

enum { MAX_MEMORY_RANGES = 16, MAX_RESERVED_RANGES = 64, MAX_UARTS = 8, CMDLINE_SIZE = 2048 };

struct phys_range {
	u64 start; /* inclusive */
	u64 end;   /* exclusive */
};

struct machine_hart {
	u64 hartid;	 /* the hardware's id */
	const char *isa; /* the ISA string, or "rv64imafdc" style text made from isa-extensions */
	const char *mmu_type; /* "riscv,sv39" ...; NULL: none */
	const char *uarch;    /* compatible string of the core, NULL when absent */
	bool has_sstc;
	bool has_fpu; /* F and D */
	bool has_vector;
};

enum uart_kind { UART_NONE, UART_NS16550, UART_SIFIVE };

struct machine_uart {
	enum uart_kind kind;
	u64 base;	  /* physical address of its registers */
	u32 reg_shift;	  /* distance of registers: 1 << reg_shift bytes */
	u32 reg_io_width; /* bytes per access: 1 or 4 */
	u32 irq;	  /* source number at the interrupt controller, 0: none */
	u32 line;	  /* number: N of its alias serialN, or the first free one */
	u32 clock_hz;	  /* that its divisor divides, 0: not known */
};

struct machine_plic {
	u64 base; /* physical address, 0: there is no PLIC */
	u64 size;
	u32 sources;		/* riscv,ndev */
	s16 context[MAX_HARTS]; /* by logical hart: its S-mode context, -1 when none */
};

struct machine {
	const char *model;
	const char *compatible;
	u64 fdt_hash; /* FNV-1a over the tree, for the boot report */
	u32 fdt_size;
	u64 timebase_hz;
	bool has_sstc;		 /* all harts have it */
	bool has_fpu;		 /* likewise */
	bool has_vector;	 /* likewise */
	unsigned int hart_count; /* entries of harts: logical order, boot hart first */
	struct machine_hart harts[MAX_HARTS];
	unsigned int parked_count; /* harts of the tree that cannot run this kernel */
	unsigned int memory_count;
	struct phys_range memory[MAX_MEMORY_RANGES];
	unsigned int
		reserved_count; /* firmware, tree, initrd, kernel image: not for the allocator */
	struct phys_range reserved[MAX_RESERVED_RANGES];
	struct phys_range initrd; /* start == end: none */
	bool initrd_refused;	  /* the tree names one where there is no memory for it */
	unsigned int uart_count;
	struct machine_uart uarts[MAX_UARTS];
	int console_uart; /* that stdout-path names, -1: none */
	struct machine_plic plic;
	u64 rtc_base;	 /* a Goldfish real-time clock, 0: none */
	u8 rng_seed[64]; /* /chosen rng-seed */
	u32 rng_seed_size;
	char cmdline[CMDLINE_SIZE]; /* /chosen bootargs */
};

extern struct machine machine;

/* Reads the tree at the given physical address (mapped in the direct map). boot_hartid is the
 * hart that runs. A malformed tree is reported in one line on the console, and the machine stops.
 * */
void machine_init(paddr_t tree, u64 boot_hartid);

/* A hart did not start: takes it out of harts (and out of what is indexed like it), and what it
 * lacks is no concern any more; those behind it move up by one. Boot only, before the index is
 * used. */
void machine_drop_hart(unsigned int hart);

/* The unflattened facts as text: the boot report. */
void machine_report(void);

/* Reads a tree of at most limit bytes into *facts, without what the kernel adds. NULL, or what is
 * wrong with the tree. For machine_init() and for tests. */
const char *machine_read_tree(struct machine *facts, const void *fdt, size_t limit,
			      u64 boot_hartid);

/* Splits machine.cmdline; called by machine_init(). */
void cmdline_init(void);

/* Command line, Linux's rules: words split by blanks, quotes; what follows "--" goes to init.
 * Value of "name=value" (the last one wins) copied into buffer; false when absent. A word "name"
 * alone gives "". */
bool cmdline_get(const char *name, char *buffer, size_t size);
/* Value of the n-th last "name=value", or NULL. */
const char *cmdline_value(const char *name, unsigned int n);
/* The n-th argument for init (after "--", or words the kernel does not know without '=' or '.'),
 * or NULL at the end. */
const char *cmdline_init_argument(unsigned int n);
/* The n-th environment setting for init: unknown words with '=' and without '.'. */
const char *cmdline_init_environment(unsigned int n);

/* "_name" as a whole word of an ISA string. */
bool machine_isa_has_word(const char *isa, const char *name);

#endif
