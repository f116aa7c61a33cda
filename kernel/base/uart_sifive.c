/* SPDX-License-Identifier: MIT */
/*
 * SiFive's UART (FU540-C000 manual, chapter 13). Reading its receive register takes a byte out.
 */
#include "arch/io.h"
#include "arch/layout.h"
#include "base/uart.h"
#include "uapi/ioctl.h"

enum sifive_register {
	SIFIVE_TRANSMIT = 0x00,
	SIFIVE_RECEIVE = 0x04,
	SIFIVE_TRANSMIT_CONTROL = 0x08,
	SIFIVE_RECEIVE_CONTROL = 0x0c,
	SIFIVE_INTERRUPT_ENABLE = 0x10,
	SIFIVE_INTERRUPT_PENDING = 0x14,
	SIFIVE_DIVISOR = 0x18,
};

#define SIFIVE_FULL_OR_EMPTY (1u << 31)
#define SIFIVE_ENABLE 1u    /* of either direction; receive watermark 0: each byte interrupts */
#define SIFIVE_TWO_STOP 2u  /* of transmit control */
#define SIFIVE_WATERMARK 16 /* of transmit control: interrupts while fewer bytes are queued */
#define SIFIVE_INTERRUPT_TRANSMIT 1u
#define SIFIVE_INTERRUPT_RECEIVE 2u

static char *sifive_address(const struct uart *uart, enum sifive_register reg)
{
	return (char *)phys_to_virt(paddr(uart->device->base)) + reg;
}

static u32 sifive_get(const struct uart *uart, enum sifive_register reg)
{
	return io_read32(sifive_address(uart, reg));
}

static void sifive_put(const struct uart *uart, enum sifive_register reg, u32 value)
{
	io_write32(sifive_address(uart, reg), value);
}

static size_t sifive_send(struct uart *uart, const u8 *bytes, size_t size)
{
	size_t sent = 0;

	while (sent < size && !(sifive_get(uart, SIFIVE_TRANSMIT) & SIFIVE_FULL_OR_EMPTY))
		sifive_put(uart, SIFIVE_TRANSMIT, bytes[sent++]);
	return sent;
}

static int sifive_receive(struct uart *uart)
{
	u32 received = sifive_get(uart, SIFIVE_RECEIVE);

	return received & SIFIVE_FULL_OR_EMPTY ? -1 : (int)(received & 0xff);
}

static void set_transmit_control(struct uart *uart, bool two_stop)
{
	sifive_put(uart, SIFIVE_TRANSMIT_CONTROL,
		   SIFIVE_ENABLE | 1u << SIFIVE_WATERMARK | (two_stop ? SIFIVE_TWO_STOP : 0));
}

/* The watermark of transmission is one byte: it is pending when none is queued. */
static bool sifive_is_idle(struct uart *uart)
{
	return sifive_get(uart, SIFIVE_INTERRUPT_PENDING) & SIFIVE_INTERRUPT_TRANSMIT;
}

static void sifive_set_interrupts(struct uart *uart, bool receive, bool transmit)
{
	u32 control = sifive_get(uart, SIFIVE_TRANSMIT_CONTROL);

	set_transmit_control(uart, control & SIFIVE_TWO_STOP);
	sifive_put(uart, SIFIVE_RECEIVE_CONTROL, SIFIVE_ENABLE);
	sifive_put(uart, SIFIVE_INTERRUPT_ENABLE,
		   (receive ? SIFIVE_INTERRUPT_RECEIVE : 0) |
			   (transmit ? SIFIVE_INTERRUPT_TRANSMIT : 0));
}

static void sifive_set_line(struct uart *uart, const struct uart_line *line)
{
	set_transmit_control(uart, line->two_stop);
	if (uart->device->clock_hz)
		sifive_put(uart, SIFIVE_DIVISOR, uart->device->clock_hz / line->speed - 1);
}

/* It has data lines only. */
static u32 sifive_get_modem(struct uart *uart)
{
	return TIOCM_CAR | TIOCM_CTS | TIOCM_DSR;
}

const struct uart_driver uart_sifive = {
	.tty_name = "ttySIF",
	.major = 246, /* the first free one, going down, in Debian's Linux */
	.first_minor = 0,
	.port_type = 120, /* PORT_SIFIVE_V0 */
	.send = sifive_send,
	.receive = sifive_receive,
	.is_idle = sifive_is_idle,
	.set_interrupts = sifive_set_interrupts,
	.set_line = sifive_set_line,
	.get_modem = sifive_get_modem,
};
