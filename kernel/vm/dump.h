/* SPDX-License-Identifier: MIT */
/*
 * What a core file is made of: the regions of a space, and those of their pages that hold
 * something. Looking changes nothing: no page is faulted in.
 */
#ifndef VM_DUMP_H
#define VM_DUMP_H

#include "vm/space.h"

/* A region as it was when it was looked at. */
struct region_image {
	uaddr_t start, end;
	u32 flags;	   /* enum region_flags */
	bool private_page; /* it has a page of its own: memory, or a file's page that was changed */
	struct file *file; /* with a reference; or NULL */
	u64 offset;	   /* in the file, bytes */
};

/* All regions, in order: *images, to be freed by vm_images_free(), and their count. 0, -ENOMEM. May
 * sleep. */
int vm_images(struct mm_struct *mm, struct region_image **images, u32 *count) must_check;
void vm_images_free(struct region_image *images, u32 count);

/* Copies the first page that holds something, of those from `at` up to `end`, which lie in one
 * region: its address, or end when there is none. What is left out reads as zeros. May sleep. */
uaddr_t vm_dump_page(struct mm_struct *mm, uaddr_t at, uaddr_t end, void *page);

#endif
