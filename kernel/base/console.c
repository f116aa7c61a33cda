/* SPDX-License-Identifier: MIT */
/*
 * The kernel's console: raw characters to and from one polled device (base/log.h).
 *
 * It is the firmware's console from the first line on, and the device tree's UART once
 * console_init() has found one that has a driver. console_lock (RANK_CONSOLE) keeps one writer's
 * buffer in one piece. A panic takes it only if it is free; if not, the UART may be what the panic
 * is about, and the firmware's console serves.
 */
#include "arch/sbi.h"
#include "base/irq.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/panic.h"
#include "base/uart.h"
#include "lib/string.h"

static spinlock_t console_lock = SPINLOCK_INIT(RANK_CONSOLE);
static const struct console_driver *driver; /* set at boot only */
static bool has_interrupt;		    /* likewise */
static void (*receiver)(char character);    /* [a] */

/* The firmware wants physical addresses, and a caller's buffer may lie on a mapped stack. */
static void sbi_driver_write(const char *text, size_t size)
{
	static char bounce[256]; /* [console_lock] */

	while (size > 0) {
		size_t part = MIN(size, sizeof(bounce));

		memcpy(bounce, text, part);
		sbi_console_write(bounce, part);
		text += part;
		size -= part;
	}
}

const struct console_driver console_sbi = {
	.name = "sbi",
	.write = sbi_driver_write,
	.read = sbi_console_read,
};

void console_write(const char *text, size_t size)
{
	bool locked = true;

	if (!driver)
		return;
	if (unlikely(panic_in_progress()))
		locked = spin_trylock(&console_lock);
	else
		spin_lock(&console_lock);
	(locked ? driver : &console_sbi)->write(text, size);
	if (locked)
		spin_unlock(&console_lock);
}

int console_poll(void)
{
	return driver ? driver->read() : -1;
}

static void console_interrupt(unsigned int source)
{
	void (*receive)(char) = load_acquire(&receiver);
	int byte;

	while ((byte = driver->read()) >= 0)
		if (receive)
			receive((char)byte);
}

void console_set_receiver(void (*receive)(char character))
{
	store_release(&receiver, receive);
	if (has_interrupt)
		driver->enable_interrupt();
}

bool console_has_interrupt(void)
{
	return has_interrupt;
}

void console_init_early(void)
{
	driver = &console_sbi;
}

void console_init(void)
{
	switch (machine.uart.kind) {
	case UART_NONE: return;
	case UART_NS16550: driver = &uart_ns16550; break;
	case UART_SIFIVE: driver = &uart_sifive; break;
	}
	has_interrupt = machine.uart.irq && !irq_register(machine.uart.irq, console_interrupt);
}
