/* SPDX-License-Identifier: MIT */
/*
 * UARTs of the 16550 family, polled, at any register distance and access width (the device tree's
 * reg-shift and reg-io-width). The DesignWare variant adds a "busy detect" interrupt, which
 * reading its USR register clears.
 */
#include "arch/io.h"
#include "arch/layout.h"
#include "base/uart.h"

enum ns16550_register {
	NS_DATA = 0,
	NS_INTERRUPT_ENABLE = 1,
	NS_INTERRUPT_ID = 2,
	NS_LINE_STATUS = 5,
	NS_DW_STATUS = 31,
};

enum {
	NS_ENABLE_RECEIVE = 1,
	NS_ID_MASK = 0xf,
	NS_ID_BUSY = 7,
	NS_LINE_DATA = 0x01,
	NS_LINE_ROOM = 0x20,
};

static char *ns16550_address(enum ns16550_register reg)
{
	return (char *)phys_to_virt(paddr(machine.uart.base)) +
	       ((u64)reg << machine.uart.reg_shift);
}

static u8 ns16550_get(enum ns16550_register reg)
{
	if (machine.uart.reg_io_width == 4)
		return (u8)io_read32(ns16550_address(reg));
	return io_read8(ns16550_address(reg));
}

static void ns16550_put(enum ns16550_register reg, u8 value)
{
	if (machine.uart.reg_io_width == 4)
		io_write32(ns16550_address(reg), value);
	else
		io_write8(ns16550_address(reg), value);
}

static void ns16550_write(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned int patience = UART_PATIENCE;

		while (!(ns16550_get(NS_LINE_STATUS) & NS_LINE_ROOM) && --patience)
			;
		ns16550_put(NS_DATA, (u8)text[i]);
	}
}

static int ns16550_read(void)
{
	if (ns16550_get(NS_LINE_STATUS) & NS_LINE_DATA)
		return ns16550_get(NS_DATA);
	if (machine.uart.reg_shift == 2 &&
	    (ns16550_get(NS_INTERRUPT_ID) & NS_ID_MASK) == NS_ID_BUSY)
		ns16550_get(NS_DW_STATUS);
	return -1;
}

static void ns16550_enable_interrupt(void)
{
	ns16550_put(NS_INTERRUPT_ENABLE, NS_ENABLE_RECEIVE);
}

const struct console_driver uart_ns16550 = {
	.name = "ns16550",
	.write = ns16550_write,
	.read = ns16550_read,
	.enable_interrupt = ns16550_enable_interrupt,
};
