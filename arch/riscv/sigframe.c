/* SPDX-License-Identifier: MIT */
/*
 * Signal frames in Linux's layout: arch/sigframe.h. The frame of a task that uses vectors goes on
 * with an extension record of their state: its header stands where else the end of records would,
 * its body and the end follow the frame.
 *
 * Everything is copied between the user's stack and where it belongs, without a copy of the frame
 * in between.
 */
#include "arch/fpu.h"
#include "arch/sigframe.h"
#include "arch/uaccess.h"
#include "arch/vector.h"
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

enum { VECTOR_MAGIC = 0x53465457, RECORD_HEADER_SIZE = 8 };

/* struct __sc_riscv_v_state; the registers follow it. */
struct vector_record {
	u64 csrs[5];   /* as struct vector_state begins */
	u64 registers; /* user address of the registers */
};

static_assert(VECTOR_CSRS_SIZE == sizeof(((struct vector_record *)0)->csrs), "vector.h");

/* User address of a member of the frame at base. */
#define MEMBER(base, member) ((base) + offsetof(struct signal_frame, member))

static size_t registers_size(void)
{
	return VECTOR_REGISTERS * vector_length;
}

static u32 record_size(void)
{
	return (u32)(RECORD_HEADER_SIZE + sizeof(struct vector_record) + registers_size());
}

size_t arch_sigframe_size_max(void)
{
	const size_t plain = sizeof(struct signal_frame);

	return vector_length ? ALIGN_UP(plain + record_size() + RECORD_HEADER_SIZE, (size_t)16)
			     : plain;
}

size_t arch_sigframe_size(void)
{
	return current->vector ? arch_sigframe_size_max() : sizeof(struct signal_frame);
}

static bool frame_in_user_space(uaddr_t base)
{
	return base < USER_END && USER_END - base >= arch_sigframe_size_max();
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

/* User address of the record's body, and of the registers behind it. */
static uaddr_t record_body(uaddr_t base)
{
	return base + sizeof(struct signal_frame);
}

static uaddr_t record_registers(uaddr_t base)
{
	return record_body(base) + sizeof(struct vector_record);
}

static bool push_vector(uaddr_t base)
{
	const u32 header[2] = { VECTOR_MAGIC, record_size() };
	const struct vector_state *state = arch_vector_sync(current);
	struct vector_record body = { .registers = record_registers(base) };

	if (likely(!state))
		return true;
	memcpy(body.csrs, state, sizeof(body.csrs));
	return !arch_copy_to_user(MEMBER(base, extension.magic), header, sizeof(header)) &&
	       !arch_copy_to_user(record_body(base), &body, sizeof(body)) &&
	       !arch_copy_to_user(record_registers(base), state->registers, registers_size()) &&
	       !arch_clear_user(record_registers(base) + registers_size(), RECORD_HEADER_SIZE);
}

int arch_sigframe_push(struct trap_frame *frame, const struct sigframe_setup *setup)
{
	uaddr_t base = ALIGN_DOWN(setup->frame_top - arch_sigframe_size(), 16);
	struct user_context_head head = { .stack = setup->stack, .mask = setup->old_mask };

	if (!frame_in_user_space(base) ||
	    arch_copy_to_user(MEMBER(base, info), setup->info, SIGINFO_SIZE) ||
	    arch_copy_to_user(MEMBER(base, head), &head, sizeof(head)) ||
	    arch_copy_to_user(MEMBER(base, registers), frame, sizeof(u64) * 32) ||
	    !push_fpu(base) || !push_vector(base))
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

/* The registers are where the record says, which is the program's affair. */
static int pop_vector(uaddr_t base)
{
	struct vector_state *state = arch_vector_sync(current);
	struct vector_record body;
	u64 length = state->vlenb;

	if (arch_copy_from_user(&body, record_body(base), sizeof(body)) ||
	    body.registers >= USER_END || USER_END - body.registers < registers_size())
		return -EFAULT;
	arch_vector_changed(current);
	memcpy(state, body.csrs, sizeof(body.csrs));
	state->vlenb = length;
	return arch_copy_from_user(state->registers, body.registers, registers_size()) ? -EFAULT
										       : 0;
}

static int check_end(uaddr_t header)
{
	u32 words[2];

	if (arch_copy_from_user(words, header, sizeof(words)))
		return -EFAULT;
	return words[0] | words[1] ? -EINVAL : 0;
}

static int pop_extension(uaddr_t base)
{
	u32 words[3]; /* reserved, magic, size */
	int error;

	if (arch_copy_from_user(words, MEMBER(base, extension.reserved), sizeof(words)))
		return -EFAULT;
	if (likely(!(words[0] | words[1] | words[2])))
		return 0;
	if (words[0] || words[1] != VECTOR_MAGIC || words[2] != record_size() || !current->vector)
		return -EINVAL;
	error = pop_vector(base);
	return error ? error : check_end(record_registers(base) + registers_size());
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
	error = pop_extension(base);
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
