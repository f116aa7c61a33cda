/* SPDX-License-Identifier: MIT */
/* The time limits of ppoll(2) and its relatives. sys_poll.c */
#ifndef ABI_POLL_TIMEOUT_H
#define ABI_POLL_TIMEOUT_H

#include "lib/types.h"

/* A relative time from now, as a monotonic one: 0 for none at all, NSEC_NEVER without limit. */
nsec_t poll_expires(nsec_t length);
/* Reads a relative timespec, if there is an address, and gives the same: 0, -EFAULT, -EINVAL. */
int poll_timeout_get(uaddr_t address, nsec_t *expires) must_check;

#endif
