/* SPDX-License-Identifier: MIT */
/*
 * Bring-up: the order in which the kernel's parts come to life, on the boot hart and on the
 * others.
 *
 * boot.S calls kernel_main() on the boot hart, with the early map, on boot_stack, as init_task;
 * and secondary_main() on each other hart, with the final map, as the idle task that
 * arch_start_harts() gave it. Interrupts are off; nothing else runs until start_init().
 */
#include <generated/version.h>

#include "abi/hwprobe.h"
#include "arch/fpu.h"
#include "arch/vector.h"
#include "arch/hart.h"
#include "arch/internal.h"
#include "arch/mmu.h"
#include "arch/sbi.h"
#include "base/irq.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/panic.h"
#include "base/perhart.h"
#include "base/uart.h"
#include "entry.h"
#include "fs/vfs.h"
#include "ipc/epoll.h"
#include "ipc/futex.h"
#include "ipc/inet.h"
#include "ipc/mqueue.h"
#include "ipc/pipe.h"
#include "ipc/sysv.h"
#include "ipc/tty.h"
#include "lib/format.h"
#include "lib/random.h"
#include "mm/kstack.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "procfs/procfs.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "task/process.h"
#include "task/task.h"
#include "vm/space.h"
#include "vm/vmo.h"

/* How many harts the command line lets run: "nosmp", or "maxcpus=" with Linux's meaning of 0. */
static unsigned int wanted_harts(void)
{
	char text[16];

	if (cmdline_get("nosmp", text, sizeof(text)))
		return 1;
	if (!cmdline_get("maxcpus", text, sizeof(text)))
		return machine.hart_count;
	return MAX(1U, (unsigned int)MIN(parse_number(text, NULL, 10), (u64)machine.hart_count));
}

/* Unpacks the initramfs, then gives its memory to the page allocator. */
static void init_root_files(void)
{
	struct phys_range archive = machine.initrd;

	if (archive.start == archive.end) {
		log_warning("no initramfs");
		return;
	}
	initramfs_unpack(phys_to_virt(paddr(archive.start)), archive.end - archive.start);
	page_free_range(paddr(archive.start), paddr(archive.end));
}

/* What the machine is: nothing here needs more than the early map, and tables made from free
 * memory. */
static void init_machine(u64 hartid, u64 device_tree)
{
	sbi_init();
	console_init_early();
	log_notice("Hartwood %s", HARTWOOD_VERSION);
	machine_init(paddr(device_tree), hartid);
	log_init();
	panic_init();
	user_guard_init();
	arch_mmu_init();
	arch_hart_init();
	irq_init();
	uart_init();
	console_init();
	random_seed(machine.rng_seed, machine.rng_seed_size);
}

static void init_memory(void)
{
	page_init();
	perhart_init(wanted_harts());
	slab_init();
	kstack_init();
}

static void init_tasks(void)
{
	clock_init();
	timer_init_hart();
	arch_fpu_init();
	arch_vector_init();
	sched_init();
	vm_init();
	vmo_init();
	task_init();
}

static void init_files(void)
{
	vfs_init();
	procfs_init();
	epoll_init();
	mqueuefs_init();
	pipe_init();
	inet_init();
	sockets_init();
	futex_init();
	futex_pi_init();
	sysv_init();
	hwprobe_init();
	tty_init();
}

void kernel_main(u64 hartid, u64 device_tree)
{
	init_task.stack = boot_stack;
	init_machine(hartid, device_tree);
	init_memory();
	init_tasks();
	init_files();
	arch_start_harts();
	init_root_files();
	machine_report();
	start_init();
	sched_idle_loop();
}

void secondary_main(void)
{
	arch_hart_init();
	timer_init_hart();
	atomic_fetch_or(&harts_online, hartmask_of(this_hart()));
	sched_idle_loop();
}
