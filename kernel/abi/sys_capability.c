/* SPDX-License-Identifier: MIT */
/*
 * capget(2), capset(2), and the options of prctl(2) about capabilities (capabilities(7)).
 *
 * What happens to capabilities when user ids change is in task/cred.c, at exec in task/exec_open.c.
 */
#include "abi/capability.h"

#include "lib/errno.h"
#include "task/cred.h"
#include "task/pid.h"
#include "uapi/process.h"
#include "vm/usercopy.h"

/* --- capget, capset: version 3 has two words each --- */

/* How many data words the caller's version has; -EINVAL after telling the version that is known. */
static int capability_words(uaddr_t header, struct capability_header *value)
{
	if (copy_from_user(value, header, sizeof(*value)))
		return -EFAULT;
	if (value->version == CAPABILITY_VERSION_1)
		return 1;
	if (value->version == CAPABILITY_VERSION_2 || value->version == CAPABILITY_VERSION_3)
		return 2;
	return put_user32(CAPABILITY_VERSION_3, header) ? -EFAULT : -EINVAL;
}

static struct cred *cred_of(pid_t pid)
{
	struct task_struct *task = pid ? get_task_by_pid(pid) : get_task_struct(current);
	struct cred *cred;

	if (!task)
		return NULL;
	cred = get_task_cred(task);
	put_task_struct(task);
	return cred;
}

/* Without room for data the call asks whether the version is known. */
long sys_capget(uaddr_t header, uaddr_t data)
{
	struct capability_header value;
	struct capability_data words[2];
	int count = capability_words(header, &value);
	struct cred *cred;

	if (count == -EFAULT || (count < 0 && data))
		return count;
	if (!data)
		return 0;
	if (value.pid < 0)
		return -EINVAL;
	cred = cred_of(value.pid);
	if (!cred)
		return -ESRCH;
	for (int i = 0; i < 2; i++)
		words[i] = (struct capability_data){ (u32)(cred->cap_effective >> 32 * i),
						     (u32)(cred->cap_permitted >> 32 * i),
						     (u32)(cred->cap_inheritable >> 32 * i) };
	cred_put(cred);
	return copy_to_user(data, words, (size_t)count * sizeof(words[0]));
}

static bool may_set(const struct cred *old, u64 effective, u64 permitted, u64 inheritable)
{
	if (!capable(CAP_SETPCAP) && inheritable & ~(old->cap_inheritable | old->cap_permitted))
		return false;
	if (inheritable & ~(old->cap_inheritable | old->cap_bounding))
		return false;
	return !(permitted & ~old->cap_permitted) && !(effective & ~permitted);
}

long sys_capset(uaddr_t header, uaddr_t data)
{
	struct capability_header value;
	struct capability_data words[2] = { 0 };
	int count = capability_words(header, &value);
	u64 effective, permitted, inheritable;
	struct cred *cred;

	if (count < 0)
		return count;
	if (value.pid && value.pid != current->vpid)
		return -EPERM;
	if (copy_from_user(words, data, (size_t)count * sizeof(words[0])))
		return -EFAULT;
	effective = (words[0].effective | (u64)words[1].effective << 32) & CAP_ALL;
	permitted = (words[0].permitted | (u64)words[1].permitted << 32) & CAP_ALL;
	inheritable = (words[0].inheritable | (u64)words[1].inheritable << 32) & CAP_ALL;
	if (!may_set(current_cred(), effective, permitted, inheritable))
		return -EPERM;
	cred = cred_prepare();
	if (IS_ERR(cred))
		return PTR_ERR(cred);
	cred->cap_effective = effective;
	cred->cap_permitted = permitted;
	cred->cap_inheritable = inheritable;
	cred->cap_ambient &= permitted & inheritable;
	cred_commit(cred);
	return 0;
}

/* --- the bounding set --- */

static u64 capability_bit(unsigned long capability)
{
	return (u64)1 << capability;
}

long prctl_read_bounding(unsigned long capability)
{
	if (capability > CAP_LAST)
		return -EINVAL;
	return (current_cred()->cap_bounding & capability_bit(capability)) != 0;
}

long prctl_drop_bounding(unsigned long capability)
{
	struct cred *cred;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (capability > CAP_LAST)
		return -EINVAL;
	cred = cred_prepare();
	if (IS_ERR(cred))
		return PTR_ERR(cred);
	cred->cap_bounding &= ~capability_bit(capability);
	cred_commit(cred);
	return 0;
}

/* --- secure bits: each has a neighbour that locks it --- */

static long set_securebits(u32 bits)
{
	struct cred *cred = cred_prepare();

	if (IS_ERR(cred))
		return PTR_ERR(cred);
	cred->securebits = bits;
	cred_commit(cred);
	return 0;
}

long prctl_set_securebits(unsigned long bits)
{
	u32 old = current_cred()->securebits, locked = old & SECBIT_LOCKS;

	if (bits & ~(unsigned long)(SECBIT_ALL | SECBIT_LOCKS) || locked & ~bits ||
	    (locked >> 1 & (old ^ bits)) || !capable(CAP_SETPCAP))
		return -EPERM;
	return set_securebits((u32)bits);
}

long prctl_set_keepcaps(unsigned long keep)
{
	u32 bits = current_cred()->securebits;

	if (keep > 1)
		return -EINVAL;
	if (bits & SECBIT_KEEP_CAPS << 1)
		return -EPERM;
	return set_securebits(keep ? bits | SECBIT_KEEP_CAPS : bits & ~(u32)SECBIT_KEEP_CAPS);
}

/* --- the ambient set: what stays across exec of programs without privileges --- */

enum ambient_operation { AMBIENT_IS_SET = 1, AMBIENT_RAISE, AMBIENT_LOWER, AMBIENT_CLEAR_ALL };

static long set_ambient(u64 ambient)
{
	struct cred *cred = cred_prepare();

	if (IS_ERR(cred))
		return PTR_ERR(cred);
	cred->cap_ambient = ambient;
	cred_commit(cred);
	return 0;
}

long prctl_ambient(unsigned long operation, unsigned long capability, unsigned long c,
		   unsigned long d)
{
	const struct cred *cred = current_cred();
	u64 bit;

	if (operation == AMBIENT_CLEAR_ALL)
		return capability || c || d ? -EINVAL : set_ambient(0);
	if (capability > CAP_LAST || c || d)
		return -EINVAL;
	bit = capability_bit(capability);
	switch (operation) {
	case AMBIENT_IS_SET: return (cred->cap_ambient & bit) != 0;
	case AMBIENT_LOWER: return set_ambient(cred->cap_ambient & ~bit);
	case AMBIENT_RAISE:
		if (!(cred->cap_permitted & cred->cap_inheritable & bit) ||
		    cred->securebits & SECBIT_NO_CAP_AMBIENT_RAISE)
			return -EPERM;
		return set_ambient(cred->cap_ambient | bit);
	}
	return -EINVAL;
}
