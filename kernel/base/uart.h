/* SPDX-License-Identifier: MIT */
/*
 * UARTs: the serial lines of the machine. The kernel's console writes to one of them, polling
 * (base/console.c); terminals read and write each of them with interrupts (ipc/serial.c).
 *
 * The list is made at boot and does not change. A UART's lock (RANK_CONSOLE) serializes the use of
 * its registers; the functions uart_*() take it, any context.
 */
#ifndef BASE_UART_H
#define BASE_UART_H

#include "base/lock.h"
#include "base/machine.h"

struct uart;

/* Settings of a line. */
struct uart_line {
	u32 speed;     /* bits per second */
	u8 bits;       /* per character: 5 to 8 */
	bool two_stop; /* stop bits */
	bool parity, odd;
};

struct uart_driver {
	const char *tty_name; /* Linux's names and numbers of its terminals: "ttyS" */
	u16 major, first_minor;
	u16 port_type; /* PORT_* of linux/serial_core.h */
	/* All are called with the UART's lock held. */
	/* Gives the device as many bytes as it has room for now, and returns their number. */
	size_t (*send)(struct uart *uart, const u8 *bytes, size_t size);
	/* A byte that has come, or -1. */
	int (*receive)(struct uart *uart);
	/* All that was sent has gone out, as far as the device tells. NULL: always. */
	bool (*is_idle)(struct uart *uart);
	/* Makes the device interrupt when a byte has come, when it has room. NULL: it cannot. */
	void (*set_interrupts)(struct uart *uart, bool receive, bool transmit);
	/* NULL, or a device whose clock is not known: the line stays as the firmware set it. */
	void (*set_line)(struct uart *uart, const struct uart_line *line);
	/* The lines beside the data, TIOCM_*: those that the other end has set; those of
	 * TIOCM_SETTABLE become what uart->modem says. NULL: there are none to set. */
	u32 (*get_modem)(struct uart *uart);
	void (*set_modem)(struct uart *uart);
	void (*set_break)(struct uart *uart, bool on); /* NULL: it cannot */
};

struct uart {
	const struct uart_driver *driver;  /* [I] NULL: none */
	const struct machine_uart *device; /* [I] NULL: the firmware's console */
	u32 number;			   /* [I] of the terminal: ttyS1 is 1 */
	spinlock_t lock;		   /* RANK_CONSOLE: registers, and what follows */
	u32 burst;			   /* [lock] bytes that an empty transmitter takes */
	u32 modem;			   /* [lock] of TIOCM_SETTABLE: as they were set */
};

extern const struct uart_driver uart_ns16550; /* also the DesignWare one: "snps,dw-apb-uart" */
extern const struct uart_driver uart_sifive;

/* Rounds of polling after which a device is taken for dead and the byte is dropped. */
enum { UART_PATIENCE = 1 << 20 };

/* The n-th UART; NULL after the last one. */
struct uart *uart_get(unsigned int n);

/* Work on a device with a driver; any context, takes its lock. Bytes that the transmitter takes at
 * once, and bytes that came so far: both may be fewer than asked for. */
size_t uart_send(struct uart *uart, const u8 *bytes, size_t size);
size_t uart_receive(struct uart *uart, u8 *bytes, size_t size);
bool uart_is_idle(struct uart *uart); /* all that was sent is on the line */
/* As far as the device can: speed and form of bytes; which events interrupt. */
void uart_set_line(struct uart *uart, const struct uart_line *line);
/* TIOCMGET; its changes. */
u32 uart_get_modem(struct uart *uart);
void uart_change_modem(struct uart *uart, u32 set, u32 clear);
void uart_set_break(struct uart *uart, bool on);
void uart_set_interrupts(struct uart *uart, bool receive, bool transmit);
/* Sends all, polling, with the lock held. */
void uart_write_locked(struct uart *uart, const u8 *bytes, size_t size);

void uart_init(void); /* boot: after machine_init() */

#endif
