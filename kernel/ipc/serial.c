/* SPDX-License-Identifier: MIT */
/*
 * The terminals on the machine's UARTs: /dev/ttyS0, /dev/ttySIF0, and so on.
 *
 * Input arrives in interrupt context and goes into the terminal's ring; a work item feeds it to
 * the discipline in task context, as echo takes time and signals take memory. Output goes from the
 * ring into the device as far as that has room; for the rest the device interrupts when it has
 * room again. A UART without an interrupt line is looked after by a timer, a hundred times a
 * second, and written to by polling.
 *
 * Locks: tty->lock, and within it the UART's own.
 */
#include "base/irq.h"
#include "base/log.h"
#include "base/uart.h"
#include "ipc/tty.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "sched/timer.h"
#include "task/kthread.h"
#include "uapi/ioctl.h"

enum {
	SERIAL_RING = 4096,
	RECEIVE_CHUNK = 64,
	MAX_TERMINALS = MAX_UARTS + 1, /* and the firmware's console */
};

#define POLL_INTERVAL (10 * NSEC_PER_MSEC)

struct serial {
	struct tty tty;	    /* first: serial_of() */
	struct uart *uart;  /* [I] */
	bool has_interrupt; /* [I] once listening */
	bool receiving;	    /* [tty.lock] the device interrupts when a byte has come */
	bool transmitting;  /* [tty.lock] and when it has room */
	bool full;	    /* [tty.lock] input waits in the device, as the ring is full */
	u32 listening;	    /* [a] input has been switched on */
	struct work work;   /* feeds input to the discipline */
	struct timer timer; /* looks for input where there is no interrupt */
	u8 input[SERIAL_RING], output[SERIAL_RING];
};

static struct serial *terminals[MAX_TERMINALS]; /* [I] after serial_init() */
static unsigned int terminal_count;		/* likewise */
static struct serial *console_terminal;		/* likewise */

static struct serial *serial_of(struct tty *tty)
{
	return (struct serial *)tty;
}

/* Tells the device which interrupts are wanted. tty->lock is held. */
static void set_interrupts(struct serial *serial, bool receive, bool transmit)
{
	if (!serial->has_interrupt ||
	    (receive == serial->receiving && transmit == serial->transmitting))
		return;
	serial->receiving = receive;
	serial->transmitting = transmit;
	uart_set_interrupts(serial->uart, receive, transmit);
}

/* --- output --- */

/* Moves output into the device, as much as it takes and a chunk at most; asks for an interrupt for
 * the rest. tty->lock is held. */
static void transmit_locked(struct serial *serial)
{
	struct byte_ring *ring = &serial->tty.output;
	size_t budget = TTY_CHUNK, sent;

	while (budget && !serial->tty.ldisc.stopped) {
		const u8 *bytes;
		size_t count = MIN((size_t)ring_peek(ring, &bytes), budget);

		sent = count ? uart_send(serial->uart, bytes, count) : 0;
		if (!sent)
			break;
		ring_drop(ring, (u32)sent);
		budget -= sent;
	}
	set_interrupts(serial, serial->receiving, ring_count(ring) && !serial->tty.ldisc.stopped);
}

static void serial_transmit(struct serial *serial)
{
	spin_lock(&serial->tty.lock);
	transmit_locked(serial);
	spin_unlock(&serial->tty.lock);
}

/* Sends what is in the ring to the last byte, or until the device seems dead. */
static void serial_poll_out(struct serial *serial)
{
	unsigned int patience = UART_PATIENCE;
	u32 left, before = 0;

	do {
		spin_lock(&serial->tty.lock);
		transmit_locked(serial);
		left = serial->tty.ldisc.stopped ? 0 : ring_count(&serial->tty.output);
		spin_unlock(&serial->tty.lock);
		patience = left == before ? patience - 1 : UART_PATIENCE;
		before = left;
	} while (left && patience);
}

static void serial_start(struct tty *tty)
{
	struct serial *serial = serial_of(tty);

	if (serial->has_interrupt)
		serial_transmit(serial);
	else
		serial_poll_out(serial);
}

static bool serial_is_idle(struct tty *tty)
{
	return uart_is_idle(serial_of(tty)->uart);
}

/* --- input --- */

static void serial_feed(struct work *work)
{
	tty_feed(&container_of(work, struct serial, work)->tty);
}

