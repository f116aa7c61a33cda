/* SPDX-License-Identifier: MIT */
/*
 * Who gets signals about an open file: F_SETOWN, F_SETSIG, O_ASYNC (fcntl(2)).
 */
#ifndef FS_FILE_OWNER_H
#define FS_FILE_OWNER_H

#include "fs/vfs.h"
#include "sched/waitq.h"
#include "uapi/fcntl.h"

enum { OWNER_HOOKS = 3 }; /* queues that a file may have */

/* A place on one of the file's wait queues, while it has O_ASYNC. */
struct owner_hook {
	struct waiter waiter;
	struct file_owner *owner; /* [I] */
	struct wait_queue *queue; /* [I] */
};

struct file_owner {
	struct file *file;	 /* [I] whose it is; freed with it */
	pid_t id;		 /* [owner_lock] of the task or group; 0: nobody */
	nsec_t start_time;	 /* [owner_lock] of the task: ids are used again */
	u8 type;		 /* [owner_lock] enum owner_type */
	u8 signal;		 /* [owner_lock] F_SETSIG; 0: SIGIO */
	uid_t uid, euid;	 /* [owner_lock] of who chose the owner */
	int fd;			 /* [owner_lock] by which O_ASYNC was set */
	u32 hooks;		 /* [owner_lock] in use of hook */
	u32 news;		 /* [a] poll events since the last look; NEWS_UNKNOWN */
	u32 queued;		 /* [a] 1: on the list of those that have news */
	struct file_owner *next; /* [who takes the list] */
	struct owner_hook hook[OWNER_HOOKS];
};

/* fcntl(2)'s F_SETOWN: a process, or a group below 0; F_SETOWN_EX; F_SETSIG. 0, -ESRCH, -EINVAL,
 * -ENOMEM. */
int file_set_owner_number(struct file *file, int number) must_check;
int file_set_owner(struct file *file, const struct f_owner_ex *owner) must_check;
int file_set_owner_signal(struct file *file, unsigned long signal) must_check;
int file_get_owner_number(const struct file *file);
struct f_owner_ex file_get_owner(const struct file *file);
int file_get_owner_signal(const struct file *file);

/* Sets or clears O_ASYNC, of a file whose operations have async. 0, -ENOMEM. */
int file_set_async(struct file *file, int fd, bool on) must_check;
/* Tells the owner of urgent data: SIGURG. Task context, no locks. */
void file_owner_urgent(struct file *file);
/* Sends the owner a signal with that code and band about a descriptor, SIGIO without F_SETSIG. Task
 * context, no locks. */
void file_owner_tell(struct file *file, int fd, int code, u32 band);
/* Makes current the owner of a file that has none: 0, -ENOMEM; takes owner and F_SETSIG away. */
int file_owner_default(struct file *file) must_check;
void file_owner_forget(struct file *file);
/* Sends what has not been sent yet. No locks held. */
void file_owner_send(void);
/* The file is being closed for good, before its release operation. */
void file_owner_release(struct file *file);

#endif
