/* SPDX-License-Identifier: MIT */
/*
 * UARTs of the 16550 family, at any register distance and access width (the device tree's
 * reg-shift and reg-io-width). The DesignWare variant adds a "busy detect" interrupt, which
 * reading its USR register clears.
 */
#include "arch/io.h"
#include "arch/layout.h"
#include "base/uart.h"
#include "uapi/ioctl.h"

enum ns16550_register {
	NS_DATA = 0,
	NS_DIVISOR_LOW = 0, /* these two while NS_LINE_DIVISOR is set */
	NS_DIVISOR_HIGH = 1,
	NS_INTERRUPT_ENABLE = 1,
	NS_INTERRUPT_ID = 2, /* read */
	NS_FIFO_CONTROL = 2, /* write */
	NS_LINE_CONTROL = 3,
	NS_MODEM_CONTROL = 4,
	NS_LINE_STATUS = 5,
	NS_MODEM_STATUS = 6,
	NS_DW_STATUS = 31,
};

enum {
	NS_ENABLE_RECEIVE = 1,
	NS_ENABLE_TRANSMIT = 2,
	NS_ID_MASK = 0xf,
	NS_ID_BUSY = 7,
	NS_ID_FIFO = 0xc0,
	NS_FIFO_ENABLE = 1, /* and an interrupt for each byte received */
	NS_FIFO_BYTES = 16,
	NS_LINE_TWO_STOP = 0x04,
	NS_LINE_PARITY = 0x08,
	NS_LINE_EVEN = 0x10,
	NS_LINE_BREAK = 0x40,
	NS_LINE_DIVISOR = 0x80,
	NS_MODEM_DTR = 0x01,
	NS_MODEM_RTS = 0x02,
	NS_MODEM_OUT1 = 0x04,
	NS_MODEM_OUT2 = 0x08, /* lets interrupts through on PCs: always on */
	NS_MODEM_LOOP = 0x10,
	NS_MODEM_CTS = 0x10, /* of the status */
	NS_MODEM_DSR = 0x20,
	NS_MODEM_RING = 0x40,
	NS_MODEM_CARRIER = 0x80,
	NS_STATUS_DATA = 0x01,
	NS_STATUS_ROOM = 0x20,
	NS_STATUS_IDLE = 0x40,
};

static char *ns16550_address(const struct uart *uart, enum ns16550_register reg)
{
	return (char *)phys_to_virt(paddr(uart->device->base)) +
	       ((u64)reg << uart->device->reg_shift);
}

static u8 ns16550_get(const struct uart *uart, enum ns16550_register reg)
{
	if (uart->device->reg_io_width == 4)
		return (u8)io_read32(ns16550_address(uart, reg));
	return io_read8(ns16550_address(uart, reg));
}

static void ns16550_put(const struct uart *uart, enum ns16550_register reg, u8 value)
{
	if (uart->device->reg_io_width == 4)
		io_write32(ns16550_address(uart, reg), value);
	else
		io_write8(ns16550_address(uart, reg), value);
}

static size_t ns16550_send(struct uart *uart, const u8 *bytes, size_t size)
{
	size_t count = MIN(size, (size_t)uart->burst);

	if (!(ns16550_get(uart, NS_LINE_STATUS) & NS_STATUS_ROOM))
		return 0;
	for (size_t i = 0; i < count; i++)
		ns16550_put(uart, NS_DATA, bytes[i]);
	return count;
}

static int ns16550_receive(struct uart *uart)
{
	if (ns16550_get(uart, NS_LINE_STATUS) & NS_STATUS_DATA)
		return ns16550_get(uart, NS_DATA);
	if (uart->device->reg_shift == 2 &&
	    (ns16550_get(uart, NS_INTERRUPT_ID) & NS_ID_MASK) == NS_ID_BUSY)
		ns16550_get(uart, NS_DW_STATUS);
	return -1;
}

static bool ns16550_is_idle(struct uart *uart)
{
	return ns16550_get(uart, NS_LINE_STATUS) & NS_STATUS_IDLE;
}

static u32 ns16550_get_modem(struct uart *uart)
{
	u8 status = ns16550_get(uart, NS_MODEM_STATUS);

	return (status & NS_MODEM_CTS ? TIOCM_CTS : 0) | (status & NS_MODEM_DSR ? TIOCM_DSR : 0) |
	       (status & NS_MODEM_RING ? TIOCM_RNG : 0) |
	       (status & NS_MODEM_CARRIER ? TIOCM_CAR : 0);
}

static void ns16550_set_modem(struct uart *uart)
{
	u32 lines = uart->modem;

	ns16550_put(uart, NS_MODEM_CONTROL,
		    NS_MODEM_OUT2 | (lines & TIOCM_DTR ? NS_MODEM_DTR : 0) |
			    (lines & TIOCM_RTS ? NS_MODEM_RTS : 0) |
			    (lines & TIOCM_OUT1 ? NS_MODEM_OUT1 : 0) |
			    (lines & TIOCM_LOOP ? NS_MODEM_LOOP : 0));
}

static void ns16550_set_break(struct uart *uart, bool on)
{
	u8 control = ns16550_get(uart, NS_LINE_CONTROL) & (u8)~NS_LINE_BREAK;

	ns16550_put(uart, NS_LINE_CONTROL, on ? control | NS_LINE_BREAK : control);
}

/* The queues of the device are switched on with its interrupts. */
static void ns16550_set_interrupts(struct uart *uart, bool receive, bool transmit)
{
	if (uart->burst == 1) {
		ns16550_put(uart, NS_FIFO_CONTROL, NS_FIFO_ENABLE);
		ns16550_set_modem(uart);
		if ((ns16550_get(uart, NS_INTERRUPT_ID) & NS_ID_FIFO) == NS_ID_FIFO)
			uart->burst = NS_FIFO_BYTES;
	}
	ns16550_put(uart, NS_INTERRUPT_ENABLE,
		    (receive ? NS_ENABLE_RECEIVE : 0) | (transmit ? NS_ENABLE_TRANSMIT : 0));
}

static void ns16550_set_line(struct uart *uart, const struct uart_line *line)
{
	u32 divisor = DIV_ROUND_UP(uart->device->clock_hz / 8 / line->speed, 2U);
	u8 control = (u8)(line->bits - 5);

	if (!uart->device->clock_hz)
		return;
	divisor = MIN(MAX(divisor, 1U), 0xffffU);
	if (line->two_stop)
		control |= NS_LINE_TWO_STOP;
	if (line->parity)
		control |= line->odd ? NS_LINE_PARITY : NS_LINE_PARITY | NS_LINE_EVEN;
	ns16550_put(uart, NS_LINE_CONTROL, control | NS_LINE_DIVISOR);
	ns16550_put(uart, NS_DIVISOR_LOW, (u8)divisor);
	ns16550_put(uart, NS_DIVISOR_HIGH, (u8)(divisor >> 8));
	ns16550_put(uart, NS_LINE_CONTROL, control);
}

const struct uart_driver uart_ns16550 = {
	.tty_name = "ttyS",
	.major = 4,
	.first_minor = 64,
	.port_type = 4, /* PORT_16550A */
	.send = ns16550_send,
	.receive = ns16550_receive,
	.is_idle = ns16550_is_idle,
	.set_interrupts = ns16550_set_interrupts,
	.set_line = ns16550_set_line,
	.get_modem = ns16550_get_modem,
	.set_modem = ns16550_set_modem,
	.set_break = ns16550_set_break,
};
