/* SPDX-License-Identifier: MIT */
/*
 * Delivering a signal to a handler of the program, and what becomes of the system call that it
 * interrupted.
 *
 * An interrupted call has left one of four codes as its result (signal(7), "Interruption of system
 * calls"):
 *	-ERESTARTNOINTR		goes on again always
 *	-ERESTARTSYS		with a handler: EINTR, unless SA_RESTART
 *	-ERESTARTNOHAND		with a handler: EINTR; without: again
 *	-ERESTART_RESTARTBLOCK	with a handler: EINTR; without: again, through restart_syscall(2)
 * Going on again is: pc back by the length of the ecall, and the first argument back in a0. That is
 * prepared before the signal is taken, and taken back when a handler comes: so a tracer sees, and
 * may keep and put back, registers that mean the same with and without this call.
 *
 * Runs at the return to user mode, interrupts off, no locks held; the frame on the user's stack may
 * fault.
 */
#include "arch/sigframe.h"
#include "arch/vdso.h"
#include "lib/errno.h"
#include "task/rseq.h"
#include "task/signal.h"
#include "vm/space.h"

enum { ECALL_SIZE = 4, SYS_RESTART_SYSCALL = 128 };

/* A system call that asks to go on again. */
struct interrupted_call {
	long code;  /* -ERESTART*, 0: there is none */
	uaddr_t pc; /* of its ecall; a tracer that set another one has ended the matter */
};

static struct interrupted_call prepare_restart(struct trap_frame *frame)
{
	struct interrupted_call call = { 0 };

	if (frame->syscall < 0)
		return call; /* not in a system call */
	frame->syscall = -1;
	switch ((long)frame->a0) {
	case -ERESTART_RESTARTBLOCK:
	case -ERESTARTNOHAND:
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
		call.code = (long)frame->a0;
		frame->a0 = frame->orig_a0;
		frame->pc -= ECALL_SIZE;
		call.pc = frame->pc;
	}
	return call;
}

/* A handler comes first. */
static void interrupt_call(struct trap_frame *frame, const struct interrupted_call *call,
			   const struct sigaction *action)
{
	if (!call->code || frame->pc != call->pc || call->code == -ERESTARTNOINTR)
		return;
	if (call->code == -ERESTARTSYS && action->flags & SA_RESTART)
		return;
	frame->a0 = (u64)-EINTR;
	frame->pc += ECALL_SIZE;
}

/* --- the alternate stack (sigaltstack(2)) --- */

static bool on_altstack(uaddr_t sp)
{
	return !(current->altstack_flags & SS_AUTODISARM) && sp > current->altstack_sp &&
	       sp - current->altstack_sp <= current->altstack_size;
}

static struct signal_stack altstack_state(uaddr_t sp)
{
	struct signal_stack stack = { .sp = current->altstack_sp, .size = current->altstack_size };

	if (!stack.size)
		stack.flags = SS_DISABLE;
	else
		stack.flags = (on_altstack(sp) ? SS_ONSTACK : 0) |
			      (s32)(current->altstack_flags & SS_AUTODISARM);
	return stack;
}

/* Where the frame goes; 0: it would run out of the alternate stack. */
static uaddr_t frame_top(uaddr_t sp, const struct sigaction *action)
{
	if (on_altstack(sp))
		return on_altstack(sp - arch_sigframe_size()) ? sp : 0;
	if (action->flags & SA_ONSTACK && current->altstack_size)
		return current->altstack_sp + current->altstack_size;
	return sp;
}

void signal_stack_get(struct signal_stack *stack)
{
	*stack = altstack_state(current_frame()->sp);
	if (stack->flags == SS_DISABLE)
		*stack = (struct signal_stack){ .flags = SS_DISABLE };
}

int signal_stack_set(const struct signal_stack *stack, size_t least)
{
	u32 mode = (u32)stack->flags & ~SS_AUTODISARM;

	if (on_altstack(current_frame()->sp))
		return -EPERM;
	if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		current->altstack_sp = current->altstack_size = 0;
		current->altstack_flags = SS_DISABLE;
		return 0;
	}
	if (stack->size < least)
		return -ENOMEM;
	current->altstack_sp = stack->sp;
	current->altstack_size = stack->size;
	current->altstack_flags = (u32)stack->flags & SS_AUTODISARM;
	return 0;
}

/* --- the frame --- */

static int push_frame(struct trap_frame *frame, const struct picked_signal *picked)
{
	struct sigframe_setup setup = {
		.signal = picked->signal,
		.handler = picked->action.handler,
		.info = &picked->info,
		.old_mask = current->blocked,
		.stack = altstack_state(frame->sp),
		.frame_top = frame_top(frame->sp, &picked->action),
		.trampoline = current->mm->vdso + vdso_sigreturn_offset(),
	};

	if (task_has_flag(current, TIF_RESTORE_SIGMASK))
		setup.old_mask = current->saved_sigmask;
	if (!setup.frame_top)
		return -EFAULT;
	return arch_sigframe_push(frame, &setup);
}

/* The handler runs with the signal itself and sa_mask blocked. */
static void enter_handler(const struct picked_signal *picked)
{
	u64 mask = current->blocked | picked->action.mask;

	if (!(picked->action.flags & SA_NODEFER))
		mask |= SIG_BIT(picked->signal);
	if (task_has_flag(current, TIF_RESTORE_SIGMASK))
		task_clear_flag(current, TIF_RESTORE_SIGMASK);
	if (current->altstack_flags & SS_AUTODISARM) {
		current->altstack_sp = current->altstack_size = 0;
		current->altstack_flags = SS_DISABLE;
	}
	set_current_blocked(mask);
}

static void handle_signal(struct trap_frame *frame, const struct picked_signal *picked)
{
	if (unlikely(task_has_flag(current, TIF_RSEQ)))
		rseq_update(frame);
	if (!push_frame(frame, picked))
		enter_handler(picked);
	else if (picked->signal == SIGSEGV)
		force_fatal_signal(SIGSEGV); /* its handler has no stack: it would never end */
	else
		force_signal(SIGSEGV);
}

void deliver_signals(struct trap_frame *frame)
{
	struct interrupted_call call = prepare_restart(frame);
	struct picked_signal picked;

	if (get_signal(&picked)) {
		interrupt_call(frame, &call, &picked.action);
		handle_signal(frame, &picked);
		return;
	}
	if (call.code == -ERESTART_RESTARTBLOCK && frame->pc == call.pc)
		frame->a7 = SYS_RESTART_SYSCALL;
	restore_saved_sigmask_unless(false);
}

long signal_return(struct trap_frame *frame)
{
	struct signal_stack stack;
	u64 mask;

	current->restart.function = NULL;
	if (arch_sigframe_pop(frame, &mask, &stack)) {
		force_signal(SIGSEGV);
		return 0;
	}
	set_current_blocked(mask);
	/* A program may have spoiled it: then it stays as it is. */
	(void)!signal_stack_set(&stack, 0);
	return (long)frame->a0;
}
