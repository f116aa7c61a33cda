/* SPDX-License-Identifier: MIT */
/*
 * The second generation of futex calls, decoded: futex_waitv(2), futex_wait, futex_wake and
 * futex_requeue. Each word tells its size (32 bits is the only one) and whether it is private;
 * times are absolute.
 */
#include "abi/deadline.h"
#include "ipc/futex.h"
#include "lib/errno.h"
#include "mm/slab.h"
#include "uapi/futex.h"

static bool flags_valid(u32 flags)
{
	return !(flags & ~(u32)(FUTEX2_SIZE_MASK | FUTEX2_PRIVATE)) &&
	       (flags & FUTEX2_SIZE_MASK) == FUTEX2_SIZE_U32;
}

static int get_words(struct futex_value *words, uaddr_t from, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		struct futex_waitv given;

		if (copy_from_user(&given, from + i * sizeof(given), sizeof(given)))
			return -EFAULT;
		if (!flags_valid(given.flags) || given.reserved || given.value > UINT32_MAX)
			return -EINVAL;
		words[i] = (struct futex_value){
			.word = { given.address, !(given.flags & FUTEX2_PRIVATE) },
			.value = (u32)given.value,
		};
	}
	return 0;
}

long sys_futex_waitv(uaddr_t from, u32 count, u32 flags, uaddr_t timeout, int clock)
{
	struct futex_value *words;
	nsec_t expires;
	long result;

	if (flags || !count || count > FUTEX_WAITV_MAX || !from)
		return -EINVAL;
	result = deadline_get(timeout, clock, &expires);
	if (result)
		return result;
	words = kmalloc(count * sizeof(*words));
	if (!words)
		return -ENOMEM;
	result = get_words(words, from, count);
	if (!result)
		result = futex_wait_many(words, count, expires);
	kfree(words);
	return result;
}

long sys_futex_wait(uaddr_t address, u64 value, u64 mask, u32 flags, uaddr_t timeout, int clock)
{
	nsec_t expires;
	long result;

	if (!flags_valid(flags) || value > UINT32_MAX || mask > UINT32_MAX)
		return -EINVAL;
	result = deadline_get(timeout, clock, &expires);
	if (result)
		return result;
	if (!mask)
		return -EINVAL;
	return futex_wait(address, !(flags & FUTEX2_PRIVATE), (u32)value, expires, (u32)mask);
}

long sys_futex_wake(uaddr_t address, u64 mask, int count, u32 flags)
{
	if (!flags_valid(flags) || mask > UINT32_MAX || !mask)
		return -EINVAL;
	if (count)
		return futex_wake(address, !(flags & FUTEX2_PRIVATE), count, (u32)mask);
	return address % sizeof(u32) ? -EINVAL : 0;
}

long sys_futex_requeue(uaddr_t from, u32 flags, int wake, int move)
{
	struct futex_value words[2];
	int error;

	if (flags || !from)
		return -EINVAL;
	error = get_words(words, from, 2);
	if (error)
		return error;
	if (wake < 0 || move < 0)
		return -EINVAL;
	return futex_requeue(&words[0].word, &words[1].word, wake, move, &words[0].value);
}
