/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc: the whole text is made at the first read (fs/text.h), and what is written is
 * taken as a whole, by the functions of the file's entry, or as the number that it stands for.
 *
 * Locks: none of its own, none held while a text is copied to its reader.
 */
#include "lib/errno.h"
#include "lib/format.h"
#include "procfs/procfs.h"
#include "task/ptrace.h"
#include "task/task.h"
#include "vm/space.h"

int proc_parse_number(const char *value, u64 *number)
{
	const char *end;

	*number = parse_number(value, &end, 10);
	return end == value || (*end && *end != '\n') ? -EINVAL : 0;
}

static int show_number(struct text *text, const struct proc_number *number)
{
	text_printf(text, "%d\n", READ_ONCE(*number->value));
	return 0;
}

int proc_parse_signed(const char *value, s64 *number)
{
	bool negative = value[0] == '-';
	u64 magnitude;
	int error = proc_parse_number(value + negative, &magnitude);

	if (error || magnitude > INT64_MAX)
		return -EINVAL;
	*number = negative ? -(s64)magnitude : (s64)magnitude;
	return 0;
}

static int store_number(const struct proc_number *number, const char *value)
{
	s64 result;
	int error = proc_parse_signed(value, &result);

	if (error || result < number->least || result > number->most)
		return -EINVAL;
	if (number->store)
		return number->store((int)result);
	WRITE_ONCE(*number->value, (int)result);
	return 0;
}

static int make_text(struct file *file, struct text *text)
{
	const struct proc_node *node = proc_node_of(file->inode);
	struct task_struct *task;
	int error;

	if (node->entry->bounded)
		return show_number(text, node->entry->bounded);
	error = proc_get_task(node, &task);
	if (!error && node->entry->denied && !ptrace_may_access(task, PTRACE_FSCREDS))
		error = node->entry->denied;
	if (!error && node->entry->show)
		error = node->entry->show(text, task, node);
	proc_put_task(task);
	return error;
}

static ssize_t proc_read(struct file *file, struct uio *uio, loff_t *pos)
{
	return text_file_read(file, uio, pos, make_text);
}

static int store_value(struct file *file, char *value, size_t length)
{
	const struct proc_node *node = proc_node_of(file->inode);
	struct task_struct *task;
	int error;

	if (node->entry->bounded)
		return store_number(node->entry->bounded, value);
	error = proc_get_task(node, &task);
	if (!error && node->entry->number)
		error = proc_store_number(node->entry, value);
	else if (!error)
		error = node->entry->store(task, value, length);
	proc_put_task(task);
	return error;
}

static ssize_t proc_write(struct file *file, struct uio *uio, loff_t *pos)
{
	return text_file_write(file, uio, pos, store_value);
}

/* Whether current may look into a task's space; there is nothing to hide where there is none. */
static int check_space(const struct proc_node *node)
{
	struct task_struct *task = proc_task(node);
	struct mm_struct *mm;
	int error = 0;

	if (!task)
		return -ESRCH;
	mm = get_task_mm(task);
	if (mm && !ptrace_may_access(task, PTRACE_FSCREDS))
		error = -EACCES;
	if (mm)
		mm_put_user(mm);
	put_task_struct(task);
	return error;
}

static int proc_open(struct inode *inode, struct file *file)
{
	const struct proc_node *node = proc_node_of(inode);
	bool writes = (file->flags & O_ACCMODE) != O_RDONLY;
	int error = node->entry->space ? check_space(node) : 0;

	if (error)
		return error;
	if (writes && !node->entry->store && !node->entry->number && !node->entry->bounded)
		return -EACCES;
	return text_file_open(file);
}

const struct file_ops proc_file_ops = {
	.read = proc_read,
	.write = proc_write,
	.open = proc_open,
	.release = text_file_release,
};
