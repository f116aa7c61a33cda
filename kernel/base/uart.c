/* SPDX-License-Identifier: MIT */
/*
 * The list of UARTs, from the device tree, and what is common to their drivers (base/uart.h).
 */
#include "base/uart.h"
#include "uapi/ioctl.h"

static struct uart uarts[MAX_UARTS];

static const struct uart_driver *driver_of(enum uart_kind kind)
{
	return kind == UART_SIFIVE ? &uart_sifive : &uart_ns16550;
}

struct uart *uart_get(unsigned int n)
{
	return n < machine.uart_count ? &uarts[n] : NULL;
}

size_t uart_send(struct uart *uart, const u8 *bytes, size_t size)
{
	size_t sent;

	spin_lock(&uart->lock);
	sent = uart->driver->send(uart, bytes, size);
	spin_unlock(&uart->lock);
	return sent;
}

size_t uart_receive(struct uart *uart, u8 *bytes, size_t size)
{
	size_t count = 0;
	int byte;

	spin_lock(&uart->lock);
	while (count < size && (byte = uart->driver->receive(uart)) >= 0)
		bytes[count++] = (u8)byte;
	spin_unlock(&uart->lock);
	return count;
}

bool uart_is_idle(struct uart *uart)
{
	bool idle;

	spin_lock(&uart->lock);
	idle = !uart->driver->is_idle || uart->driver->is_idle(uart);
	spin_unlock(&uart->lock);
	return idle;
}

void uart_set_line(struct uart *uart, const struct uart_line *line)
{
	if (!uart->driver->set_line || !line->speed)
		return;
	spin_lock(&uart->lock);
	uart->driver->set_line(uart, line);
	spin_unlock(&uart->lock);
}

u32 uart_get_modem(struct uart *uart)
{
	u32 lines;

	spin_lock(&uart->lock);
	lines = uart->modem | uart->driver->get_modem(uart);
	spin_unlock(&uart->lock);
	return lines;
}

void uart_change_modem(struct uart *uart, u32 set, u32 clear)
{
	spin_lock(&uart->lock);
	uart->modem = (uart->modem & ~clear) | set;
	if (uart->driver->set_modem)
		uart->driver->set_modem(uart);
	spin_unlock(&uart->lock);
}

void uart_set_break(struct uart *uart, bool on)
{
	if (!uart->driver->set_break)
		return;
	spin_lock(&uart->lock);
	uart->driver->set_break(uart, on);
	spin_unlock(&uart->lock);
}

void uart_set_interrupts(struct uart *uart, bool receive, bool transmit)
{
	if (!uart->driver->set_interrupts)
		return;
	spin_lock(&uart->lock);
	uart->driver->set_interrupts(uart, receive, transmit);
	spin_unlock(&uart->lock);
}

void uart_write_locked(struct uart *uart, const u8 *bytes, size_t size)
{
	unsigned int patience = UART_PATIENCE;

	while (size > 0) {
		size_t sent = uart->driver->send(uart, bytes, size);

		if (!sent && --patience)
			continue;
		if (!sent)
			sent = 1; /* lost: the device is dead */
		patience = UART_PATIENCE;
		bytes += sent;
		size -= sent;
	}
}

void uart_init(void)
{
	for (unsigned int i = 0; i < machine.uart_count; i++)
		uarts[i] = (struct uart){
			.driver = driver_of(machine.uarts[i].kind),
			.device = &machine.uarts[i],
			.number = machine.uarts[i].line,
			.lock = SPINLOCK_INIT(RANK_CONSOLE),
			.burst = 1,
			.modem = TIOCM_DTR | TIOCM_RTS,
		};
}
