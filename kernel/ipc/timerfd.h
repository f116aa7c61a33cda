/* SPDX-License-Identifier: MIT */
/* Timers with a descriptor: timerfd_create(2). */
#ifndef IPC_TIMERFD_H
#define IPC_TIMERFD_H

#include "fs/vfs.h"

enum {
	TFD_CLOEXEC = O_CLOEXEC,
	TFD_NONBLOCK = O_NONBLOCK,
	TFD_TIMER_ABSTIME = 1,
	TFD_TIMER_CANCEL_ON_SET = 2,
	/* _IOW('T', 0, u64) */
	TFD_IOC_SET_TICKS = 0x40085400,
};

struct timerfd_setting {
	nsec_t left;	 /* until it fires, or when it is to (TFD_TIMER_ABSTIME); 0: not armed */
	nsec_t interval; /* from then on, 0: once */
};

/* A timer that is not armed, on CLOCK_REALTIME or else on the monotonic clock. alarm: only those
 * who may wake the machine may set it. ERR_PTR(-ENOMEM), (-ENFILE). May sleep. */
struct file *timerfd_create(bool realtime, bool alarm, u32 flags) must_check;
bool file_is_timerfd(const struct file *file);

/* timerfd_settime(2): 0, -EPERM (alarm), -ECANCELED: the clock was set since the last look, the
 * timer is armed nevertheless. old: as timerfd_get() before. */
int timerfd_set(struct file *file, u32 flags, const struct timerfd_setting *setting,
		struct timerfd_setting *old) must_check;
/* timerfd_gettime(2): left is relative. */
void timerfd_get(struct file *file, struct timerfd_setting *setting);

/* CLOCK_REALTIME was set: tells those who asked for it. Task context. */
void timerfd_clock_was_set(void);

#endif
