/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2): events of fork, vfork, clone, exec and exit, seized tracees in group stops, threads,
 * and the end of a tracer.
 */
#include <pthread.h>

#include "trace.h"

/* --- making tasks --- */

static int fork_once(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(3);
	return exits_with(pid, 3) ? 0 : 1;
}

static void fork_event(void)
{
	pid_t pid = traced_child(fork_once, PTRACE_O_TRACEFORK), child;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_FORK)));
	child = (pid_t)event_message(pid);
	CHECK(child > 0 && stops_with(child, SIGSTOP));
	CHECK(resume(PTRACE_CONT, pid, 0) && resume(PTRACE_CONT, child, 0));
	CHECK(exits_with(child, 3) && stops_with(pid, SIGCHLD));
	CHECK(resume(PTRACE_CONT, pid, SIGCHLD) && exits_with(pid, 0));
}

static int vfork_once(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(4);
	return exits_with(pid, 4) ? 0 : 1;
}

static void vfork_events(void)
{
	pid_t pid = traced_child(vfork_once, PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE), child;
	int stop;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_VFORK)));
	child = (pid_t)event_message(pid);
	CHECK(child > 0 && stops_with(child, SIGSTOP) && resume(PTRACE_CONT, pid, 0));
	CHECK(!trace(PTRACE_DETACH, child, 0, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_VFORK_DONE)));
	CHECK((pid_t)event_message(pid) == child && resume(PTRACE_CONT, pid, 0));
	stop = next_stop(pid);
	CHECK(stop == SIGCHLD && resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
}

/* The events of a call are seen by who resumed it with PTRACE_SYSCALL at the event: its end, too.
 */
static void call_of_an_event_ends(void)
{
	pid_t pid = traced_child(fork_once, PTRACE_O_TRACEFORK | PTRACE_O_TRACESYSGOOD), child;
	struct ptrace_syscall_info info;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_FORK)));
	child = (pid_t)event_message(pid);
	CHECK(resume(PTRACE_SYSCALL, pid, 0) && stops_with(pid, SYSCALL_STOP));
	CHECK(trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), (long)&info) == 33);
	CHECK(info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval == child);
	CHECK(stops_with(child, SIGSTOP));
	finish(child);
	finish(pid);
}

static void *exit_thread(void *nothing)
{
	return nothing;
}

static int make_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_thread, NULL);
	pthread_join(thread, NULL);
	return 0;
}

static void thread_events(void)
{
	pid_t pid = traced_child(make_thread, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT), thread;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_CLONE)));
	thread = (pid_t)event_message(pid);
	CHECK(stops_with(thread, SIGSTOP) && resume(PTRACE_CONT, thread, 0));
	CHECK(stops_with(thread, event_stop(PTRACE_EVENT_EXIT)) && event_message(thread) == 0);
	CHECK(resume(PTRACE_CONT, thread, 0) && exits_with(thread, 0));
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, event_stop(PTRACE_EVENT_EXIT)));
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
}

static int clone_untraced(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	return pid > 0 && exits_with(pid, 0) ? 0 : 1;
}

static int clone_ptrace(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PTRACE | SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		_exit(5);
	return pid > 0 && exits_with(pid, 5) ? 0 : 1;
}

static void clone_flags_count(void)
{
	pid_t pid = traced_child(clone_untraced, PTRACE_O_TRACEFORK), child;
	int status;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGCHLD));
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
	pid = traced_child(clone_ptrace, 0);
	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	child = waitpid(-1, &status, __WALL);
	CHECK(child != pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK(resume(PTRACE_CONT, child, 0) && exits_with(child, 5));
	CHECK(stops_with(pid, SIGCHLD) && resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
}

/* --- exec --- */

static int execute_self(void)
{
	execl("/proc/self/exe", "ptrace_events", "exit", NULL);
	return 1;
}

static void exec_event_and_old_trap(void)
{
	pid_t pid = traced_child(execute_self, PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD);

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_EXEC)) && (pid_t)event_message(pid) == pid);
	CHECK(resume(PTRACE_SYSCALL, pid, 0) && stops_with(pid, SYSCALL_STOP));
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 23));
	pid = traced_child(execute_self, 0);
	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGTRAP));
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 23));
}