/* IXOFF: asks the other end to stop sending, or to go on. tty->lock is held. */
static void send_flow_key(struct serial *serial, int key)
{
	const struct termios2 *termios = &serial->tty.ldisc.termios;

	if (!(termios->c_iflag & IXOFF) || !termios->c_cc[key])
		return;
	ring_put(&serial->tty.output, &termios->c_cc[key], 1);
	transmit_locked(serial);
}

/* Takes bytes from the device while the ring has room, and leaves them there without: then the
 * device does not interrupt until a reader has made room. False: there are no more. */
static bool receive_some(struct serial *serial)
{
	u8 bytes[RECEIVE_CHUNK];
	struct byte_ring *ring = &serial->tty.input;
	bool was_full = serial->full;
	size_t count = 0;

	spin_lock(&serial->tty.lock);
	serial->full = ring_room(ring) < RECEIVE_CHUNK;
	if (!serial->full) {
		count = uart_receive(serial->uart, bytes, sizeof(bytes));
		ring_put(ring, bytes, count);
	} else if (!was_full) {
		send_flow_key(serial, VSTOP);
	}
	set_interrupts(serial, !serial->full, serial->transmitting);
	spin_unlock(&serial->tty.lock);
	return count;
}

/* Interrupt context. */
static void serial_receive(struct serial *serial)
{
	bool some = false;

	while (receive_some(serial))
		some = true;
	if (some)
		schedule_work(&serial->work);
}

static void serial_unthrottle(struct tty *tty)
{
	struct serial *serial = serial_of(tty);

	if (!READ_ONCE(serial->full))
		return;
	spin_lock(&tty->lock);
	if (serial->full && ring_room(&tty->input) >= SERIAL_RING / 2) {
		serial->full = false;
		send_flow_key(serial, VSTART);
		set_interrupts(serial, true, serial->transmitting);
	}
	spin_unlock(&tty->lock);
}

/* --- interrupts --- */

static void serial_interrupt(void *data)
{
	struct serial *serial = data;

	serial_receive(serial);
	serial_transmit(serial);
	tty_drained(&serial->tty);
}

static void serial_timer(struct timer *timer)
{
	struct serial *serial = container_of(timer, struct serial, timer);

	serial_receive(serial);
	timer_start(timer, clock_monotonic() + POLL_INTERVAL);
}

/* --- settings --- */

static void serial_set_termios(struct tty *tty, const struct termios2 *old)
{
	const struct termios2 *termios = &tty->ldisc.termios;
	const struct uart_line line = {
		.speed = termios->c_ospeed,
		.bits = (u8)(5 + (termios->c_cflag & CSIZE) / CS6),
		.two_stop = termios->c_cflag & CSTOPB,
		.parity = termios->c_cflag & PARENB,
		.odd = termios->c_cflag & PARODD,
	};

	uart_set_line(serial_of(tty)->uart, &line);
}

/* The line is switched on by the first open: by then there are kworkers to feed input. The
 * console's settings are those that the firmware has made. */
static void serial_opened(struct tty *tty)
{
	struct serial *serial = serial_of(tty);
	const struct machine_uart *device = serial->uart->device;

	if (atomic_exchange(&serial->listening, 1))
		return;
	if (serial != console_terminal)
		serial_set_termios(tty, NULL);
	serial->has_interrupt =
		device && device->irq && !irq_register(device->irq, serial_interrupt, serial);
	if (serial->has_interrupt) {
		spin_lock(&tty->lock);
		set_interrupts(serial, true, false);
		spin_unlock(&tty->lock);
	} else {
		timer_init(&serial->timer, serial_timer);
		timer_start(&serial->timer, clock_monotonic() + POLL_INTERVAL);
	}
}

/* struct serial_struct of linux/serial.h. */
struct serial_struct {
	s32 type;
	s32 line;
	u32 port;
	s32 irq;
	s32 flags;
	s32 xmit_fifo_size;
	s32 custom_divisor;
	s32 baud_base;
	u16 close_delay;
	u8 io_type;
	u8 reserved_char;
	s32 hub6;
	u16 closing_wait;
	u16 closing_wait2;
	u64 iomem_base;
	u16 iomem_reg_shift;
	u32 port_high;
	u64 iomap_base;
};

static_assert(sizeof(struct serial_struct) == 72, "struct serial_struct of the ABI");

