/* SPDX-License-Identifier: MIT */
/*
 * Core files: when one is written, under which name, and what is in it (core(5)).
 */
#include <elf.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "handler.h"
#include "settings.h"
#include "workdir.h"

enum { PAGE = 4096, THREADS = 3 };

static volatile long marked = 0x600dc0de;
static char *shared_page, *hidden_page, *plain_page;

/* --- making cores --- */

static void no_more_than(rlim_t limit)
{
	const struct rlimit core = { limit, RLIM_INFINITY };

	CHILD_CHECK(!setrlimit(RLIMIT_CORE, &core));
}

/* The status of a child that may write so much, and does that. */
static int dying(rlim_t limit, void (*action)(void))
{
	pid_t pid = fork();

	if (!pid) {
		no_more_than(limit);
		action();
		_exit(0);
	}
	return status_of(pid);
}

static void do_abort(void)
{
	abort();
}

static bool dumped(int status, int signal)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == signal && WCOREDUMP(status);
}

static bool died_only(int status, int signal)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == signal && !WCOREDUMP(status);
}

static bool reads(const char *path, const char *value)
{
	return file_is(path, value);
}

#define PATTERN "/proc/sys/kernel/core_pattern"
#define USES_PID "/proc/sys/kernel/core_uses_pid"
#define FILTER "/proc/self/coredump_filter"

/* --- reading them --- */

static struct core {
	char *bytes;
	size_t size;
	const Elf64_Ehdr *header;
	const Elf64_Phdr *segments;
} core;

static bool load(const char *name)
{
	struct stat stat;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || fstat(fd, &stat))
		return false;
	if (core.bytes)
		munmap(core.bytes, core.size);
	core.size = (size_t)stat.st_size;
	core.bytes = mmap(NULL, core.size, PROT_READ, MAP_PRIVATE, fd, 0); /* mostly holes */
	close(fd);
	if (core.bytes == MAP_FAILED)
		return false;
	core.header = (const Elf64_Ehdr *)core.bytes;
	core.segments = (const Elf64_Phdr *)(core.bytes + core.header->e_phoff);
	return true;
}

static const Elf64_Phdr *segment_of(const volatile void *address)
{
	for (int i = 0; i < core.header->e_phnum; i++) {
		const Elf64_Phdr *segment = &core.segments[i];

		if (segment->p_type == PT_LOAD && (uintptr_t)address >= segment->p_vaddr &&
		    (uintptr_t)address < segment->p_vaddr + segment->p_memsz)
			return segment;
	}
	return NULL;
}

/* Where an address of the program's is in the core; NULL: it was not dumped. */
static const void *content(const volatile void *address)
{
	const Elf64_Phdr *segment = segment_of(address);
	uintptr_t offset;

	if (!segment || (uintptr_t)address >= segment->p_vaddr + segment->p_filesz)
		return NULL;
	offset = segment->p_offset + ((uintptr_t)address - segment->p_vaddr);
	return offset < core.size ? core.bytes + offset : NULL;
}

/* The nth note of a type, or NULL. */
static const void *elf_note(unsigned int type, int nth, size_t *size)
{
	const char *at = core.bytes + core.segments[0].p_offset;
	const char *end = at + core.segments[0].p_filesz;

	while (at < end) {
		const Elf64_Nhdr *head = (const Elf64_Nhdr *)at;

		at += sizeof(*head) + (head->n_namesz + 3) / 4 * 4;
		if (head->n_type == type && !nth--) {
			*size = head->n_descsz;
			return at;
		}
		at += (head->n_descsz + 3) / 4 * 4;
	}
	return NULL;
}

/* --- whether --- */

static void none_without_permission(void)
{
	CHECK(died_only(dying(0, do_abort), SIGABRT) && !exists("core"));
	CHECK(died_only(dying(PAGE - 1, do_abort), SIGABRT) && !exists("core"));
}

static void undumpable(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	abort();
}

static void none_of_what_is_not_dumpable(void)
{
	CHECK(died_only(dying(RLIM_INFINITY, undumpable), SIGABRT) && !exists("core"));
}

static const int core_signals[] = { SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
				    SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS };
