/* SPDX-License-Identifier: MIT */
/*
 * The terminals that go by another name: /dev/console, which is the kernel's console, and
 * /dev/tty, which is the opener's own controlling terminal.
 */
#include "fs/sysfs.h"
#include "ipc/pty.h"
#include "ipc/tty.h"
#include "lib/errno.h"

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
