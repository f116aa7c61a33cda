/* SPDX-License-Identifier: MIT */
/*
 * SiFive's UART (FU540-C000 manual, chapter 13), polled. Reading its receive register takes a
 * byte out.
 */
#include "arch/io.h"
#include "arch/layout.h"
#include "base/uart.h"

enum sifive_register {
	SIFIVE_TRANSMIT = 0x00,
	SIFIVE_RECEIVE = 0x04,
	SIFIVE_RECEIVE_CONTROL = 0x0c,
	SIFIVE_INTERRUPT_ENABLE = 0x10,
};

#define SIFIVE_FULL_OR_EMPTY (1u << 31)
#define SIFIVE_RECEIVE_ENABLE 1u /* watermark 0: one byte is enough to interrupt */
#define SIFIVE_INTERRUPT_RECEIVE 2u

static char *sifive_address(enum sifive_register reg)
{
	return (char *)phys_to_virt(paddr(machine.uart.base)) + reg;
}

static void sifive_write(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned int patience = UART_PATIENCE;

		while ((io_read32(sifive_address(SIFIVE_TRANSMIT)) & SIFIVE_FULL_OR_EMPTY) &&
		       --patience)
			;
		io_write32(sifive_address(SIFIVE_TRANSMIT), (u8)text[i]);
	}
}

static int sifive_read(void)
{
	u32 received = io_read32(sifive_address(SIFIVE_RECEIVE));

	return received & SIFIVE_FULL_OR_EMPTY ? -1 : (int)(received & 0xff);
}

static void sifive_enable_interrupt(void)
{
	io_write32(sifive_address(SIFIVE_RECEIVE_CONTROL), SIFIVE_RECEIVE_ENABLE);
	io_write32(sifive_address(SIFIVE_INTERRUPT_ENABLE), SIFIVE_INTERRUPT_RECEIVE);
}

const struct console_driver uart_sifive = {
	.name = "sifive",
	.write = sifive_write,
	.read = sifive_read,
	.enable_interrupt = sifive_enable_interrupt,
};
