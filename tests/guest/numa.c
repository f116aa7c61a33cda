/* SPDX-License-Identifier: MIT */
/* Memory policies and move_pages(2) on a machine with one node. */
#include "workdir.h"

#include <sys/mman.h>
#include <sys/syscall.h>

enum { PAGE = 4096, DEFAULT = 0, PREFERRED, BIND, INTERLEAVE, LOCAL, PREFERRED_MANY };
enum { NODE = 1, ADDR = 2, ALLOWED = 4, STATIC = 0x8000, RELATIVE = 0x4000 };

static long get_policy(int *mode, unsigned long *nodes, unsigned long bits, void *at, int flags)
{
	return syscall(SYS_get_mempolicy, mode, nodes, bits, at, flags);
}

static long set_policy(int mode, const unsigned long *nodes, unsigned long bits)
{
	return syscall(SYS_set_mempolicy, mode, nodes, bits);
}

static long bind_range(void *start, unsigned long size, int mode, const unsigned long *nodes,
		       int flags)
{
	return syscall(SYS_mbind, start, size, mode, nodes, nodes ? 64 : 0, flags);
}

static void task_policies(void)
{
	unsigned long zero = 1, one = 2, both = 3, got = 9;
	int mode = 77;

	CHECK(get_policy(&mode, &got, 64, NULL, 0) == 0 && mode == DEFAULT && got == 0);
	CHECK(get_policy(&mode, &got, 64, NULL, ALLOWED) == 0 && got == 1);
	CHECK(set_policy(BIND, &zero, 64) == 0);
	CHECK(get_policy(&mode, &got, 64, NULL, 0) == 0 && mode == BIND && got == 1);
	CHECK(set_policy(PREFERRED, NULL, 0) == 0);
	CHECK(get_policy(&mode, &got, 64, NULL, 0) == 0 && mode == LOCAL && got == 0);
	CHECK(set_policy(INTERLEAVE, &both, 64) == 0 && set_policy(PREFERRED_MANY, &zero, 64) == 0);
	CHECK(set_policy(BIND | STATIC, &zero, 64) == 0);
	CHECK(FAILS(set_policy(BIND | STATIC | RELATIVE, &zero, 64), EINVAL));
	CHECK(FAILS(set_policy(BIND, &one, 64), EINVAL) &&
	      FAILS(set_policy(BIND, NULL, 0), EINVAL));
	CHECK(FAILS(set_policy(BIND, &zero, 1), EINVAL) && set_policy(BIND, &zero, 2) == 0);
	CHECK(FAILS(set_policy(BIND, &zero, 40000), EINVAL));
	CHECK(FAILS(set_policy(BIND, (unsigned long *)8, 64), EFAULT));
	CHECK(FAILS(set_policy(DEFAULT, &zero, 64), EINVAL) && set_policy(DEFAULT, NULL, 0) == 0);
	CHECK(FAILS(set_policy(LOCAL, &zero, 64), EINVAL) && FAILS(set_policy(9, NULL, 0), EINVAL));
	CHECK(FAILS(get_policy(&mode, &got, 0, NULL, 0), EINVAL));
	CHECK(FAILS(get_policy(&mode, NULL, 0, NULL, 8), EINVAL));
	CHECK(FAILS(get_policy(&mode, NULL, 0, NULL, NODE), EINVAL));
	CHECK(FAILS(get_policy(&mode, NULL, 0, (void *)8, 0), EINVAL));
	CHECK(FAILS(get_policy(&mode, NULL, 0, (void *)8, ADDR), EFAULT));
	CHECK(FAILS(get_policy(&mode, &got, 64, NULL, ALLOWED | NODE), EINVAL));
}

static void mapping_policies(void)
{
	char *area =
		mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long zero = 1, got = 9;
	int mode = 77;

	CHECK(bind_range(area, 2 * PAGE, BIND, &zero, 0) == 0);
	CHECK(get_policy(&mode, &got, 64, area + PAGE, ADDR) == 0 && mode == BIND && got == 1);
	CHECK(get_policy(&mode, &got, 64, area + 2 * PAGE, ADDR) == 0 && mode == DEFAULT);
	CHECK(get_policy(&mode, NULL, 0, area, ADDR | NODE) == 0 && mode == 0);
	CHECK(syscall(SYS_set_mempolicy_home_node, area, PAGE, 0, 0) == 0);
	CHECK(FAILS(syscall(SYS_set_mempolicy_home_node, area, PAGE, 1, 0), EINVAL));
	CHECK(FAILS(syscall(SYS_set_mempolicy_home_node, area, PAGE, 0, 1), EINVAL));
	CHECK(FAILS(syscall(SYS_set_mempolicy_home_node, area + 4 * PAGE, PAGE, 0, 0), ENOENT));
	for (int flags = 1; flags <= 4; flags *= 2)
		CHECK(bind_range(area, PAGE, BIND, &zero, flags) == 0);
	CHECK(FAILS(bind_range(area, PAGE, BIND, &zero, 8), EINVAL));
	CHECK(FAILS(bind_range(area, PAGE, BIND, &zero, 16), EINVAL));
	CHECK(FAILS(bind_range(area + 1, PAGE, BIND, &zero, 0), EINVAL));
	CHECK(FAILS(bind_range((void *)0x1000000, PAGE, BIND, &zero, 0), EFAULT));
	CHECK(bind_range(area, 0, BIND, &zero, 0) == 0);
	CHECK(bind_range(area, 8 * PAGE, DEFAULT, NULL, 0) == 0);
	munmap(area, 8 * PAGE);
}

static long move(pid_t pid, unsigned long count, void **pages, const int *nodes, int *status,
		 int flags)
{
	return syscall(SYS_move_pages, pid, count, pages, nodes, status, flags);
}

static void moves_pages(void)
{
	char *area =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *pages[3] = { area, area + PAGE, (void *)8 };
	int nodes[3] = { 0, 0, 0 }, status[3] = { 9, 9, 9 };
	unsigned long zero = 1, one = 2;

	area[0] = 1;
	CHECK(move(0, 3, pages, nodes, status, 2) == 0);
	CHECK(status[0] == 0 && status[1] == -ENOENT && status[2] == -EFAULT);
	CHECK(move(0, 1, pages, NULL, status, 0) == 0 && status[0] == 0);
	nodes[0] = 1;
	CHECK(FAILS(move(0, 1, pages, nodes, status, 2), ENODEV));
	CHECK(FAILS(move(0, 1, pages, nodes, status, 1), EINVAL));
	CHECK(FAILS(move(4000000, 1, pages, NULL, status, 2), ESRCH));
	CHECK(FAILS(move(0, 1, (void **)8, NULL, status, 2), EFAULT));
	CHECK(FAILS(move(0, 1, pages, NULL, (int *)8, 2), EFAULT));
	CHECK(FAILS(move(0, 1, pages, (int *)8, status, 2), EFAULT));
	CHECK(move(0, 0, pages, NULL, status, 2) == 0);
	CHECK(syscall(SYS_migrate_pages, 0, 64, &zero, &zero) == 0);
	CHECK(FAILS(syscall(SYS_migrate_pages, 4000000, 64, &zero, &zero), ESRCH));
	CHECK(FAILS(syscall(SYS_migrate_pages, 0, 64, &zero, &one), EINVAL));
	CHECK(FAILS(syscall(SYS_migrate_pages, 0, 64, 8, &one), EFAULT));
	munmap(area, 2 * PAGE);
}

int main(void)
{
	RUN(task_policies);
	RUN(mapping_policies);
	RUN(moves_pages);
	return guest_result();
}
