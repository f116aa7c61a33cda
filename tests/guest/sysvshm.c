/* SPDX-License-Identifier: MIT */
/* System V shared memory: shmget, shmat, shmdt, shmctl (ipc/sysv_shm.c, vm/detach.c). */
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>

#include "guest.h"

enum { PAGE = 4096, SIZE = 4 * PAGE };
#define FAILED ((void *)-1)

static bool fails(long result, int error)
{
	return result == -1 && errno == error;
}

static int attached(int id)
{
	struct shmid_ds stat;

	return shmctl(id, IPC_STAT, &stat) ? -1 : (int)stat.shm_nattch;
}

static void shared_with_children(void)
{
	int id = shmget(IPC_PRIVATE, SIZE, 0600);
	volatile int *words;
	pid_t child;

	CHECK(id >= 0);
	words = shmat(id, NULL, 0);
	CHECK(words != FAILED && words[0] == 0 && words[SIZE / 4 - 1] == 0);
	CHECK(attached(id) == 1);
	child = fork();
	if (!child) {
		CHILD_CHECK(attached(id) == 2);
		words[0] = 42;
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(words[0] == 42 && attached(id) == 1);
	CHECK(!shmdt((void *)words));
	CHECK(attached(id) == 0);
	CHECK(fails(shmdt((void *)words), EINVAL));
	words = shmat(id, NULL, SHM_RDONLY);
	CHECK(words != FAILED && words[0] == 42);
	CHECK(mprotect((void *)words, PAGE, PROT_READ | PROT_WRITE) == -1 && errno == EACCES);
	CHECK(!shmdt((void *)words));
	CHECK(!shmctl(id, IPC_RMID, NULL));
	CHECK(fails(shmctl(id, IPC_RMID, NULL), EINVAL));
}

static void keys(void)
{
	key_t key = 0x5b300001 + getpid();
	int id = shmget(key, SIZE, IPC_CREAT | IPC_EXCL | 0600);

	CHECK(id >= 0);
	CHECK(shmget(key, 0, 0) == id);
	CHECK(shmget(key, SIZE, IPC_CREAT) == id);
	CHECK(fails(shmget(key, SIZE + 1, 0), EINVAL));
	CHECK(fails(shmget(key, SIZE, IPC_CREAT | IPC_EXCL), EEXIST));
	CHECK(!shmctl(id, IPC_RMID, NULL));
	CHECK(fails(shmget(key, SIZE, 0), ENOENT));
}

static void removed_with_the_last_attachment(void)
{
	key_t key = 0x5b310001 + getpid();
	int id = shmget(key, SIZE, IPC_CREAT | 0600), other;
	struct shmid_ds stat;
	int *words;

	CHECK(id >= 0);
	words = shmat(id, NULL, 0);
	CHECK(words != FAILED);
	words[1] = 7;
	CHECK(!shmctl(id, IPC_RMID, NULL));
	CHECK(!shmctl(id, IPC_STAT, &stat));
	CHECK(stat.shm_perm.mode & 01000 && stat.shm_perm.__key == IPC_PRIVATE);
	CHECK(words[1] == 7);
	other = shmget(key, SIZE, IPC_CREAT | IPC_EXCL | 0600);
	CHECK(other >= 0 && other != id);
	CHECK(!shmctl(other, IPC_RMID, NULL));
	CHECK(!shmdt(words));
	CHECK(fails(shmctl(id, IPC_STAT, &stat), EINVAL));
}

/* Exec and exit detach. */
static void detached_by_exec(void)
{
	int id = shmget(IPC_PRIVATE, SIZE, 0600);
	struct shmid_ds stat;
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		CHILD_CHECK(shmat(id, NULL, 0) != FAILED);
		CHILD_CHECK(attached(id) == 1);
		execl("/proc/self/exe", "sysvshm", "attached", (char *)NULL);
		_exit(1);
	}
	CHECK(ended_well(child));
	CHECK(!shmctl(id, IPC_STAT, &stat));
	CHECK(stat.shm_nattch == 0 && stat.shm_lpid == child && stat.shm_cpid == getpid());
	CHECK(stat.shm_atime > 0 && stat.shm_dtime > 0 && stat.shm_segsz == SIZE);
	CHECK(!shmctl(id, IPC_RMID, NULL));
}

