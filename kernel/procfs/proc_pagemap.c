/* SPDX-License-Identifier: MIT */
/*
 * /proc/pid/pagemap: a word for each page of the address space, at eight times its number
 * (proc_pid_pagemap(5)). Numbers of page frames are for who may administer the system.
 */
#include "lib/errno.h"
#include "mm/page.h"
#include "procfs/procfs.h"
#include "task/cred.h"
#include "vm/space.h"

enum { WORD = sizeof(u64), WORDS_A_TURN = 64 };

/* What the words say. */
#define PAGEMAP_PRESENT (1UL << 63)
#define PAGEMAP_FILE (1UL << 61)      /* of an object: a file's, or shared */
#define PAGEMAP_EXCLUSIVE (1UL << 56) /* mapped once */

static u64 word_of(const struct vm_page_state *state, bool numbers)
{
	if (!state->present)
		return 0;
	return PAGEMAP_PRESENT | (state->of_object ? PAGEMAP_FILE : 0) |
	       (state->users == 1 ? PAGEMAP_EXCLUSIVE : 0) | (numbers ? state->frame : 0);
}

static void fill_words(struct mm_struct *mm, u64 *words, uaddr_t at, size_t count, bool numbers)
{
	mutex_lock(&mm->lock);
	for (size_t i = 0; i < count; i++) {
		struct vm_page_state state;

		vm_page_state(mm, at + i * PAGE_SIZE, &state);
		words[i] = word_of(&state, numbers);
	}
	mutex_unlock(&mm->lock);
}

static ssize_t read_words(struct mm_struct *mm, struct uio *uio, loff_t *pos)
{
	const u64 end = USER_END / PAGE_SIZE;
	bool numbers = capable(CAP_SYS_ADMIN);
	u64 words[WORDS_A_TURN], at = (u64)*pos / WORD;
	ssize_t done = 0, moved = 1;

	while (uio->left && at < end && moved > 0) {
		size_t count = MIN(MIN(uio->left / WORD, end - at), (u64)WORDS_A_TURN);

		fill_words(mm, words, at * PAGE_SIZE, count, numbers);
		moved = uio_copy_out(uio, words, count * WORD);
		if (moved > 0) {
			done += moved;
			at += (u64)moved / WORD;
		}
		cond_resched();
	}
	*pos += done;
	return done || moved > 0 ? done : moved;
}

static ssize_t pagemap_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct mm_struct *mm = file->private;
	ssize_t done;

	if (!mm || !mm_get_user_unless_dead(mm))
		return 0;
	if (*pos % WORD || uio->left % WORD)
		done = -EINVAL;
	else
		done = read_words(mm, uio, pos);
	mm_put_user(mm);
	return done;
}

const struct file_ops proc_pagemap_ops = {
	.read = pagemap_read,
	.seek = proc_space_seek,
	.open = proc_space_open,
	.release = proc_space_release,
};
