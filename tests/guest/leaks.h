/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's memory is used for, before and after, to find leaks: the free memory and the
 * objects in use of each slab cache. A test that makes many of something does so once to fill
 * caches and pools, then up to LEAKS_ROUNDS times until nothing has grown from one round to the
 * next.
 */
#ifndef LEAKS_H
#define LEAKS_H

#include "guest.h"
#include "settings.h"

enum { LEAKS_ROUNDS = 5, LEAKS_CACHES = 400, LEAKS_NAME = 32 };

struct memory_use {
	long free_kib;
	int caches;
	struct {
		char name[LEAKS_NAME];
		long active;
	} cache[LEAKS_CACHES];
};

static void read_caches(struct memory_use *use)
{
	char line[256];
	FILE *file = fopen("/proc/slabinfo", "r");

	use->caches = 0;
	while (file && use->caches < LEAKS_CACHES && fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %ld", use->cache[use->caches].name,
			   &use->cache[use->caches].active) == 2)
			use->caches++;
	if (file)
		fclose(file);
}

/* Looks when the free memory has stopped to rise: the last of the dead may still be going. */
static void look_at_memory(struct memory_use *use)
{
	long before;

	use->free_kib = meminfo("MemFree");
	do {
		before = use->free_kib;
		sleep_ms(200);
		use->free_kib = meminfo("MemFree");
	} while (use->free_kib > before + 64);
	read_caches(use);
}

static long active_in(const struct memory_use *use, const char *name)
{
	for (int i = 0; i < use->caches; i++)
		if (!strcmp(use->cache[i].name, name))
			return use->cache[i].active;
	return 0;
}

/* True when less than slack KiB of free memory went, and no cache has more objects by `objects`.
 * Names what has grown. */
__attribute__((unused)) static bool nothing_grew(const struct memory_use *before,
						 const struct memory_use *after, long slack,
						 long objects)
{
	bool same = before->free_kib - after->free_kib < slack;

	if (!same)
		printf("free: %ld KiB before, %ld KiB after\n", before->free_kib, after->free_kib);
	for (int i = 0; i < after->caches; i++) {
		long was = active_in(before, after->cache[i].name);

		if (after->cache[i].active - was < objects)
			continue;
		printf("%s: %ld objects before, %ld after\n", after->cache[i].name, was,
		       after->cache[i].active);
		same = false;
	}
	return same;
}

/* Lets the system have that many tasks more; only ever raises its limits. */
__attribute__((unused)) static bool allow_tasks(long count)
{
	static const char *const limits[] = { "/proc/sys/kernel/threads-max",
					      "/proc/sys/kernel/pid_max" };

	for (int i = 0; i < 2; i++)
		if (get_setting(limits[i]) < count + 1000 && !put_setting(limits[i], count + 1000))
			return false;
	return true;
}

#endif
