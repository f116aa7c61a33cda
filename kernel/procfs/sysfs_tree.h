/* SPDX-License-Identifier: MIT */
/*
 * What the kernel itself has to tell in /sys; devices add themselves.
 */
#ifndef PROCFS_SYSFS_TREE_H
#define PROCFS_SYSFS_TREE_H

void sysfs_add_harts(void);  /* sys_cpu.c: harts, and the node that they are in */
void sysfs_add_memory(void); /* sys_memory.c: blocks of memory, huge pages */
void sysfs_add_kernel(void); /* sys_kernel.c: byte order, clock source */

/* All of it; at boot, once the harts are known. */
static inline void sysfs_fill(void)
{
	sysfs_add_harts();
	sysfs_add_memory();
	sysfs_add_kernel();
}

#endif
