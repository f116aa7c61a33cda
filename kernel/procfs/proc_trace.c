/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc/pid for debuggers: mem, the process's memory, where the position is the address;
 * and syscall, the call that it waits in. Both ask whether the reader may trace the process.
 *
 * mem finds the space when it is opened, and keeps the structure, not what is in it: so it does not
 * follow an exec, and reads nothing after the process's end.
 */
#include "lib/errno.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "procfs/procfs.h"
#include "task/ptrace.h"
#include "uapi/fcntl.h"
#include "vm/space.h"

/* --- mem --- */

int proc_space_open(struct inode *inode, struct file *file)
{
	struct task_struct *task = proc_task(inode->private);
	struct mm_struct *mm = NULL;
	int error = 0;

	if (!task)
		return -ESRCH;
	if (ptrace_may_access(task, PTRACE_FSCREDS))
		mm = get_task_mm(task);
	else
		error = -EACCES;
	put_task_struct(task);
	if (mm) {
		mm_get(mm);
		mm_put_user(mm);
	}
	file->private = mm;
	return error;
}

void proc_space_release(struct file *file)
{
	if (file->private)
		mm_put(file->private);
}

/* Up to a page at *pos. Bytes moved, 0 at the end of the uio, -errno. */
static ssize_t move_page(struct mm_struct *mm, struct uio *uio, char *buffer, loff_t *pos,
			 bool write)
{
	size_t size = MIN(uio->left, (u64)PAGE_SIZE);
	ssize_t moved;

	if (write) {
		moved = uio_copy_in(uio, buffer, size);
		if (moved > 0)
			moved = vm_access(mm, (uaddr_t)*pos, buffer, (size_t)moved, true, true);
	} else {
		moved = vm_access(mm, (uaddr_t)*pos, buffer, size, false, true);
		if (moved > 0)
			moved = uio_copy_out(uio, buffer, (size_t)moved);
	}
	if (moved > 0)
		*pos += moved;
	return moved == -EFAULT ? -EIO : moved;
}

static ssize_t mem_move(struct file *file, struct uio *uio, loff_t *pos, bool write)
{
	struct mm_struct *mm = file->private;
	ssize_t done = 0, moved = 1;
	char *buffer;

	if (!mm || !mm_get_user_unless_dead(mm))
		return 0;
	buffer = kmalloc(PAGE_SIZE);
	if (!buffer)
		moved = -ENOMEM;
	while (uio->left && moved > 0) {
		moved = move_page(mm, uio, buffer, pos, write);
		if (moved > 0)
			done += moved;
	}
	kfree(buffer);
	mm_put_user(mm);
	return done || moved > 0 ? done : moved;
}

static ssize_t mem_read(struct file *file, struct uio *uio, loff_t *pos)
{
	return mem_move(file, uio, pos, false);
}

static ssize_t mem_write(struct file *file, struct uio *uio, loff_t *pos)
{
	return mem_move(file, uio, pos, true);
}

loff_t proc_space_seek(struct file *file, loff_t offset, int whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	file->pos = whence == SEEK_CUR ? file->pos + offset : offset;
	return file->pos;
}

const struct file_ops proc_mem_ops = {
	.read = mem_read,
	.write = mem_write,
	.seek = proc_space_seek,
	.open = proc_space_open,
	.release = proc_space_release,
};

/* --- syscall --- */

/* The registers of a task that sleeps; nobody can wake it while its wake_lock is held. */
static bool copy_frame(struct task_struct *task, struct trap_frame *frame)
{
	bool sleeps;

	spin_lock(&task->wake_lock);
	sleeps = task->mm && task->state != TASK_RUNNING && !load_acquire(&task->on_hart);
	if (sleeps)
		*frame = *thread_frame(&task->ti);
	spin_unlock(&task->wake_lock);
	return sleeps;
}

int proc_show_syscall(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct trap_frame frame;

	if (!copy_frame(task, &frame))
		text_printf(text, "running\n");
	else if (frame.syscall < 0)
		text_printf(text, "-1 0x%lx 0x%lx\n", frame.sp, frame.pc);
	else
		text_printf(text, "%ld 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n",
			    (long)frame.syscall, frame.orig_a0, frame.a1, frame.a2, frame.a3,
			    frame.a4, frame.a5, frame.sp, frame.pc);
	return 0;
}
