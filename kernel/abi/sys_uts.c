/* SPDX-License-Identifier: MIT */
/*
 * System calls of the system's names and of a program's execution domain: uname(2), sethostname(2),
 * personality(2).
 */
#include "lib/errno.h"
#include "task/cred.h"
#include "task/uts.h"
#include "vm/usercopy.h"

enum { FIELD = UTS_LENGTH + 1 };

struct utsname { /* uname(2) */
	char sysname[FIELD];
	char nodename[FIELD];
	char release[FIELD];
	char version[FIELD];
	char machine[FIELD];
	char domainname[FIELD];
};

long sys_uname(uaddr_t result)
{
	struct utsname name = {
		.sysname = UTS_SYSNAME,
		.release = UTS_RELEASE,
		.version = UTS_VERSION,
		.machine = UTS_MACHINE,
	};

	uts_get_nodename(name.nodename);
	uts_get_domainname(name.domainname);
	return copy_to_user(result, &name, sizeof(name));
}

/* A name of at most UTS_LENGTH bytes, without terminator, by a setter. */
static long set_from_user(uaddr_t from, int length, int (*set)(const char *name, size_t length))
{
	char name[FIELD];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (length < 0 || length > UTS_LENGTH)
		return -EINVAL;
	if (copy_from_user(name, from, (size_t)length))
		return -EFAULT;
	return set(name, (size_t)length);
}

long sys_sethostname(uaddr_t name, int length)
{
	return set_from_user(name, length, uts_set_nodename);
}

long sys_setdomainname(uaddr_t name, int length)
{
	return set_from_user(name, length, uts_set_domainname);
}

#define PERSONALITY_READ 0xffffffffu

/* Any word is kept and told; what acts is ADDR_NO_RANDOMIZE (exec.c). */
long sys_personality(u32 persona)
{
	u32 old = current->personality;

	if (persona != PERSONALITY_READ)
		current->personality = persona;
	return old;
}
