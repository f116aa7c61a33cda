/* SPDX-License-Identifier: MIT */
/*
 * Pipes (pipe(7)): a ring of pages, 16 unless F_SETPIPE_SZ says otherwise, filled by writers and
 * emptied by readers.
 *
 * PIPE1: a write of up to PIPE_BUF bytes goes into one slot as a whole, so it is never torn.
 * PIPE2: a pipe that runs empty begins again at slot 0. So a pipe that carries small messages
 *        back and forth stays on one page; pages are allocated by the deepest backlog so far and
 *        kept.
 * PIPE3: readers wait only while the pipe is empty, writers only while it is full, both as
 *        exclusive waiters. So a write to a pipe that was not empty, or a read of one that was
 *        not full, wakes nobody, and who leaves something for the next of his kind wakes that
 *        one.
 *
 * A call takes pipe->lock (a mutex, since user memory may fault) once, and wakes after it has let
 * go of it. All of this runs in task context and may sleep.
 */
#include "ipc/pipe.h"

#include "lib/errno.h"
#include "mm/slab.h"
#include "task/signal.h"
#include "uapi/fcntl.h"

static struct kmem_cache *pipe_cache;

static bool pipe_readable(const struct pipe *pipe)
{
	return READ_ONCE(pipe->used) || !READ_ONCE(pipe->writers);
}

static bool pipe_writable(const struct pipe *pipe)
{
	return !pipe_full(pipe) || !READ_ONCE(pipe->readers);
}

/* --- moving bytes: all or nothing, 0 or -EFAULT --- */

/* Whether the next bytes are one run of user memory, as they are but at the seams of a readv. */
static bool is_run(const struct uio *uio, size_t bytes)
{
	return likely(!uio->kernel && uio_run(uio) >= bytes);
}

static int copy_in(struct uio *uio, u8 *to, size_t bytes)
{
	if (!is_run(uio, bytes))
		return uio_copy_in(uio, to, bytes) == (ssize_t)bytes ? 0 : -EFAULT;
	if (copy_from_user(to, uio_address(uio), bytes))
		return -EFAULT;
	uio_advance(uio, bytes);
	return 0;
}

static int copy_out(struct uio *uio, const u8 *from, size_t bytes)
{
	if (!is_run(uio, bytes))
		return uio_copy_out(uio, from, bytes) == (ssize_t)bytes ? 0 : -EFAULT;
	if (copy_to_user(uio_address(uio), from, bytes))
		return -EFAULT;
	uio_advance(uio, bytes);
	return 0;
}

/* --- reading --- */

void pipe_slot_empty(struct pipe_slot *slot)
{
	if (slot->data)
		page_put(virt_to_page(slot->data));
	slot->data = NULL;
	slot->flags = 0;
}

/* The oldest slot is done with: its own page stays for the next use. */
static inline void retire_slot(struct pipe *pipe, struct pipe_slot *slot)
{
	if (unlikely(slot->flags & SLOT_SHARED))
		pipe_slot_empty(slot);
	pipe->first = (pipe->first + 1) & (pipe->slots - 1);
	WRITE_ONCE(pipe->used, pipe->used - 1);
}

/* Takes bytes of the oldest slots until the uio is full or the pipe empty, or one packet. */
static ssize_t pipe_take(struct pipe *pipe, struct uio *uio)
{
	size_t taken = 0;

	while (pipe->used && uio->left) {
		struct pipe_slot *slot = &pipe->slot[pipe->first];
		size_t bytes = MIN((size_t)slot->length, (size_t)uio->left);
		bool packet;

		if (copy_out(uio, slot->data + slot->offset, bytes))
			return taken ? (ssize_t)taken : -EFAULT;
		taken += bytes;
		slot->offset += bytes;
		slot->length -= bytes;
		packet = slot->flags & SLOT_PACKET;
		if (slot->length && !packet)
			break;
		retire_slot(pipe, slot);
		if (packet)
			break;
	}
	if (!pipe->used)
		pipe->first = 0;
	return (ssize_t)taken;
}

void pipe_consume(struct pipe *pipe, u16 bytes)
{
	struct pipe_slot *slot = pipe_slot_at(pipe, 0);

	slot->offset += bytes;
	slot->length -= bytes;
	if (!slot->length)
		retire_slot(pipe, slot);
	if (!pipe->used)
		pipe->first = 0;
}

int pipe_wait_readable(struct pipe *pipe, bool nonblocking)
{
	while (!pipe->used) {
		int result = pipe->writers ? -EAGAIN : 0;

		mutex_unlock(&pipe->lock);
		if (!result || nonblocking)
			return result;
		result = (int)wait_event_interruptible_exclusive(&pipe->read_wait,
								 pipe_readable(pipe));
		if (result)
			return result;
		mutex_lock(&pipe->lock);
	}
	return 1;
}