static void *execute_thread(void *nothing)
{
	execute_self();
	return nothing;
}

static int execute_in_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, execute_thread, NULL);
	pthread_join(thread, NULL);
	return 1;
}

static void exec_of_a_thread(void)
{
	pid_t pid = traced_child(execute_in_thread, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC),
	      thread;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_CLONE)));
	thread = (pid_t)event_message(pid);
	CHECK(stops_with(thread, SIGSTOP));
	CHECK(resume(PTRACE_CONT, pid, 0) && resume(PTRACE_CONT, thread, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_EXEC)));
	CHECK((pid_t)event_message(pid) == thread);
	CHECK(trace_error(PTRACE_CONT, thread, 0, 0) == ESRCH);
	CHECK(resume(PTRACE_CONT, pid, 0) && exits_with(pid, 23));
}

/* --- the end --- */

static void exit_event_of_a_kill(void)
{
	pid_t pid = plain_child(wait_forever);

	CHECK(!trace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXIT) && !kill(pid, SIGKILL));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_EXIT)) && event_message(pid) == SIGKILL);
	CHECK(resume(PTRACE_CONT, pid, 0) && killed_by(pid, SIGKILL));
	pid = plain_child(wait_forever);
	CHECK(!trace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXIT) && !kill(pid, SIGTERM));
	CHECK(stops_with(pid, SIGTERM) && resume(PTRACE_CONT, pid, SIGTERM));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_EXIT)) && event_message(pid) == SIGTERM);
	CHECK(resume(PTRACE_CONT, pid, 0) && killed_by(pid, SIGTERM));
}

static void *sleep_thread(void *nothing)
{
	wait_forever();
	return nothing;
}

static int threads_forever(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, sleep_thread, NULL);
	return wait_forever();
}

/* The thread that is traced ends with its process; the leader is told after it. */
static void killed_process_with_a_traced_thread(void)
{
	pid_t pid = traced_child(threads_forever, PTRACE_O_TRACECLONE), thread;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_CLONE)));
	thread = (pid_t)event_message(pid);
	CHECK(stops_with(thread, SIGSTOP) && resume(PTRACE_CONT, pid, 0));
	CHECK(resume(PTRACE_CONT, thread, 0) && !kill(pid, SIGKILL));
	CHECK(reaches_state(pid, 'Z') && waitpid(pid, NULL, WNOHANG) == 0);
	CHECK(killed_by(thread, SIGKILL) && killed_by(pid, SIGKILL));
}

/* A tracer that ends lets go, or kills. */
static void tracer_ends(void)
{
	pid_t kept = plain_child(wait_forever), killed = plain_child(wait_forever), tracer;

	tracer = fork();
	if (!tracer) {
		CHILD_CHECK(!trace(PTRACE_ATTACH, kept, 0, 0) && next_stop(kept) == SIGSTOP);
		CHILD_CHECK(!trace(PTRACE_SEIZE, killed, 0, PTRACE_O_EXITKILL));
		_exit(0);
	}
	CHECK(ended_well(tracer));
	CHECK(killed_by(killed, SIGKILL) && reaches_state(kept, 'S'));
	finish(kept);
}

/* Only the thread that traces waits for its tracees with __WNOTHREAD, and its end lets them go. */
static void *trace_in_thread(void *argument)
{
	pid_t pid = *(pid_t *)argument;
	bool fine = !trace(PTRACE_SEIZE, pid, 0, 0) && !trace(PTRACE_INTERRUPT, pid, 0, 0) &&
		    stops_with(pid, event_stop(PTRACE_EVENT_STOP)) && state_of(pid) == 't';

	return fine ? argument : NULL;
}

