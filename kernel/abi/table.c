/* SPDX-License-Identifier: MIT */
/*
 * The system-call table that the trap entry dispatches through, made from kernel/abi/syscalls.tbl.
 *
 * A program's registers are what they are: an int in one of them need not be sign-extended, as the
 * calling convention (RISC-V psABI, integer registers) has it and the compiler of a handler relies
 * on. So between the table and each handler stands a thunk, made from the handler's definition,
 * that converts every argument to its type.
 */
#include "abi/table.h"
#include "entry.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/types.h"

#include "generated/syscall_thunks.h"

/* How often each number was called in vain; the last counts all that are out of range. */
static u64 absent_calls[SYSCALL_COUNT + 1]; /* [a] */

long syscall_absent(unsigned long number)
{
	atomic_fetch_add_relaxed(&absent_calls[MIN(number, (unsigned long)SYSCALL_COUNT)], 1);
	return -ENOSYS;
}

u64 syscall_absent_count(unsigned long number)
{
	return READ_ONCE(absent_calls[number]);
}

/* A number that Linux has and Hartwood has not, or that nobody has. */
static long sys_absent(long a, long b, long c, long d, long e, long f)
{
	return syscall_absent((unsigned long)current_frame()->syscall);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const syscall_fn syscall_table[SYSCALL_COUNT] = {
	[0 ... SYSCALL_COUNT - 1] = sys_absent,
#include "generated/syscall_table.h"
};
#pragma GCC diagnostic pop

static const char *const syscall_names[SYSCALL_COUNT] = {
#include "generated/syscall_names.h"
};

const char *syscall_name(unsigned long number)
{
	return number < SYSCALL_COUNT ? syscall_names[number] : NULL;
}
