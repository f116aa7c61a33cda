/* SPDX-License-Identifier: MIT */
/*
 * Job control (credentials(7), tty_ioctl(2)): which session a terminal belongs to, which of its
 * process groups is in the foreground, and what happens to the others when they use it.
 *
 * TJ1: tty->session is set exactly while the leader of that session has the terminal in
 *      signal->tty. Other processes of the session may have it there too, none of another
 *      session.
 * All of this is protected by tasklist_lock, as sessions and groups are.
 */
#include "ipc/tty.h"
#include "lib/errno.h"
#include "task/pid.h"
#include "task/signal.h"
#include "task/task.h"

dev_t tty_device(const struct tty *tty)
{
	return tty ? tty->device : 0;
}

pid_t tty_foreground(const struct tty *tty)
{
	return tty && tty->foreground ? tty->foreground : -1;
}

/* --- background --- */

int tty_check_background(struct tty *tty, int signal)
{
	const struct signal_struct *process = current->signal;
	bool background, orphaned;
	pid_t group;

	if (likely(process->tty != tty || process->pgid == READ_ONCE(tty->foreground)))
		return 0;
	spin_lock(&tasklist_lock);
	group = process->pgid;
	background = process->tty == tty && tty->foreground && group != tty->foreground;
	orphaned = background && group_is_orphaned(group, NULL);
	spin_unlock(&tasklist_lock);

	if (!background)
		return 0;
	if (signal_is_ignored_or_blocked(signal))
		return signal == SIGTTIN ? -EIO : 0;
	if (orphaned)
		return -EIO;
	send_signal_group(signal, SEND_SIG_KERNEL, group);
	return -ERESTARTSYS;
}

void tty_signal_foreground(struct tty *tty, int signal)
{
	pid_t group = READ_ONCE(tty->foreground);

	if (group)
		send_signal_group(signal, SEND_SIG_KERNEL, group);
}

/* --- controlling terminals; _locked: tasklist_lock is held --- */

struct tty *tty_of_current(void)
{
	struct tty *tty;

	spin_lock(&tasklist_lock);
	tty = current->signal->tty;
	if (tty)
		tty_get(tty);
	spin_unlock(&tasklist_lock);
	return tty;
}

/* A process of the session loses its terminal; the caller owns one reference more than those
 * taken back here. */
static bool forget_tty(struct task_struct *leader, void *data)
{
	struct tty *tty = data;

	if (leader->signal->tty == tty) {
		leader->signal->tty = NULL;
		tty_put(tty);
	}
	return true;
}

/* The terminal belongs to nobody any more. Its foreground group is returned, 0 for none. */
static pid_t tty_free_session_locked(struct tty *tty)
{
	pid_t group = tty->foreground, session = tty->session;

	tty->session = 0;
	WRITE_ONCE(tty->foreground, 0);
	if (session)
		for_each_in_session (session, forget_tty, tty)
			;
	return group;
}

static int tty_make_controlling_locked(struct tty *tty, bool steal)
{
	struct signal_struct *process = current->signal;

	if (process->tty == tty && tty->session == process->sid)
		return 0;
	if (!process->leader || process->tty)
		return -EPERM;
	if (tty->session) {
		if (!steal)
			return -EPERM;
		tty_free_session_locked(tty);
	}
	tty->session = process->sid;
	WRITE_ONCE(tty->foreground, process->pgid);
	process->tty = tty_get(tty);
	return 0;
}

int tty_make_controlling(struct tty *tty, bool steal)
{
	int result;

	spin_lock(&tasklist_lock);
	result = tty_make_controlling_locked(tty, steal);
	spin_unlock(&tasklist_lock);
	return result;
}

void tty_disassociate(struct task_struct *leader)
{
	struct tty *tty;
	pid_t group;

	spin_lock(&tasklist_lock);
	tty = leader->signal->tty;
	if (!tty || tty->session != leader->signal->sid) {
		spin_unlock(&tasklist_lock);
		return;
	}
	tty_get(tty);
	group = tty_free_session_locked(tty);
	spin_unlock(&tasklist_lock);

	if (group) {
		send_signal_group(SIGHUP, SEND_SIG_KERNEL, group);
		send_signal_group(SIGCONT, SEND_SIG_KERNEL, group);
	}
	tty_put(tty);
}

int tty_give_up(struct tty *tty)
{
	struct signal_struct *process = current->signal;
	bool mine;

	if (process->leader && process->tty == tty) {
		tty_disassociate(current->group_leader);
		return 0;
	}
	spin_lock(&tasklist_lock);
	mine = process->tty == tty;
	if (mine)
		process->tty = NULL;
	spin_unlock(&tasklist_lock);
	if (mine)
		tty_put(tty);
	return mine ? 0 : -ENOTTY;
}

/* --- the foreground group --- */

int tty_get_foreground(struct tty *tty, pid_t *group)
{
	if (current->signal->tty != tty)
		return -ENOTTY;
	*group = READ_ONCE(tty->foreground);
	return 0;
}

int tty_get_session(struct tty *tty, pid_t *session)
{
	*session = READ_ONCE(tty->session);
	return current->signal->tty == tty && *session ? 0 : -ENOTTY;
}

struct session_search {
	pid_t session; /* of some member of the group; 0: the group is empty */
};

static bool find_session(struct task_struct *leader, void *data)
{
	((struct session_search *)data)->session = leader->signal->sid;
	return false;
}

int tty_set_foreground(struct tty *tty, pid_t group)
{
	struct session_search search = { 0 };
	int result = 0;

	spin_lock(&tasklist_lock);
	for_each_in_group (group, find_session, &search)
		;
	if (current->signal->tty != tty || tty->session != current->signal->sid)
		result = -ENOTTY;
	else if (!search.session)
		result = -ESRCH;
	else if (search.session != tty->session)
		result = -EPERM;
	else
		WRITE_ONCE(tty->foreground, group);
	spin_unlock(&tasklist_lock);
	return result;
}
