/* SPDX-License-Identifier: MIT */
/* How a program wants to be told of an event: sigevent(3type). */
#ifndef UAPI_SIGEVENT_H
#define UAPI_SIGEVENT_H

#include "lib/types.h"

enum { SIGEV_SIGNAL = 0, SIGEV_NONE = 1, SIGEV_THREAD = 2, SIGEV_THREAD_ID = 4 };

struct sigevent {
	u64 value; /* of the signal; SIGEV_THREAD: address of a cookie */
	s32 signo;
	s32 notify;
	s32 thread_id;
	u8 room[44];
};

#endif
