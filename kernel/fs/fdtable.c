/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables: from numbers to open files.
 *
 * A number is taken in two steps: reserved (its bit is set, the slot empty), then installed, so
 * that a call that fails in between gives it back and nobody has seen it. The first 64 slots lie in
 * the table itself; more come in arrays that double.
 *
 * FD1: a slot with a file has its bit set.
 * FD2: no free slot lies below next.
 * FD3: a file in a slot has a reference of its own.
 * FD4: a task of a shared table finds a file, and takes a reference, without a lock. Its hart
 *	claims the file first and then looks whether the slot still names it; who drops the last
 *	reference to a file waits until no hart claims it before the memory is freed. On both sides
 *	a full fence stands between the store (the claim; the emptied slot) and the look, so either
 *	the reader sees that the slot has changed, or the freeing hart sees the claim. The reader's
 *	reference then fails at the count of zero. The arrays may be exchanged meanwhile: what is
 *	read from old ones does not count unless the second look, at the table's arrays, agrees.
 *
 * Locks: files->lock (RANK_FILES) for every change; readers see fs/fdtable.h.
 */
#include "fs/fdtable.h"

#include "arch/hart.h"
#include "base/perhart.h"
#include "fs/internal.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/sched.h"

enum { FDS_MAX = 1 << 20 };

static struct kmem_cache *files_cache;

static DEFINE_PERHART(const struct file *, file_claim); /* [a] FD4; NULL: none */

/* --- the arrays --- */

/* One block holds the three arrays of a table of size slots (a multiple of 64). */
static size_t arrays_bytes(u32 size)
{
	return size * sizeof(struct file *) + 2 * BITMAP_WORDS(size) * sizeof(u64);
}

static bool has_inline_arrays(const struct files_struct *files)
{
	return files->file == files->inline_file;
}

static void use_inline_arrays(struct files_struct *files)
{
	files->size = FDS_INLINE;
	files->file = files->inline_file;
	files->open = &files->inline_open;
	files->cloexec = &files->inline_cloexec;
	memset(files->inline_file, 0, sizeof(files->inline_file));
	files->inline_open = 0;
	files->inline_cloexec = 0;
}

static void use_block(struct files_struct *files, void *block, u32 size)
{
	struct file **file = block;

	files->open = (u64 *)(file + size);
	files->cloexec = files->open + BITMAP_WORDS(size);
	store_release(&files->file, file);
	store_release(&files->size, size);
}

/* Copies count slots (a multiple of 64) into to's arrays, which are clear. */
static void copy_slots(struct files_struct *to, const struct files_struct *from, u32 count)
{
	memcpy(to->file, from->file, count * sizeof(struct file *));
	memcpy(to->open, from->open, BITMAP_WORDS(count) * sizeof(u64));
	memcpy(to->cloexec, from->cloexec, BITMAP_WORDS(count) * sizeof(u64));
}

static u32 size_for(u32 slots)
{
	u32 size = FDS_INLINE;

	while (size < slots)
		size *= 2;
	return size;
}

/* Makes room for slot number fd. Drops and retakes the lock. */
static int grow(struct files_struct *files, u32 fd)
{
	u32 size = size_for(fd + 1);
	struct files_struct larger;
	void *old = NULL;
	void *block;

	spin_unlock(&files->lock);
	block = kzalloc(arrays_bytes(size));
	spin_lock(&files->lock);
	if (!block)
		return -ENOMEM;
	if (files->size < size) {
		use_block(&larger, block, size);
		copy_slots(&larger, files, files->size);
		if (!has_inline_arrays(files))
			old = files->file;
		use_block(files, block, size);
		block = old;
	}
	if (block)
		kfree(block);
	return 0;
}

/* --- numbers --- */

static u32 descriptor_limit(void)
{
	return (u32)MIN(rlimit(RLIMIT_NOFILE), (u64)FDS_MAX);
}

static u32 find_free(const struct files_struct *files, u32 from)
{
	u64 free = from < files->size ? ~files->open[from / BITS_PER_WORD] : 0;

	free &= ~(u64)0 << from % BITS_PER_WORD;
	if (likely(free))
		return ALIGN_DOWN(from, (u32)BITS_PER_WORD) + lowest_bit(free);
	if (from >= files->size)
		return from;
	return (u32)bitmap_find_clear(files->open, files->size, from);
}

static void take_slot(struct files_struct *files, u32 fd, bool cloexec)
{
	bitmap_set(files->open, fd);
	if (cloexec)
		bitmap_set(files->cloexec, fd);
	else
		bitmap_clear(files->cloexec, fd);
}

