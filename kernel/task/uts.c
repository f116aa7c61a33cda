/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of host and domain names: task/uts.h.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/task.h"
#include "task/uts.h"

static spinlock_t uts_lock = SPINLOCK_INIT(RANK_FILES); /* nothing else is taken under it */

struct uts_namespace init_uts = {
	.refs = REFCOUNT_INIT(1),
	.nodename = "(none)",
	.domainname = "(none)",
};

void uts_put(struct uts_namespace *uts)
{
	if (refcount_dec_and_test(&uts->refs))
		kfree(uts);
}

struct uts_namespace *uts_copy(struct uts_namespace *from)
{
	struct uts_namespace *uts = kmalloc(sizeof(*uts));

	if (!uts)
		return ERR_PTR(-ENOMEM);
	spin_lock(&uts_lock);
	*uts = *from;
	spin_unlock(&uts_lock);
	refcount_set(&uts->refs, 1);
	return uts;
}

int uts_unshare(void)
{
	struct uts_namespace *old = current->uts;
	struct uts_namespace *uts = uts_copy(old);

	if (IS_ERR(uts))
		return (int)PTR_ERR(uts);
	current->uts = uts;
	uts_put(old);
	return 0;
}

static void get_name(char *to, const char *name)
{
	spin_lock(&uts_lock);
	memcpy(to, name, UTS_LENGTH + 1);
	spin_unlock(&uts_lock);
}

static int set_name(char *name, const char *from, size_t length)
{
	if (length > UTS_LENGTH)
		return -EINVAL;
	spin_lock(&uts_lock);
	memset(name, 0, UTS_LENGTH + 1);
	memcpy(name, from, length);
	spin_unlock(&uts_lock);
	return 0;
}

void uts_get_nodename(char *name)
{
	get_name(name, current->uts->nodename);
}

void uts_get_domainname(char *name)
{
	get_name(name, current->uts->domainname);
}

int uts_set_nodename(const char *name, size_t length)
{
	return set_name(current->uts->nodename, name, length);
}

int uts_set_domainname(const char *name, size_t length)
{
	return set_name(current->uts->domainname, name, length);
}
