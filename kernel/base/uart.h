/* SPDX-License-Identifier: MIT */
/*
 * Drivers of console devices, for base/console.c. They are polled, keep no state but the address
 * of their registers, and leave the line's settings as the firmware made them.
 */
#ifndef BASE_UART_H
#define BASE_UART_H

#include "base/machine.h"

struct console_driver {
	const char *name;
	/* Sends all bytes; waits for the device, but not for ever. */
	void (*write)(const char *text, size_t size);
	/* A byte that has come, or -1. */
	int (*read)(void);
	/* Makes the device interrupt when a byte comes; NULL: it cannot. */
	void (*enable_interrupt)(void);
};

extern const struct console_driver uart_ns16550; /* also the DesignWare one: "snps,dw-apb-uart" */
extern const struct console_driver uart_sifive;
extern const struct console_driver console_sbi;

/* Rounds of polling after which a device is taken for dead and the byte is dropped. */
enum { UART_PATIENCE = 1 << 20 };

#endif