static ssize_t pipe_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct pipe *pipe = file->private;
	ssize_t result;
	bool was_full;

	if (!uio->left)
		return 0;
	result = pipe_lock_readable(pipe, file_nonblocking(file, uio));
	if (unlikely(result <= 0))
		return result;
	was_full = pipe_full(pipe);
	result = pipe_take(pipe, uio);
	pipe_unlock_after_taking(pipe, was_full);
	return result;
}

/* --- writing --- */

/* The slot behind the newest one, with a page; NULL: full, or ERR_PTR(-ENOMEM). */
static struct pipe_slot *pipe_next_slot(struct pipe *pipe)
{
	struct pipe_slot *slot = pipe_slot_at(pipe, pipe->used);

	if (pipe_full(pipe))
		return NULL;
	if (unlikely(!slot->data)) {
		struct page *page = page_alloc(0, ALLOC_USER);

		if (!page)
			return ERR_PTR(-ENOMEM);
		slot->data = page_address(page);
	}
	return slot;
}

/* What is left of the uio joins the newest slot's bytes if all of it fits. Bytes, 0 or -EFAULT. */
static ssize_t pipe_join(struct pipe *pipe, struct uio *uio)
{
	struct pipe_slot *slot = pipe_slot_at(pipe, pipe->used - 1);
	size_t bytes = uio->left, end = slot->offset + slot->length;

	if (slot->flags || end + bytes > PAGE_SIZE)
		return 0;
	if (copy_in(uio, slot->data + end, bytes))
		return -EFAULT;
	slot->length += bytes;
	return (ssize_t)bytes;
}

/* Puts bytes into the ring until the uio or the room is at its end. Adds to *put. 0, -EFAULT,
 * -ENOMEM. */
static int pipe_fill(struct pipe *pipe, struct uio *uio, bool packet, size_t *put)
{
	if (pipe->used && !packet) {
		ssize_t joined = pipe_join(pipe, uio);

		if (joined < 0)
			return (int)joined;
		*put += joined;
	}
	while (uio->left) {
		struct pipe_slot *slot = pipe_next_slot(pipe);
		size_t bytes = MIN((size_t)uio->left, (size_t)PAGE_SIZE);

		if (IS_ERR_OR_NULL(slot))
			return (int)PTR_ERR(slot);
		if (copy_in(uio, slot->data, bytes))
			return -EFAULT;
		slot->offset = 0;
		slot->length = bytes;
		slot->flags = packet ? SLOT_PACKET : 0;
		WRITE_ONCE(pipe->used, pipe->used + 1);
		*put += bytes;
	}
	return 0;
}

void pipe_put_page(struct pipe *pipe, struct page *page, u32 offset, u16 length)
{
	struct pipe_slot *slot = pipe_slot_at(pipe, pipe->used);

	pipe_slot_empty(slot);
	*slot = (struct pipe_slot){ page_address(page), offset, length, SLOT_SHARED };
	WRITE_ONCE(pipe->used, pipe->used + 1);
}

int pipe_wait_writable(struct pipe *pipe, bool nonblocking)
{
	while (!pipe->readers || pipe_full(pipe)) {
		int result = pipe->readers ? -EAGAIN : -EPIPE;

		mutex_unlock(&pipe->lock);
		if (result == -EPIPE)
			send_signal_current(SIGPIPE);
		if (result == -EPIPE || nonblocking)
			return result;
		result = (int)wait_event_interruptible_exclusive(&pipe->write_wait,
								 pipe_writable(pipe));
		if (result)
			return result;
		mutex_lock(&pipe->lock);
	}
	return 0;
}

/* One round under the lock; wakes readers when there is something new for them. 1 when the writer
 * has to wait for room, 0 when all is written, -EPIPE, -EFAULT, -ENOMEM. */
static int pipe_write_round(struct pipe *pipe, struct uio *uio, bool packet, size_t *put)
{
	bool news;
	int error;

	mutex_lock(&pipe->lock);
	if (unlikely(!pipe->readers)) {
		mutex_unlock(&pipe->lock);
		return -EPIPE;
	}
	news = pipe_would_be_news(pipe);
	error = pipe_fill(pipe, uio, packet, put);
	pipe_unlock_after_putting(pipe, news);
	return error ? error : uio->left != 0;
}

static ssize_t pipe_write(struct file *file, struct uio *uio, loff_t *pos)
{
	struct pipe *pipe = file->private;
	bool packet = file->flags & O_DIRECT;
	size_t put = 0;
	int result;

	if (!uio->left)
		return 0;
	while ((result = pipe_write_round(pipe, uio, packet, &put)) > 0) {
		result = -EAGAIN;
		if (file_nonblocking(file, uio))
			break;
		result = (int)wait_event_interruptible_exclusive(&pipe->write_wait,
								 pipe_writable(pipe));
		if (result)
			break;
	}
	if (result == -EPIPE)
		send_signal_current(SIGPIPE);
	return put ? (ssize_t)put : result;
}

/* --- poll, ioctl --- */

/* A reader gets POLLHUP when the last writer has gone; one that opened a FIFO that had no writer
 * then (fifo_open() has put the count of that moment into file->pos) not before there has been
 * one. */
