/* SPDX-License-Identifier: MIT */
/*
 * Terminals: a line with a program or a wire at its other end, the line discipline, job control.
 *
 * Between the line and the discipline stand two rings of bytes. The driver puts what has come into
 * tty->input and has tty_feed() called in task context; what is to be sent it finds in
 * tty->output, and calls tty_drained() when it has taken some.
 *
 * A hang-up ends the use of the terminal by all who have it open: struct tty_file remembers how
 * many there had been when the file was opened.
 */
#ifndef IPC_TTY_H
#define IPC_TTY_H

#include "fs/vfs.h"
#include "ipc/ldisc.h"
#include "lib/ring.h"
#include "lib/types.h"
#include "sched/mutex.h"
#include "sched/waitq.h"

struct tty;
struct task_struct;

/* What stands behind a terminal. The functions are called without locks, from task context, and
 * may be NULL where said. */
struct tty_driver {
	bool is_pty; /* the other end is a program */
	/* There is output in the ring, or the flow was started again. Does not sleep. */
	void (*start)(struct tty *tty);
	/* Input was taken out of the ring. NULL: nobody waits for that. Does not sleep. */
	void (*unthrottle)(struct tty *tty);
	/* Has all that was taken out of the ring been sent? NULL: yes. */
	bool (*is_idle)(struct tty *tty);
	/* The settings have changed. NULL. */
	void (*set_termios)(struct tty *tty, const struct termios2 *old);
	/* The state of flow (stopped or not), or the flushed queues (TIOCPKT_*) are news for the
	 * other end. NULL. */
	void (*notify)(struct tty *tty, u8 status);
	/* The first file was opened, the last one closed. NULL. */
	void (*opened)(struct tty *tty);
	void (*closed)(struct tty *tty);
	/* Begins or ends a break of the line. NULL: it knows none. */
	void (*set_break)(struct tty *tty, bool on);
	/* Answers an ioctl that is the device's own; -ENOTTY when it is none. NULL: it has none. */
	long (*ioctl)(struct tty *tty, unsigned int command, unsigned long argument);
	/* The last reference is gone. NULL: the terminal is never freed. */
	void (*destroy)(struct tty *tty);
};

enum {
	TTY_CHUNK = 256, /* bytes moved under one hold of a lock */
	TTY_NAME_SIZE = 16,
};

struct tty {
	refcount_t refs; /* [a] open files, processes whose controlling terminal it is */
	dev_t device;	 /* [I] */
	const struct tty_driver *driver; /* [I] */
	char name[TTY_NAME_SIZE];	 /* [I] "ttyS0", "pts/3" */
	pid_t session;		 /* [tasklist_lock] whose controlling terminal it is; 0: nobody's */
	pid_t foreground;	 /* [tasklist_lock] process group in the foreground; 0: none */
	struct mutex read_lock;	 /* MUTEX_TTY: one reader at a time */
	struct mutex write_lock; /* MUTEX_TTY: one writer at a time */
	spinlock_t lock;	 /* RANK_TTY */
	struct ldisc ldisc;	 /* [lock] */
	struct byte_ring input;	 /* [lock] from the line, not seen by the discipline yet */
	struct byte_ring output; /* [lock] to the line */
	struct winsize window;	 /* [lock] */
	struct termios2 fixed;	 /* [lock] bits of the settings that cannot be changed */
	u32 files;		 /* [lock] that are open */
	u32 hangups;		 /* [lock] so far */
	bool exclusive;		 /* [lock] TIOCEXCL */
	bool other_closed;	 /* [lock] of a pty: the other end is closed */
	struct wait_queue read_wait;  /* readers, pollers */
	struct wait_queue write_wait; /* writers that wait for room, pollers */
};

/* What file->private of a terminal's file is. */
struct tty_file {
	struct tty *tty; /* [I] with a reference */
	u32 hangups;	 /* [I] tty->hangups when it was opened */
	bool is_console; /* [I] opened as /dev/console: no hang-up, no job control */
};

extern const struct file_ops tty_file_ops; /* for files that tty_open_file() made */

static inline struct tty *tty_of(const struct file *file)
{
	return ((struct tty_file *)file->private)->tty;
}

