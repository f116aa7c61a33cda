/* SPDX-License-Identifier: MIT */
/*
 * Root is root, and others are not: what needs a capability, how changes of ids and exec change
 * capabilities, the bounding and ambient sets, secure bits, capget and capset.
 */
#include "guest.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { CHOWN = 0, DAC_OVERRIDE = 1, FOWNER = 3, FSETID = 4, KILL = 5, SETGID = 6, SETUID = 7 };
enum { SETPCAP = 8, NICE = 23, TIME = 25, LAST = 40 };
enum { VERSION_1 = 0x19980330, VERSION_2 = 0x20071026, VERSION_3 = 0x20080522 };
enum { NOROOT = 1, NO_FIXUP = 4, KEEP_CAPS = 16, NO_RAISE = 64 };

struct header {
	uint32_t version;
	int pid;
};

struct words {
	uint32_t effective, permitted, inheritable;
};

struct sets {
	uint64_t effective, permitted, inheritable;
};

static struct sets get_sets(void)
{
	struct header header = { VERSION_3, 0 };
	struct words words[2] = { { 0 } };

	syscall(SYS_capget, &header, words);
	return (struct sets){ words[0].effective | (uint64_t)words[1].effective << 32,
			      words[0].permitted | (uint64_t)words[1].permitted << 32,
			      words[0].inheritable | (uint64_t)words[1].inheritable << 32 };
}

static long put_sets(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct header header = { VERSION_3, 0 };
	struct words words[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};

	return syscall(SYS_capset, &header, words);
}

static uint64_t bit(int capability)
{
	return (uint64_t)1 << capability;
}

/* --- what needs a capability --- */

static pid_t roots_child;

static long try_kill(void)
{
	return kill(roots_child, SIGTERM);
}

static long try_nice(void)
{
	return setpriority(PRIO_PROCESS, roots_child, 5);
}

static long try_nice_self(void)
{
	return setpriority(PRIO_PROCESS, 0, -5);
}

static long try_realtime(void)
{
	struct sched_param param = { .sched_priority = 1 };

	return sched_setscheduler(0, SCHED_FIFO, &param);
}

static long try_affinity(void)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	return sched_setaffinity(roots_child, sizeof(set), &set);
}

static long try_setuid(void)
{
	return syscall(SYS_setuid, 0);
}

static long try_setresuid(void)
{
	return syscall(SYS_setresuid, -1, 5, -1);
}

static long try_setgid(void)
{
	return syscall(SYS_setgid, 5);
}

static long try_setgroups(void)
{
	return syscall(SYS_setgroups, 0, NULL);
}

static long try_chown(void)
{
	return chown("/tmp/caps-users", 0, -1);
}

static long try_chmod(void)
{
	return chmod("/tmp/caps-roots", 0600);
}

static long try_open(void)
{
	return open("/tmp/caps-roots", O_RDONLY);
}

static long try_unlink(void)
{
	return unlink("/tmp/caps-dir/file");
}

static long try_mknod(void)
{
	return mknod("/tmp/caps-node", S_IFCHR | 0600, 0x103);
}

static long try_reboot(void)
{
	return reboot(RB_DISABLE_CAD);
}

static long try_hostname(void)
{
	return sethostname("other", 5);
}

static long try_mount(void)
{
	return mount("none", "/tmp/caps-dir", "tmpfs", 0, NULL);
}

static long try_umount(void)
{
	return umount("/proc");
}

static long try_settime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return clock_settime(CLOCK_REALTIME, &now);
}

static long try_chroot(void)
{
	return chroot("/");
}

static long try_drop_bounding(void)
{
	return prctl(PR_CAPBSET_DROP, NICE, 0, 0, 0);
}

static long try_securebits(void)
{
	return prctl(PR_SET_SECUREBITS, 0, 0, 0, 0);
}

