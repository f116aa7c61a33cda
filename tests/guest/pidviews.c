// SPDX-License-Identifier: MIT
/* Process ids that calls tell or take, seen from another name space of processes: each reader gets
 * its own number of a process, and 0 where it has none (kernel/task/pid_ns.h). */
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "trace.h"

static int ahead[2], back[2]; /* pipes by which parent and child take turns */

static bool go(int pipe[2])
{
	return write(pipe[1], "g", 1) == 1;
}

static bool await(int pipe[2])
{
	char byte;

	return read(pipe[0], &byte, 1) == 1;
}

/* A child that is 1 in a name space of its own. */
static pid_t fork_inside(void)
{
	fflush(stdout);
	return (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
}

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

/* --- owners of files --- */

static struct f_owner_ex owner_of(int fd)
{
	struct f_owner_ex owner = { -1, -1 };

	fcntl(fd, F_GETOWN_EX, &owner);
	return owner;
}

static void file_owners(void)
{
	pid_t self = getpid(), child;
	int pair[2];

	CHECK(!pipe(pair));
	CHECK(!fcntl(pair[0], F_SETOWN, self) && fcntl(pair[0], F_GETOWN) == self);
	child = fork_inside();
	if (!child) {
		CHILD_CHECK(fcntl(pair[0], F_GETOWN) == 0);
		CHILD_CHECK(owner_of(pair[0]).type == F_OWNER_PID && owner_of(pair[0]).pid == 0);
		CHILD_CHECK(fails(fcntl(pair[0], F_SETOWN, self), ESRCH));
		CHILD_CHECK(fails(fcntl(pair[0], F_SETOWN, -self), ESRCH));
		CHILD_CHECK(!fcntl(pair[0], F_SETOWN, 1) && fcntl(pair[0], F_GETOWN) == 1);
		CHILD_CHECK(go(back) && await(ahead));
		CHILD_CHECK(setsid() == 1);
		CHILD_CHECK(!fcntl(pair[0], F_SETOWN_EX, &(struct f_owner_ex){ F_OWNER_PGRP, 1 }));
		CHILD_CHECK(owner_of(pair[0]).type == F_OWNER_PGRP && owner_of(pair[0]).pid == 1);
		CHILD_CHECK(go(back) && await(ahead));
		_exit(0);
	}
	CHECK(await(back));
	CHECK(fcntl(pair[0], F_GETOWN) == child);
	CHECK(owner_of(pair[0]).type == F_OWNER_PID && owner_of(pair[0]).pid == child);
	CHECK(go(ahead) && await(back));
	CHECK(owner_of(pair[0]).type == F_OWNER_PGRP && owner_of(pair[0]).pid == child);
	CHECK(go(ahead) && ended_well(child));
	CHECK(fcntl(pair[0], F_GETOWN) == 0); /* nobody has that id any more */
	close(pair[0]);
	close(pair[1]);
}

static void lock_owners(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_len = 10 };
	int fd = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
	pid_t child;

	CHECK(fd >= 0 && !fcntl(fd, F_SETLK, &lock));
	child = fork_inside();
	if (!child) {
		struct flock other = { .l_type = F_WRLCK, .l_len = 10 };

		CHILD_CHECK(!fcntl(fd, F_GETLK, &other));
		CHILD_CHECK(other.l_type == F_WRLCK && other.l_pid == 0);
		other = (struct flock){ .l_type = F_WRLCK, .l_start = 20, .l_len = 5 };
		CHILD_CHECK(!fcntl(fd, F_SETLK, &other));
		CHILD_CHECK(go(back) && await(ahead));
		_exit(0);
	}
	CHECK(await(back));
	lock = (struct flock){ .l_type = F_RDLCK };
	lock.l_start = 20;
	CHECK(!fcntl(fd, F_GETLK, &lock));
	CHECK(lock.l_type == F_WRLCK && lock.l_pid == child);
	CHECK(go(ahead) && ended_well(child));
	close(fd);
	unlink("/tmp/locked");
}

