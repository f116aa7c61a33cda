/* SPDX-License-Identifier: MIT */
/*
 * execve(2)'s strings: gathered into one kernel buffer before the old address space is given up, in
 * the order in which they will stand on the new stack: arguments, environment, file name.
 *
 * Limits as execve(2) tells: 128 KiB for one string; a quarter of the stack's limit for all with
 * their pointers, at least 128 KiB and, since the buffer is contiguous, at most 4 MiB.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/program.h"
#include "task/task.h"
#include "vm/usercopy.h"

enum {
	STRING_MAX = 128 << 10,
	TOTAL_LEAST = 128 << 10,
	TOTAL_MOST = 4 << 20,
	BUFFER_START = 4096,
	RESCHEDULE_EVERY = 64, /* strings */
};

static int grow(struct exec_strings *strings)
{
	size_t size = strings->size ? strings->size * 2 : BUFFER_START;
	char *buffer = kmalloc(size);

	if (!buffer)
		return -ENOMEM;
	memcpy(buffer, strings->buffer, strings->used);
	kfree(strings->buffer);
	strings->buffer = buffer;
	strings->size = size;
	return 0;
}

static int note_string(struct exec_strings *strings, size_t length, u32 *count)
{
	size_t pointers = (size_t)(strings->argc + strings->envc + 1) * sizeof(u64);

	strings->used += length + 1;
	(*count)++;
	return strings->used + pointers > strings->limit ? -E2BIG : 0;
}

static int add_kernel(struct exec_strings *strings, const char *text, u32 *count)
{
	size_t length = strlen(text);

	while (strings->size - strings->used <= length) {
		int error = grow(strings);

		if (error)
			return error;
	}
	memcpy(strings->buffer + strings->used, text, length + 1);
	return note_string(strings, length, count);
}

static int add_user(struct exec_strings *strings, uaddr_t text, u32 *count)
{
	for (;;) {
		size_t room = MIN(strings->size - strings->used, (size_t)STRING_MAX);
		long length = -ENAMETOOLONG;

		if (room)
			length = copy_string_from_user(strings->buffer + strings->used, text, room);
		if (length >= 0)
			return note_string(strings, (size_t)length, count);
		if (length != -ENAMETOOLONG)
			return (int)length;
		if (room == STRING_MAX || strings->size > strings->limit)
			return -E2BIG;
		if (grow(strings))
			return -ENOMEM;
	}
}

static int add_user_array(struct exec_strings *strings, uaddr_t array, u32 *count)
{
	u64 text;
	int error;

	for (u32 i = 0; array; i++) {
		if (get_user64(&text, array + i * sizeof(u64)))
			return -EFAULT;
		if (!text)
			break;
		error = add_user(strings, text, count);
		if (error)
			return error;
		if (i % RESCHEDULE_EVERY == RESCHEDULE_EVERY - 1) {
			cond_resched();
			if (current_fatal_signal_pending())
				return -EINTR;
		}
	}
	return 0;
}

static int add_kernel_array(struct exec_strings *strings, const char *const *array, u32 *count)
{
	int error = 0;

	for (; !error && *array; array++)
		error = add_kernel(strings, *array, count);
	return error;
}

/* A script's interpreter gets: its name, the line's argument, the script's name, and the arguments
 * but the first. */
static int add_script_arguments(struct exec *exec)
{
	struct exec_strings *strings = &exec->strings;
	int error = 0;

	for (unsigned int i = exec->script_count; !error && i-- > 0;) {
		error = add_kernel(strings, exec->scripts[i]->interpreter, &strings->argc);
		if (!error && exec->scripts[i]->argument)
			error = add_kernel(strings, exec->scripts[i]->argument, &strings->argc);
	}
	return error ? error : add_kernel(strings, exec->path, &strings->argc);
}

static int add_arguments(struct exec *exec, const struct exec_source *source)
{
	struct exec_strings *strings = &exec->strings;
	uaddr_t array = source->arguments;
	u64 first = 0;
	int error = 0;

	if (exec->script_count) {
		error = add_script_arguments(exec);
		if (!error && array && get_user64(&first, array))
			error = -EFAULT;
		array = first ? array + sizeof(u64) : 0;
	}
	if (error)
		return error;
	if (source->kernel)
		error = add_kernel_array(strings, source->kernel_arguments + !!exec->script_count,
					 &strings->argc);
	else
		error = add_user_array(strings, array, &strings->argc);
	if (!error && !strings->argc)
		error = add_kernel(strings, "", &strings->argc); /* programs rely on argv[0] */
	return error;
}

int exec_gather(struct exec *exec, const struct exec_source *source)
{
	struct exec_strings *strings = &exec->strings;
	u64 limit = rlimit(RLIMIT_STACK) / 4;
	u32 names = 0;
	int error;

	strings->limit = MAX(MIN(limit, (u64)TOTAL_MOST), (u64)TOTAL_LEAST);
	error = add_arguments(exec, source);
	if (error)
		return error;
	strings->arguments_end = strings->used;
	if (source->kernel)
		error = add_kernel_array(strings, source->kernel_environment, &strings->envc);
	else
		error = add_user_array(strings, source->environment, &strings->envc);
	if (error)
		return error;
	strings->environment_end = strings->used;
	return add_kernel(strings, exec->path, &names);
}
