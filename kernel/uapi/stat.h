/* SPDX-License-Identifier: MIT */
/* Linux's riscv64 structures of file status and directory entries: stat(2), statx(2), getdents(2).
 */
#ifndef UAPI_STAT_H
#define UAPI_STAT_H

#include "lib/assert.h"
#include "lib/types.h"

struct stat {
	u64 st_dev;
	u64 st_ino;
	u32 st_mode;
	u32 st_nlink;
	u32 st_uid;
	u32 st_gid;
	u64 st_rdev;
	u64 pad1;
	s64 st_size;
	s32 st_blksize;
	s32 pad2;
	s64 st_blocks;
	s64 st_atime;
	u64 st_atime_nsec;
	s64 st_mtime;
	u64 st_mtime_nsec;
	s64 st_ctime;
	u64 st_ctime_nsec;
	u32 unused[2];
};

static_assert(sizeof(struct stat) == 128, "struct stat");

struct statx_timestamp {
	s64 tv_sec;
	u32 tv_nsec;
	s32 reserved;
};

struct statx {
	u32 stx_mask;
	u32 stx_blksize;
	u64 stx_attributes;
	u32 stx_nlink;
	u32 stx_uid;
	u32 stx_gid;
	u16 stx_mode;
	u16 spare0;
	u64 stx_ino;
	u64 stx_size;
	u64 stx_blocks;
	u64 stx_attributes_mask;
	struct statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
	u32 stx_rdev_major, stx_rdev_minor;
	u32 stx_dev_major, stx_dev_minor;
	u64 stx_mnt_id;
	u64 spare[13];
};

static_assert(sizeof(struct statx) == 256, "struct statx");

enum {
	STATX_BASIC_STATS = 0x7ff,
	STATX_BTIME = 0x800,
	STATX_MNT_ID = 0x1000,
	STATX_ATTR_MOUNT_ROOT = 0x2000,
	AT_STATX_SYNC_TYPE = 0x6000,
};
#define STATX__RESERVED 0x80000000U

struct linux_dirent64 {
	u64 d_ino;
	s64 d_off;
	u16 d_reclen;
	u8 d_type;
	char d_name[];
};

enum { UTIME_NOW = (1 << 30) - 1, UTIME_OMIT = (1 << 30) - 2 };

#endif
