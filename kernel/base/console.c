/* SPDX-License-Identifier: MIT */
/*
 * The kernel's console: raw text to one UART, polled (base/log.h).
 *
 * It is the firmware's console from the first line on, and once console_init() has run the UART
 * that the last console= of the command line names which the machine has, or else the device
 * tree's stdout-path. The UART's lock keeps one writer's buffer in one piece. A panic takes it
 * only if it is free; if not, the UART may be what the panic is about, and the firmware's console
 * serves.
 */
#include "arch/sbi.h"
#include "base/log.h"
#include "base/panic.h"
#include "base/uart.h"
#include "lib/format.h"
#include "lib/string.h"

/* The firmware wants physical addresses, and a caller's buffer may lie on a mapped stack. */
static size_t firmware_send(struct uart *uart, const u8 *bytes, size_t size)
{
	static char bounce[256]; /* [uart->lock] */
	size_t part = MIN(size, sizeof(bounce));

	memcpy(bounce, bytes, part);
	sbi_console_write(bounce, part);
	return part;
}

static int firmware_receive(struct uart *uart)
{
	return sbi_console_read();
}

static const struct uart_driver firmware_driver = {
	.tty_name = "hvc",
	.major = 229,
	.send = firmware_send,
	.receive = firmware_receive,
};

static struct uart firmware_uart = {
	.driver = &firmware_driver,
	.lock = SPINLOCK_INIT(RANK_CONSOLE),
};
static struct uart *console; /* set at boot only */

void console_write(const char *text, size_t size)
{
	struct uart *uart = console;
	bool locked = true;

	if (!uart)
		return;
	if (unlikely(panic_in_progress()))
		locked = spin_trylock(&uart->lock);
	else
		spin_lock(&uart->lock);
	uart_write_locked(locked ? uart : &firmware_uart, (const u8 *)text, size);
	if (locked)
		spin_unlock(&uart->lock);
}

struct uart *console_uart(void)
{
	return console;
}

/* Whether a console= names a UART: "ttyS1", maybe with settings behind a comma. */
static bool is_named(const struct uart *uart, const char *value)
{
	size_t length = strlen(uart->driver->tty_name);
	const char *end;

	if (strncmp(value, uart->driver->tty_name, length) != 0)
		return false;
	value += length;
	return parse_number(value, &end, 10) == uart->number && end != value &&
	       (!*end || *end == ',');
}

static struct uart *find_named(const char *value)
{
	struct uart *uart;

	for (unsigned int n = 0; (uart = uart_get(n)); n++)
		if (is_named(uart, value))
			return uart;
	return is_named(&firmware_uart, value) ? &firmware_uart : NULL;
}

/* The last console= that names a UART of this machine; NULL. */
static struct uart *find_wanted(void)
{
	struct uart *uart = NULL;
	const char *value;

	for (unsigned int n = 0; !uart && (value = cmdline_value("console", n)); n++)
		uart = find_named(value);
	return uart;
}

void console_init_early(void)
{
	console = &firmware_uart;
}

void console_init(void)
{
	struct uart *wanted = find_wanted();

	if (!wanted && machine.console_uart >= 0)
		wanted = uart_get((unsigned int)machine.console_uart);
	if (wanted)
		console = wanted;
}
