/* SPDX-License-Identifier: MIT */
/*
 * System calls of pipes, futexes and event counters, decoded. The work is in ipc/.
 *
 * An int arrives in a 64-bit register whose upper half may hold anything: handlers take a long and
 * cut it off themselves, as Linux does.
 */
#include "abi/file_pair.h"
#include "fs/fdtable.h"
#include "ipc/eventfd.h"
#include "ipc/futex.h"
#include "ipc/pipe.h"
#include "lib/errno.h"
#include "sched/timer.h"
#include "task/cred.h"
#include "task/pid.h"
#include "uapi/futex.h"
#include "uapi/time.h"
#include "vm/usercopy.h"

/* --- pipe2, eventfd2 --- */

/* pipe2(2). */
long sys_pipe2(uaddr_t fds, u64 flags_word)
{
	u32 flags = (u32)flags_word;
	struct file *ends[2];
	int error;

	if (flags & ~(u32)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	error = pipe_create(ends, flags & (O_NONBLOCK | O_DIRECT));
	if (error)
		return error;
	error = install_file_pair(ends, fds, flags & O_CLOEXEC);
	if (error) {
		fput(ends[0]);
		fput(ends[1]);
	}
	return error;
}

/* eventfd2(2). */
long sys_eventfd2(u64 initial, u64 flags_word)
{
	u32 flags = (u32)flags_word;

	if (flags & ~(u32)(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
		return -EINVAL;
	return fd_add(eventfd_create((u32)initial, flags), flags & EFD_CLOEXEC);
}

/* --- futex --- */

/* The time until when a wait lasts, on the monotonic clock. FUTEX_WAIT's is relative, the others'
 * absolute, FUTEX_LOCK_PI's always on the clock of the day. */
static int futex_timeout(uaddr_t address, u32 operation, nsec_t *expires)
{
	struct timespec time;
	nsec_t base = 0;

	*expires = NSEC_NEVER;
	if (!address)
		return 0;
	if (copy_from_user(&time, address, sizeof(time)))
		return -EFAULT;
	if (!timespec_valid(&time))
		return -EINVAL;
	if ((operation & FUTEX_COMMAND_MASK) == FUTEX_WAIT)
		base = clock_monotonic();
	else if (operation & FUTEX_CLOCK_REALTIME ||
		 (operation & FUTEX_COMMAND_MASK) == FUTEX_LOCK_PI)
		base = -clock_realtime_offset();
	*expires = timespec_to_ns(&time);
	if (base <= 0 || *expires < NSEC_NEVER - base)
		*expires = MAX(*expires + base, (nsec_t)0);
	return 0;
}

/* Continues a wait with a time limit after a signal: restart_syscall(2). */
static long futex_wait_restart(struct restart_block *block);

static long futex_wait_until(uaddr_t address, bool shared, u32 value, nsec_t expires, u32 bitset)
{
	struct restart_block *block = &current->restart;
	int result = futex_wait(address, shared, value, expires, bitset);

	if (result != -ERESTARTSYS || expires == NSEC_NEVER)
		return result;
	block->function = futex_wait_restart;
	block->argument[0] = address;
	block->argument[1] = value | (u64)bitset << 32;
	block->argument[2] = (u64)expires;
	block->argument[3] = shared;
	return -ERESTART_RESTARTBLOCK;
}

static long futex_wait_restart(struct restart_block *block)
{
	return futex_wait_until(block->argument[0], block->argument[3], (u32)block->argument[1],
				(nsec_t)block->argument[2], (u32)(block->argument[1] >> 32));
}

static long futex_wait_call(uaddr_t address, u32 operation, u32 value, uaddr_t timeout, u32 bitset)
{
	nsec_t expires;
	int error = futex_timeout(timeout, operation, &expires);

	if (error)
		return error;
	if (!bitset)
		return -EINVAL;
	return futex_wait_until(address, !(operation & FUTEX_PRIVATE_FLAG), value, expires, bitset);
}

static long futex_lock_call(uaddr_t address, u32 operation, uaddr_t timeout)
{
	nsec_t expires;
	int error = futex_timeout(timeout, operation, &expires);

	return error ? error
		     : futex_lock_pi(address, !(operation & FUTEX_PRIVATE_FLAG), expires, false);
}

static long futex_requeue_call(uaddr_t from, uaddr_t to, bool shared, int wake, int move,
			       const u32 *expected)
{
	if (wake < 0 || move < 0)
		return -EINVAL;
	return futex_requeue(&(struct futex_word){ from, shared },
			     &(struct futex_word){ to, shared }, wake, move, expected);
}

static long futex_wait_requeue_call(uaddr_t address, uaddr_t second, u32 operation, u32 value,
				    uaddr_t timeout)
{
	bool shared = !(operation & FUTEX_PRIVATE_FLAG);
	nsec_t expires;
	int error = futex_timeout(timeout, operation, &expires);

	return error ? error
		     : futex_wait_requeue_pi(&(struct futex_word){ address, shared }, value,
					     expires, &(struct futex_word){ second, shared });
}

static long futex_requeue_pi_call(uaddr_t from, uaddr_t to, bool shared, int wake, int more,
				  u32 expected)
{
	if (wake < 0 || more < 0)
		return -EINVAL;
	return futex_requeue_pi(&(struct futex_word){ from, shared },
				&(struct futex_word){ to, shared }, wake, more, expected);
}

/* futex(2). timeout is a count for the operations on two words. */
long sys_futex(uaddr_t address, u64 operation_word, u64 value_word, uaddr_t timeout, uaddr_t second,
	       u64 value3_word)
{
	u32 operation = (u32)operation_word, value3 = (u32)value3_word;
	u32 command = operation & FUTEX_COMMAND_MASK;
	bool shared = !(operation & FUTEX_PRIVATE_FLAG);
	int value = (int)value_word, count = (int)timeout;

	if (operation & FUTEX_CLOCK_REALTIME && command != FUTEX_WAIT &&
	    command != FUTEX_WAIT_BITSET && command != FUTEX_LOCK_PI2 &&
	    command != FUTEX_WAIT_REQUEUE_PI)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		value3 = FUTEX_BITSET_MATCH_ANY;
		return futex_wait_call(address, operation, (u32)value, timeout, value3);
	case FUTEX_WAIT_BITSET:
		return futex_wait_call(address, operation, (u32)value, timeout, value3);
	case FUTEX_WAKE: return futex_wake(address, shared, value, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return value3 ? futex_wake(address, shared, value, value3) : -EINVAL;
	case FUTEX_REQUEUE: return futex_requeue_call(address, second, shared, value, count, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue_call(address, second, shared, value, count, &value3);
	case FUTEX_WAIT_REQUEUE_PI:
		return futex_wait_requeue_call(address, second, operation, (u32)value, timeout);
	case FUTEX_CMP_REQUEUE_PI:
		return futex_requeue_pi_call(address, second, shared, value, count, value3);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2: return futex_lock_call(address, operation, timeout);
	case FUTEX_TRYLOCK_PI: return futex_lock_pi(address, shared, NSEC_NEVER, true);
	case FUTEX_UNLOCK_PI: return futex_unlock_pi(address, shared);
	case FUTEX_WAKE_OP: return futex_wake_op(address, second, shared, value, count, value3);
	}
	return -ENOSYS;
}

/* --- robust lists --- */

/* set_robust_list(2). */
long sys_set_robust_list(uaddr_t head, size_t size)
{
	if (size != sizeof(struct robust_list_head))
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

/* get_robust_list(2). */
long sys_get_robust_list(long pid, uaddr_t head, uaddr_t size)
{
	struct task_struct *task;
	uaddr_t list = 0;
	int error = -ESRCH;

	spin_lock(&tasklist_lock);
	task = (int)pid ? find_task_by_pid((pid_t)pid) : current;
	if (task) {
		error = may_inspect(task, false) ? 0 : -EPERM;
		list = task->robust_list;
	}
	spin_unlock(&tasklist_lock);
	if (error)
		return error;
	if (put_user64(sizeof(struct robust_list_head), size))
		return -EFAULT;
	return put_user64(list, head);
}