int fd_reserve(unsigned int from, bool cloexec)
{
	struct files_struct *files = current->files;
	u32 limit = descriptor_limit();
	int result;
	u32 fd;

	spin_lock(&files->lock);
	for (;;) {
		fd = find_free(files, MAX(from, files->next));
		result = -EMFILE;
		if (unlikely(fd >= limit))
			break;
		result = (int)fd;
		if (likely(fd < files->size)) {
			take_slot(files, fd, cloexec);
			if (from <= files->next)
				files->next = fd + 1;
			break;
		}
		result = grow(files, fd);
		if (result)
			break;
	}
	spin_unlock(&files->lock);
	return result;
}

void fd_install(int fd, struct file *file)
{
	struct files_struct *files = current->files;

	spin_lock(&files->lock);
	assert(!files->file[fd]);
	store_release(&files->file[fd], file);
	spin_unlock(&files->lock);
}

/* Gives a number back; the lock is held. */
static void free_slot(struct files_struct *files, u32 fd)
{
	bitmap_clear(files->open, fd);
	files->next = MIN(files->next, fd);
}

void fd_unreserve(int fd)
{
	struct files_struct *files = current->files;

	spin_lock(&files->lock);
	free_slot(files, (u32)fd);
	spin_unlock(&files->lock);
}

int fd_add(struct file *file, bool cloexec)
{
	int fd;

	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	fd = fd_reserve(0, cloexec);
	if (fd >= 0)
		fd_install(fd, file);
	else
		fput(file);
	return fd;
}

/* Empties a slot; its file, or NULL. The lock is held. */
static struct file *take_file(struct files_struct *files, u32 fd)
{
	struct file *file = fd < files->size ? files->file[fd] : NULL;

	if (file) {
		WRITE_ONCE(files->file[fd], NULL);
		free_slot(files, fd);
	}
	return file;
}

/* What close(2) does with a file taken from the table; may sleep. The reference goes. */
static int close_file(struct files_struct *files, struct file *file)
{
	int result = 0;

	if (unlikely(file->ops->flush))
		result = file->ops->flush(file);
	if (unlikely(file->inode->locks))
		locks_release_owner(file, files);
	fput(file);
	return result;
}

int fd_close(unsigned int fd)
{
	struct files_struct *files = current->files;
	struct file *file;

	spin_lock(&files->lock);
	file = take_file(files, fd);
	spin_unlock(&files->lock);
	return file ? close_file(files, file) : -EBADF;
}

int fd_replace(int fd, struct file *file, bool cloexec)
{
	struct files_struct *files = current->files;
	struct file *old;
	int result = 0;

	if (fd < 0 || (u32)fd >= descriptor_limit())
		return -EBADF;
	spin_lock(&files->lock);
	if ((u32)fd >= files->size)
		result = grow(files, (u32)fd);
	if (!result && !files->file[fd] && bitmap_test(files->open, (u32)fd))
		result = -EBUSY; /* another thread is just opening it */
	if (result) {
		spin_unlock(&files->lock);
		return result;
	}
	old = files->file[fd];
	take_slot(files, (u32)fd, cloexec);
	store_release(&files->file[fd], get_file(file));
	spin_unlock(&files->lock);
	if (old)
		close_file(files, old);
	return fd;
}

int fd_cloexec(unsigned int fd)
{
	struct files_struct *files = current->files;
	int result = -EBADF;

	spin_lock(&files->lock);
	if (fd < files->size && files->file[fd])
		result = bitmap_test(files->cloexec, fd);
	spin_unlock(&files->lock);
	return result;
}

void fd_set_cloexec(unsigned int fd, bool cloexec)
{
	struct files_struct *files = current->files;

	spin_lock(&files->lock);
	if (fd < files->size && files->file[fd])
		take_slot(files, fd, cloexec);
	spin_unlock(&files->lock);
}

/* The first descriptor in use in [from, to]; above to: none. The lock is held. */
static u32 find_open(const struct files_struct *files, u32 from, u32 to)
{
	if (from >= files->size)
		return to + 1;
	return (u32)MIN(bitmap_find_set(files->open, files->size, from), (unsigned long)to + 1);
}

void fd_close_range(unsigned int first, unsigned int last, bool cloexec_only)
{
	struct files_struct *files = current->files;

	last = MIN(last, (unsigned int)FDS_MAX);
	while (first <= last) {
		struct file *file = NULL;

		spin_lock(&files->lock);
		first = find_open(files, first, last);
		if (first <= last && cloexec_only)
			bitmap_set(files->cloexec, first);
		else if (first <= last)
			file = take_file(files, first);
		spin_unlock(&files->lock);
		if (file)
			close_file(files, file);
		first++;
	}
}

