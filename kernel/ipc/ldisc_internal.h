/* SPDX-License-Identifier: MIT */
/* Between the two files of the line discipline: input (ldisc.c) and output with echo
 * (ldisc_output.c). */
#ifndef IPC_LDISC_INTERNAL_H
#define IPC_LDISC_INTERNAL_H

#include "ipc/ldisc.h"

u8 ldisc_byte(const struct ldisc *ldisc, u32 position);

/* Shown as ^X when ECHOCTL is set: what is below blank but TAB, and DEL. */
static inline bool ldisc_is_control(u8 character)
{
	return (character < ' ' && character != '\t') || character == 0x7f;
}

/* Adds a typed character to the echo, a control character as ^X. */
void ldisc_echo(struct ldisc *ldisc, u8 character);
/* Adds what it is, through output processing. */
void ldisc_echo_raw(struct ldisc *ldisc, u8 character);

#endif
