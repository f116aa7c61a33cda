/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing memory objects: the data path of read(2) and write(2) on files of tmpfs.
 *
 * A page that is there is copied straight between it and the user's memory, with a reference held
 * and no lock, so the copy may fault and sleep. What a copy moved before it met a bad address
 * counts, as in read(2).
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "vm/object.h"
#include "vm/usercopy.h"

/* Where the bytes go to or come from. */
struct place {
	u64 address;
	bool kernel;
};

/* Bytes that could not be moved. */
static size_t place_put(struct place *place, const void *from, size_t size)
{
	size_t left = 0;

	if (place->kernel)
		memcpy((void *)place->address, from, size);
	else
		left = arch_copy_to_user(place->address, from, size);
	place->address += size;
	return left;
}

static size_t place_get(struct place *place, void *to, size_t size)
{
	size_t left = 0;

	if (place->kernel)
		memcpy(to, (const void *)place->address, size);
	else
		left = arch_copy_from_user(to, place->address, size);
	place->address += size;
	return left;
}

/* Moves one piece within a page; bytes that could not be moved, or -errno. */
typedef ssize_t (*piece_fn)(struct vmo *object, u64 offset, struct place *place, size_t size);

static inline ssize_t move(struct vmo *object, u64 offset, u64 address, size_t size, bool kernel,
			   piece_fn move_piece)
{
	struct place place = { address, kernel };
	u64 end = object_size(object);
	size_t done = 0;

	if (!kernel && !access_ok(address, size))
		return -EFAULT;
	if (offset >= end)
		return 0;
	size = MIN(size, end - offset);
	while (done < size) {
		size_t piece = MIN(size - done, (size_t)(PAGE_SIZE - offset % PAGE_SIZE));
		ssize_t left = move_piece(object, offset, &place, piece);

		if (unlikely(left)) {
			done += left > 0 ? piece - (size_t)left : 0;
			return done ? (ssize_t)done : left > 0 ? -EFAULT : left;
		}
		done += piece;
		offset += piece;
		if (done < size)
			cond_resched();
	}
	return (ssize_t)done;
}

/* The page to read at index, with a reference; NULL: a hole. */
static struct page *page_to_read(struct vmo *object, u64 index)
{
	if (object->pager)
		return vmo_get_page(object, index);
	return vmo_find_page(object, index);
}

static ssize_t read_piece(struct vmo *object, u64 offset, struct place *place, size_t size)
{
	struct page *page = page_to_read(object, offset / PAGE_SIZE);
	size_t left;

	if (IS_ERR(page))
		return PTR_ERR(page);
	if (!page)
		return (ssize_t)place_put(place, page_address(zero_page), size);
	left = place_put(place, (char *)page_address(page) + offset % PAGE_SIZE, size);
	page_put(page);
	return (ssize_t)left;
}

ssize_t vmo_read(struct vmo *object, u64 offset, u64 address, size_t size, bool kernel)
{
	return move(object, offset, address, size, kernel, read_piece);
}

/* Writes a whole page that is not there yet, without zeroing it before; if somebody else puts one
 * there meanwhile, the bytes go into that. Bytes not moved, or -errno. */
static ssize_t write_new_page(struct vmo *object, u64 index, struct place *place)
{
	int error = object_charge(object);
	struct page *page, *there;
	size_t left;

	if (error)
		return error;
	page = page_alloc(0, ALLOC_USER);
	if (!page) {
		object_uncharge(object, 1);
		return -ENOMEM;
	}
	left = place_get(place, page_address(page), PAGE_SIZE);
	if (left)
		memset((char *)page_address(page) + PAGE_SIZE - left, 0, left);
	page_get(page);
	there = object_add_page(object, index, page);
	if (!IS_ERR(there)) {
		if (unlikely(there != page))
			memcpy(page_address(there), page_address(page), PAGE_SIZE - left);
		page_put(there);
	}
	page_put(page);
	return IS_ERR(there) ? PTR_ERR(there) : (ssize_t)left;
}

static ssize_t write_piece(struct vmo *object, u64 offset, struct place *place, size_t size)
{
	u64 index = offset / PAGE_SIZE;
	struct page *page = vmo_find_page(object, index);
	size_t left;

	if (!page && size == PAGE_SIZE && !object->pager)
		return write_new_page(object, index, place);
	if (!page)
		page = vmo_get_page(object, index);
	if (IS_ERR(page))
		return PTR_ERR(page);
	left = place_get(place, (char *)page_address(page) + offset % PAGE_SIZE, size);
	page_put(page);
	return (ssize_t)left;
}

ssize_t vmo_write(struct vmo *object, u64 offset, u64 address, size_t size, bool kernel)
{
	return move(object, offset, address, size, kernel, write_piece);
}
