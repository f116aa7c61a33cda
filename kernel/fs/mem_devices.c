/* SPDX-License-Identifier: MIT */
/*
 * /dev/null, zero, full, random and urandom: null(4), full(4), random(4). No locks, no state.
 */
#include "fs/internal.h"
#include "lib/random.h"
#include "mm/page.h"
#include "sched/sched.h"
#include "vm/vmo.h"

enum {
	MEM_MAJOR = 1,
	NULL_MINOR = 3,
	ZERO_MINOR = 5,
	FULL_MINOR = 7,
	RANDOM_MINOR = 8,
	URANDOM_MINOR = 9
};
enum { RANDOM_CHUNK = 256, ZERO_CHUNK = 64 * KiB };

/* All of them have positions that mean nothing. */
static loff_t mem_seek(struct file *file, loff_t offset, int whence)
{
	file->pos = 0;
	return 0;
}

static ssize_t null_read(struct file *file, struct uio *uio, loff_t *pos)
{
	return 0;
}

static ssize_t null_write(struct file *file, struct uio *uio, loff_t *pos)
{
	return (ssize_t)uio->left;
}

static ssize_t full_write(struct file *file, struct uio *uio, loff_t *pos)
{
	return -ENOSPC;
}

/* Repeats move, up to chunk bytes at a time, until the uio is full, a signal comes or it fails. */
static ssize_t move_chunks(struct uio *uio, size_t chunk, ssize_t (*move)(struct uio *, size_t))
{
	ssize_t done = 0;

	while (uio->left) {
		ssize_t moved = move(uio, MIN(chunk, (size_t)uio->left));

		if (moved < 0)
			return done ? done : moved;
		done += moved;
		if (!moved || !uio->left || current_signal_pending())
			break;
		cond_resched();
	}
	return done;
}

static ssize_t zero_read(struct file *file, struct uio *uio, loff_t *pos)
{
	return move_chunks(uio, ZERO_CHUNK, uio_clear);
}

/* An object without end: each mapping has zeros of its own. */
static struct vmo *zero_map(struct file *file, int prot, unsigned int flags)
{
	return vmo_create(ALIGN_DOWN((u64)INT64_MAX, (u64)PAGE_SIZE), NULL);
}

static ssize_t random_chunk_out(struct uio *uio, size_t size)
{
	u8 buffer[RANDOM_CHUNK];

	random_bytes(buffer, size);
	return uio_copy_out(uio, buffer, size);
}

static ssize_t random_read(struct file *file, struct uio *uio, loff_t *pos)
{
	return move_chunks(uio, RANDOM_CHUNK, random_chunk_out);
}

static ssize_t random_chunk_in(struct uio *uio, size_t size)
{
	u8 buffer[RANDOM_CHUNK];
	ssize_t moved = uio_copy_in(uio, buffer, size);

	if (moved > 0)
		random_seed(buffer, (size_t)moved);
	return moved;
}

static ssize_t random_write(struct file *file, struct uio *uio, loff_t *pos)
{
	return move_chunks(uio, RANDOM_CHUNK, random_chunk_in);
}

static const struct file_ops null_ops = { .read = null_read,
					  .write = null_write,
					  .seek = mem_seek };
static const struct file_ops zero_ops = {
	.read = zero_read, .write = null_write, .seek = mem_seek, .map = zero_map
};
static const struct file_ops full_ops = { .read = zero_read,
					  .write = full_write,
					  .seek = mem_seek };
static const struct file_ops random_ops = { .read = random_read,
					    .write = random_write,
					    .seek = mem_seek };

void mem_devices_init(void)
{
	chrdev_register(MEM_MAJOR, NULL_MINOR, "null", 0666, &null_ops);
	chrdev_register(MEM_MAJOR, ZERO_MINOR, "zero", 0666, &zero_ops);
	chrdev_register(MEM_MAJOR, FULL_MINOR, "full", 0666, &full_ops);
	chrdev_register(MEM_MAJOR, RANDOM_MINOR, "random", 0666, &random_ops);
	chrdev_register(MEM_MAJOR, URANDOM_MINOR, "urandom", 0666, &random_ops);
}