static const int other_signals[] = { SIGHUP,  SIGINT,	 SIGKILL, SIGUSR1, SIGPIPE,
				     SIGALRM, SIGVTALRM, SIGIO,	  SIGPWR,  40 };
static int signal_to_raise;

static void do_raise(void)
{
	raise(signal_to_raise);
}

static void by_some_signals_only(void)
{
	for (size_t i = 0; i < sizeof(core_signals) / sizeof(int); i++) {
		signal_to_raise = core_signals[i];
		CHECK(dumped(dying(RLIM_INFINITY, do_raise), signal_to_raise));
		CHECK(!unlink("core"));
	}
	for (size_t i = 0; i < sizeof(other_signals) / sizeof(int); i++) {
		signal_to_raise = other_signals[i];
		CHECK(died_only(dying(RLIM_INFINITY, do_raise), signal_to_raise));
		CHECK(!exists("core"));
	}
}

static void limit_ends_the_file(void)
{
	struct stat stat;

	CHECK(dumped(dying(16 * PAGE, do_abort), SIGABRT));
	CHECK(!lstat("core", &stat) && stat.st_blocks * 512 <= 16 * PAGE && stat.st_size > PAGE);
	CHECK(!unlink("core"));
}

static void waitid_and_sigchld_say_so(void)
{
	siginfo_t info;
	sigset_t set = block(SIGCHLD);
	pid_t pid;

	pid = fork();
	if (!pid) {
		no_more_than(RLIM_INFINITY);
		abort();
	}
	CHECK(sigwaitinfo(&set, &info) == SIGCHLD);
	CHECK(info.si_code == CLD_DUMPED && info.si_status == SIGABRT && info.si_pid == pid);
	CHECK(!waitid(P_PID, (id_t)pid, &info, WEXITED));
	CHECK(info.si_code == CLD_DUMPED && info.si_status == SIGABRT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK(!unlink("core"));
}

/* --- where --- */

static void for_its_owner_alone(void)
{
	struct stat stat;

	CHECK(dumped(dying(RLIM_INFINITY, do_abort), SIGABRT));
	CHECK(!lstat("core", &stat) && stat.st_mode == (S_IFREG | 0600) && stat.st_nlink == 1);
	CHECK(!unlink("core"));
}

static void takes_the_place_of_what_was_there(void)
{
	CHECK(make_file("mine", "precious"));
	CHECK(!symlink("mine", "core") && dumped(dying(RLIM_INFINITY, do_abort), SIGABRT));
	CHECK(file_is("mine", "precious") && !unlink("core"));
	CHECK(!link("mine", "core") && dumped(dying(RLIM_INFINITY, do_abort), SIGABRT));
	CHECK(file_is("mine", "precious") && links_of("mine") == 1 && !unlink("core"));
	CHECK(!mkdir("core", 0700) && died_only(dying(RLIM_INFINITY, do_abort), SIGABRT));
	CHECK(!rmdir("core") && !unlink("mine"));
}

static void closed_umask(void)
{
	umask(0700);
	abort();
}

static void not_where_the_umask_spoils_it(void)
{
	CHECK(died_only(dying(RLIM_INFINITY, closed_umask), SIGABRT));
	unlink("core");
}

static void names_by_pattern(void)
{
	char name[128];
	pid_t pid;

	CHECK(put_text(PATTERN, "%e,%p,%i,%u,%g,%s,%%,%z,%\n") &&
	      reads(PATTERN, "%e,%p,%i,%u,%g,%s,%%,%z,%\n"));
	pid = fork();
	if (!pid) {
		no_more_than(RLIM_INFINITY);
		prctl(PR_SET_NAME, "a/b");
		abort();
	}
	CHECK(dumped(status_of(pid), SIGABRT));
	snprintf(name, sizeof(name), "a!b,%d,%d,0,0,6,%%,,", pid, pid);
	CHECK(!unlink(name));
	CHECK(put_text(USES_PID, "1") && put_text(PATTERN, "x"));
	pid = fork();
	if (!pid) {
		no_more_than(RLIM_INFINITY);
		abort();
	}
	CHECK(dumped(status_of(pid), SIGABRT));
	snprintf(name, sizeof(name), "x.%d", pid);
	CHECK(!unlink(name));
	CHECK(put_text(USES_PID, "0") && put_text(PATTERN, "missing/core"));
	CHECK(died_only(dying(RLIM_INFINITY, do_abort), SIGABRT));
	CHECK(put_text(PATTERN, "core") && reads(PATTERN, "core\n"));
}

/* --- what --- */

static void has_memory_and_notes(void)
{
	const prstatus_t *status;
	const prpsinfo_t *process;
	const siginfo_t *info;
	const long *files;
	size_t size;

	CHECK(dumped(dying(RLIM_INFINITY, do_abort), SIGABRT) && load("core"));
	CHECK(!memcmp(core.header->e_ident, ELFMAG, SELFMAG) && core.header->e_type == ET_CORE);
	CHECK(core.header->e_machine == EM_RISCV && core.segments[0].p_type == PT_NOTE);
	CHECK(content(&marked) && *(const long *)content(&marked) == marked);
	CHECK(content(&size));
	status = elf_note(NT_PRSTATUS, 0, &size);
	CHECK(status && size == sizeof(*status) && status->pr_info.si_signo == SIGABRT);
	CHECK(status->pr_cursig == SIGABRT && status->pr_ppid == getpid() && status->pr_fpvalid);
	CHECK(segment_of((void *)status->pr_reg[0])->p_flags & PF_X); /* the program counter */
	CHECK(content((void *)status->pr_reg[2]));		      /* the stack */
	process = elf_note(NT_PRPSINFO, 0, &size);
	CHECK(process && size == sizeof(*process) && process->pr_pid == status->pr_pid);
	CHECK(process->pr_sname == 'R' && process->pr_psargs[0] && process->pr_ppid == getpid());
	info = elf_note(NT_SIGINFO, 0, &size);
	CHECK(info && size == sizeof(*info) && info->si_signo == SIGABRT);
	CHECK(info->si_code == SI_TKILL && info->si_pid == status->pr_pid);
	CHECK(elf_note(NT_AUXV, 0, &size) && size % 16 == 0 && elf_note(NT_FPREGSET, 0, &size));
	CHECK(size == 264);
	files = elf_note(NT_FILE, 0, &size);
	CHECK(files && files[0] > 0 && files[1] == PAGE);
	CHECK(!elf_note(NT_PRSTATUS, 1, &size) && !unlink("core"));
}

static pthread_barrier_t ready;

static void *stand(void *tid)
{
	*(pid_t *)tid = (pid_t)syscall(SYS_gettid);
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return NULL;
}

static void *run(void *tid)
{
	*(pid_t *)tid = (pid_t)syscall(SYS_gettid);
	pthread_barrier_wait(&ready);
	__asm__ volatile("fmv.d.x fs3, %0\n\tmv s5, %0\n1:\tj 1b" ::"r"(0x1234567) : "s5", "fs3");
	return NULL;
}

static pid_t *tids; /* shared with the child: of its threads, the last one computes */

static void crash_with_threads(void)
{
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, i < THREADS - 1 ? stand : run, &tids[i]);
	pthread_barrier_wait(&ready);
	sleep_ms(20); /* so that most likely it is in its loop */
	tids[THREADS] = getpid();
	raise(SIGSEGV);
}