/* --- looking up --- */

/* What the slot names now. fd is below a size that was read with acquire order. */
static inline struct file *look(const struct files_struct *files, unsigned int fd)
{
	return READ_ONCE(READ_ONCE(files->file)[fd]);
}

struct file *fget_shared(const struct files_struct *files, unsigned int fd)
{
	const struct file **claim = this_hart_ptr(file_claim);
	struct file *file;

	if (fd >= load_acquire(&files->size))
		return NULL;
	while ((file = look(files, fd))) {
		WRITE_ONCE(*claim, file);
		fence_full();
		if (look(files, fd) == file && refcount_inc_not_zero(&file->refs))
			break;
	}
	store_release(claim, NULL);
	return file;
}

void fget_wait(const struct file *file)
{
	unsigned int hart;

	fence_full();
	for_each_hart (hart)
		while (load_acquire(hart_ptr(file_claim, hart)) == file)
			arch_relax();
}

struct file *fget(unsigned int fd)
{
	return fget_shared(current->files, fd);
}

/* --- tables --- */

struct files_struct *files_create(void)
{
	struct files_struct *files = kmem_cache_alloc(files_cache);

	if (!files)
		return ERR_PTR(-ENOMEM);
	refcount_set(&files->users, 1);
	spin_init(&files->lock, RANK_FILES);
	files->next = 0;
	use_inline_arrays(files);
	return files;
}

/* Slots that a copy needs, rounded up to 64. The lock is held. */
static u32 slots_in_use(const struct files_struct *files)
{
	u32 words = files->size / BITS_PER_WORD;

	while (words > 1 && !files->open[words - 1])
		words--;
	return words * BITS_PER_WORD;
}

/* Refers to each file of a fresh copy; reserved numbers without a file are free in it. */
static void get_all(struct files_struct *files, u32 count)
{
	for (u32 word = 0; word < count / BITS_PER_WORD; word++) {
		for (u64 left = files->open[word]; left; left &= left - 1) {
			u32 fd = word * BITS_PER_WORD + lowest_bit(left);

			if (files->file[fd])
				get_file(files->file[fd]);
			else
				free_slot(files, fd);
		}
	}
}

struct files_struct *files_dup(struct files_struct *from)
{
	struct files_struct *files = files_create();
	u32 count;

	if (IS_ERR(files))
		return files;
	spin_lock(&from->lock);
	while ((count = slots_in_use(from)) > files->size) {
		void *block;

		spin_unlock(&from->lock);
		block = kzalloc(arrays_bytes(size_for(count)));
		if (!block) {
			files_put(files);
			return ERR_PTR(-ENOMEM);
		}
		if (!has_inline_arrays(files))
			kfree(files->file);
		use_block(files, block, size_for(count));
		spin_lock(&from->lock);
	}
	copy_slots(files, from, count);
	files->next = from->next;
	get_all(files, count);
	spin_unlock(&from->lock);
	return files;
}

struct files_struct *files_get(struct files_struct *files)
{
	refcount_inc(&files->users);
	return files;
}

void files_put(struct files_struct *files)
{
	if (!refcount_dec_and_test(&files->users))
		return;
	for (u32 word = 0; word < files->size / BITS_PER_WORD; word++) {
		for (u64 left = files->open[word]; left; left &= left - 1) {
			struct file *file = files->file[word * BITS_PER_WORD + lowest_bit(left)];

			if (file)
				close_file(files, file);
		}
		cond_resched();
	}
	if (!has_inline_arrays(files))
		kfree(files->file);
	kmem_cache_free(files_cache, files);
}

void files_close_on_exec(void)
{
	struct files_struct *files = current->files;

	for (u32 word = 0; word < files->size / BITS_PER_WORD; word++) {
		while (files->open[word] & files->cloexec[word]) {
			u64 both = files->open[word] & files->cloexec[word];

			fd_close(word * BITS_PER_WORD + lowest_bit(both));
		}
	}
}

int files_unshare(void)
{
	struct files_struct *old = current->files;
	struct files_struct *copy;

	if (refcount_read(&old->users) == 1)
		return 0;
	copy = files_dup(old);
	if (IS_ERR(copy))
		return (int)PTR_ERR(copy);
	spin_lock(&current->wake_lock);
	current->files = copy;
	spin_unlock(&current->wake_lock);
	files_put(old);
	return 0;
}

void files_init(void)
{
	files_cache = kmem_cache_create("files_cache", sizeof(struct files_struct), 64, NULL);
}
