/* SPDX-License-Identifier: MIT */
/*
 * Waiting for children: what wait4(2) and waitid(2) have in common.
 */
#ifndef TASK_WAIT_H
#define TASK_WAIT_H

#include "lib/types.h"
#include "uapi/process.h"

struct pid_handle;
struct task_struct;

struct wait_request {
	/* The question. */
	enum wait_id type;
	pid_t id;		   /* P_PID, P_PGID */
	struct pid_handle *handle; /* P_PIDFD */
	u32 options;		   /* WEXITED, WSTOPPED, WCONTINUED, WNOHANG, WNOWAIT, WAIT_* */
	struct rusage *usage;	   /* to be filled in, or NULL */
	/* The answer. */
	int code;   /* CLD_* */
	int status; /* as wait4 tells it */
	uid_t uid;
	/* Private to wait.c. */
	bool has_children;	    /* there is somebody to wait for */
	struct task_struct *reaped; /* to be finished without locks */
	struct task_struct *leader; /* of the reaped thread: to be released with it */
};

/* Waits as asked. The child's pid, 0 with WNOHANG when none is ready, -ECHILD, -ERESTARTSYS. May
 * sleep. */
pid_t do_wait(struct wait_request *request);

/* getrusage(2). who: RUSAGE_*. */
void get_rusage(int who, struct rusage *usage);

#endif
