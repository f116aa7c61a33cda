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

bool tty_is_mine(const struct tty *tty)
{
	return READ_ONCE(current->signal->tty) == tty;
}

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

/* How a session loses its terminal. */
struct parting {
	struct tty *tty; /* with a reference more than those that are taken back */
	bool hang_up;
};

static bool part_from(struct task_struct *leader, void *data)
{
	struct signal_struct *process = leader->signal;
	const struct parting *parting = data;

	if (process->leader && parting->hang_up) {
		send_signal_process(SIGHUP, SEND_SIG_KERNEL, leader);
		send_signal_process(SIGCONT, SEND_SIG_KERNEL, leader);
		process->tty_old_group = parting->tty->foreground;
	}
	if (process->tty == parting->tty) {
		process->tty = NULL;
		tty_put(parting->tty);
	}
	return true;
}

static void tty_leave_session_locked(struct tty *tty, bool hang_up)
{
	struct parting parting = { tty, hang_up };

	if (tty->session)
		session_visit(tty->session, part_from, &parting);
	tty->session = 0;
	WRITE_ONCE(tty->foreground, 0);
}

void tty_leave_session(struct tty *tty, bool hang_up)
{
	spin_lock(&tasklist_lock);
	tty_leave_session_locked(tty, hang_up);
	spin_unlock(&tasklist_lock);
}

static int tty_make_controlling_locked(struct tty *tty, bool steal)
{
	struct signal_struct *process = current->signal;

	if (process->leader && tty->session == process->sid)
		return 0;
	if (!process->leader || process->tty)
		return -EPERM;
	if (tty->session) {
		if (!steal)
			return -EPERM;
		tty_leave_session_locked(tty, false);
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

static void hang_up_group(pid_t group, bool go_on)
{
	if (!group)
		return;
	send_signal_group(SIGHUP, SEND_SIG_KERNEL, group);
	if (go_on)
		send_signal_group(SIGCONT, SEND_SIG_KERNEL, group);
}

/* The leader ends. A serial line is hung up for all who have it open; at a pty that is up to who
 * holds the other end. */
void tty_disassociate(struct task_struct *leader)
{
	struct tty *tty;
	pid_t group, old_group;

	spin_lock(&tasklist_lock);
	tty = leader->signal->tty;
	if (tty)
		tty_get(tty);
	group = tty ? tty->foreground : 0;
	old_group = tty ? 0 : leader->signal->tty_old_group;
	leader->signal->tty_old_group = 0;
	if (tty)
		tty_leave_session_locked(tty, false);
	spin_unlock(&tasklist_lock);

	if (tty && !tty->driver->is_pty)
		tty_hangup(tty);
	hang_up_group(group, false);
	hang_up_group(old_group, true);
	if (tty)
		tty_put(tty);
}

/* The leader gives up its session's terminal; another process its own part only. */
int tty_give_up(struct tty *tty)
{
	struct signal_struct *process = current->signal;
	pid_t group = 0;
	bool mine;

	spin_lock(&tasklist_lock);
	mine = process->tty == tty;
	if (mine && process->leader) {
		group = tty->foreground;
		tty_leave_session_locked(tty, false);
	} else if (mine) {
		process->tty = NULL;
		tty_put(tty);
	}
	spin_unlock(&tasklist_lock);
	hang_up_group(group, true);
	return mine ? 0 : -ENOTTY;
}

/* --- the foreground group --- */

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
	group_visit(group, find_session, &search);
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
