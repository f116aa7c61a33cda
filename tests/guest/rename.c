/* SPDX-License-Identifier: MIT */
/* rename(2) in all its forms: over files and directories, flags, loops, hard links, races. */
#include "workdir.h"

#include <sys/syscall.h>

enum { NOREPLACE = 1, EXCHANGE = 2 };

static int rename2(const char *from, const char *to, unsigned int flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void over_files(void)
{
	ino_t inode;

	CHECK(make_file("a", "a") && make_file("b", "b"));
	inode = inode_of("a");
	CHECK(rename("a", "b") == 0 && !exists("a") && file_is("b", "a") && inode_of("b") == inode);
	CHECK(rename("b", "b") == 0 && file_is("b", "a"));
	CHECK(rename("b", "a-name-that-is-longer-than-what-fits-into-a-dentry-itself") == 0);
	CHECK(rename("a-name-that-is-longer-than-what-fits-into-a-dentry-itself", "b") == 0);
	CHECK(file_is("b", "a") && unlink("b") == 0);
}

static void replaced_stays_open(void)
{
	char text[8] = "";
	int fd;

	CHECK(make_file("old", "old") && make_file("new", "new"));
	fd = open("old", O_RDONLY);
	CHECK(fd >= 0 && rename("new", "old") == 0);
	CHECK(read(fd, text, 7) == 3 && !strcmp(text, "old") && file_is("old", "new"));
	close(fd);
	CHECK(unlink("old") == 0);
}

static void hard_links(void)
{
	CHECK(make_file("a", "same") && link("a", "b") == 0 && links_of("a") == 2);
	CHECK(rename("a", "b") == 0 && exists("a") && exists("b") && links_of("a") == 2);
	CHECK(make_file("c", "c") && rename("c", "b") == 0 && links_of("a") == 1);
	CHECK(unlink("a") == 0 && unlink("b") == 0);
}

static void over_directories(void)
{
	CHECK(mkdir("d", 0755) == 0 && mkdir("e", 0755) == 0 && make_file("d/x", "x"));
	CHECK(make_file("f", ""));
	CHECK(FAILS(rename("d", "f"), ENOTDIR) && FAILS(rename("f", "d"), EISDIR));
	CHECK(FAILS(rename("e", "d"), ENOTEMPTY));
	CHECK(rename("d", "e") == 0 && !exists("d") && file_is("e/x", "x"));
	CHECK(mkdir("up", 0755) == 0 && links_of("up") == 2);
	CHECK(rename("e", "up/e") == 0 && links_of("up") == 3 && file_is("up/e/x", "x"));
	CHECK(mkdir("up/h", 0755) == 0 && unlink("up/e/x") == 0 && rename("up/h", "up/e") == 0);
	CHECK(links_of("up") == 3 && rmdir("up/e") == 0 && rmdir("up") == 0 && unlink("f") == 0);
}

static void loops(void)
{
	CHECK(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0 && mkdir("a/b/c", 0755) == 0);
	CHECK(FAILS(rename("a", "a/b/c/d"), EINVAL) && FAILS(rename("a", "a/x"), EINVAL));
	CHECK(FAILS(rename("a/b/c", "a"), ENOTEMPTY));
	CHECK(FAILS(rename2("a", "a/b/c", EXCHANGE), EINVAL));
	CHECK(FAILS(rename2("a/b/c", "a", EXCHANGE), EINVAL));
	CHECK(rename("a/b/c", "c") == 0 && rename("a", "c/a") == 0 && exists("c/a/b"));
	CHECK(rmdir("c/a/b") == 0 && rmdir("c/a") == 0 && rmdir("c") == 0);
}

static void errors(void)
{
	CHECK(make_file("f", "") && mkdir("d", 0755) == 0);
	CHECK(FAILS(rename("no", "x"), ENOENT) && FAILS(rename("f", "no/x"), ENOENT));
	CHECK(FAILS(rename("f/", "g"), ENOTDIR) && FAILS(rename("f", "g/"), ENOTDIR));
	CHECK(rename("d/", "e/") == 0 && rename("e", "d") == 0);
	CHECK(FAILS(rename(".", "x"), EBUSY) && FAILS(rename("f", "."), EBUSY));
	CHECK(FAILS(rename("d/..", "x"), EBUSY) && FAILS(rename("", "x"), ENOENT));
	CHECK(FAILS(rename2("f", "x", 8), EINVAL));
	CHECK(FAILS(rename2("f", "d", NOREPLACE | EXCHANGE), EINVAL));
	CHECK(unlink("f") == 0 && rmdir("d") == 0);
}

static void no_replace(void)
{
	CHECK(make_file("a", "a") && make_file("b", "b"));
	CHECK(FAILS(rename2("a", "b", NOREPLACE), EEXIST) && file_is("b", "b"));
	CHECK(rename2("a", "c", NOREPLACE) == 0 && file_is("c", "a"));
	CHECK(unlink("b") == 0 && unlink("c") == 0);
}

static void exchange(void)
{
	CHECK(make_file("a", "a") && mkdir("p", 0755) == 0 && mkdir("p/q", 0755) == 0);
	CHECK(links_of("p") == 3 && links_of(".") == 3);
	CHECK(FAILS(rename2("a", "no", EXCHANGE), ENOENT));
	CHECK(rename2("a", "p/q", EXCHANGE) == 0 && file_is("p/q", "a"));
	CHECK(links_of("p") == 2 && links_of("a") == 2 && links_of(".") == 4);
	CHECK(rmdir("a") == 0 && unlink("p/q") == 0 && rmdir("p") == 0);
	CHECK(make_file("short", "1"));
	CHECK(make_file("long-long-long-long-long-long-long-long-long-long-name", "2"));
	CHECK(rename2("short", "long-long-long-long-long-long-long-long-long-long-name",
		      EXCHANGE) == 0);
	CHECK(file_is("short", "2") && unlink("short") == 0);
	CHECK(file_is("long-long-long-long-long-long-long-long-long-long-name", "1"));
	CHECK(unlink("long-long-long-long-long-long-long-long-long-long-name") == 0);
}

/* Somebody who moved a directory sees it move: getcwd follows. */
static void moved_cwd(void)
{
	char path[512], *last;
	int old = open(".", O_RDONLY);

	CHECK(mkdir("from", 0755) == 0 && mkdir("to", 0755) == 0 && chdir("from") == 0);
	CHECK(rename("../from", "../to/there") == 0 && getcwd(path, sizeof(path)));
	last = strstr(path, "/to/there");
	CHECK(last && !strcmp(last, "/to/there") && exists("../../to"));
	CHECK(fchdir(old) == 0 && rmdir("to/there") == 0 && rmdir("to") == 0);
	close(old);
}

/* Several processes move the same names to and fro, also across directories: no name is lost. */
static void race(void)
{
	enum { PROCESSES = 4, ROUNDS = 300 };
	pid_t pids[PROCESSES];
	int left = 0;

	CHECK(mkdir("x", 0755) == 0 && mkdir("y", 0755) == 0 && mkdir("x/d", 0755) == 0);
	CHECK(make_file("x/d/f", "f"));
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i])
			continue;
		for (int round = 0; round < ROUNDS; round++) {
			if (rename(round % 2 ? "x/d" : "y/d", round % 2 ? "y/d" : "x/d") < 0)
				CHILD_CHECK(errno == ENOENT);
			if (rename("x/d", "x/d/below") == 0 || errno != EINVAL)
				CHILD_CHECK(errno == ENOENT);
		}
		_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++)
		CHECK(ended_well(pids[i]));
	left = file_is("x/d/f", "f") + file_is("y/d/f", "f");
	CHECK(left == 1);
	CHECK(links_of("x") + links_of("y") == 5);
	CHECK(unlink(exists("x/d") ? "x/d/f" : "y/d/f") == 0);
	CHECK(rmdir(exists("x/d") ? "x/d" : "y/d") == 0 && rmdir("x") == 0 && rmdir("y") == 0);
}

int main(void)
{
	enter_workdir("rename");
	RUN(over_files);
	RUN(replaced_stays_open);
	RUN(hard_links);
	RUN(over_directories);
	RUN(loops);
	RUN(errors);
	RUN(no_replace);
	RUN(exchange);
	RUN(moved_cwd);
	RUN(race);
	return guest_result();
}
