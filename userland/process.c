/* SPDX-License-Identifier: MIT */
/*
 * The lecture's first example: a parent forks a child, waits for it and reports
 * how it ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0) {
		perror("fork");
		return EXIT_FAILURE;
	}
	if (pid == 0) {
		printf("Noooooooo!\n");
		return EXIT_SUCCESS;
	}
	printf("I am your father!\n");
	if (waitpid(pid, &status, 0) != pid) {
		perror("waitpid");
		return EXIT_FAILURE;
	}
	if (!WIFEXITED(status)) {
		printf("Child ended by signal: %d\n", WTERMSIG(status));
		return EXIT_FAILURE;
	}
	printf("Child exit status: %d\n", WEXITSTATUS(status));
	return EXIT_SUCCESS;
}