static void tracer_thread_ends(void)
{
	pid_t pid = plain_child(wait_forever);
	pthread_t thread;
	void *fine = NULL;

	CHECK(!pthread_create(&thread, NULL, trace_in_thread, &pid));
	CHECK(!pthread_join(thread, &fine) && fine && reaches_state(pid, 'S'));
	CHECK(trace_error(PTRACE_CONT, pid, 0, 0) == ESRCH);
	finish(pid);
}

/* --- seized --- */

static void interrupt_and_listen(void)
{
	pid_t pid = plain_child(wait_forever);
	siginfo_t info;

	CHECK(!trace(PTRACE_SEIZE, pid, 0, 0) && reaches_state(pid, 'S'));
	CHECK(!trace(PTRACE_INTERRUPT, pid, 0, 0));
	CHECK(stops_with(pid, SIGTRAP | PTRACE_EVENT_STOP << 8));
	CHECK(!trace(PTRACE_GETSIGINFO, pid, 0, (long)&info) &&
	      info.si_code == (SIGTRAP | PTRACE_EVENT_STOP << 8));
	CHECK(resume(PTRACE_CONT, pid, 0) && reaches_state(pid, 'S'));

	/* A group stop: the signal first, then the stop, which lasts while it listens. */
	CHECK(!kill(pid, SIGSTOP) && stops_with(pid, SIGSTOP));
	CHECK(resume(PTRACE_CONT, pid, SIGSTOP));
	CHECK(stops_with(pid, SIGSTOP | PTRACE_EVENT_STOP << 8));
	CHECK(!trace(PTRACE_LISTEN, pid, 0, 0));
	CHECK(trace_error(PTRACE_CONT, pid, 0, 0) == ESRCH);
	CHECK(waitpid(pid, NULL, WNOHANG | __WALL) == 0);
	CHECK(!kill(pid, SIGCONT));
	CHECK(stops_with(pid, SIGTRAP | PTRACE_EVENT_STOP << 8));
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGCONT));
	CHECK(resume(PTRACE_CONT, pid, 0) && reaches_state(pid, 'S'));

	/* An interruption ends the listening, too. */
	CHECK(!kill(pid, SIGSTOP) && stops_with(pid, SIGSTOP) && resume(PTRACE_CONT, pid, SIGSTOP));
	CHECK(stops_with(pid, SIGSTOP | PTRACE_EVENT_STOP << 8) &&
	      !trace(PTRACE_LISTEN, pid, 0, 0));
	CHECK(!trace(PTRACE_INTERRUPT, pid, 0, 0));
	CHECK(stops_with(pid, SIGSTOP | PTRACE_EVENT_STOP << 8));
	CHECK(!trace(PTRACE_DETACH, pid, 0, 0) && reaches_state(pid, 'T'));
	finish(pid);
}

static void seize_a_stopped_one(void)
{
	pid_t pid = plain_child(wait_forever);
	int status;

	CHECK(!kill(pid, SIGSTOP) && waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(!trace(PTRACE_SEIZE, pid, 0, 0));
	CHECK(stops_with(pid, SIGSTOP | PTRACE_EVENT_STOP << 8));
	CHECK(!trace(PTRACE_LISTEN, pid, 0, 0) && !kill(pid, SIGCONT));
	CHECK(stops_with(pid, SIGTRAP | PTRACE_EVENT_STOP << 8));
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGCONT));
	CHECK(resume(PTRACE_CONT, pid, 0));
	finish(pid);
}

/* An old-style tracee in a group stop: it goes on at its tracer's word alone. */
static void old_style_group_stop(void)
{
	pid_t pid = traced_child(wait_forever, 0);
	siginfo_t info;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, SIGSTOP) && stops_with(pid, SIGSTOP));
	CHECK(trace_error(PTRACE_GETSIGINFO, pid, 0, (long)&info) == EINVAL);
	CHECK(!kill(pid, SIGCONT) && waitpid(pid, NULL, WNOHANG) == 0);
	CHECK(resume(PTRACE_CONT, pid, 0) && stops_with(pid, SIGCONT));
	CHECK(resume(PTRACE_CONT, pid, SIGCONT) && reaches_state(pid, 'S'));
	finish(pid);
}