static void at_addresses(void)
{
	int id = shmget(IPC_PRIVATE, SIZE, 0600);
	char *area = mmap(NULL, 4 * SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(id >= 0 && area != MAP_FAILED);
	CHECK(shmat(id, area, 0) == FAILED && errno == EINVAL);
	CHECK(shmat(id, area + 1, SHM_REMAP) == FAILED && errno == EINVAL);
	CHECK(shmat(id, NULL, SHM_REMAP) == FAILED && errno == EINVAL);
	CHECK(shmat(id, area, SHM_REMAP) == area);
	CHECK(shmat(id, area + SIZE + 5, SHM_REMAP | SHM_RND) == area + SIZE);
	area[0] = 'x';
	CHECK(area[SIZE] == 'x' && attached(id) == 2);
	CHECK(!shmdt(area) && !shmdt(area + SIZE));
	CHECK(shmat(id, area, 0) == area);
	CHECK(!shmdt(area));
	CHECK(fails(shmdt(area + 1), EINVAL));
	CHECK(!munmap(area, 4 * SIZE));
	CHECK(!shmctl(id, IPC_RMID, NULL));
}

/* What is left of an attachment after munmap and mprotect goes with one shmdt. */
static void in_pieces(void)
{
	int id = shmget(IPC_PRIVATE, SIZE, 0600);
	char *memory = shmat(id, NULL, 0);

	CHECK(memory != FAILED);
	CHECK(!mprotect(memory + PAGE, PAGE, PROT_READ));
	CHECK(attached(id) == 3);
	CHECK(!munmap(memory + 2 * PAGE, PAGE));
	CHECK(attached(id) == 3);
	CHECK(!munmap(memory, PAGE));
	CHECK(attached(id) == 2);
	CHECK(!shmdt(memory));
	CHECK(attached(id) == 0);
	CHECK(fails(shmdt(memory), EINVAL));
	CHECK(!shmctl(id, IPC_RMID, NULL));
}

static void state_and_limits(void)
{
	int id = shmget(IPC_PRIVATE, SIZE + 1, 0640);
	struct shmid_ds stat;
	struct shminfo info;
	struct shm_info used;

	CHECK(id >= 0);
	CHECK(!shmctl(id, IPC_STAT, &stat));
	CHECK(stat.shm_segsz == SIZE + 1 && (stat.shm_perm.mode & 0777) == 0640);
	CHECK(!stat.shm_atime && !stat.shm_dtime && stat.shm_ctime && !stat.shm_lpid);
	stat.shm_perm.mode = 0600;
	CHECK(!shmctl(id, IPC_SET, &stat));
	CHECK(!shmctl(id, SHM_LOCK, NULL));
	CHECK(!shmctl(id, IPC_STAT, &stat) && (stat.shm_perm.mode & 07777) == 02600);
	CHECK(!shmctl(id, SHM_UNLOCK, NULL));
	CHECK(!shmctl(id, IPC_STAT, &stat) && (stat.shm_perm.mode & 07777) == 0600);
	CHECK(shmctl(0, IPC_INFO, (struct shmid_ds *)&info) >= 0);
	CHECK(info.shmmin == 1 && info.shmmni == 4096 && info.shmseg == 4096);
	CHECK(info.shmmax == ~0UL - (1 << 24) && info.shmall == ~0UL - (1 << 24));
	CHECK(shmctl(0, SHM_INFO, (struct shmid_ds *)&used) >= 0);
	CHECK(used.used_ids >= 1 && used.shm_tot >= 5);
	CHECK(shmctl(id & 0x7fff, SHM_STAT, &stat) == id);
	CHECK(!shmctl(id, IPC_RMID, NULL));
}

static void rights(void)
{
	int id = shmget(IPC_PRIVATE, SIZE, 0604);
	pid_t child;

	CHECK(id >= 0);
	child = fork();
	if (!child) {
		struct shmid_ds stat;
		void *memory;

		CHILD_CHECK(!setgid(1000) && !setuid(1000));
		CHILD_CHECK(shmat(id, NULL, 0) == FAILED && errno == EACCES);
		CHILD_CHECK(shmat(id, NULL, SHM_RDONLY | SHM_EXEC) == FAILED && errno == EACCES);
		memory = shmat(id, NULL, SHM_RDONLY);
		CHILD_CHECK(memory != FAILED);
		CHILD_CHECK(!shmctl(id, IPC_STAT, &stat));
		CHILD_CHECK(fails(shmctl(id, IPC_SET, &stat), EPERM));
		CHILD_CHECK(fails(shmctl(id, IPC_RMID, NULL), EPERM));
		CHILD_CHECK(fails(shmctl(id, SHM_LOCK, NULL), EPERM));
		_exit(0);
	}
	CHECK(ended_well(child));
	CHECK(!shmctl(id, IPC_RMID, NULL));
}

static void wrong_arguments(void)
{
	int id = shmget(IPC_PRIVATE, SIZE, 0600);

	CHECK(id >= 0);
	CHECK(fails(shmget(IPC_PRIVATE, 0, 0600), EINVAL));
	CHECK(fails(shmget(IPC_PRIVATE, ~0UL, 0600), EINVAL));
	CHECK(fails(shmget(IPC_PRIVATE, 1UL << 50, 0600), ENOMEM));
	CHECK(fails(shmget(IPC_PRIVATE, SIZE, SHM_HUGETLB | 0600), ENOMEM));
	CHECK(fails(shmget(IPC_PRIVATE, SIZE, SHM_HUGETLB | 63 << 26 | 0600), EINVAL));
	CHECK(shmat(-1, NULL, 0) == FAILED && errno == EINVAL);
	CHECK(shmat(id + 1, NULL, 0) == FAILED && errno == EINVAL);
	CHECK(shmat(id, (void *)(PAGE + 1), 0) == FAILED && errno == EINVAL);
	CHECK(fails(shmctl(id, 99, NULL), EINVAL));
	CHECK(fails(shmctl(-1, IPC_RMID, NULL), EINVAL));
	CHECK(fails(shmctl(id, IPC_STAT, (void *)8), EFAULT));
	CHECK(fails(shmctl(id, IPC_SET, (void *)8), EFAULT));
	CHECK(fails(shmdt((void *)PAGE), EINVAL));
	CHECK(!shmctl(id, IPC_RMID, NULL));
}

/* Processes that attach, detach and die while the segment is removed. */
static void crowd(void)
{
	enum { CHILDREN = 6, ROUNDS = 50 };
	int id = shmget(IPC_PRIVATE, SIZE, 0600);
	pid_t children[CHILDREN];
	struct shmid_ds stat;

	CHECK(id >= 0);
	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (children[i])
			continue;
		for (int n = 0; n < ROUNDS; n++) {
			char *memory = shmat(id, NULL, 0);

			if (memory == FAILED)
				break;
			memory[i] = (char)n;
			if (n % 3 == 0 && !fork())
				_exit(0);
			shmdt(memory);
		}
		while (wait(NULL) > 0)
			;
		_exit(0);
	}
	sleep_ms(20);
	CHECK(!shmctl(id, IPC_RMID, NULL));
	for (int i = 0; i < CHILDREN; i++)
		CHECK(ended_well(children[i]));
	CHECK(fails(shmctl(id, IPC_STAT, &stat), EINVAL));
}

static void tables(void)
{
	int id = shmget(0x5b320001, SIZE, IPC_CREAT | 0640);
	char line[256];
	bool found = false;
	FILE *file = fopen("/proc/sysvipc/shm", "r");

	CHECK(id >= 0 && file);
	while (fgets(line, sizeof(line), file)) {
		int key, number;
		unsigned int mode;
		unsigned long size;

		if (sscanf(line, "%d %d %o %lu", &key, &number, &mode, &size) == 4 &&
		    key == 0x5b320001)
			found = number == id && mode == 0640 && size == SIZE;
	}
	fclose(file);
	CHECK(found);
	CHECK(!shmctl(id, IPC_RMID, NULL));
}

int main(int argc, char *argv[])
{
	if (argc > 1)
		return strcmp(argv[1], "attached") != 0;
	RUN(shared_with_children);
	RUN(keys);
	RUN(removed_with_the_last_attachment);
	RUN(detached_by_exec);
	RUN(at_addresses);
	RUN(in_pieces);
	RUN(state_and_limits);
	RUN(rights);
	RUN(wrong_arguments);
	RUN(crowd);
	RUN(tables);
	return guest_result();
}