/* --- sockets --- */

static pid_t peer_of(int fd)
{
	struct ucred cred = { .pid = -1 };
	socklen_t size = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) ? -1 : cred.pid;
}

static void socket_peers(void)
{
	struct sockaddr_un name = { AF_UNIX, "" };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), pair[2], fd;
	pid_t child;

	snprintf(name.sun_path, sizeof(name.sun_path), "@views%d", getpid());
	name.sun_path[0] = 0;
	CHECK(!bind(listener, (struct sockaddr *)&name, sizeof(name)) && !listen(listener, 1));
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	CHECK(peer_of(pair[0]) == getpid());
	child = fork_inside();
	if (!child) {
		int own[2];

		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		CHILD_CHECK(peer_of(pair[0]) == 0);
		CHILD_CHECK(!connect(fd, (struct sockaddr *)&name, sizeof(name)));
		CHILD_CHECK(peer_of(fd) == 0);
		CHILD_CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, own) && peer_of(own[1]) == 1);
		CHILD_CHECK(go(back) && await(ahead));
		_exit(0);
	}
	CHECK(await(back));
	fd = accept(listener, NULL, NULL);
	CHECK(fd >= 0 && peer_of(fd) == child);
	CHECK(go(ahead) && ended_well(child));
	CHECK(peer_of(fd) == child); /* the number that it had */
	close(fd);
	close(listener);
	close(pair[0]);
	close(pair[1]);
}

/* Sends a byte, with the credentials of that process, or without any. */
static bool send_as(int fd, pid_t pid)
{
	char byte = 'b', control[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct iovec piece = { &byte, 1 };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
	const struct ucred cred = { pid, 0, 0 };
	struct cmsghdr *header;

	if (pid) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		*header = (struct cmsghdr){ CMSG_LEN(sizeof(cred)), SOL_SOCKET, SCM_CREDENTIALS };
		memcpy(CMSG_DATA(header), &cred, sizeof(cred));
	}
	return sendmsg(fd, &message, 0) == 1;
}