/* Children of a seized tracee are seized, and begin with a stop of their own kind. */
static void seized_children(void)
{
	pid_t pid = traced_child(fork_once, 0), child;

	CHECK(pid > 0 && !trace(PTRACE_DETACH, pid, 0, SIGSTOP) && reaches_state(pid, 'T'));
	CHECK(!trace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEFORK));
	CHECK(stops_with(pid, SIGSTOP | PTRACE_EVENT_STOP << 8));
	CHECK(!trace(PTRACE_LISTEN, pid, 0, 0) && !kill(pid, SIGCONT));
	CHECK(stops_with(pid, SIGTRAP | PTRACE_EVENT_STOP << 8) && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, SIGCONT) && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_FORK)));
	child = (pid_t)event_message(pid);
	CHECK(stops_with(child, SIGTRAP | PTRACE_EVENT_STOP << 8));
	CHECK(resume(PTRACE_CONT, pid, 0) && resume(PTRACE_CONT, child, 0) && exits_with(child, 3));
	CHECK(stops_with(pid, SIGCHLD) && resume(PTRACE_CONT, pid, 0) && exits_with(pid, 0));
}

/* Two threads, one of them traced: the group stops and goes on as one. */
static void group_stop_of_threads(void)
{
	pid_t pid = traced_child(threads_forever, PTRACE_O_TRACECLONE), thread;
	int status, stop;

	CHECK(pid > 0 && resume(PTRACE_CONT, pid, 0));
	CHECK(stops_with(pid, event_stop(PTRACE_EVENT_CLONE)));
	thread = (pid_t)event_message(pid);
	CHECK(stops_with(thread, SIGSTOP) && !trace(PTRACE_DETACH, thread, 0, 0));
	CHECK(!trace(PTRACE_DETACH, pid, 0, 0) && reaches_state(pid, 'S'));
	CHECK(!trace(PTRACE_SEIZE, thread, 0, 0) && !kill(pid, SIGSTOP));
	stop = next_stop(thread);
	if (stop == SIGSTOP) { /* it took the signal itself */
		CHECK(resume(PTRACE_CONT, thread, SIGSTOP));
		stop = next_stop(thread);
	}
	CHECK(stop == (SIGSTOP | PTRACE_EVENT_STOP << 8));
	CHECK(reaches_state(pid, 'T') && state_of(thread) == 't');
	CHECK(!trace(PTRACE_LISTEN, thread, 0, 0) && !kill(pid, SIGCONT));
	CHECK(stops_with(thread, SIGTRAP | PTRACE_EVENT_STOP << 8) && reaches_state(pid, 'S'));
	CHECK(!trace(PTRACE_DETACH, thread, 0, 0));
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, __WALL) == pid && !WIFSIGNALED(status))
		;
	CHECK(WIFSIGNALED(status));
}

int main(int count, char **arguments)
{
	if (count > 1 && !strcmp(arguments[1], "exit"))
		return 23;
	RUN(fork_event);
	RUN(vfork_events);
	RUN(call_of_an_event_ends);
	RUN(thread_events);
	RUN(clone_flags_count);
	RUN(exec_event_and_old_trap);
	RUN(exec_of_a_thread);
	RUN(exit_event_of_a_kill);
	RUN(killed_process_with_a_traced_thread);
	RUN(tracer_ends);
	RUN(tracer_thread_ends);
	RUN(interrupt_and_listen);
	RUN(seize_a_stopped_one);
	RUN(old_style_group_stop);
	RUN(seized_children);
	RUN(group_stop_of_threads);
	return guest_result();
}