static void child_needs(void)
{
	static const struct {
		const char *name;
		long (*try)(void);
		int error;
	} calls[] = {
		{ "kill", try_kill, EPERM },
		{ "setpriority", try_nice, EPERM },
		{ "setpriority of itself", try_nice_self, EACCES },
		{ "sched_setscheduler", try_realtime, EPERM },
		{ "sched_setaffinity", try_affinity, EPERM },
		{ "setuid", try_setuid, EPERM },
		{ "setresuid", try_setresuid, EPERM },
		{ "setgid", try_setgid, EPERM },
		{ "setgroups", try_setgroups, EPERM },
		{ "chown", try_chown, EPERM },
		{ "chmod", try_chmod, EPERM },
		{ "open", try_open, EACCES },
		{ "unlink", try_unlink, EACCES },
		{ "mknod", try_mknod, EPERM },
		{ "reboot", try_reboot, EPERM },
		{ "sethostname", try_hostname, EPERM },
		{ "mount", try_mount, EPERM },
		{ "umount", try_umount, EPERM },
		{ "clock_settime", try_settime, EPERM },
		{ "chroot", try_chroot, EPERM },
		{ "PR_CAPBSET_DROP", try_drop_bounding, EPERM },
		{ "PR_SET_SECUREBITS", try_securebits, EPERM },
	};

	CHILD_CHECK(setgroups(0, NULL) == 0 && setgid(1000) == 0 && setuid(1000) == 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		errno = 0;
		if (calls[i].try() >= 0 || errno != calls[i].error) {
			printf("%s: errno %d\n", calls[i].name, errno);
			_exit(1);
		}
	}
}

static void make_file(const char *name, uid_t owner, mode_t mode)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0600);

	(void)!fchown(fd, owner, owner);
	fchmod(fd, mode);
	close(fd);
}

static void what_needs_one(void)
{
	make_file("/tmp/caps-users", 1000, 0600);
	make_file("/tmp/caps-roots", 0, 0600);
	mkdir("/tmp/caps-dir", 0755);
	make_file("/tmp/caps-dir/file", 0, 0644);
	roots_child = fork();
	if (!roots_child)
		for (;;)
			pause();
	CHECK(in_child(child_needs));
	kill(roots_child, SIGKILL);
	CHECK(status_of(roots_child) == SIGKILL);
}

static mode_t mode_of(const char *name)
{
	struct stat status;

	return stat(name, &status) ? 0 : status.st_mode & 07777;
}

/* Who changes or writes a set-id program takes that away from it. */
static void child_set_id_bits(void)
{
	CHILD_CHECK(chmod("/tmp/caps-users", 06755) == 0 &&
		    chown("/tmp/caps-users", 1000, 1000) == 0);
	CHILD_CHECK(mode_of("/tmp/caps-users") == 0755);
	CHILD_CHECK(chmod("/tmp/caps-users", 06766) == 0);
	CHILD_CHECK(setgroups(0, NULL) == 0 && setgid(1000) == 0 && setuid(1000) == 0);
	int fd = open("/tmp/caps-users", O_WRONLY);
	CHILD_CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	CHILD_CHECK(!(mode_of("/tmp/caps-users") & 04000));
	CHILD_CHECK(chmod("/tmp/caps-users", 02755) == 0 && mode_of("/tmp/caps-users") == 02755);
}

static void set_id_bits(void)
{
	CHECK(in_child(child_set_id_bits));
}

/* --- changes of user ids --- */

static void child_ids(void)
{
	uint64_t all = get_sets().permitted;

	CHILD_CHECK(all == bit(LAST + 1) - 1 && get_sets().effective == all);
	CHILD_CHECK(setresuid(1000, 1000, 0) == 0); /* it may come back */
	CHILD_CHECK(get_sets().effective == 0 && get_sets().permitted == all);
	CHILD_CHECK(setresuid(-1, 0, -1) == 0 && get_sets().effective == all);
	CHILD_CHECK(setfsuid(1000) == 0);
	CHILD_CHECK(!(get_sets().effective & bit(DAC_OVERRIDE)) &&
		    get_sets().effective & bit(KILL));
	CHILD_CHECK(setfsuid(0) == 1000 && get_sets().effective == all);
	CHILD_CHECK(setuid(1000) == 0 && get_sets().permitted == 0);
}

static void child_keeps(void)
{
	uint64_t all = get_sets().permitted;

	CHILD_CHECK(prctl(PR_SET_KEEPCAPS, 1) == 0 && prctl(PR_GET_KEEPCAPS) == 1);
	CHILD_CHECK(setuid(1000) == 0);
	CHILD_CHECK(get_sets().permitted == all && get_sets().effective == 0);
	CHILD_CHECK(put_sets(bit(KILL), all, 0) == 0 && kill(1, 0) == 0);
	CHILD_CHECK(prctl(PR_SET_KEEPCAPS, 2) < 0 && errno == EINVAL);
}

