/* SPDX-License-Identifier: MIT */
/*
 * Pseudo-terminals, pty(7): a terminal (the slave) whose line ends at an open file (the master).
 */
#ifndef IPC_PTY_H
#define IPC_PTY_H

#include "fs/devpts.h"
#include "ipc/tty.h"

struct pty {
	struct tty tty;		      /* the slave; first: pty_of() */
	struct devpts_slave slave;    /* [I] */
	struct mutex read_lock;	      /* MUTEX_TTY: one reader of the master at a time */
	struct mutex write_lock;      /* MUTEX_TTY: one writer */
	struct wait_queue read_wait;  /* of the master: output, packet status */
	struct wait_queue write_wait; /* of the master: room for input */
	bool locked;		      /* [tty.lock] TIOCSPTLCK: the slave cannot be opened */
	bool packet;		      /* [tty.lock] TIOCPKT */
	bool stopped;		      /* [tty.lock] TCXONC at the master */
	bool slave_closed;	      /* [tty.lock] it was open, and is not any more */
	u8 status;		      /* [tty.lock] TIOCPKT_* to be read in packet mode */
	u8 *rings;		      /* [I] memory of the terminal's rings */
};

static inline struct pty *pty_of(struct tty *tty)
{
	return (struct pty *)tty;
}

extern const struct file_ops pty_master_ops; /* pty_master.c; private is a pty, with a reference */

void pty_init(void);

#endif
