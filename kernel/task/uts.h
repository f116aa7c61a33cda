/* SPDX-License-Identifier: MIT */
/*
 * The system's names (uname(2)), and the name spaces of the two that can be set.
 *
 * A name space is shared by fork, and left by clone or unshare with CLONE_NEWUTS. The names are
 * read and written under one lock for all of them, since both are short and rare.
 */
#ifndef TASK_UTS_H
#define TASK_UTS_H

#include "fs/nsfs.h"
#include "lib/types.h"

enum { UTS_LENGTH = 64 };

#define UTS_SYSNAME "Linux"
#define UTS_RELEASE "6.12.0-hartwood"
#define UTS_VERSION "#1 SMP"
#define UTS_MACHINE "riscv64"

struct uts_namespace {
	struct ns_common common;	 /* first */
	char nodename[UTS_LENGTH + 1];	 /* [uts lock] host name */
	char domainname[UTS_LENGTH + 1]; /* [uts lock] */
};

extern struct uts_namespace init_uts;

static inline struct uts_namespace *uts_get(struct uts_namespace *uts)
{
	ns_get(&uts->common);
	return uts;
}

static inline void uts_put(struct uts_namespace *uts)
{
	ns_put(&uts->common);
}

/* A copy with one reference; ERR_PTR(-ENOMEM). */
struct uts_namespace *uts_copy(struct uts_namespace *from) must_check;

/* Current's names into a buffer of UTS_LENGTH + 1 bytes. */
void uts_get_nodename(char *name);
void uts_get_domainname(char *name);
/* Sets one of current's; length in bytes, at most UTS_LENGTH (-EINVAL). */
int uts_set_nodename(const char *name, size_t length);
int uts_set_domainname(const char *name, size_t length);

#endif