static u32 pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->private;
	u32 events = 0;

	if (file->mode & FMODE_READ) {
		poll_wait(file, &pipe->read_wait, table);
		if (READ_ONCE(pipe->used))
			events |= POLLIN | POLLRDNORM;
		if (!READ_ONCE(pipe->writers) && file->pos != READ_ONCE(pipe->writer_opens))
			events |= POLLHUP;
	}
	if (file->mode & FMODE_WRITE) {
		poll_wait(file, &pipe->write_wait, table);
		if (!pipe_full(pipe))
			events |= POLLOUT | POLLWRNORM;
		if (!READ_ONCE(pipe->readers))
			events |= POLLERR;
	}
	return events;
}

static u32 pipe_bytes(struct pipe *pipe)
{
	u32 bytes = 0;

	mutex_lock(&pipe->lock);
	for (u32 i = 0; i < pipe->used; i++)
		bytes += pipe_slot_at(pipe, i)->length;
	mutex_unlock(&pipe->lock);
	return bytes;
}

/* ioctl(2), and the two commands of fcntl(2) that are about pipes. */
static long pipe_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct pipe *pipe = file->private;

	switch (command) {
	case FIONREAD: return put_user32(pipe_bytes(pipe), argument);
	case F_GETPIPE_SZ: return (long)READ_ONCE(pipe->slots) * PAGE_SIZE;
	case F_SETPIPE_SZ: return pipe_set_size(pipe, (u32)argument);
	}
	return -ENOTTY;
}

/* --- life --- */

static struct pipe *pipe_alloc(void)
{
	struct pipe *pipe = kmem_cache_zalloc(pipe_cache);

	if (!pipe)
		return NULL;
	pipe->slots = PIPE_SLOTS;
	pipe->slot = pipe->few;
	mutex_init(&pipe->lock, MUTEX_PIPE);
	waitq_init(&pipe->read_wait);
	waitq_init(&pipe->write_wait);
	return pipe;
}

static void pipe_free(struct pipe *pipe)
{
	for (u32 i = 0; i < pipe->slots; i++)
		pipe_slot_empty(&pipe->slot[i]);
	if (pipe->slot != pipe->few)
		kfree(pipe->slot);
	kmem_cache_free(pipe_cache, pipe);
}

struct pipe *pipe_get(struct inode *inode)
{
	struct pipe *pipe;

	mutex_lock(&inode->lock);
	if (!inode->private)
		inode->private = pipe_alloc();
	pipe = inode->private;
	if (pipe)
		pipe->files++;
	mutex_unlock(&inode->lock);
	return pipe ? pipe : ERR_PTR(-ENOMEM);
}

void pipe_put(struct inode *inode, struct pipe *pipe)
{
	bool last;

	mutex_lock(&inode->lock);
	last = !--pipe->files;
	if (last)
		inode->private = NULL;
	mutex_unlock(&inode->lock);
	if (last)
		pipe_free(pipe);
}

static void count_writers(struct pipe *pipe, u32 more)
{
	mutex_lock(&pipe->lock);
	pipe->writers += more;
	mutex_unlock(&pipe->lock);
	wake_up_all(&pipe->read_wait);
}

void pipe_await_closing(struct file *file)
{
	struct pipe *pipe = pipe_of(file);

	count_writers(pipe, -1u);
	(void)wait_event_interruptible(&pipe->write_wait, !READ_ONCE(pipe->readers));
	count_writers(pipe, 1);
}

static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->private;

	mutex_lock(&pipe->lock);
	pipe->readers -= (file->mode & FMODE_READ) != 0;
	pipe->writers -= (file->mode & FMODE_WRITE) != 0;
	mutex_unlock(&pipe->lock);
	wake_up_all(&pipe->read_wait);
	wake_up_all(&pipe->write_wait);
	pipe_put(file->inode, pipe);
}

const struct file_ops pipe_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.release = pipe_release,
	.async = true,
};

/* The second end is an open of the first one's inode, as by /proc/self/fd: a FIFO that has its
 * reader. */
int pipe_create(struct file *ends[2], u32 flags)
{
	struct pipe *pipe = pipe_alloc();
	struct file *file;

	if (!pipe)
		return -ENOMEM;
	file = file_create_anonymous("pipe:", S_IFIFO | 0600, &pipe_ops, pipe, O_RDONLY | flags,
				     FMODE_READ | FMODE_STREAM);
	if (IS_ERR(file)) {
		pipe_free(pipe);
		return (int)PTR_ERR(file);
	}
	pipe->files = 1;
	pipe->readers = pipe->reader_opens = 1;
	file->inode->private = pipe;
	ends[0] = file;
	ends[1] = file_open_path(&file->path, O_WRONLY | flags);
	if (!IS_ERR(ends[1]))
		return 0;
	fput(file);
	return (int)PTR_ERR(ends[1]);
}

void pipe_init(void)
{
	pipe_cache = kmem_cache_create("pipe", sizeof(struct pipe), 0, NULL);
}
