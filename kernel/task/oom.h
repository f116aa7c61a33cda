/* SPDX-License-Identifier: MIT */
/*
 * Out of memory: the process with the most resident pages (with oom_score_adj) is killed and
 * reported in the log.
 */
#ifndef TASK_OOM_H
#define TASK_OOM_H

#include "lib/types.h"

/* Chooses and kills, or finds that one is dying already. True: memory will come back, let others
 * run and try again. False: nobody can be killed, or current itself is dying: give up with -ENOMEM.
 * May sleep; no locks held but a mm's. */
bool oom_kill(void);

#endif
