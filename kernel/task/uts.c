/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of host and domain names: task/uts.h.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "task/nsproxy.h"
#include "task/task.h"
#include "task/uts.h"

static spinlock_t uts_lock = SPINLOCK_INIT(RANK_FILES); /* nothing else is taken under it */

static void uts_destroy(struct ns_common *common)
{
	kfree(container_of(common, struct uts_namespace, common));
}

static const struct ns_kind uts_kind = {
	.name = "uts",
	.flag = CLONE_NEWUTS,
	.destroy = uts_destroy,
};

struct uts_namespace init_uts = {
	.common = { .refs = REFCOUNT_INIT(1), .ino = NS_INO_UTS, .kind = &uts_kind },
	.nodename = "(none)",
	.domainname = "(none)",
};

struct uts_namespace *uts_copy(struct uts_namespace *from)
{
	struct uts_namespace *uts = kmalloc(sizeof(*uts));

	if (!uts)
		return ERR_PTR(-ENOMEM);
	spin_lock(&uts_lock);
	*uts = *from;
	spin_unlock(&uts_lock);
	ns_common_init(&uts->common, &uts_kind);
	return uts;
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
	get_name(name, current->nsproxy->uts->nodename);
}

void uts_get_domainname(char *name)
{
	get_name(name, current->nsproxy->uts->domainname);
}

int uts_set_nodename(const char *name, size_t length)
{
	return set_name(current->nsproxy->uts->nodename, name, length);
}

int uts_set_domainname(const char *name, size_t length)
{
	return set_name(current->nsproxy->uts->domainname, name, length);
}
