/* SPDX-License-Identifier: MIT */
/*
 * System calls of memory: mmap(2) and its relatives, decoded. The work is vm/'s.
 */
#include "fs/fdtable.h"
#include "lib/errno.h"
#include "mm/page.h"
#include "task/cred.h"
#include "task/task.h"
#include "uapi/fcntl.h"
#include "vm/space.h"
#include "vm/vmo.h"

/* What a mapping of the file may do, by the way the file was opened: 0, -EACCES (mmap(2)). */
static int check_file_access(const struct file *file, int prot, unsigned int flags)
{
	unsigned int type = flags & MAP_TYPE;

	if (!(file->mode & FMODE_READ))
		return -EACCES;
	if (type != MAP_PRIVATE && (prot & PROT_WRITE) && !(file->mode & FMODE_WRITE))
		return -EACCES;
	return 0;
}

/* The seals of memfd_create(2): a shared mapping of what must not be written is read-only for good.
 * -EPERM. */
static int check_seals(const struct vmo *object, int prot, unsigned int *flags)
{
	if (!object || !(object->seals & F_SEAL_NO_WRITE) || (*flags & MAP_TYPE) == MAP_PRIVATE)
		return 0;
	*flags |= VM_MAP_NO_WRITE;
	return prot & PROT_WRITE ? -EPERM : 0;
}

/* So much more locked memory: -EAGAIN (RLIMIT_MEMLOCK). */
static int check_memlock(u64 length)
{
	u64 limit = rlimit(RLIMIT_MEMLOCK), locked = current->mm->locked_pages * PAGE_SIZE;

	if (limit == RLIM_INFINITY || locked + length <= limit || capable(CAP_IPC_LOCK))
		return 0;
	return -EAGAIN;
}

/* mmap(2) of locked memory: also -EPERM. */
static int check_locked_map(u64 length, unsigned int flags)
{
	if (likely(!(flags & MAP_LOCKED) && !current->mm->lock_future))
		return 0;
	if (!rlimit(RLIMIT_MEMLOCK) && flags & MAP_LOCKED && !capable(CAP_IPC_LOCK))
		return -EPERM;
	return check_memlock(length);
}

static long map_file(struct file *file, uaddr_t hint, u64 length, int prot, unsigned int flags,
		     u64 offset)
{
	struct vmo *object;
	long result = check_file_access(file, prot, flags);

	if (result)
		return result;
	if (!file->ops->map)
		return -ENODEV;
	object = file->ops->map(file, prot, flags);
	if (IS_ERR(object))
		return PTR_ERR(object);
	if (!(file->mode & FMODE_WRITE))
		flags |= VM_MAP_NO_WRITE;
	result = check_seals(object, prot, &flags);
	if (!result && object && object->secret)
		result = check_memlock(length);
	if (!result)
		result = vm_map(current->mm, hint, length, prot, flags, file, object, offset);
	if (object)
		vmo_put(object);
	return result;
}

long sys_mmap(uaddr_t hint, u64 length, int prot, unsigned int flags, int fd, u64 offset)
{
	struct fd file;
	long result;

	if (offset & (PAGE_SIZE - 1))
		return -EINVAL;
	result = check_locked_map(length, flags);
	if (result)
		return result;
	if (flags & MAP_ANONYMOUS)
		return vm_map(current->mm, hint, length, prot, flags, NULL, NULL, 0);
	file = fdget((unsigned int)fd);
	if (!file.file)
		return -EBADF;
	result = map_file(file.file, hint, length, prot, flags, offset);
	fdput(file);
	return result;
}

long sys_munmap(uaddr_t start, u64 length)
{
	return vm_unmap(current->mm, start, length);
}

long sys_mprotect(uaddr_t start, u64 length, int prot)
{
	return vm_protect(current->mm, start, length, prot);
}

long sys_mremap(uaddr_t old, u64 old_length, u64 new_length, unsigned int flags, uaddr_t to)
{
	return vm_remap(current->mm, old, old_length, new_length, flags, to);
}

long sys_brk(uaddr_t brk)
{
	return vm_brk(current->mm, brk);
}

long sys_madvise(uaddr_t start, u64 length, int advice)
{
	return vm_advise(current->mm, start, length, advice);
}

long sys_msync(uaddr_t start, u64 length, int flags)
{
	return vm_sync(current->mm, start, length, flags);
}

long sys_mincore(uaddr_t start, u64 length, uaddr_t vector)
{
	return vm_mincore(current->mm, start, length, vector);
}

long sys_mseal(uaddr_t start, u64 length, unsigned long flags)
{
	return flags ? -EINVAL : vm_seal(current->mm, start, length);
}

long sys_remap_file_pages(uaddr_t start, u64 size, unsigned long prot, u64 page_offset,
			  unsigned long flags)
{
	if (prot)
		return -EINVAL;
	return vm_remap_file(current->mm, start, size, page_offset, (unsigned int)flags);
}

/* --- locking: nothing is ever paged out, so it populates and counts (mlock(2)) --- */

/* -EPERM when the process may lock nothing at all. */
static int may_lock(void)
{
	return capable(CAP_IPC_LOCK) || rlimit(RLIMIT_MEMLOCK) ? 0 : -EPERM;
}

/* May it have that many bytes locked in all? 0 or -ENOMEM. */
static int check_lock_limit(u64 bytes)
{
	u64 limit = rlimit(RLIMIT_MEMLOCK);

	return capable(CAP_IPC_LOCK) || limit == RLIM_INFINITY || bytes <= limit ? 0 : -ENOMEM;
}

static long lock_range(uaddr_t start, u64 length, bool fill)
{
	struct mm_struct *mm = current->mm;
	uaddr_t first = ALIGN_DOWN(start, (uaddr_t)PAGE_SIZE);
	u64 bytes = ALIGN_UP(length + (start - first), (u64)PAGE_SIZE);
	int error = may_lock();

	if (!error && check_lock_limit(mm->locked_pages * PAGE_SIZE + bytes))
		error = check_lock_limit(mm->locked_pages * PAGE_SIZE + bytes -
					 vm_locked_bytes(mm, first, bytes));
	return error ? error : vm_lock_pages(mm, start, length, true, fill);
}

long sys_mlock(uaddr_t start, u64 length)
{
	return lock_range(start, length, true);
}

enum { MLOCK_ONFAULT = 1 };

long sys_mlock2(uaddr_t start, u64 length, unsigned int flags)
{
	if (flags & ~(unsigned int)MLOCK_ONFAULT)
		return -EINVAL;
	return lock_range(start, length, !(flags & MLOCK_ONFAULT));
}

long sys_munlock(uaddr_t start, u64 length)
{
	return vm_lock_pages(current->mm, start, length, false, false);
}

enum { MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4 };

long sys_mlockall(unsigned int flags)
{
	struct mm_struct *mm = current->mm;
	int error;

	if (!flags || flags & ~(unsigned int)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) ||
	    flags == MCL_ONFAULT)
		return -EINVAL;
	error = may_lock();
	if (!error && flags & MCL_CURRENT)
		error = check_lock_limit(mm->pages_mapped * PAGE_SIZE);
	if (error)
		return error;
	return vm_lock_all(mm, true, flags & MCL_CURRENT, flags & MCL_FUTURE,
			   !(flags & MCL_ONFAULT));
}

long sys_munlockall(void)
{
	return vm_lock_all(current->mm, false, true, false, false);
}
