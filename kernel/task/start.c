/* SPDX-License-Identifier: MIT */
/*
 * The first processes. The boot task, PID 0, makes init (PID 1) and kthreadd (PID 2), and becomes
 * the boot hart's idle task. init starts as a kernel thread: it has the other kernel threads made,
 * opens the console as descriptors 0, 1 and 2, and executes the first program that it finds:
 *
 *	what rdinit= names, else /init of the initramfs
 *	what init= names (and no other then), else /sbin/init, /etc/init, /bin/init, /bin/sh
 *
 * with the words of the command line that were not the kernel's as arguments and environment.
 */
#include "base/log.h"
#include "base/machine.h"
#include "fs/fdtable.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "task/kthread.h"
#include "task/process.h"
#include "task/selftest.h"

enum { ARGUMENTS_MAX = 32, ENVIRONMENT_MAX = 32, PATH_SIZE = 256 };

static const char *arguments[ARGUMENTS_MAX + 2]; /* the program's name first */
static const char *environment[ENVIRONMENT_MAX + 3] = { "HOME=/", "TERM=linux" };

static void read_command_line(void)
{
	const char *word;

	for (unsigned int i = 0; i < ARGUMENTS_MAX && (word = cmdline_init_argument(i)); i++)
		arguments[i + 1] = word;
	for (unsigned int i = 0; i < ENVIRONMENT_MAX && (word = cmdline_init_environment(i)); i++)
		environment[i + 2] = word;
}

static int try_init(const char *path)
{
	arguments[0] = path;
	log_info("running %s as the first program", path);
	return kernel_execve(path, arguments, environment);
}

static bool exists(const char *path)
{
	struct path found;

	if (path_lookup(AT_FDCWD, path, LOOKUP_FOLLOW, &found))
		return false;
	path_put(&found);
	return true;
}

static int try_init_or_report(const char *path)
{
	int error = try_init(path);

	if (error == -ENOENT && exists(path))
		log_error("%s cannot be executed: its interpreter is missing", path);
	else if (error && error != -ENOENT)
		log_error("%s cannot be executed: error %d", path, -error);
	return error;
}

static void open_console(void)
{
	struct file *console = console_open();

	if (IS_ERR(console)) {
		log_warning("no console for the first program: error %ld", -PTR_ERR(console));
		return;
	}
	for (unsigned int i = 0; i < 3; i++) {
		get_file(console);
		if (fd_add(console, false) < 0)
			break;
	}
	fput(console);
}

/* Comes back as the program, or not at all. */
static int execute_first_program(void)
{
	static const char *const places[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	static char path[PATH_SIZE];
	bool named = cmdline_get("rdinit", path, sizeof(path));
	int error;

	if (!named)
		snprintf(path, sizeof(path), "/init");
	error = try_init_or_report(path);
	if (!error)
		return 0;
	if (named && error == -ENOENT)
		log_error("rdinit=%s: not found", path);
	if (cmdline_get("init", path, sizeof(path))) {
		error = try_init(path);
		if (!error)
			return 0;
		panic("init=%s cannot be executed: error %d", path, -error);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++)
		if (!try_init_or_report(places[i]))
			return 0;
	panic("no first program: the initramfs has no /init, /sbin/init, /etc/init, /bin/init or "
	      "/bin/sh that runs; pass one with -initrd, or name the program with rdinit=");
}

static int init_main(void *unused)
{
	workqueue_init();
	sched_start_softirqs();
	sched_start_balancing();
	selftest_run();
	open_console();
	read_command_line();
	return execute_first_program();
}

void start_init(void)
{
	const struct clone_args_kernel args = {
		.flags = CLONE_FS, /* kernel threads see the root that init changes to */
		.exit_signal = SIGCHLD,
		.function = init_main,
		.name = "init",
	};
	struct task_struct *init;

	if (!init_task.fs)
		init_task.fs = fs_create();
	if (!init_task.files)
		init_task.files = files_create();
	if (IS_ERR(init_task.fs) || IS_ERR(init_task.files))
		panic("no memory for the first process");
	init = copy_process(&args, 0);
	if (IS_ERR(init))
		panic("no first process: error %ld", PTR_ERR(init));
	assert(init->pid == 1);
	kthread_init();
	wake_up_new_task(init); /* now, as it asks kthreadd for threads */
}
