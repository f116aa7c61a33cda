/* SPDX-License-Identifier: MIT */
/*
 * Terminals: line discipline, job control, and the console's terminal.
 */
#ifndef IPC_TTY_H
#define IPC_TTY_H

#include "fs/vfs.h"
#include "ipc/ldisc.h"
#include "lib/types.h"
#include "sched/mutex.h"
#include "sched/waitq.h"

struct tty;
struct task_struct;

/* What stands behind a terminal. */
struct tty_driver {
	/* Sends bytes. Task context, may sleep, at most TTY_CHUNK bytes a call. */
	void (*write)(struct tty *tty, const u8 *bytes, size_t size);
	/* Answers an ioctl that is the device's own; -ENOTTY when it is none. NULL: it has none. */
	long (*ioctl)(struct tty *tty, unsigned int command, unsigned long argument);
	/* The last reference is gone. NULL: the terminal is never freed. */
	void (*destroy)(struct tty *tty);
};

enum { TTY_CHUNK = 256 };

struct tty {
	refcount_t refs; /* [a] open files, processes whose controlling terminal it is */
	dev_t device;	 /* [I] */
	const struct tty_driver *driver; /* [I] */
	pid_t session;		 /* [tasklist_lock] whose controlling terminal it is; 0: nobody's */
	pid_t foreground;	 /* [tasklist_lock] process group in the foreground; 0: none */
	struct mutex read_lock;	 /* MUTEX_TTY: one reader at a time */
	struct mutex write_lock; /* MUTEX_TTY: one writer at a time */
	spinlock_t lock;	 /* RANK_TTY */
	struct ldisc ldisc;	 /* [lock] */
	struct winsize window;	 /* [lock] */
	struct wait_queue read_wait;  /* readers, pollers */
	struct wait_queue write_wait; /* writers that wait for START, pollers */
};

extern const struct file_ops tty_file_ops; /* for files whose private is a referenced tty */

static inline struct tty *tty_get(struct tty *tty)
{
	refcount_inc(&tty->refs);
	return tty;
}
void tty_put(struct tty *tty);

/* Makes *tty a terminal with Linux's first settings and one reference. */
void tty_setup(struct tty *tty, dev_t device, const struct tty_driver *driver);
/* Characters from the line: editing, echo, signals. Task context. */
void tty_receive(struct tty *tty, const u8 *bytes, size_t size);
/* open(2) of a terminal's device: takes a reference for file->private, and, where may_control,
 * makes it the controlling terminal of a session leader that has none (tty_ioctl(2), TIOCSCTTY). */
void tty_attach_file(struct tty *tty, struct file *file, bool may_control);

/* ioctl(2) of all terminals; tty_ioctl.c. */
long tty_ioctl(struct file *file, unsigned int command, unsigned long argument);

/* --- job control: tty_job.c. All take tasklist_lock themselves --- */

/* Current uses its controlling terminal from the background: signal is SIGTTIN (it reads) or
 * SIGTTOU (it writes, changes settings). 0: go on; -EIO; -ERESTARTSYS after the group was sent
 * the signal. */
int tty_check_background(struct tty *tty, int signal);
/* Makes it the controlling terminal of current's session. steal: even if it is another's. 0 or
 * -EPERM. */
int tty_make_controlling(struct tty *tty, bool steal);
/* TIOCNOTTY. 0 or -ENOTTY. */
int tty_give_up(struct tty *tty);
/* The controlling terminal of current with a reference, or NULL. */
struct tty *tty_of_current(void);
int tty_get_foreground(struct tty *tty, pid_t *group); /* 0 or -ENOTTY */
int tty_set_foreground(struct tty *tty, pid_t group);  /* 0, -ENOTTY, -EPERM, -ESRCH */
int tty_get_session(struct tty *tty, pid_t *session);  /* 0 or -ENOTTY */
/* Sends a signal to the foreground group. */
void tty_signal_foreground(struct tty *tty, int signal);

/* Number for /proc/pid/stat's tty_nr, and the foreground group; 0, -1 when tty is NULL. */
dev_t tty_device(const struct tty *tty);
pid_t tty_foreground(const struct tty *tty);
/* A session leader exits: SIGHUP and SIGCONT to the foreground group, the terminal is free. Task
 * context. */
void tty_disassociate(struct task_struct *leader);

/* Registers /dev/console, /dev/tty, /dev/ttyS0. The first open of one takes the console's input. */
void tty_init(void);

#endif
