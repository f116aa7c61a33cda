/* SPDX-License-Identifier: MIT */
/* kill(2)'s checks and sending, for the other calls that send signals. sys_signal.c */
#ifndef ABI_KILL_H
#define ABI_KILL_H

#include "lib/types.h"
#include "task/signal.h"

/* What kill(2) and its like tell of the sender. code: SI_USER, SI_TKILL. */
struct siginfo kill_info(int signal, int code);
/* Sends if current may: to the thread, or its process. Signal 0 only asks. 0, -EPERM, -EINVAL for
 * what is no signal, and as send_signal(). tasklist_lock held. */
int kill_checked(int signal, const struct siginfo *info, struct task_struct *task,
		 bool process) must_check;
/* To all processes of a group: 0, -ESRCH: there are none, -EPERM. Takes tasklist_lock. */
int kill_group(int signal, const struct siginfo *info, pid_t pgid) must_check;

#endif
