/* SPDX-License-Identifier: MIT */
/*
 * The terminals that go by another name: /dev/console, which is the kernel's console, and
 * /dev/tty, which is the opener's own controlling terminal.
 */
#include "fs/sysfs.h"
#include "ipc/pty.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "task/cred.h"

enum { TTYAUX_MAJOR = 5, TTY_MINOR = 0, CONSOLE_MINOR = 1 };

/* The console never becomes a controlling terminal by being opened. */
static int system_console_open(struct inode *inode, struct file *file)
{
	return tty_open_file(serial_console(), file, true);
}

static int current_tty_open(struct inode *inode, struct file *file)
{
	struct tty *tty = tty_of_current();
	int error;

	if (!tty)
		return -ENXIO;
	error = tty_open_file(tty, file, false);
	tty_put(tty);
	return error;
}

static const struct file_ops console_open_ops = { .open = system_console_open };
static const struct file_ops current_tty_open_ops = { .open = current_tty_open };

/* --- TIOCCONS --- */

static spinlock_t redirect_lock = SPINLOCK_INIT(RANK_TTY);
static struct file *redirect; /* [redirect_lock] with a reference; NULL: none */

struct file *console_redirected(void)
{
	struct file *file;

	if (likely(!READ_ONCE(redirect)))
		return NULL;
	spin_lock(&redirect_lock);
	file = redirect ? get_file(redirect) : NULL;
	spin_unlock(&redirect_lock);
	return file;
}

/* Ends it, if it leads to that terminal; NULL: to any. */
static void end_redirect(const struct tty *tty)
{
	struct file *file = NULL;

	spin_lock(&redirect_lock);
	if (redirect && (!tty || tty_of(redirect) == tty)) {
		file = redirect;
		redirect = NULL;
	}
	spin_unlock(&redirect_lock);
	if (file)
		fput(file);
}

void console_end_redirect(const struct tty *tty)
{
	end_redirect(tty);
}

int console_redirect(struct file *file)
{
	const struct tty_file *opened = file->private;
	bool busy;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (opened->is_console) {
		end_redirect(NULL);
		return 0;
	}
	if (!(file->mode & FMODE_WRITE))
		return -EBADF;
	spin_lock(&redirect_lock);
	busy = redirect;
	if (!busy)
		redirect = get_file(file);
	spin_unlock(&redirect_lock);
	return busy ? -EBUSY : 0;
}

/* --- sysfs, registration --- */

/* /sys/class/tty/console/active: what /dev/console stands for. */
static int show_active(struct text *text, void *object)
{
	text_printf(text, "%s\n", serial_console()->name);
	return 0;
}

static int show_console_device(struct text *text, void *object)
{
	text_printf(text, "%u:%u\n", TTYAUX_MAJOR, CONSOLE_MINOR);
	return 0;
}

static const struct sysfs_attribute console_files[] = {
	{ .name = "active", .show = show_active },
	{ .name = "dev", .show = show_console_device },
	{ 0 },
};

static void add_console_to_sysfs(void)
{
	sysfs_add_files(sysfs_directory(NULL, "devices/virtual/tty/console"), console_files, NULL);
	sysfs_add_link(sysfs_directory(NULL, "class/tty"), "console",
		       "../../devices/virtual/tty/console");
}

void tty_init(void)
{
	chrdev_register(TTYAUX_MAJOR, TTY_MINOR, "tty", 0666, &current_tty_open_ops);
	chrdev_register(TTYAUX_MAJOR, CONSOLE_MINOR, "console", 0600, &console_open_ops);
	serial_init();
	pty_init();
	add_console_to_sysfs();
}