static void child_no_fixup(void)
{
	uint64_t all = get_sets().permitted;

	CHILD_CHECK(prctl(PR_SET_SECUREBITS, NO_FIXUP | NO_FIXUP << 1) == 0);
	CHILD_CHECK(prctl(PR_GET_SECUREBITS) == (NO_FIXUP | NO_FIXUP << 1));
	CHILD_CHECK(setuid(1000) == 0 && get_sets().effective == all);
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, 0) < 0 && errno == EPERM); /* locked */
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, NO_FIXUP) < 0 && errno == EPERM);
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, 1 << 8 | NO_FIXUP | NO_FIXUP << 1) < 0 &&
		    errno == EPERM);
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, NO_FIXUP | NO_FIXUP << 1 | KEEP_CAPS << 1) == 0);
	CHILD_CHECK(prctl(PR_SET_KEEPCAPS, 1) < 0 && errno == EPERM);
}

static void user_ids(void)
{
	CHECK(in_child(child_ids));
	CHECK(in_child(child_keeps));
	CHECK(in_child(child_no_fixup));
}

/* --- exec --- */

static char own_name[256];

/* Executes this program again; its status tells whether it has exactly those capabilities. */
static void exec_expecting(const char *program, uint64_t effective, uint64_t permitted)
{
	char wanted[2][32];

	snprintf(wanted[0], sizeof(wanted[0]), "%lx", effective);
	snprintf(wanted[1], sizeof(wanted[1]), "%lx", permitted);
	execl(program, "capabilities", "-expect", wanted[0], wanted[1], NULL);
	_exit(2);
}

static int expect(const char *effective, const char *permitted)
{
	struct sets sets = get_sets();

	if (sets.effective == strtoul(effective, NULL, 16) &&
	    sets.permitted == strtoul(permitted, NULL, 16))
		return 0;
	printf("has %lx %lx\n", sets.effective, sets.permitted);
	return 1;
}

static void child_exec_root(void)
{
	uint64_t all = get_sets().permitted;

	CHILD_CHECK(prctl(PR_CAPBSET_DROP, NICE) == 0 && prctl(PR_CAPBSET_READ, NICE) == 0);
	CHILD_CHECK(get_sets().permitted == all);
	exec_expecting(own_name, all & ~bit(NICE), all & ~bit(NICE));
}

static void child_exec_noroot(void)
{
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, NOROOT) == 0);
	exec_expecting(own_name, 0, 0);
}

static void child_exec_user(void)
{
	CHILD_CHECK(prctl(PR_SET_KEEPCAPS, 1) == 0 && setuid(1000) == 0);
	CHILD_CHECK(put_sets(bit(KILL), bit(KILL), bit(KILL)) == 0);
	exec_expecting(own_name, 0, 0); /* inheritable alone does nothing */
}

static void child_exec_ambient(void)
{
	CHILD_CHECK(prctl(PR_SET_KEEPCAPS, 1) == 0 && setuid(1000) == 0);
	CHILD_CHECK(put_sets(0, bit(KILL) | bit(TIME), bit(KILL)) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, TIME, 0, 0) < 0 && errno == EPERM);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, KILL, 0, 0) == 1);
	exec_expecting(own_name, bit(KILL), bit(KILL));
}

static void child_exec_setuid(void)
{
	uint64_t all = get_sets().permitted;

	CHILD_CHECK(setgid(1000) == 0 && setuid(1000) == 0 && !get_sets().permitted);
	exec_expecting("/tmp/caps-suid", all, all);
}

static void child_exec_no_new_privs(void)
{
	CHILD_CHECK(setgid(1000) == 0 && setuid(1000) == 0);
	CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	exec_expecting("/tmp/caps-suid", 0, 0);
}

/* Root by its real id only: all is permitted, and nothing in effect. */
static void child_exec_real_root(void)
{
	uint64_t all = get_sets().permitted;

	CHILD_CHECK(setresuid(0, 1000, 1000) == 0);
	exec_expecting(own_name, 0, all);
}

static bool copy_program(const char *to)
{
	static char buffer[65536];
	int in = open("/proc/self/exe", O_RDONLY), out = open(to, O_CREAT | O_WRONLY, 0700);
	ssize_t got;

	while ((got = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)got) != got)
			return false;
	close(in);
	return !got && !fchmod(out, 04755) && !close(out);
}

