/* SPDX-License-Identifier: MIT */
/*
 * prctl(2)'s PR_SET_MM and PR_GET_AUXV: where a space says that code, data, heap, stack, arguments
 * and environment are (/proc/PID/stat, cmdline, environ), its auxiliary vector, and its program's
 * file. All but brk is for /proc only; brk moves without any memory coming or going.
 *
 * Who restores a process sets all at once (PR_SET_MM_MAP), which needs no rights, as each is
 * checked.
 *
 * Locks: mm->lock. Tested by tests/guest/prctl.c.
 */
#include "abi/prctl_mm.h"

#include "fs/fdtable.h"
#include "fs/vfs.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "task/cred.h"
#include "task/task.h"
#include "vm/dump.h"
#include "vm/space.h"
#include "vm/usercopy.h"

enum set_mm_option {
	PR_SET_MM_START_CODE = 1,
	PR_SET_MM_START_STACK = 5,
	PR_SET_MM_ARG_START = 8,
	PR_SET_MM_ENV_END = 11,
	PR_SET_MM_AUXV = 12,
	PR_SET_MM_EXE_FILE = 13,
	PR_SET_MM_MAP = 14,
	PR_SET_MM_MAP_SIZE = 15,
};

enum { MMAP_MIN = 65536 }; /* /proc/sys/vm/mmap_min_addr */

/* In the order of struct prctl_mm_map. */
enum place {
	CODE_START,
	CODE_END,
	DATA_START,
	DATA_END,
	BRK_START,
	BRK,
	STACK_START,
	ARG_START,
	ARG_END,
	ENV_START,
	ENV_END,
	PLACES,
};

struct prctl_mm_map { /* Linux's */
	u64 place[PLACES];
	uaddr_t auxv;
	u32 auxv_size, exe_fd;
};
static_assert(sizeof(struct prctl_mm_map) == 104, "the size is known to programs");

/* Where a space keeps a place. */
static uaddr_t *field_of(struct mm_struct *mm, enum place place)
{
	switch (place) {
	case CODE_START: return &mm->code_start;
	case CODE_END: return &mm->code_end;
	case DATA_START: return &mm->data_start;
	case DATA_END: return &mm->data_end;
	case BRK_START: return &mm->brk_start;
	case BRK: return &mm->brk;
	case STACK_START: return &mm->stack_top;
	case ARG_START: return &mm->arg_start;
	case ARG_END: return &mm->arg_end;
	case ENV_START: return &mm->env_start;
	case ENV_END: return &mm->env_end;
	case PLACES: break;
	}
	return NULL;
}

/* --- checks --- */

static bool data_is_allowed(const u64 *place)
{
	u64 limit = rlimit(RLIMIT_DATA);

	return limit == RLIM_INFINITY ||
	       place[BRK] - place[BRK_START] + (place[DATA_END] - place[DATA_START]) <= limit;
}

static int check_places(const u64 *place)
{
	for (int i = 0; i < PLACES; i++)
		if (place[i] >= USER_END || place[i] < MMAP_MIN)
			return -EINVAL;
	if (place[CODE_START] >= place[CODE_END] || place[DATA_START] > place[DATA_END] ||
	    place[BRK_START] > place[BRK] || place[ARG_START] > place[ARG_END] ||
	    place[ENV_START] > place[ENV_END])
		return -EINVAL;
	return data_is_allowed(place) ? 0 : -EINVAL;
}

/* --- the auxiliary vector --- */

/* Its end: the first pair of AT_NULL. */
static u32 count_words(const u64 *auxv)
{
	u32 words = 0;

	while (words + 2 < AUXV_WORDS_MAX && auxv[words])
		words += 2;
	return words + 2;
}

static int get_auxv(u64 auxv[AUXV_WORDS_MAX], uaddr_t from, u64 size)
{
	if (size > AUXV_WORDS_MAX * sizeof(u64))
		return -EINVAL;
	if (copy_from_user(auxv, from, size))
		return -EFAULT;
	auxv[AUXV_WORDS_MAX - 2] = auxv[AUXV_WORDS_MAX - 1] = 0;
	return 0;
}

/* The first size bytes of it; the lock is held. */
static void put_auxv(struct mm_struct *mm, const u64 *auxv, u64 size)
{
	memset(mm->auxv + mm->auxv_words, 0, (AUXV_WORDS_MAX - mm->auxv_words) * sizeof(u64));
	memcpy(mm->auxv, auxv, size);
	mm->auxv_words = count_words(mm->auxv);
}

static long set_auxv(struct mm_struct *mm, uaddr_t from, u64 size)
{
	u64 auxv[AUXV_WORDS_MAX];
	int error = get_auxv(auxv, from, size);

	if (error)
		return error;
	mutex_lock(&mm->lock);
	put_auxv(mm, auxv, size);
	mutex_unlock(&mm->lock);
	return 0;
}

long prctl_get_auxv(uaddr_t to, unsigned long size)
{
	struct mm_struct *mm = current->mm;
	u64 auxv[AUXV_WORDS_MAX] = { 0 };

	mutex_lock(&mm->lock);
	memcpy(auxv, mm->auxv, mm->auxv_words * sizeof(u64));
	mutex_unlock(&mm->lock);
	return copy_to_user(to, auxv, MIN(size, sizeof(auxv))) ? -EFAULT : (long)sizeof(auxv);
}

