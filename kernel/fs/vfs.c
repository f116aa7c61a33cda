/* SPDX-License-Identifier: MIT */
/*
 * Bring-up of the name space: caches, the root file system, devtmpfs and the devices that need no
 * hardware.
 */
#include "fs/devpts.h"
#include "fs/inotify.h"
#include "fs/internal.h"
#include "fs/tmpfs.h"
#include "vm/space.h"

void vfs_init(void)
{
	inode_init();
	dentry_init();
	file_init();
	inotify_init();
	files_init();
	name_init();
	tmpfs_init();
	mount_init();
	anon_init();
	memfd_init();
	nsfs_init();
	devfs_init();
	sysfs_init();
	devpts_init();
	mem_devices_init();
	kmsg_init();
	vm_file_get = get_file;
	vm_file_put = fput;
}
