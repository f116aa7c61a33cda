/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd(2) as an open file: read, poll, ioctl_userfaultfd(2), close. The faults are
 * vm/userfault.c's. Task context, may sleep.
 *
 * Until UFFDIO_API has agreed on features, nothing else may be asked of it.
 */
#include "ipc/userfaultfd.h"

#include "ipc/poll.h"
#include "lib/errno.h"
#include "task/task.h"
#include "vm/userfault.h"

#define API_DONE ((u64)1 << 63) /* beside the features */

/* --- reading --- */

static bool has_pending(struct userfault *userfault)
{
	return !list_empty(&userfault->pending);
}

static bool is_ready(const struct userfault *userfault)
{
	return READ_ONCE(userfault->features) & API_DONE;
}

/* One message: 0, -EAGAIN, -ERESTARTSYS. */
static long wait_for_message(struct file *file, struct uio *uio, struct uffd_msg *message)
{
	struct userfault *userfault = file->private;

	while (!userfault_next(userfault, message)) {
		long error = -EAGAIN;

		if (!file_nonblocking(file, uio))
			error = wait_event_interruptible(&userfault->read_wait,
							 has_pending(userfault));
		if (error)
			return error;
	}
	return 0;
}

static ssize_t userfaultfd_read(struct file *file, struct uio *uio, loff_t *pos)
{
	struct userfault *userfault = file->private;
	struct uffd_msg message;
	ssize_t done = 0;
	long error;

	if (!is_ready(userfault))
		return -EINVAL;
	if (uio->left < sizeof(message))
		return -EINVAL;
	error = wait_for_message(file, uio, &message);
	while (!error) {
		if (uio_copy_out(uio, &message, sizeof(message)) != sizeof(message))
			return done ? done : -EFAULT;
		done += (ssize_t)sizeof(message);
		if (uio->left < sizeof(message) || !userfault_next(userfault, &message))
			break;
	}
	return done ? done : error;
}

static u32 userfaultfd_poll(struct file *file, struct poll_table *table)
{
	struct userfault *userfault = file->private;

	poll_wait(file, &userfault->read_wait, table);
	/* A reader that is told "ready" may find that another was faster: it must not block then.
	 */
	if (!is_ready(userfault) || !(file->flags & O_NONBLOCK))
		return POLLERR;
	return has_pending(userfault) ? POLLIN : 0;
}

/* --- ioctl --- */

static long agree_on_features(struct userfault *userfault, uaddr_t argument)
{
	struct uffdio_api api;
	u64 none = 0;

	if (copy_from_user(&api, argument, sizeof(api)))
		return -EFAULT;
	if (api.api != UFFD_API || api.features & ~(u64)UFFD_FEATURES ||
	    !__atomic_compare_exchange_n(&userfault->features, &none, api.features | API_DONE,
					 false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return clear_user(argument, sizeof(api)) ? -EFAULT : -EINVAL;
	api.features = UFFD_FEATURES;
	api.ioctls = UFFD_API_IOCTLS;
	return copy_to_user(argument, &api, sizeof(api));
}

static long register_range(struct userfault *userfault, uaddr_t argument)
{
	struct uffdio_register wanted;
	int error;

	if (copy_from_user(&wanted, argument, sizeof(wanted)))
		return -EFAULT;
	if (wanted.mode != UFFDIO_REGISTER_MODE_MISSING)
		return -EINVAL;
	error = userfault_register(userfault, wanted.range.start, wanted.range.len);
	if (error)
		return error;
	return put_user64(UFFD_RANGE_IOCTLS, argument + offsetof(struct uffdio_register, ioctls));
}

static long range_operation(struct userfault *userfault, uaddr_t argument,
			    int (*operation)(struct userfault *, uaddr_t, u64))
{
	struct uffdio_range range;

	if (copy_from_user(&range, argument, sizeof(range)))
		return -EFAULT;
	return operation(userfault, range.start, range.len);
}

/* What filling a range answers: how much was done goes to result. */
static long report(ssize_t done, u64 length, uaddr_t result)
{
	if (put_user64((u64)done, result))
		return -EFAULT;
	if (done < 0)
		return done;
	return (u64)done == length ? 0 : -EAGAIN;
}

static long fill_copy(struct userfault *userfault, uaddr_t argument)
{
	uaddr_t result = argument + offsetof(struct uffdio_copy, copy);
	struct uffdio_copy copy;

	if (copy_from_user(&copy, argument, offsetof(struct uffdio_copy, copy)))
		return -EFAULT;
	if (copy.mode & ~(u64)UFFDIO_MODE_DONTWAKE || !access_ok(copy.src, copy.len) || !copy.src)
		return -EINVAL;
	return report(userfault_fill(userfault, copy.dst, copy.len, copy.src,
				     !(copy.mode & UFFDIO_MODE_DONTWAKE)),
		      copy.len, result);
}

static long fill_zeros(struct userfault *userfault, uaddr_t argument)
{
	uaddr_t result = argument + offsetof(struct uffdio_zeropage, zeropage);
	struct uffdio_zeropage zero;

	if (copy_from_user(&zero, argument, offsetof(struct uffdio_zeropage, zeropage)))
		return -EFAULT;
	if (zero.mode & ~(u64)UFFDIO_MODE_DONTWAKE)
		return -EINVAL;
	return report(userfault_fill(userfault, zero.range.start, zero.range.len, 0,
				     !(zero.mode & UFFDIO_MODE_DONTWAKE)),
		      zero.range.len, result);
}

/* The space is whole. */
static long change_space(struct userfault *userfault, unsigned int command, uaddr_t argument)
{
	switch (command) {
	case UFFDIO_REGISTER: return register_range(userfault, argument);
	case UFFDIO_UNREGISTER: return range_operation(userfault, argument, userfault_unregister);
	case UFFDIO_WAKE: return range_operation(userfault, argument, userfault_wake);
	case UFFDIO_COPY: return fill_copy(userfault, argument);
	case UFFDIO_ZEROPAGE: return fill_zeros(userfault, argument);
	}
	return -EINVAL;
}

static long userfaultfd_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct userfault *userfault = file->private;
	long result;

	if (command == UFFDIO_API)
		return agree_on_features(userfault, argument);
	if (!is_ready(userfault))
		return -EINVAL;
	if (!mm_get_user_unless_dead(userfault->mm))
		return -ESRCH;
	result = change_space(userfault, command, argument);
	mm_put_user(userfault->mm);
	return result;
}

/* --- life --- */

static void userfaultfd_release(struct file *file)
{
	userfault_release(file->private);
}

static const struct file_ops userfaultfd_ops = {
	.read = userfaultfd_read,
	.poll = userfaultfd_poll,
	.ioctl = userfaultfd_ioctl,
	.release = userfaultfd_release,
};

struct file *userfaultfd_create(bool user_only, u32 flags)
{
	struct userfault *userfault = userfault_create(current->mm, user_only);
	struct file *file;

	if (IS_ERR(userfault))
		return ERR_PTR(PTR_ERR(userfault));
	file = file_create_anonymous("anon_inode:[userfaultfd]", 0600, &userfaultfd_ops, userfault,
				     O_RDWR | (flags & O_NONBLOCK),
				     FMODE_READ | FMODE_WRITE | FMODE_STREAM);
	if (IS_ERR(file))
		userfault_put(userfault);
	return file;
}
