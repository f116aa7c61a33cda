/* SPDX-License-Identifier: MIT */
/*
 * Signal frames in Linux's layout: arch/sigframe.h. No extension record follows the frame (the
 * kernel does not run vector code), so its size is constant.
 *
 * Everything is copied between the user's stack and where it belongs, without a copy of the frame
 * in between.
 */
#include "arch/fpu.h"
#include "arch/sigframe.h"
#include "arch/uaccess.h"
#include "lib/assert.h"
#include "lib/string.h"
#include "task/task.h"

enum { SIGINFO_SIZE = 128 };

struct user_context_head {
	u64 flags;
	u64 link;
	struct signal_stack stack;
	u64 mask;
};

/* struct rt_sigframe { siginfo_t info; struct ucontext uc; }: offsets that matter. */
struct signal_frame {
	u8 info[SIGINFO_SIZE];
	struct user_context_head head;
	u8 mask_room[128]; /* up to 1024 signals, and alignment of what follows to 16 */
	u64 registers[32];
	union {
		struct fpu_state fpu;
		struct {
			u32 room[129];
			u32 reserved;	 /* 0 */
			u32 magic, size; /* of the first extension record: 0, 0 is the end */
		} extension;
	};
};

static_assert(offsetof(struct signal_frame, registers) == 128 + 176, "uc_mcontext's place");
static_assert(sizeof(struct signal_frame) == 128 + 960, "the size that gdb and libc know");

/* User address of a member of the frame at base. */
#define MEMBER(base, member) ((base) + offsetof(struct signal_frame, member))

static bool frame_in_user_space(uaddr_t base)
{
	return base < USER_END && USER_END - base >= sizeof(struct signal_frame);
}

size_t arch_sigframe_size(void)
{
	return sizeof(struct signal_frame);
}

static bool push_fpu(uaddr_t base)
{
	const size_t size = offsetof(struct signal_frame, extension.size) + sizeof(u32) -
			    offsetof(struct signal_frame, fpu);
	size_t used = 0;

	if (task_has_flag(current, TIF_FPU_USED)) {
		struct fpu_state *state = arch_fpu_sync(current);

		used = sizeof(*state);
		if (arch_copy_to_user(MEMBER(base, fpu), state, used))
			return false;
	}
	return !arch_clear_user(MEMBER(base, fpu) + used, size - used);
}

int arch_sigframe_push(struct trap_frame *frame, const struct sigframe_setup *setup)
{
	uaddr_t base = ALIGN_DOWN(setup->frame_top - sizeof(struct signal_frame), 16);
	struct user_context_head head = { .stack = setup->stack, .mask = setup->old_mask };

	if (!frame_in_user_space(base) ||
	    arch_copy_to_user(MEMBER(base, info), setup->info, SIGINFO_SIZE) ||
	    arch_copy_to_user(MEMBER(base, head), &head, sizeof(head)) ||
	    arch_copy_to_user(MEMBER(base, registers), frame, sizeof(u64) * 32) || !push_fpu(base))
		return -EFAULT;

	frame->pc = setup->handler;
	frame->ra = setup->trampoline;
	frame->sp = base;
	frame->a0 = setup->signal;
	frame->a1 = MEMBER(base, info);
	frame->a2 = MEMBER(base, head);
	return 0;
}

/* A task that has not used the FPU needs nothing back: its frame holds zeros. */
static int pop_fpu(uaddr_t base)
{
	struct fpu_state *state;

	if (!task_has_flag(current, TIF_FPU_USED))
		return 0;
	state = arch_fpu_sync(current);
	arch_fpu_changed(current);
	return arch_copy_from_user(state, MEMBER(base, fpu), sizeof(*state)) ? -EFAULT : 0;
}

static int check_no_extension(uaddr_t base)
{
	u32 words[3];

	if (arch_copy_from_user(words, MEMBER(base, extension.reserved), sizeof(words)))
		return -EFAULT;
	return words[0] | words[1] | words[2] ? -EINVAL : 0;
}

int arch_sigframe_pop(struct trap_frame *frame, u64 *mask, struct signal_stack *stack)
{
	uaddr_t base = frame->sp;
	struct user_context_head head;
	u64 registers[32];
	int error;

	if (!frame_in_user_space(base) ||
	    arch_copy_from_user(&head, MEMBER(base, head), sizeof(head)) ||
	    arch_copy_from_user(registers, MEMBER(base, registers), sizeof(registers)))
		return -EFAULT;
	error = check_no_extension(base);
	if (!error)
		error = pop_fpu(base);
	if (error)
		return error;

	memcpy(frame, registers, sizeof(registers));
	frame->syscall =
		-1; /* no restart of the call that the signal interrupted: its frame tells */
	*mask = head.mask;
	*stack = head.stack;
	return 0;
}
