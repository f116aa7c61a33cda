/* SPDX-License-Identifier: MIT */
/* Linux's riscv64 structures and constants of statfs(2) and mount(2). */
#ifndef UAPI_STATFS_H
#define UAPI_STATFS_H

#include "lib/assert.h"
#include "lib/types.h"

struct statfs {
	u64 f_type;
	u64 f_bsize;
	u64 f_blocks;
	u64 f_bfree;
	u64 f_bavail;
	u64 f_files;
	u64 f_ffree;
	u32 f_fsid[2];
	u64 f_namelen;
	u64 f_frsize;
	u64 f_flags;
	u64 f_spare[4];
};

static_assert(sizeof(struct statfs) == 120, "struct statfs");

enum {
	ST_VALID = 0x20,
	ST_RDONLY = 1,
	ST_NOSUID = 2,
	ST_NODEV = 4,
	ST_NOEXEC = 8,
	ST_NOATIME = 0x400,
	ST_NODIRATIME = 0x800,
	ST_RELATIME = 0x1000,
};

enum file_system_magics {
	TMPFS_MAGIC = 0x01021994,
	SYSFS_MAGIC = 0x62656572,
	DEVPTS_MAGIC = 0x1cd1,
	ANON_MAGIC = 0x09041934,
};

enum mount_flags {
	MS_RDONLY = 1,
	MS_NOSUID = 2,
	MS_NODEV = 4,
	MS_NOEXEC = 8,
	MS_SYNCHRONOUS = 16,
	MS_REMOUNT = 32,
	MS_MANDLOCK = 64,
	MS_DIRSYNC = 128,
	MS_NOATIME = 1024,
	MS_NODIRATIME = 2048,
	MS_BIND = 4096,
	MS_MOVE = 8192,
	MS_REC = 16384,
	MS_SILENT = 32768,
	MS_UNBINDABLE = 1 << 17,
	MS_PRIVATE = 1 << 18,
	MS_SLAVE = 1 << 19,
	MS_SHARED = 1 << 20,
	MS_RELATIME = 1 << 21,
	MS_STRICTATIME = 1 << 24,
	/* what a mount keeps */
	MS_KEPT = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME |
		  MS_RELATIME,
};

enum { MNT_FORCE = 1, MNT_DETACH = 2, MNT_EXPIRE = 4, UMOUNT_NOFOLLOW = 8 };

#endif