static void at_exec(void)
{
	CHECK(readlink("/proc/self/exe", own_name, sizeof(own_name) - 1) > 0);
	CHECK(copy_program("/tmp/caps-suid"));
	CHECK(in_child(child_exec_root));
	CHECK(in_child(child_exec_noroot));
	CHECK(in_child(child_exec_user));
	CHECK(in_child(child_exec_ambient));
	CHECK(in_child(child_exec_setuid));
	CHECK(in_child(child_exec_no_new_privs));
	CHECK(in_child(child_exec_real_root));
	unlink("/tmp/caps-suid");
}

/* --- the calls themselves --- */

static void child_ambient(void)
{
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0) < 0 && errno == EPERM);
	CHILD_CHECK(put_sets(get_sets().effective, get_sets().permitted, bit(KILL)) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, KILL, 0, 0) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, KILL, 0, 0) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0) == 0);
	CHILD_CHECK(put_sets(get_sets().effective, get_sets().permitted, 0) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, KILL, 0, 0) == 0);
	CHILD_CHECK(put_sets(get_sets().effective, get_sets().permitted, bit(KILL)) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, KILL, 0, 0) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0) < 0 &&
		    errno == EINVAL);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 41, 0, 0) < 0 && errno == EINVAL);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, 9, KILL, 0, 0) < 0 && errno == EINVAL);
	CHILD_CHECK(prctl(PR_SET_SECUREBITS, NO_RAISE) == 0);
	CHILD_CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, KILL, 0, 0) < 0 && errno == EPERM);
	CHILD_CHECK(prctl(PR_CAPBSET_READ, 41) < 0 && errno == EINVAL);
	CHILD_CHECK(prctl(PR_CAPBSET_DROP, 41) < 0 && errno == EINVAL);
}

static void child_capset(void)
{
	struct header header = { VERSION_3, 0 };
	struct words words[2];
	uint64_t all = get_sets().permitted;

	CHILD_CHECK(put_sets(bit(KILL), bit(KILL) | bit(SETPCAP), 0) == 0);
	CHILD_CHECK(get_sets().effective == bit(KILL));
	CHILD_CHECK(put_sets(0, all, 0) < 0 && errno == EPERM);
	CHILD_CHECK(put_sets(bit(NICE), bit(KILL), 0) < 0 && errno == EPERM);
	CHILD_CHECK(put_sets(0, bit(KILL) | bit(SETPCAP), bit(NICE)) < 0 && errno == EPERM);
	CHILD_CHECK(put_sets(bit(SETPCAP), bit(KILL) | bit(SETPCAP), 0) == 0);
	CHILD_CHECK(put_sets(0, bit(KILL), bit(NICE)) == 0); /* it is in the bounding set */
	header.pid = 1;
	CHILD_CHECK(syscall(SYS_capget, &header, words) == 0 && words[0].permitted);
	CHILD_CHECK(syscall(SYS_capset, &header, words) < 0 && errno == EPERM);
	header.pid = -1;
	CHILD_CHECK(syscall(SYS_capget, &header, words) < 0 && errno == EINVAL);
	header.pid = 4194303;
	CHILD_CHECK(syscall(SYS_capget, &header, words) < 0 && errno == ESRCH);
	header = (struct header){ 5, 0 };
	CHILD_CHECK(syscall(SYS_capget, &header, words) < 0 && errno == EINVAL);
	CHILD_CHECK(header.version == VERSION_3);
	header.version = 5;
	CHILD_CHECK(syscall(SYS_capget, &header, NULL) == 0 && header.version == VERSION_3);
	header.version = 5;
	CHILD_CHECK(syscall(SYS_capset, &header, words) < 0 && errno == EINVAL);
	header.version = VERSION_1;
	CHILD_CHECK(syscall(SYS_capget, &header, words) == 0 && words[0].permitted == bit(KILL));
	header.version = VERSION_2;
	CHILD_CHECK(syscall(SYS_capget, &header, words) == 0 && words[1].permitted == 0);
	CHILD_CHECK(syscall(SYS_capget, 16, words) < 0 && errno == EFAULT);
	CHILD_CHECK(syscall(SYS_capget, &header, 16) < 0 && errno == EFAULT);
	CHILD_CHECK(syscall(SYS_capset, &header, 16) < 0 && errno == EFAULT);
}

static void calls(void)
{
	CHECK(in_child(child_ambient));
	CHECK(in_child(child_capset));
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "-expect"))
		return expect(argv[2], argv[3]);
	RUN(what_needs_one);
	RUN(set_id_bits);
	RUN(user_ids);
	RUN(at_exec);
	RUN(calls);
	return guest_result();
}
