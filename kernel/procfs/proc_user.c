/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc/pid that tell for whom a task is: who logged in (loginuid, sessionid), and how the
 * name space of users maps ids (uid_map, gid_map, projid_map, setgroups). There is one such name
 * space, in which every id stands for itself.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "procfs/procfs.h"
#include "task/cred.h"
#include "task/task.h"

/* --- who logged in --- */

int proc_show_login_uid(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%u", READ_ONCE(task->login_uid));
	return 0;
}

int proc_show_login_session(struct text *text, struct task_struct *task,
			    const struct proc_node *node)
{
	text_printf(text, "%u", READ_ONCE(task->login_session));
	return 0;
}

/* Sessions are numbered from 1; nobody's are ID_NOBODY. */
static u32 new_session(void)
{
	static u32 last;

	return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

/* A program that logs a user in says so once, for itself and its children. */
int proc_store_login_uid(struct task_struct *task, char *value, size_t length)
{
	u64 uid;
	int error;

	if (task != current)
		return -EPERM;
	error = proc_parse_number(value, &uid);
	if (error || uid > UINT32_MAX)
		return -EINVAL;
	if (current->login_uid != LOGIN_NOBODY && !capable(CAP_AUDIT_CONTROL))
		return -EPERM;
	current->login_uid = (uid_t)uid;
	current->login_session = uid == LOGIN_NOBODY ? LOGIN_NOBODY : new_session();
	return 0;
}

/* --- the name space of users --- */

/* First id inside, first outside, how many. */
int proc_show_id_map(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "%10u %10u %10u\n", 0, 0, UINT32_MAX);
	return 0;
}

int proc_store_id_map(struct task_struct *task, char *value, size_t length)
{
	return -EPERM; /* the first name space's map is fixed */
}

int proc_show_setgroups(struct text *text, struct task_struct *task, const struct proc_node *node)
{
	text_printf(text, "allow\n");
	return 0;
}

/* Who may say "deny" could only do so before there was a map. */
int proc_store_setgroups(struct task_struct *task, char *value, size_t length)
{
	char *end = strchr(value, '\n');

	if (end)
		*end = '\0';
	if (strcmp(value, "deny") == 0)
		return -EPERM;
	return strcmp(value, "allow") == 0 ? 0 : -EINVAL;
}
