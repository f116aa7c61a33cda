/* SPDX-License-Identifier: MIT */
/* Linux's constants and structures of userfaultfd(2), ioctl_userfaultfd(2). */
#ifndef UAPI_USERFAULTFD_H
#define UAPI_USERFAULTFD_H

#include "lib/types.h"

enum { UFFD_USER_MODE_ONLY = 1, UFFD_API = 0xaa };

enum uffd_features {
	UFFD_FEATURE_MISSING_SHMEM = 1 << 5,
	UFFD_FEATURE_SIGBUS = 1 << 7,
	UFFD_FEATURE_THREAD_ID = 1 << 8,
	UFFD_FEATURE_EXACT_ADDRESS = 1 << 11,
	UFFD_FEATURES = UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_SIGBUS | UFFD_FEATURE_THREAD_ID |
			UFFD_FEATURE_EXACT_ADDRESS,
};

enum uffd_register_modes { UFFDIO_REGISTER_MODE_MISSING = 1 };
enum uffd_copy_modes { UFFDIO_MODE_DONTWAKE = 1 };

#define UFFDIO_API 0xc018aa3fu
#define UFFDIO_REGISTER 0xc020aa00u
#define UFFDIO_UNREGISTER 0x8010aa01u
#define UFFDIO_WAKE 0x8010aa02u
#define UFFDIO_COPY 0xc028aa03u
#define UFFDIO_ZEROPAGE 0xc020aa04u

/* Bits of ioctls: those of the file, and those of a range. */
#define UFFD_API_IOCTLS ((u64)1 << 0x3f | 3)
#define UFFD_RANGE_IOCTLS ((u64)0x1c)

struct uffdio_range {
	u64 start, len;
};

struct uffdio_api {
	u64 api, features, ioctls;
};

struct uffdio_register {
	struct uffdio_range range;
	u64 mode, ioctls;
};

struct uffdio_copy {
	u64 dst, src, len, mode;
	s64 copy;
};

struct uffdio_zeropage {
	struct uffdio_range range;
	u64 mode;
	s64 zeropage;
};

enum { UFFD_EVENT_PAGEFAULT = 0x12, UFFD_PAGEFAULT_FLAG_WRITE = 1 };

struct uffd_msg {
	u8 event;
	u8 pad[7];
	u64 flags;
	u64 address;
	u32 ptid;
	u32 pad2;
};

static_assert(sizeof(struct uffd_msg) == 32, "userfaultfd(2)");

#endif
