/* SPDX-License-Identifier: MIT */
/* What test_gdbserver.py debugs: functions to stop in, a thread, and a child. */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int total;

static void __attribute__((noinline)) innermost(int value)
{
	total += value;
}

static void __attribute__((noinline)) middle(int value)
{
	innermost(value + 1);
}

static void *in_thread(void *argument)
{
	middle(*(int *)argument);
	return NULL;
}

static void __attribute__((noinline)) in_child(void)
{
	innermost(300);
}

int main(void)
{
	pthread_t thread;
	int ten = 10, status = 0;
	pid_t pid;

	middle(1);
	pthread_create(&thread, NULL, in_thread, &ten);
	pthread_join(thread, NULL);
	pid = fork();
	if (!pid) {
		in_child();
		_exit(total & 0x7f);
	}
	waitpid(pid, &status, 0);
	printf("total %d, child %d\n", total, WEXITSTATUS(status));
	return 0;
}
