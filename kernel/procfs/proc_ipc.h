/* SPDX-License-Identifier: MIT */
/* System V IPC in /proc: proc_ipc.c. */
#ifndef PROCFS_PROC_IPC_H
#define PROCFS_PROC_IPC_H

#include "procfs/procfs.h"

extern const struct proc_entry proc_sysvipc_entries[]; /* /proc/sysvipc */
extern const struct proc_entry proc_mqueue_entries[];  /* /proc/sys/fs/mqueue */

/* Files of /proc/sys/kernel. */
#define PROC_LIMIT(name)                                                                           \
	int proc_show_##name(struct text *text, struct task_struct *task,                          \
			     const struct proc_node *node);                                        \
	int proc_store_##name(struct task_struct *task, char *value, size_t length)

PROC_LIMIT(shmmax);
PROC_LIMIT(shmall);
PROC_LIMIT(shmmni);
PROC_LIMIT(msgmax);
PROC_LIMIT(msgmnb);
PROC_LIMIT(msgmni);
PROC_LIMIT(sem_limits);

/* Files of /proc/sys/fs/mqueue. */
PROC_LIMIT(queues_max);
PROC_LIMIT(msg_max);
PROC_LIMIT(msg_default);
PROC_LIMIT(msgsize_max);
PROC_LIMIT(msgsize_default);

#endif
