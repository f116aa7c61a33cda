/* SPDX-License-Identifier: MIT */
/*
 * execve(2): another program in the place of the one that runs.
 *
 * Everything that may fail is done first, beside the old program: the file is found and checked,
 * the strings are gathered, a whole new address space with a filled stack is built. Then the
 * process is made single-threaded (the last thing that may fail), and commit_exec() exchanges the
 * programs, which cannot fail. So execve returns an error to an unharmed caller, or does not return
 * to it at all. (Only the caller's threads are gone when memory runs out in the very last step.)
 */
#include "arch/fpu.h"
#include "arch/switch.h"
#include "arch/vector.h"
#include "fs/fdtable.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/pagesize.h"
#include "lib/random.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/cred.h"
#include "task/exec.h"
#include "task/posix_timer.h"
#include "task/program.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/rseq.h"
#include "task/signal.h"
#include "uapi/ptrace.h"
#include "uapi/system.h"
#include "vm/space.h"

/* --- prepare --- */

/* Where a part of the program goes within span bytes. Rights that others gave do not come with an
 * order. */
u64 exec_random(const struct exec *exec, u64 span)
{
	bool ordered = current->personality & ADDR_NO_RANDOMIZE && !exec->secure;

	return ordered ? 0 : random_u64() % span;
}

static int build_space(struct exec *exec)
{
	struct mm_struct *mm = mm_create();
	int error;

	if (IS_ERR(mm))
		return (int)PTR_ERR(mm);
	exec->mm = mm;
	mm->stack_top = exec_choose_stack(exec);
	mm->mmap_top = vm_mmap_top(mm->stack_top, rlimit(RLIMIT_STACK)) -
		       ALIGN_DOWN(exec_random(exec, MMAP_SPREAD), PAGE_SIZE);
	mm->dumpable = exec->plain ? DUMP_USER : (u8)READ_ONCE(suid_dumpable);
	if (current->mm) {
		mm->core_filter = READ_ONCE(current->mm->core_filter);
		mm->no_huge_pages = READ_ONCE(current->mm->no_huge_pages);
		mm->traits = space_traits_inherited(current->mm);
	}
	mm->exe = get_file(exec->program.file);
	error = exec_load(exec);
	return error ? error : exec_make_stack(exec);
}

static int prepare_exec(struct exec *exec, int dirfd, int flags, const struct exec_source *source)
{
	int error = exec_open(exec, dirfd, flags);

	if (!error)
		error = exec_read_elf(exec);
	if (!error)
		error = exec_gather(exec, source);
	if (!error)
		error = exec_credentials(exec);
	if (!error)
		error = build_space(exec);
	if (!error)
		error = files_unshare();
	return error;
}

/* What is left of an exec, done or failed. */
static void free_exec(struct exec *exec)
{
	if (exec->mm)
		mm_put_user(exec->mm);
	if (exec->cred)
		cred_put(exec->cred);
	if (exec->interpreter.file)
		fput(exec->interpreter.file);
	if (exec->program.file)
		fput(exec->program.file);
	kfree(exec->interpreter.segments);
	kfree(exec->program.segments);
	kfree(exec->strings.buffer);
	for (unsigned int i = 0; i < exec->script_count; i++)
		kfree(exec->scripts[i]);
	kfree(exec);
}

/* --- commit --- */

static void change_space(struct exec *exec)
{
	struct mm_struct *old;

	mm_release(current);
	old = mm_switch_current(exec->mm);
	exec->mm = NULL;
	if (!old)
		return;
	if (old->max_rss > current->signal->max_rss)
		current->signal->max_rss = old->max_rss;
	mm_put_user(old);
}

static void reset_signals(void)
{
	struct sighand_struct *sighand = lock_sighand(current);

	flush_signal_handlers(current, false);
	spin_unlock(&sighand->lock);
	current->altstack_sp = current->altstack_size = 0;
	current->altstack_flags = SS_DISABLE;
	current->restart.function = NULL;
}

static void set_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	strlcpy(current->comm, slash ? slash + 1 : path, sizeof(current->comm));
}

/* A tracer that has come since exec_credentials() gets no hold of more rights than its own: the
 * program goes on with the old ones. None can come now: the space is not dumpable. */
static void commit_credentials(struct exec *exec)
{
	if (!exec->cred || (exec->secure && ptrace_is_untrusted()))
		return;
	cred_commit(exec->cred);
	exec->cred = NULL;
}

static void commit_exec(struct exec *exec)
{
	const struct exec_elf *first = exec->interpreter.file ? &exec->interpreter : &exec->program;

	change_space(exec);
	arch_fpu_drop(current);
	arch_vector_exec();
	posix_timers_delete_all(current->signal);
	reset_signals();
	files_close_on_exec();
	set_name(exec->path);
	if (exec->secure) {
		current->pdeath_signal = 0;
		current->personality &= ~PER_CLEAR_ON_SETID;
	}
	commit_credentials(exec);
	current->robust_list = 0;
	rseq_forget(current);
	current->exit_signal = SIGCHLD;
	current->signal->did_exec = true;
	current->flags &= ~(u32)(PF_FORKNOEXEC | PF_KTHREAD);
	arch_start_program(current_frame(), first->image.entry + first->bias, exec->stack);
}

static int run_exec(const char *path, int dirfd, int flags, const struct exec_source *source)
{
	struct exec *exec = kzalloc(sizeof(*exec));
	/* a thread that is not the leader gets the leader's */
	struct pid_note note = pid_note_of(current);
	int error;

	error = -ENOMEM;
	if (!exec)
		goto out;
	exec->path = path;
	error = prepare_exec(exec, dirfd, flags, source);
	if (!error)
		error = de_thread();
	if (!error)
		commit_exec(exec);
	free_exec(exec);
	if (unlikely(current->ptrace) && !error)
		ptrace_event_pid(PTRACE_EVENT_EXEC, note);
out:
	pid_note_put(note);
	return error;
}

/* The name of a file that was given by descriptor alone, for the program and its interpreter. */
static long execute_descriptor(int fd, const struct exec_source *source)
{
	char name[32];

	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	return run_exec(name, fd, AT_EMPTY_PATH, source);
}

long user_execve(int dirfd, uaddr_t name, uaddr_t arguments, uaddr_t environment, int flags)
{
	const struct exec_source source = { .arguments = arguments, .environment = environment };
	char *path = name_get(name);
	long result;

	if (path == ERR_PTR(-ENOENT) && flags & AT_EMPTY_PATH)
		return execute_descriptor(dirfd, &source);
	if (IS_ERR(path))
		return PTR_ERR(path);
	result = run_exec(path, dirfd, flags & ~AT_EMPTY_PATH, &source);
	name_put(path);
	return result;
}

int kernel_execve(const char *path, const char *const *arguments, const char *const *environment)
{
	const struct exec_source source = { .kernel = true,
					    .kernel_arguments = arguments,
					    .kernel_environment = environment };

	return run_exec(path, AT_FDCWD, 0, &source);
}