static inline bool tty_file_hung_up(const struct file *file)
{
	const struct tty_file *opened = file->private;

	return opened->hangups != READ_ONCE(opened->tty->hangups) && !opened->is_console;
}

static inline struct tty *tty_get(struct tty *tty)
{
	refcount_inc(&tty->refs);
	return tty;
}
/* The last one frees what its driver made. */
void tty_put(struct tty *tty);

/* Makes *tty, whose rings the caller sets, a terminal with Linux's first settings and one
 * reference. */
void tty_setup(struct tty *tty, dev_t device, const struct tty_driver *driver);

/* open(2) of a terminal's device: sets the file's private data and operations. 0, -ENOMEM,
 * -EBUSY (TIOCEXCL). */
int tty_open_file(struct tty *tty, struct file *file, bool is_console) must_check;
/* The same for a terminal's own name: makes it the controlling terminal of a session leader that
 * has none (tty_ioctl(2), TIOCSCTTY). */
int tty_open_line(struct tty *tty, struct file *file) must_check;

/* Ends the terminal's use by all who have it open, as if the line was lost: their reads find the
 * end, their writes EIO. */
void tty_hangup(struct tty *tty);

/* --- between driver and discipline --- */

/* Gives input to the discipline as far as that has room. Task context; does not sleep. */
void tty_feed(struct tty *tty);
/* Output was taken out of the ring: more can go in. Any context, no lock held. */
void tty_drained(struct tty *tty);
/* With tty->lock held: bytes that may be added to the output now. */
u32 tty_output_room(const struct tty *tty);
/* With tty->lock held: drops output that has not been sent. */
void tty_forget_output(struct tty *tty);
/* With tty->lock held: moves echo to the output, as far as there is room. */
void tty_flush_echo(struct tty *tty);
/* Waits until all output has gone out. 0 or -ERESTARTSYS. */
int tty_wait_drained(struct tty *tty) must_check;

/* tty_input.c, tty_output.c, tty_ioctl.c: operations of files. */
ssize_t tty_read(struct file *file, struct uio *uio, loff_t *pos);
ssize_t tty_write(struct file *file, struct uio *uio, loff_t *pos);
long tty_ioctl(struct file *file, unsigned int command, unsigned long argument);

/* Stops or starts output: TCXONC. */
void tty_hold(struct tty *tty, bool held);
/* Parts of ioctl(2) that the master of a pty shares. tty_settings.c: settings and the window;
 * -ENOTTY: another command. */
long tty_mode_ioctl(struct tty *tty, unsigned int command, unsigned long argument);
long tty_set_group(struct tty *tty, uaddr_t from);				/* TIOCSPGRP */
long tty_take_control(struct file *file, struct tty *tty, unsigned long steal); /* TIOCSCTTY */

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
bool tty_is_mine(const struct tty *tty);	      /* the controlling terminal of current */
int tty_set_foreground(struct tty *tty, pid_t group); /* 0, -ENOTTY, -EPERM, -ESRCH */
/* Sends a signal to the foreground group. */
void tty_signal_foreground(struct tty *tty, int signal);
/* The terminal is nobody's any more. hang_up: its session's leader gets SIGHUP and SIGCONT. */
void tty_leave_session(struct tty *tty, bool hang_up);

/* Number for /proc/pid/stat's tty_nr, and the foreground group; 0, -1 when tty is NULL. */
dev_t tty_device(const struct tty *tty);
pid_t tty_foreground(const struct tty *tty);
/* A session leader exits: the foreground group is told, the terminal is free. Task context. */
void tty_disassociate(struct task_struct *leader);

/* --- the devices --- */

/* serial.c: the terminal on the kernel's console. */
struct tty *serial_console(void);
/* Sends all output that waits, polling: before the machine stops. */
void serial_drain(void);
void serial_init(void); /* registers /dev/ttyS0 and the like */

/* TIOCCONS: what is written to /dev/console goes to this file's terminal instead. 0, -EPERM,
 * -EBADF, -EBUSY. A file of /dev/console itself: that ends. */
int console_redirect(struct file *file) must_check;
/* Where it goes, with a reference; NULL: to the console. */
struct file *console_redirected(void);
/* The terminal is hung up. */
void console_end_redirect(const struct tty *tty);

/* Registers /dev/console, /dev/tty and all terminals. */
void tty_init(void);

#endif
