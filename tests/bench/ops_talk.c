/* SPDX-License-Identifier: MIT */
/* Operations: one process or thread talking to another. */
#include "op.h"

#include <linux/futex.h>
#include <sys/socket.h>

enum { RING = 16 };

/* A child that sends every byte on, until its input ends. */
static long echo_start(int in, int out, const int *inherited, int count)
{
	long pid = TRY(fork_raw());

	if (pid != 0)
		return pid;
	for (int i = 0; i < count; i++)
		if (inherited[i] != in && inherited[i] != out)
			sys(SYS_close, inherited[i]);
	char byte;
	while (sys(SYS_read, in, &byte, 1) == 1 && sys(SYS_write, out, &byte, 1) == 1)
		;
	exit_raw(0);
	return 0;
}

static int64_t round_trips(uint64_t n, int out, int in)
{
	char byte = 0;

	TIMED_LOOP(n, {
		TRY(sys(SYS_write, out, &byte, 1));
		TRY(sys(SYS_read, in, &byte, 1));
	});
}

/* A token through `processes` processes in a ring of pipes, this one being first. */
static int64_t ring(uint64_t laps, int processes)
{
	int fds[2 * RING];
	long pids[RING];

	for (int i = 0; i < processes; i++)
		TRY(sys(SYS_pipe2, fds + 2 * i, 0));
	for (int i = 1; i < processes; i++)
		pids[i] = TRY(echo_start(fds[2 * (i - 1)], fds[2 * i + 1], fds, 2 * processes));
	int out = fds[1];
	int in = fds[2 * (processes - 1)];
	for (int i = 0; i < 2 * processes; i++)
		if (fds[i] != in && fds[i] != out)
			sys(SYS_close, fds[i]);
	int64_t spent = round_trips(laps, out, in);
	sys(SYS_close, out);
	sys(SYS_close, in);
	for (int i = 1; i < processes; i++)
		TRY(wait_for(pids[i]));
	return spent;
}

static int64_t op_pipe_pingpong(uint64_t n)
{
	return ring(n, 2);
}

static int64_t op_ring(uint64_t n)
{
	return ring(n, RING);
}

static int64_t op_socket_pingpong(uint64_t n)
{
	int ends[2];

	TRY(sys(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends));
	long pid = TRY(echo_start(ends[1], ends[1], ends, 2));
	sys(SYS_close, ends[1]);
	int64_t spent = round_trips(n, ends[0], ends[0]);
	sys(SYS_close, ends[0]);
	TRY(wait_for(pid));
	return spent;
}

static long transfer(long number, int fd, size_t size)
{
	for (size_t done = 0; done < size;) {
		long moved = TRY(sys(number, fd, buffer + done % CHUNK, CHUNK - done % CHUNK));
		if (moved == 0)
			return -EPIPE;
		done += moved;
	}
	return 0;
}

static int64_t stream_timed(uint64_t n, int out, int in)
{
	int64_t start = ticks();
	char done;

	TRY(transfer(SYS_write, out, n * CHUNK));
	TRY(sys(SYS_read, in, &done, 1));
	return ticks() - start;
}

static int64_t op_pipe_stream(uint64_t n)
{
	int data[2], reply[2];

	TRY(sys(SYS_pipe2, data, 0));
	TRY(sys(SYS_pipe2, reply, 0));
	long pid = TRY(fork_raw());
	if (pid == 0) {
		sys(SYS_close, data[1]);
		sys(SYS_close, reply[0]);
		transfer(SYS_read, data[0], n * CHUNK);
		sys(SYS_write, reply[1], buffer, 1);
		exit_raw(0);
	}
	sys(SYS_close, data[0]);
	sys(SYS_close, reply[1]);
	int64_t spent = stream_timed(n, data[1], reply[0]);
	sys(SYS_close, data[1]);
	sys(SYS_close, reply[0]);
	TRY(wait_for(pid));
	return spent;
}

/* Whose turn it is: 0 the measuring thread, 1 the other one, 2 the end. */
static volatile uint32_t turn;

static inline long turn_wait(uint32_t mine)
{
	uint32_t seen;

	while ((seen = turn) != mine && seen != 2) {
		long result = sys(SYS_futex, &turn, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, seen);
		if (result < 0 && result != -EAGAIN && result != -EINTR)
			return result;
	}
	return 0;
}

static inline long turn_pass(uint32_t next)
{
	__atomic_store_n(&turn, next, __ATOMIC_SEQ_CST);
	return sys(SYS_futex, &turn, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
}

static int turn_other(void *unused)
{
	(void)unused;
	while (turn_wait(1) == 0 && turn != 2)
		turn_pass(0);
	return 0;
}

static int64_t turns_timed(uint64_t n)
{
	TIMED_LOOP(n, {
		TRY(turn_pass(1));
		TRY(turn_wait(0));
	});
}

static int64_t op_futex_pingpong(uint64_t n)
{
	turn = 0;
	TRY(thread_start(turn_other));
	int64_t spent = turns_timed(n);
	turn_pass(2);
	TRY(thread_join());
	return spent;
}

const struct operation talk_operations[] = {
	{ "pipe_pingpong", op_pipe_pingpong, 1 }, /* a round trip */
	{ "pipe_ring16_hop", op_ring, RING },
	{ "pipe_stream_64k", op_pipe_stream, 1 },
	{ "socketpair_pingpong", op_socket_pingpong, 1 },
	{ "futex_pingpong", op_futex_pingpong, 1 },
	{ 0 },
};