/* --- the program's file --- */

/* Does the space still show the file that it began with? -ENOMEM. */
static int program_is_mapped(struct mm_struct *mm)
{
	struct region_image *images;
	u32 count;
	int found = vm_images(mm, &images, &count);

	if (found)
		return found;
	for (u32 i = 0; i < count; i++)
		if (mm->exe && images[i].file && images[i].file->inode == mm->exe->inode)
			found = -EBUSY;
	vm_images_free(images, count);
	return found;
}

static int check_program(const struct file *file)
{
	if (!S_ISREG(file->inode->mode) || path_no_exec(&file->path))
		return -EACCES;
	return inode_permission(file->inode, MAY_EXEC);
}

/* An open file of its own, which keeps writers out as exec's does. */
static struct file *open_program(const struct file *given)
{
	struct file *file = file_open_path(&given->path, O_RDONLY);

	if (!IS_ERR(file) && file_deny_write(file)) {
		fput(file);
		return ERR_PTR(-EACCES);
	}
	return file;
}

static long replace_program(struct mm_struct *mm, const struct file *given)
{
	struct file *file, *old;
	int error = check_program(given);

	if (!error)
		error = program_is_mapped(mm);
	if (error)
		return error;
	file = open_program(given);
	if (IS_ERR(file))
		return PTR_ERR(file);
	mutex_lock(&mm->lock);
	old = mm->exe;
	mm->exe = file;
	mutex_unlock(&mm->lock);
	if (old)
		fput(old);
	return 0;
}

static long set_program(struct mm_struct *mm, unsigned int fd)
{
	struct file *given = fget(fd);
	long result;

	if (!given)
		return -EBADF;
	result = replace_program(mm, given);
	fput(given);
	return result;
}

/* --- all at once --- */

static long set_map(struct mm_struct *mm, uaddr_t from, u64 size)
{
	struct prctl_mm_map map;
	u64 auxv[AUXV_WORDS_MAX] = { 0 };
	long error;

	if (size != sizeof(map))
		return -EINVAL;
	if (copy_from_user(&map, from, sizeof(map)))
		return -EFAULT;
	error = check_places(map.place);
	if (!error && map.auxv_size)
		error = map.auxv ? get_auxv(auxv, map.auxv, map.auxv_size) : -EINVAL;
	if (!error && map.exe_fd != (u32)-1) {
		if (!capable(CAP_CHECKPOINT_RESTORE) && !capable(CAP_SYS_ADMIN))
			return -EPERM;
		error = set_program(mm, map.exe_fd);
	}
	if (error)
		return error;
	mutex_lock(&mm->lock);
	for (int i = 0; i < PLACES; i++)
		*field_of(mm, (enum place)i) = map.place[i];
	if (map.auxv_size)
		put_auxv(mm, auxv, sizeof(auxv));
	mutex_unlock(&mm->lock);
	return 0;
}

/* --- one --- */

/* The place that PR_SET_MM_START_CODE and those after it name. */
static enum place place_of(unsigned long what)
{
	static const u8 places[] = { CODE_START,  CODE_END,  DATA_START, DATA_END,
				     STACK_START, BRK_START, BRK,	 ARG_START,
				     ARG_END,	  ENV_START, ENV_END };

	return what - PR_SET_MM_START_CODE < ARRAY_SIZE(places)
		       ? (enum place)places[what - PR_SET_MM_START_CODE]
		       : PLACES;
}

/* Arguments, environment and the stack are to be in memory that is there, or above which some is.
 */
static bool needs_memory(unsigned long what)
{
	return what == PR_SET_MM_START_STACK ||
	       (what >= PR_SET_MM_ARG_START && what <= PR_SET_MM_ENV_END);
}

static long set_place_locked(struct mm_struct *mm, unsigned long what, uaddr_t address)
{
	enum place changed = place_of(what);
	u64 place[PLACES];
	int error;

	if (changed == PLACES)
		return -EINVAL;
	for (int i = 0; i < PLACES; i++)
		place[i] = *field_of(mm, (enum place)i);
	place[changed] = address;
	error = check_places(place);
	if (error)
		return error;
	if (needs_memory(what) && !vm_find_region(mm, address))
		return -EFAULT;
	*field_of(mm, changed) = address;
	return 0;
}

static long set_place(struct mm_struct *mm, unsigned long what, uaddr_t address)
{
	long result;

	if (address >= USER_END || address < MMAP_MIN)
		return -EINVAL;
	mutex_lock(&mm->lock);
	result = set_place_locked(mm, what, address);
	mutex_unlock(&mm->lock);
	return result;
}

long prctl_set_mm(unsigned long what, unsigned long address, unsigned long size, unsigned long d)
{
	struct mm_struct *mm = current->mm;
	bool sized = what == PR_SET_MM_AUXV || what == PR_SET_MM_MAP || what == PR_SET_MM_MAP_SIZE;

	if (d || (size && !sized))
		return -EINVAL;
	if (what == PR_SET_MM_MAP)
		return set_map(mm, address, size);
	if (what == PR_SET_MM_MAP_SIZE)
		return put_user32(sizeof(struct prctl_mm_map), address);
	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (what == PR_SET_MM_EXE_FILE)
		return set_program(mm, (unsigned int)address);
	if (what == PR_SET_MM_AUXV)
		return set_auxv(mm, address, size);
	return set_place(mm, what, address);
}