static long serial_get_info(struct serial *serial, uaddr_t to)
{
	const struct machine_uart *device = serial->uart->device;
	struct serial_struct info = {
		.type = serial->uart->driver->port_type,
		.line = (s32)serial->uart->number,
		.irq = device ? (s32)device->irq : 0,
		.xmit_fifo_size = (s32)serial->uart->burst,
		.baud_base = device ? (s32)(device->clock_hz / 16) : 0,
		.close_delay = 50, /* hundredths of a second */
		.io_type = 2,	   /* memory */
		.closing_wait = 3000,
		.iomem_base = device ? device->base : 0,
		.iomem_reg_shift = device ? (u16)device->reg_shift : 0,
	};

	return copy_to_user(to, &info, sizeof(info));
}

static void serial_set_break(struct tty *tty, bool on)
{
	uart_set_break(serial_of(tty)->uart, on);
}

/* TIOCMSET, TIOCMBIS, TIOCMBIC. */
static long serial_change_modem(struct serial *serial, unsigned int command, uaddr_t from)
{
	u32 lines;

	if (get_user32(&lines, from))
		return -EFAULT;
	uart_change_modem(serial->uart, command == TIOCMBIC ? 0 : lines & TIOCM_SETTABLE,
			  command == TIOCMBIC	? lines & TIOCM_SETTABLE
			  : command == TIOCMSET ? ~lines & TIOCM_SETTABLE
						: 0);
	return 0;
}

static long serial_ioctl(struct tty *tty, unsigned int command, unsigned long argument)
{
	struct serial *serial = serial_of(tty);
	bool has_modem = serial->uart->driver->get_modem;

	switch (command) {
	case TIOCGSERIAL: return serial_get_info(serial, argument);
	case TIOCMGET:
		return has_modem ? put_user32(uart_get_modem(serial->uart), argument) : -ENOTTY;
	case TIOCMSET:
	case TIOCMBIS:
	case TIOCMBIC: return has_modem ? serial_change_modem(serial, command, argument) : -ENOTTY;
	}
	return -ENOTTY;
}

static const struct tty_driver serial_driver = {
	.start = serial_start,
	.unthrottle = serial_unthrottle,
	.is_idle = serial_is_idle,
	.set_termios = serial_set_termios,
	.opened = serial_opened,
	.set_break = serial_set_break,
	.ioctl = serial_ioctl,
};

/* --- the devices --- */

static int serial_open(struct inode *inode, struct file *file)
{
	for (unsigned int i = 0; i < terminal_count; i++)
		if (terminals[i]->tty.device == inode->rdev)
			return tty_open_line(&terminals[i]->tty, file);
	return -ENXIO;
}

static const struct file_ops serial_open_ops = { .open = serial_open };

static struct serial *add_terminal(struct uart *uart)
{
	const struct uart_driver *driver = uart->driver;
	unsigned int minor = driver->first_minor + uart->number;
	struct serial *serial = kzalloc(sizeof(*serial));

	if (!serial)
		panic("no memory for a terminal");
	tty_setup(&serial->tty, MKDEV(driver->major, minor), &serial_driver);
	ring_init(&serial->tty.input, serial->input, SERIAL_RING);
	ring_init(&serial->tty.output, serial->output, SERIAL_RING);
	scnprintf(serial->tty.name, TTY_NAME_SIZE, "%s%u", driver->tty_name, uart->number);
	serial->uart = uart;
	serial->work = (struct work)WORK_INIT(serial_feed);
	if (uart != console_uart())
		ldisc_set_speed(&serial->tty.ldisc, B9600, 9600);
	terminals[terminal_count++] = serial;
	chrdev_register(driver->major, minor, serial->tty.name, 0600, &serial_open_ops);
	return serial;
}

struct tty *serial_console(void)
{
	return &console_terminal->tty;
}

void serial_drain(void)
{
	for (unsigned int i = 0; i < terminal_count; i++)
		serial_poll_out(terminals[i]);
}

void serial_init(void)
{
	struct uart *uart;

	for (unsigned int n = 0; (uart = uart_get(n)); n++) {
		struct serial *serial = add_terminal(uart);

		if (uart == console_uart())
			console_terminal = serial;
	}
	if (!console_terminal)
		console_terminal = add_terminal(console_uart());
}
