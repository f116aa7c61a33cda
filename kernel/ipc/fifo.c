/* SPDX-License-Identifier: MIT */
/*
 * Opening FIFOs (fifo(7)): pipes that have a name.
 *
 * A reader waits until there is a writer, and the other way round, unless it opens with
 * O_NONBLOCK (a writer then fails when there is no reader) or for both. What ends the wait is an
 * open of the other side, not its presence: a writer that came and went again meanwhile counts.
 * A pipe that is opened again through /proc/self/fd waits for nobody. Everything else is pipe.c's.
 */
#include "ipc/pipe.h"
#include "lib/errno.h"

/* Counts the file in and wakes who waits for it. */
static void pipe_enter(struct pipe *pipe, u32 mode)
{
	if (mode & FMODE_READ) {
		pipe->readers++;
		WRITE_ONCE(pipe->reader_opens, pipe->reader_opens + 1);
		wake_up_all(&pipe->write_wait);
	}
	if (mode & FMODE_WRITE) {
		pipe->writers++;
		WRITE_ONCE(pipe->writer_opens, pipe->writer_opens + 1);
		wake_up_all(&pipe->read_wait);
	}
}

static void pipe_leave(struct pipe *pipe, u32 mode)
{
	mutex_lock(&pipe->lock);
	pipe->readers -= (mode & FMODE_READ) != 0;
	pipe->writers -= (mode & FMODE_WRITE) != 0;
	mutex_unlock(&pipe->lock);
	wake_up_all(&pipe->read_wait);
	wake_up_all(&pipe->write_wait);
}

/* Opens of one side only; pipe->lock is held, and released here. 0, -ENXIO or -ERESTARTSYS. */
static int fifo_enter_reader(struct pipe *pipe, struct file *file)
{
	u32 seen = pipe->writer_opens;
	bool wait = !pipe->writers;

	pipe_enter(pipe, FMODE_READ);
	mutex_unlock(&pipe->lock);
	if (wait && file->flags & O_NONBLOCK) {
		file->pos = seen;
		return 0;
	}
	if (!wait)
		return 0;
	return (int)wait_event_interruptible(&pipe->read_wait,
					     READ_ONCE(pipe->writer_opens) != seen);
}

static int fifo_enter_writer(struct pipe *pipe, struct file *file)
{
	u32 seen = pipe->reader_opens;
	bool wait = !pipe->readers;

	if (wait && file->flags & O_NONBLOCK) {
		mutex_unlock(&pipe->lock);
		return -ENXIO;
	}
	pipe_enter(pipe, FMODE_WRITE);
	mutex_unlock(&pipe->lock);
	if (!wait)
		return 0;
	return (int)wait_event_interruptible(&pipe->write_wait,
					     READ_ONCE(pipe->reader_opens) != seen);
}

int fifo_open(struct inode *inode, struct file *file)
{
	u32 mode = file->mode & (FMODE_READ | FMODE_WRITE);
	bool nameless = file->path.dentry->flags & DENTRY_ANONYMOUS;
	struct pipe *pipe = pipe_get(inode);
	int error = 0;

	if (IS_ERR(pipe))
		return (int)PTR_ERR(pipe);
	file->private = pipe;
	file->ops = &pipe_ops;
	file->mode |= FMODE_STREAM;
	file->pos = 0;

	mutex_lock(&pipe->lock);
	if (nameless || mode == (FMODE_READ | FMODE_WRITE)) {
		pipe_enter(pipe, mode);
		mutex_unlock(&pipe->lock);
	} else if (mode == FMODE_READ) {
		error = fifo_enter_reader(pipe, file);
	} else {
		error = fifo_enter_writer(pipe, file);
	}
	if (!error)
		return 0;
	if (error != -ENXIO)
		pipe_leave(pipe, mode);
	pipe_put(inode, pipe);
	return error;
}
