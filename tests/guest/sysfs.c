// SPDX-License-Identifier: MIT
/* /sys: the harts, the node, the byte order; and that it is not a place for files of one's own. */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "guest.h"

#define SYS "/tmp/sys"
#define CPU SYS "/devices/system/cpu"

/* The first line of a file, without its end; "" when there is none. */
static const char *line_of(const char *path)
{
	static char line[256];
	FILE *file = fopen(path, "r");

	line[0] = '\0';
	if (file && fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = '\0';
	if (file)
		fclose(file);
	return line;
}

static void counts_harts(void)
{
	long harts = sysconf(_SC_NPROCESSORS_CONF);
	char expected[32], path[128];

	snprintf(expected, sizeof(expected), harts > 1 ? "0-%ld" : "0", harts - 1);
	CHECK(!strcmp(line_of(CPU "/possible"), expected));
	CHECK(!strcmp(line_of(CPU "/online"), expected));
	CHECK(!strcmp(line_of(CPU "/offline"), ""));
	CHECK(atoi(line_of(CPU "/kernel_max")) >= harts - 1);
	for (long hart = 0; hart < harts; hart++) {
		snprintf(path, sizeof(path), CPU "/cpu%ld/topology/core_cpus_list", hart);
		CHECK(atol(line_of(path)) == hart);
		snprintf(path, sizeof(path), CPU "/cpu%ld/topology/thread_siblings", hart);
		CHECK(strtoul(line_of(path), NULL, 16) == 1UL << hart);
	}
}

static void lists_harts(void)
{
	long found = 0;
	DIR *directory = opendir(CPU);
	struct dirent *entry;

	CHECK(directory);
	while ((entry = readdir(directory)))
		if (!strncmp(entry->d_name, "cpu", 3) && entry->d_name[3] >= '0' &&
		    entry->d_name[3] <= '9')
			found++;
	closedir(directory);
	CHECK(found == sysconf(_SC_NPROCESSORS_CONF));
}

static void has_one_node(void)
{
	CHECK(!strcmp(line_of(SYS "/devices/system/node/online"), "0"));
	CHECK(!strcmp(line_of(SYS "/devices/system/node/node0/cpulist"), line_of(CPU "/online")));
}

static void tells_of_the_kernel(void)
{
	struct statfs status;
	struct stat stat;

	CHECK(!strcmp(line_of(SYS "/kernel/cpu_byteorder"), "little"));
	CHECK(!statfs(SYS, &status) && status.f_type == 0x62656572);
	CHECK(!lstat(SYS "/kernel/cpu_byteorder", &stat));
	CHECK(stat.st_size == 4096 && stat.st_mode == (S_IFREG | 0444));
}

static void reads_in_pieces(void)
{
	char text[16] = "";
	int fd = open(SYS "/kernel/cpu_byteorder", O_RDONLY);

	CHECK(fd >= 0);
	for (int i = 0; i < 7; i++)
		CHECK(read(fd, text + i, 1) == 1);
	CHECK(!strcmp(text, "little\n"));
	CHECK(read(fd, text, 1) == 0);
	CHECK(lseek(fd, 2, SEEK_SET) == 2 && read(fd, text, 16) == 5);
	close(fd);
}

static void is_the_kernels_own(void)
{
	CHECK(mkdir(SYS "/own", 0755) < 0 && errno == EPERM);
	CHECK(unlink(SYS "/kernel/cpu_byteorder") < 0 && errno == EPERM);
	CHECK(rmdir(SYS "/kernel") < 0 && errno == EPERM);
	CHECK(symlink("x", SYS "/link") < 0 && errno == EPERM);
	CHECK(open(SYS "/none", O_RDONLY) < 0 && errno == ENOENT);
	CHECK(open(SYS "/kernel/none/x", O_RDONLY) < 0 && errno == ENOENT);
	CHECK(open(SYS "/kernel/cpu_byteorder/x", O_RDONLY) < 0 && errno == ENOTDIR);
	CHECK(open(SYS "/kernel", O_RDWR) < 0 && errno == EISDIR);
}

int main(void)
{
	if (mkdir(SYS, 0755) || mount("sys", SYS, "sysfs", 0, NULL)) {
		perror("mount");
		return 1;
	}
	RUN(counts_harts);
	RUN(lists_harts);
	RUN(has_one_node);
	RUN(tells_of_the_kernel);
	RUN(reads_in_pieces);
	RUN(is_the_kernels_own);
	umount(SYS);
	rmdir(SYS);
	return guest_result();
}
