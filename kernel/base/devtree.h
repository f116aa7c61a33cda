/* SPDX-License-Identifier: MIT */
/*
 * Reading a flattened device tree (Devicetree Specification 0.4) for base/machine: the state that
 * its files pass on, and helpers over libfdt. Private to them.
 *
 * The tree has been checked as a whole (fdt_check_full) before anything here looks at it; the
 * contents of properties have not, so every length is checked where it is used.
 */
#ifndef BASE_DEVTREE_H
#define BASE_DEVTREE_H

#include <libfdt.h>

#include "base/machine.h"

struct devtree {
	const void *fdt;
	struct machine *machine; /* what is being filled in */
	u64 boot_hartid;
	u32 hart_intc[MAX_HARTS]; /* phandle of each hart's interrupt controller, 0: none */
};

/* Each reads its part of the tree; NULL, or what is wrong with it, in a few words. */
const char *devtree_read_harts(struct devtree *tree);
const char *devtree_read_memory(struct devtree *tree);
const char *devtree_read_chosen(struct devtree *tree);
const char *devtree_read_devices(struct devtree *tree);

/* Sets what the machine has because all its harts have it. */
void machine_join_harts(struct machine *facts);

/* Adds a range to a list; false when it is full. Empty ranges are left out. */
bool range_add(struct phys_range *ranges, unsigned int *count, unsigned int limit, u64 start,
	       u64 end);
/* Sorts a list and joins what touches. */
void range_normalize(struct phys_range *ranges, unsigned int *count);

/* A property that is a terminated string, or NULL. */
const char *devtree_string(const void *fdt, int node, const char *name);
/* Its first cell, or what stands in for it. */
u32 devtree_u32(const void *fdt, int node, const char *name, u32 otherwise);
/* An address or size of that many cells (1 or 2; of more, the low 64 bits). */
u64 devtree_cells(const fdt32_t *cells, int count);
/* status is absent or "okay". */
bool devtree_enabled(const void *fdt, int node);
bool devtree_compatible(const void *fdt, int node, const char *const *names, unsigned int count);

#endif
