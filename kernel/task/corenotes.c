/* SPDX-License-Identifier: MIT */
/*
 * Notes of a core file: what was in the registers and in the kernel's head (core(5), elf(5)).
 *
 * Each thread has a note with its integer registers and what the kernel knows of it, and one for
 * each other set of registers that it has used. The thread that the signal has ended comes first,
 * and behind its first note those of the process.
 */
#include "arch/regset.h"
#include "fs/text.h"
#include "fs/vfs.h"
#include "lib/string.h"
#include "mm/page.h"
#include "task/coredump.h"
#include "task/cred.h"
#include "task/pid.h"
#include "task/pid_ns.h"
#include "task/process.h"
#include "uapi/core.h"
#include "uapi/process.h"
#include "vm/dump.h"
#include "vm/space.h"

enum { NOTE_ALIGN = 4 };

static void pad(struct text *notes)
{
	static const char zeros[NOTE_ALIGN];

	text_append(notes, zeros, -notes->length % NOTE_ALIGN);
}

static void add_head(struct text *notes, const char *name, u32 type, size_t size)
{
	const struct elf_note head = { (u32)strlen(name) + 1, (u32)size, type };

	text_append(notes, &head, sizeof(head));
	text_append(notes, name, head.name_size);
	pad(notes);
}

static void add_note(struct text *notes, u32 type, const void *content, size_t size)
{
	add_head(notes, "CORE", type, size);
	text_append(notes, content, size);
	pad(notes);
}

/* --- of a thread --- */

/* A leader stands for its process. tasklist_lock held. */
static void fill_times(struct elf_prstatus *status, struct task_struct *task)
{
	const struct signal_struct *signal = task->signal;
	u64 user, system;

	if (thread_group_leader(task))
		process_times(signal, &user, &system);
	else
		sched_task_times(task, &user, &system);
	status->utime = ns_to_timeval((nsec_t)user);
	status->stime = ns_to_timeval((nsec_t)system);
	status->cutime = ns_to_timeval((nsec_t)signal->children_user_ns);
	status->cstime = ns_to_timeval((nsec_t)signal->children_system_ns);
}

static void add_status(struct text *notes, struct task_struct *task, int signal)
{
	struct elf_prstatus status = { .signo = signal, .cursig = (s16)signal };
	struct regset set;

	spin_lock(&tasklist_lock);
	status.sigpend = task->pending.set;
	status.sighold = task->blocked;
	status.pid = task_pid_vnr(task);
	status.ppid = task_pid_vnr(task->real_parent);
	status.pgrp = group_vnr(task->signal->group);
	status.sid = group_vnr(task->signal->session);
	fill_times(&status, task);
	spin_unlock(&tasklist_lock);
	if (!arch_regset_get(task, NT_PRSTATUS, &set))
		memcpy(status.registers, set.piece[0].data, set.piece[0].size);
	status.fpvalid = !arch_regset_get(task, NT_PRFPREG, &set);
	add_note(notes, NT_PRSTATUS, &status, sizeof(status));
}

static void add_registers(struct text *notes, struct task_struct *task, const char *name, u32 type)
{
	struct regset set;

	if (arch_regset_get(task, type, &set))
		return;
	add_head(notes, name, type, set.piece[0].size + set.piece[1].size);
	text_append(notes, set.piece[0].data, set.piece[0].size);
	text_append(notes, set.piece[1].data, set.piece[1].size);
	pad(notes);
}

static void add_more_registers(struct text *notes, struct task_struct *task)
{
	add_registers(notes, task, "CORE", NT_PRFPREG);
	add_registers(notes, task, "LINUX", NT_RISCV_VECTOR);
}

/* --- of the process --- */

/* The arguments, with spaces between. */
static void fill_arguments(struct elf_prpsinfo *info, struct mm_struct *mm)
{
	size_t size = MIN(mm->arg_end - mm->arg_start, sizeof(info->arguments) - 1);

	if (vm_access(mm, mm->arg_start, info->arguments, size, false, false) != (ssize_t)size)
		size = 0;
	for (size_t i = 0; i < size; i++)
		if (!info->arguments[i])
			info->arguments[i] = ' ';
	info->arguments[size] = '\0';
}

static void add_process(struct text *notes)
{
	struct task_struct *task = current->group_leader;
	struct elf_prpsinfo info = {
		.sname = 'R',
		.nice = current->se.nice,
		.flags = current->flags,
		.uid = current->cred->uid,
		.gid = current->cred->gid,
	};

	spin_lock(&tasklist_lock);
	info.pid = task_pid_vnr(task);
	info.ppid = task_pid_vnr(task->real_parent);
	info.pgrp = group_vnr(task->signal->group);
	info.sid = group_vnr(task->signal->session);
	spin_unlock(&tasklist_lock);
	strlcpy(info.name, task->comm, sizeof(info.name));
	fill_arguments(&info, current->mm);
	add_note(notes, NT_PRPSINFO, &info, sizeof(info));
}

static void add_auxv(struct text *notes)
{
	const struct mm_struct *mm = current->mm;

	add_note(notes, NT_AUXV, mm->auxv, mm->auxv_words * sizeof(mm->auxv[0]));
}

/* --- what is mapped --- */

static u64 count_files(const struct region_image *images, u32 count)
{
	u64 files = 0;

	for (u32 i = 0; i < count; i++)
		files += images[i].file != NULL;
	return files;
}

static void add_places(struct text *text, const struct region_image *images, u32 count)
{
	const u64 head[] = { count_files(images, count), PAGE_SIZE };

	text_append(text, head, sizeof(head));
	for (u32 i = 0; i < count; i++) {
		const u64 place[] = { images[i].start, images[i].end,
				      images[i].offset / PAGE_SIZE };

		if (images[i].file)
			text_append(text, place, sizeof(place));
	}
}

static void add_names(struct text *text, const struct region_image *images, u32 count)
{
	char *buffer = name_alloc();

	if (!buffer) {
		text->failed = true;
		return;
	}
	for (u32 i = 0; i < count; i++) {
		const char *name;

		if (!images[i].file)
			continue;
		name = path_name(&images[i].file->path, buffer, PATH_MAX);
		if (IS_ERR(name))
			name = "";
		text_append(text, name, strlen(name) + 1);
	}
	name_put(buffer);
}

static void add_files(struct text *notes, const struct region_image *images, u32 count)
{
	struct text text = { 0 };

	add_places(&text, images, count);
	add_names(&text, images, count);
	if (!text.failed)
		add_note(notes, NT_FILE, text.buffer, text.length);
	text_free(&text);
}

/* --- all of them --- */

void core_notes(const struct core_dump *dump, const struct region_image *images, u32 count,
		struct text *notes)
{
	const struct core_thread *thread;
	int signal = dump->info->signo;

	add_status(notes, current, signal);
	add_process(notes);
	add_note(notes, NT_SIGINFO, dump->info, sizeof(*dump->info));
	add_auxv(notes);
	add_files(notes, images, count);
	add_more_registers(notes, current);
	list_for_each_entry (thread, &dump->threads, link) {
		add_status(notes, thread->task, signal);
		add_more_registers(notes, thread->task);
	}
}
