/* SPDX-License-Identifier: MIT */
/*
 * System V IPC in /proc: the tables /proc/sysvipc/{shm,sem,msg} that ipcs(1) reads, and the limits
 * in /proc/sys/kernel (proc_sys_kernel(5)).
 */
#include "ipc/mqueue.h"
#include "ipc/sysv_msg.h"
#include "ipc/sysv_sem.h"
#include "ipc/sysv_shm.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "mm/page.h"
#include "procfs/proc_ipc.h"

/* --- tables --- */

static void show_names(struct text *text, const struct ipc64_perm *perm, u64 index)
{
	int id = (int)((u32)perm->sequence << SYSV_INDEX_BITS | (u32)index);

	text_printf(text, "%10d %10d  %4o ", perm->key, id, perm->mode);
}

static void show_owners(struct text *text, const struct ipc64_perm *perm)
{
	text_printf(text, "%5u %5u %5u %5u ", perm->uid, perm->gid, perm->cuid, perm->cgid);
}

static int show_shm(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct shm_report report;
	const struct shmid64_ds *stat = &report.stat;

	text_printf(text,
		    "       key      shmid perms                  size  cpid  lpid nattch   "
		    "uid   gid  cuid  cgid      atime      dtime      ctime                   "
		    "rss                  swap\n");
	for (u64 index = 0; shm_next(&index, &report); index++) {
		show_names(text, &stat->perm, index);
		text_printf(text, "%21lu %5u %5u  %5lu ", stat->size, (u32)stat->cpid,
			    (u32)stat->lpid, stat->attached);
		show_owners(text, &stat->perm);
		text_printf(text, "%10ld %10ld %10ld %21lu %21d\n", stat->atime, stat->dtime,
			    stat->ctime, report.pages * PAGE_SIZE, 0);
	}
	return 0;
}

static int show_sem(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct semid64_ds stat;

	text_printf(text,
		    "       key      semid perms      nsems   uid   gid  cuid  cgid      otime"
		    "      ctime\n");
	for (u64 index = 0; sem_next(&index, &stat); index++) {
		show_names(text, &stat.perm, index);
		text_printf(text, "%10lu ", stat.count);
		show_owners(text, &stat.perm);
		text_printf(text, "%10ld %10ld\n", stat.otime, stat.ctime);
	}
	return 0;
}

static int show_msg(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	struct msqid64_ds stat;

	text_printf(text, "       key      msqid perms      cbytes       qnum lspid lrpid   uid   "
			  "gid  cuid  cgid      stime      rtime      ctime\n");
	for (u64 index = 0; msg_next(&index, &stat); index++) {
		show_names(text, &stat.perm, index);
		text_printf(text, " %10lu %10lu %5u %5u ", stat.bytes, stat.count, (u32)stat.lspid,
			    (u32)stat.lrpid);
		show_owners(text, &stat.perm);
		text_printf(text, "%10ld %10ld %10ld\n", stat.stime, stat.rtime, stat.ctime);
	}
	return 0;
}

#define TABLE(name_, show_)                                                                        \
	{                                                                                          \
		.name = (name_), .mode = S_IFREG | 0444, .show = (show_)                           \
	}

const struct proc_entry proc_sysvipc_entries[] = {
	TABLE("msg", show_msg),
	TABLE("sem", show_sem),
	TABLE("shm", show_shm),
	{ 0 },
};

/* --- limits --- */

/* One write's numbers, up to count of them, into values; how many there were, or -EINVAL. */
static int parse_numbers(const char *text, u64 *values, int count)
{
	int found = 0;

	for (;;) {
		const char *end;

		while (*text == ' ' || *text == '\t' || *text == '\n')
			text++;
		if (!*text || found == count)
			return found;
		values[found] = parse_number(text, &end, 10);
		if (end == text)
			return -EINVAL;
		found++;
		text = end;
	}
}

/* A limit: the two functions of its file. */
#define LIMIT(name, field, type, least, most)                                                      \
	int proc_show_##name(struct text *text, struct task_struct *task,                          \
			     const struct proc_node *node)                                         \
	{                                                                                          \
		text_printf(text, "%lu\n", (u64)READ_ONCE(field));                                 \
		return 0;                                                                          \
	}                                                                                          \
	int proc_store_##name(struct task_struct *task, char *value, size_t length)                \
	{                                                                                          \
		u64 number;                                                                        \
                                                                                                   \
		if (parse_numbers(value, &number, 1) != 1 || number - (least) > (most) - (least))  \
			return -EINVAL;                                                            \
		WRITE_ONCE(field, (type)number);                                                   \
		return 0;                                                                          \
	}

LIMIT(shmmax, init_ipc.shm_max, u64, (u64)0, ~(u64)0)
LIMIT(shmall, init_ipc.shm_all, u64, (u64)0, ~(u64)0)
LIMIT(shmmni, init_ipc.shm.limit, u32, (u64)0, (u64)SYSV_MAX)
LIMIT(msgmax, init_ipc.msg_max, u32, (u64)0, (u64)INT32_MAX)
LIMIT(msgmnb, init_ipc.msg_queue_max, u32, (u64)0, (u64)INT32_MAX)
LIMIT(msgmni, init_ipc.msg.limit, u32, (u64)0, (u64)SYSV_MAX)

/* /proc/sys/kernel/sem: SEMMSL, SEMMNS, SEMOPM, SEMMNI. */
int proc_show_sem_limits(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%u\t%u\t%u\t%u\n", init_ipc.sem_max, init_ipc.sem_all,
		    init_ipc.sem_operations, init_ipc.sem.limit);
	return 0;
}

int proc_store_sem_limits(struct task_struct *task, char *value, size_t length)
{
	u32 *const fields[] = { &init_ipc.sem_max, &init_ipc.sem_all, &init_ipc.sem_operations,
				&init_ipc.sem.limit };
	u64 numbers[ARRAY_SIZE(fields)];
	int count = parse_numbers(value, numbers, ARRAY_SIZE(fields));

	if (count < 1)
		return -EINVAL;
	for (int i = 0; i < count; i++)
		if (numbers[i] > INT32_MAX)
			return -EINVAL;
	if (count == ARRAY_SIZE(fields) && numbers[count - 1] > SYSV_MAX)
		return -ERANGE;
	for (int i = 0; i < count; i++)
		WRITE_ONCE(*fields[i], (u32)numbers[i]);
	return 0;
}

/* --- POSIX message queues: /proc/sys/fs/mqueue --- */

LIMIT(queues_max, mq_limits.queues_max, u32, (u64)0, (u64)INT32_MAX)
LIMIT(msg_max, mq_limits.messages_max, u32, (u64)1, (u64)MQ_MESSAGES_HARD)
LIMIT(msg_default, mq_limits.messages_default, u32, (u64)1, (u64)MQ_MESSAGES_HARD)
LIMIT(msgsize_max, mq_limits.size_max, u32, (u64)128, (u64)MQ_SIZE_HARD)
LIMIT(msgsize_default, mq_limits.size_default, u32, (u64)128, (u64)MQ_SIZE_HARD)

#define MQUEUE_LIMIT(name_)                                                                        \
	{                                                                                          \
		.name = #name_, .mode = S_IFREG | 0644, .show = proc_show_##name_,                 \
		.store = proc_store_##name_                                                        \
	}

const struct proc_entry proc_mqueue_entries[] = {
	MQUEUE_LIMIT(queues_max),  MQUEUE_LIMIT(msg_max),	  MQUEUE_LIMIT(msg_default),
	MQUEUE_LIMIT(msgsize_max), MQUEUE_LIMIT(msgsize_default), { 0 },
};