/* Whom the next message is from; -1: it does not say. */
static pid_t sender_at(int fd)
{
	char byte, control[CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct iovec piece = { &byte, 1 };
	struct msghdr message = { .msg_iov = &piece,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct ucred cred;

	if (recvmsg(fd, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&cred, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(cred));
	return cred.pid;
}

static void message_senders(void)
{
	int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET }, on = 1, pair[2];
	pid_t child, self = getpid();

	for (int i = 0; i < 3; i++) {
		CHECK(!socketpair(AF_UNIX, types[i], 0, pair));
		CHECK(!setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
		CHECK(!setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
		CHECK(send_as(pair[1], 0) && send_as(pair[1], self));
		child = fork_inside();
		if (!child) {
			CHILD_CHECK(sender_at(pair[0]) == 0 && sender_at(pair[0]) == 0);
			CHILD_CHECK(!send_as(pair[0], self) && errno == ESRCH);
			CHILD_CHECK(send_as(pair[0], 0) && send_as(pair[0], 1));
			CHILD_CHECK(send_as(pair[1], 0) && sender_at(pair[0]) == 1);
			_exit(0);
		}
		CHECK(ended_well(child));
		CHECK(sender_at(pair[1]) == child && sender_at(pair[1]) == child);
		close(pair[0]);
		close(pair[1]);
	}
}

/* --- System V IPC --- */

static void sysv_objects(void)
{
	int queue = msgget(IPC_PRIVATE, 0600), set = semget(IPC_PRIVATE, 2, 0600), own;
	int segment = shmget(IPC_PRIVATE, 4096, 0600);
	struct msgbuf message = { .mtype = 1 };
	struct msqid_ds msg;
	struct shmid_ds shm;
	pid_t child, self = getpid();

	CHECK(queue >= 0 && set >= 0 && segment >= 0);
	CHECK(!msgsnd(queue, &message, 1, 0) && !semctl(set, 0, SETVAL, 3));
	child = fork_inside();
	if (!child) {
		void *memory = shmat(segment, NULL, 0);

		CHILD_CHECK(!msgctl(queue, IPC_STAT, &msg));
		CHILD_CHECK(msg.msg_lspid == 0 && msg.msg_lrpid == 0);
		CHILD_CHECK(!shmctl(segment, IPC_STAT, &shm));
		CHILD_CHECK(shm.shm_cpid == 0 && shm.shm_lpid == 1 && !shmdt(memory));
		CHILD_CHECK(semctl(set, 0, GETPID) == 0);
		CHILD_CHECK(!semop(set, &(struct sembuf){ 0, -1, 0 }, 1));
		CHILD_CHECK(!semctl(set, 1, SETVAL, 1));
		CHILD_CHECK(semctl(set, 0, GETPID) == 1 && semctl(set, 1, GETPID) == 1);
		CHILD_CHECK(msgrcv(queue, &message, 1, 0, 0) == 1 &&
			    !msgsnd(queue, &message, 1, 0));
		CHILD_CHECK(!msgctl(queue, IPC_STAT, &msg));
		CHILD_CHECK(msg.msg_lspid == 1 && msg.msg_lrpid == 1);
		own = shmget(0x76696577, 4096, IPC_CREAT | 0600);
		CHILD_CHECK(own >= 0 && !shmctl(own, IPC_STAT, &shm) && shm.shm_cpid == 1);
		_exit(0);
	}
	CHECK(ended_well(child)); /* it is gone, its number is still told */
	CHECK(!msgctl(queue, IPC_STAT, &msg) && msg.msg_lspid == child && msg.msg_lrpid == child);
	CHECK(!shmctl(segment, IPC_STAT, &shm) && shm.shm_cpid == self && shm.shm_lpid == child);
	CHECK(semctl(set, 0, GETPID) == child && semctl(set, 1, GETPID) == child);
	own = shmget(0x76696577, 0, 0);
	CHECK(own >= 0 && !shmctl(own, IPC_STAT, &shm) && shm.shm_cpid == child);
	CHECK(!msgctl(queue, IPC_RMID, NULL) && !semctl(set, 0, IPC_RMID));
	CHECK(!shmctl(segment, IPC_RMID, NULL) && !shmctl(own, IPC_RMID, NULL));
}

/* --- signals --- */

/* Takes SIGUSR1, which is blocked; -1: it does not come. */
static pid_t sender_of_signal(void)
{
	struct timespec limit = { 20, 0 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigtimedwait(&set, &info, &limit) == SIGUSR1 ? info.si_pid : -1;
}

static void block_usr1(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(how, &set, NULL);
}

static void signal_senders(void)
{
	siginfo_t made = { .si_code = -60 };
	pid_t child;

	block_usr1(SIG_BLOCK);
	child = fork_inside();
	if (!child) {
		CHILD_CHECK(go(back));
		for (int i = 0; i < 3; i++)
			CHILD_CHECK(sender_of_signal() == 0 && go(back));
		CHILD_CHECK(!sigqueue(1, SIGUSR1, (union sigval){ 0 }) && sender_of_signal() == 1);
		made.si_pid = 77; /* who queues for itself says what it likes */
		CHILD_CHECK(!syscall(SYS_rt_sigqueueinfo, 1, SIGUSR1, &made));
		CHILD_CHECK(sender_of_signal() == 77);
		_exit(0);
	}
	CHECK(await(back));
	CHECK(!kill(child, SIGUSR1) && await(back));
	CHECK(!sigqueue(child, SIGUSR1, (union sigval){ 0 }) && await(back));
	made.si_pid = 77;
	CHECK(!syscall(SYS_rt_sigqueueinfo, child, SIGUSR1, &made) && await(back));
	CHECK(ended_well(child));
	block_usr1(SIG_UNBLOCK);
}

static void message_queue_notices(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct mq_attr attr = { .mq_maxmsg = 3, .mq_msgsize = 16 };
	mqd_t queue = mq_open("/views", O_CREAT | O_RDWR, 0600, &attr);
	pid_t child;
	char text[16];

	CHECK(queue >= 0 && !mq_unlink("/views"));
	block_usr1(SIG_BLOCK);
	CHECK(!mq_notify(queue, &event));
	child = fork_inside();
	if (!child) {
		CHILD_CHECK(mq_send(queue, "1", 2, 0) == 0);
		CHILD_CHECK(mq_receive(queue, text, sizeof(text), NULL) == 2);
		CHILD_CHECK(!mq_notify(queue, &event) && go(back));
		CHILD_CHECK(sender_of_signal() == 0);
		_exit(0);
	}
	CHECK(await(back));
	CHECK(sender_of_signal() == child);
	CHECK(!mq_send(queue, "2", 2, 0));
	CHECK(ended_well(child));
	block_usr1(SIG_UNBLOCK);
	mq_close(queue);
}

/* --- tracing --- */

static pid_t stop_sender(pid_t pid)
{
	siginfo_t info;

	return trace_error(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&info) ? -1 : info.si_pid;
}

static int wait_in_thread(void *argument)
{
	(void)argument;
	return 0;
}

static void run_inside(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	pid_t child;

	if (!await(ahead))
		_exit(1);
	child = fork();
	if (!child)
		_exit(0);
	if (status_of(child))
		_exit(1);
	child = vfork();
	if (!child)
		_exit(0);
	if (status_of(child))
		_exit(1);
	child = clone(wait_in_thread, stack + sizeof(stack), 0, NULL);
	if (child < 0 || waitpid(child, NULL, __WALL) != child)
		_exit(1);
	execl("/proc/self/exe", "pidviews", "exit", NULL);
	_exit(1);
}

/* The event stops of the tracee, whose message is to be the number that waits give, too. */
static bool event_names_child(pid_t tracee, int event)
{
	unsigned long message;
	int status;

	if (!stops_with(tracee, event_stop(event)))
		return false;
	message = event_message(tracee);
	if (stop_sender(tracee) != 1)
		return false;
	trace(PTRACE_CONT, tracee, 0, 0);
	if (waitpid((pid_t)message, &status, __WALL) != (pid_t)message || !WIFSTOPPED(status))
		return false;
	trace(PTRACE_CONT, (pid_t)message, 0, 0);
	return waitpid((pid_t)message, &status, __WALL) == (pid_t)message && WIFEXITED(status);
}

static void traced_events(void)
{
	const unsigned long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				      PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
				      PTRACE_O_TRACEVFORKDONE;
	pid_t child = fork_inside();

	if (!child)
		run_inside();
	CHECK(!trace(PTRACE_SEIZE, child, 0, options));
	CHECK(!trace(PTRACE_INTERRUPT, child, 0, 0));
	CHECK(stops_with(child, SIGTRAP | PTRACE_EVENT_STOP << 8) && stop_sender(child) == 1);
	trace(PTRACE_CONT, child, 0, 0);
	CHECK(go(ahead));
	CHECK(event_names_child(child, PTRACE_EVENT_FORK));
	CHECK(stops_with(child, SIGCHLD));
	trace(PTRACE_CONT, child, 0, 0);
	CHECK(event_names_child(child, PTRACE_EVENT_VFORK));
	CHECK(stops_with(child, event_stop(PTRACE_EVENT_VFORK_DONE)));
	CHECK(event_message(child) > 2);
	trace(PTRACE_CONT, child, 0, 0);
	CHECK(stops_with(child, SIGCHLD));
	trace(PTRACE_CONT, child, 0, 0);
	CHECK(event_names_child(child, PTRACE_EVENT_CLONE));
	CHECK(stops_with(child, event_stop(PTRACE_EVENT_EXEC)));
	CHECK(event_message(child) == (unsigned long)child);
	trace(PTRACE_CONT, child, 0, 0);
	CHECK(ended_well(child));
}

/* --- terminals --- */

static void terminals(void)
{
	int master, slave, session;
	pid_t child;

	CHECK(!openpty(&master, &slave, NULL, NULL, NULL));
	child = fork_inside();
	if (!child) {
		CHILD_CHECK(setsid() == 1 && !ioctl(slave, TIOCSCTTY, 0));
		CHILD_CHECK(tcgetpgrp(slave) == 1 && tcgetsid(slave) == 1);
		CHILD_CHECK(!ioctl(master, TIOCGSID, &session) && session == 1);
		CHILD_CHECK(go(back) && await(ahead));
		_exit(0);
	}
	CHECK(await(back));
	CHECK(tcgetpgrp(master) == child);
	CHECK(!ioctl(master, TIOCGSID, &session) && session == child);
	CHECK(go(ahead) && ended_well(child));
	close(master);
	close(slave);
}

/* --- futexes --- */

static uint32_t word;

static long futex(int operation)
{
	return syscall(SYS_futex, &word, operation, 0, NULL, NULL, 0);
}

static void *lock_it(void *argument)
{
	long result = futex(FUTEX_LOCK_PI);

	(void)argument;
	if (!result && (word & FUTEX_TID_MASK) != (uint32_t)syscall(SYS_gettid))
		result = 1;
	return (void *)(result ? result : futex(FUTEX_UNLOCK_PI));
}

/* The word holds numbers of those who share it. */
static void priority_futexes(void)
{
	pid_t child = fork_inside();

	if (!child) {
		pthread_t thread;
		void *result;

		CHILD_CHECK(!futex(FUTEX_LOCK_PI) && word == 1);
		CHILD_CHECK(fails(futex(FUTEX_LOCK_PI), EDEADLK));
		CHILD_CHECK(!pthread_create(&thread, NULL, lock_it, NULL));
		while (!(*(volatile uint32_t *)&word & FUTEX_WAITERS))
			sched_yield();
		CHILD_CHECK(!futex(FUTEX_UNLOCK_PI));
		CHILD_CHECK(!pthread_join(thread, &result) && !result);
		CHILD_CHECK(!word);
		_exit(0);
	}
	CHECK(ended_well(child));
}

/* --- /proc --- */

/* A line of a descriptor's fdinfo. */
static bool fdinfo_says(int fd, const char *expected)
{
	char path[64], line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		found = found || !strcmp(line, expected);
	if (file)
		fclose(file);
	return found;
}

static void descriptors_of_processes(void)
{
	char line[64];
	pid_t child = fork_inside();
	int fd;

	if (!child) {
		CHILD_CHECK(await(ahead));
		_exit(0);
	}
	fd = (int)syscall(SYS_pidfd_open, child, 0);
	snprintf(line, sizeof(line), "Pid:\t%d\n", child);
	CHECK(fd >= 0 && fdinfo_says(fd, line));
	snprintf(line, sizeof(line), "NSpid:\t%d\t1\n", child);
	CHECK(fdinfo_says(fd, line));
	CHECK(go(ahead) && ended_well(child));
	CHECK(fdinfo_says(fd, "Pid:\t-1\n") && fdinfo_says(fd, "NSpid:\t-1\n"));
	close(fd);
}

int main(int count, char **arguments)
{
	if (count > 1 && !strcmp(arguments[1], "exit"))
		return 0;
	if (pipe(ahead) || pipe(back))
		return 1;
	RUN(file_owners);
	RUN(lock_owners);
	RUN(socket_peers);
	RUN(message_senders);
	RUN(sysv_objects);
	RUN(signal_senders);
	RUN(message_queue_notices);
	RUN(traced_events);
	RUN(terminals);
	RUN(priority_futexes);
	RUN(descriptors_of_processes);
	return guest_result();
}
