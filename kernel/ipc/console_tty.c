/* SPDX-License-Identifier: MIT */
/*
 * The terminal on the kernel's console: /dev/console, /dev/ttyS0 (on SiFive's UART /dev/ttySIF0),
 * and /dev/tty, which stands for the opener's own controlling terminal.
 *
 * Input arrives character by character in interrupt context and goes into a ring; a work item
 * feeds it to the terminal in task context, as echo takes time and signals take memory. Without
 * an interrupt line for the console a timer looks for input a hundred times a second. Output is
 * synchronous.
 *
 * The ring's lock has RANK_TTY; interrupts come only where no lock is held, so handlers may take
 * it.
 */
#include "base/log.h"
#include "base/machine.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/kthread.h"
#include "uapi/ioctl.h"

enum {
	INPUT_RING = 512, /* characters between two runs of the work item */
	TTY_MAJOR = 4,
	TTY_MINOR_S0 = 64, /* /dev/ttyS0 */
	TTYAUX_MAJOR = 5,
	TTY_MINOR = 0,
	CONSOLE_MINOR = 1,
	SIFIVE_MAJOR = 240, /* /dev/ttySIF0 */
	PORT_16550A = 4,
};

#define POLL_INTERVAL (10 * NSEC_PER_MSEC)

static void console_feed(struct work *work);

static struct tty console_tty;
static spinlock_t ring_lock = SPINLOCK_INIT(RANK_TTY);
static u8 ring[INPUT_RING];	 /* [ring_lock] */
static u32 ring_head, ring_tail; /* [ring_lock] free-running */
static struct work feed_work = WORK_INIT(console_feed);
static struct mutex feed_lock = MUTEX_INIT(feed_lock, MUTEX_TTY); /* two harts' workers: in order */
static struct timer poll_timer;
static u32 listening; /* [a] input has been switched on */

/* --- input --- */

static size_t ring_take(u8 *buffer, size_t size)
{
	size_t count = 0;

	spin_lock(&ring_lock);
	while (count < size && ring_tail != ring_head)
		buffer[count++] = ring[ring_tail++ % INPUT_RING];
	spin_unlock(&ring_lock);
	return count;
}

static void console_feed(struct work *work)
{
	u8 chunk[32];
	size_t count;

	mutex_lock(&feed_lock);
	while ((count = ring_take(chunk, sizeof(chunk))) != 0) {
		tty_receive(&console_tty, chunk, count);
		cond_resched();
	}
	mutex_unlock(&feed_lock);
}

/* Interrupt context. What does not fit is lost, as in a UART's own buffer. */
static void console_receive(char character)
{
	spin_lock(&ring_lock);
	if (ring_head - ring_tail < INPUT_RING)
		ring[ring_head++ % INPUT_RING] = (u8)character;
	spin_unlock(&ring_lock);
	schedule_work(&feed_work);
}

static void console_poll_timer(struct timer *timer)
{
	int character;

	while ((character = console_poll()) >= 0)
		console_receive((char)character);
	timer_start(timer, clock_monotonic() + POLL_INTERVAL);
}

/* Input is switched on by the first open: by then there are kworkers to feed it. */
static void start_listening(void)
{
	if (READ_ONCE(listening) || atomic_exchange(&listening, 1))
		return;
	console_set_receiver(console_receive);
	timer_init(&poll_timer, console_poll_timer);
	if (!console_has_interrupt())
		timer_start(&poll_timer, clock_monotonic() + POLL_INTERVAL);
}

/* --- the driver --- */

static void console_tty_write(struct tty *tty, const u8 *bytes, size_t size)
{
	if (size)
		console_write((const char *)bytes, size);
}

/* struct serial_struct of linux/serial.h, as far as anything is said: cttyhack(1) asks for the
 * line's number, to find /dev/ttyS0. */
struct serial_struct {
	s32 type;
	s32 line;
	u8 unused[64];
};

static long console_tty_ioctl(struct tty *tty, unsigned int command, unsigned long argument)
{
	struct serial_struct serial = { .type = PORT_16550A, .line = 0 };

	if (command != TIOCGSERIAL)
		return -ENOTTY;
	return copy_to_user(argument, &serial, sizeof(serial));
}

static const struct tty_driver console_driver = {
	.write = console_tty_write,
	.ioctl = console_tty_ioctl,
};

/* --- the devices --- */

static int serial_open(struct inode *inode, struct file *file)
{
	start_listening();
	tty_attach_file(&console_tty, file, true);
	return 0;
}

/* The console never becomes a controlling terminal by being opened. */
static int system_console_open(struct inode *inode, struct file *file)
{
	start_listening();
	tty_attach_file(&console_tty, file, false);
	return 0;
}

static int current_tty_open(struct inode *inode, struct file *file)
{
	struct tty *tty = tty_of_current();

	if (!tty)
		return -ENXIO;
	tty_attach_file(tty, file, false);
	tty_put(tty);
	return 0;
}

static const struct file_ops serial_open_ops = { .open = serial_open };
static const struct file_ops console_open_ops = { .open = system_console_open };
static const struct file_ops current_tty_open_ops = { .open = current_tty_open };

void tty_init(void)
{
	bool sifive = machine.uart.kind == UART_SIFIVE;

	tty_setup(&console_tty, sifive ? MKDEV(SIFIVE_MAJOR, 0) : MKDEV(TTY_MAJOR, TTY_MINOR_S0),
		  &console_driver);
	chrdev_register(TTYAUX_MAJOR, TTY_MINOR, "tty", 0666, &current_tty_open_ops);
	chrdev_register(TTYAUX_MAJOR, CONSOLE_MINOR, "console", 0600, &console_open_ops);
	chrdev_register(TTY_MAJOR, TTY_MINOR_S0, "ttyS0", 0660, &serial_open_ops);
	if (sifive)
		chrdev_register(SIFIVE_MAJOR, 0, "ttySIF0", 0660, &serial_open_ops);
}