static void shows_all_threads(void)
{
	const prstatus_t *status;
	int seen = 0;
	size_t size;

	tids = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(dumped(dying(RLIM_INFINITY, crash_with_threads), SIGSEGV) && load("core"));
	status = elf_note(NT_PRSTATUS, 0, &size);
	CHECK(status && status->pr_pid == tids[THREADS]);
	for (int i = 1; (status = elf_note(NT_PRSTATUS, i, &size)); i++) {
		const double *fp = elf_note(NT_FPREGSET, i, &size);
		long bits;

		for (int thread = 0; thread < THREADS; thread++)
			seen |= (tids[thread] == status->pr_pid) << thread;
		CHECK(fp && size == 264 && status->pr_cursig == SIGSEGV);
		if (status->pr_pid != tids[THREADS - 1] || status->pr_reg[21] != 0x1234567)
			continue;
		memcpy(&bits, &fp[19], sizeof(bits));
		CHECK(bits == 0x1234567);
	}
	CHECK(seen == (1 << THREADS) - 1 && !unlink("core"));
	munmap(tids, PAGE);
}

static void prepare_pages(void)
{
	const int prot = PROT_READ | PROT_WRITE;

	shared_page = mmap(NULL, PAGE, prot, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	hidden_page = mmap(NULL, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	plain_page = mmap(NULL, 64 * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*shared_page = *hidden_page = 1;
	plain_page[63 * PAGE] = 7;
	madvise(hidden_page, PAGE, MADV_DONTDUMP);
}

static void filter_chooses(void)
{
	prepare_pages();
	CHECK(reads(FILTER, "00000033\n"));
	CHECK(dumped(dying(RLIM_INFINITY, do_abort), SIGABRT) && load("core") && !unlink("core"));
	CHECK(content(shared_page) && !content(hidden_page) && segment_of(hidden_page));
	CHECK(*(const char *)content(plain_page + 63 * PAGE) == 7);
	CHECK(*(const char *)content(plain_page + 62 * PAGE) == 0);
	CHECK(!madvise(hidden_page, PAGE, MADV_DODUMP) && put_text(FILTER, "1"));
	CHECK(dumped(dying(RLIM_INFINITY, do_abort), SIGABRT) && load("core") && !unlink("core"));
	CHECK(!content(shared_page) && content(hidden_page) && content(plain_page));
	CHECK(put_text(FILTER, "0x0") && reads(FILTER, "00000000\n"));
	CHECK(dumped(dying(RLIM_INFINITY, do_abort), SIGABRT) && load("core") && !unlink("core"));
	CHECK(!content(&marked) && !content(plain_page) && segment_of(plain_page));
	CHECK(put_text(FILTER, "0xffffffff\n") && reads(FILTER, "000001ff\n") &&
	      put_text(FILTER, "0x33"));
}

static void wrong_filters_and_settings(void)
{
	CHECK(!put_text(FILTER, "x") && errno == EINVAL);
	CHECK(!put_text(FILTER, "12 34") && errno == EINVAL);
	CHECK(!put_text(FILTER, "0x100000000") && (errno == EINVAL || errno == ERANGE));
	CHECK(!put_text(USES_PID, "many") && errno == EINVAL);
	CHECK(reads(FILTER, "00000033\n"));
}

/* --- meetings --- */

static void *abort_now(void *unused)
{
	pthread_barrier_wait(&ready);
	abort();
	return unused;
}

static void *leave_now(void *unused)
{
	pthread_barrier_wait(&ready);
	return unused;
}

static void crash_in_company(void)
{
	void *(*const parts[])(void *) = { abort_now, leave_now, stand, leave_now, abort_now };
	static pid_t unused;
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, 5);
	for (int i = 1; i < 5; i++)
		pthread_create(&thread, NULL, parts[i], &unused);
	parts[0](NULL);
}

static void with_others_that_end_and_crash(void)
{
	for (int i = 0; i < 30; i++) {
		CHECK(dumped(dying(RLIM_INFINITY, crash_in_company), SIGABRT) && load("core"));
		CHECK(core.header->e_type == ET_CORE && !unlink("core"));
	}
}

static void killed_while_dumping(void)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			no_more_than(RLIM_INFINITY);
			memset(malloc(4 << 20), 1, 4 << 20);
			abort();
		}
		sleep_ms(i);
		kill(pid, SIGKILL);
		status = status_of(pid);
		CHECK(died_only(status, SIGKILL) || dumped(status, SIGABRT));
	}
	unlink("core");
}

int main(void)
{
	enter_workdir("core");
	signal(SIGCHLD, SIG_DFL);
	RUN(none_without_permission);
	RUN(none_of_what_is_not_dumpable);
	RUN(by_some_signals_only);
	RUN(limit_ends_the_file);
	RUN(waitid_and_sigchld_say_so);
	RUN(for_its_owner_alone);
	RUN(takes_the_place_of_what_was_there);
	RUN(not_where_the_umask_spoils_it);
	RUN(names_by_pattern);
	RUN(has_memory_and_notes);
	RUN(shows_all_threads);
	RUN(filter_chooses);
	RUN(wrong_filters_and_settings);
	RUN(with_others_that_end_and_crash);
	RUN(killed_while_dumping);
	return guest_result();
}
