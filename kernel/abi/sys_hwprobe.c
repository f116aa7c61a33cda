/* SPDX-License-Identifier: MIT */
/*
 * riscv_hwprobe(2): what the harts can do. Extensions are told if all harts have them and they need
 * nothing of the kernel; all other answers are the same for all harts, too.
 */
#include "abi/hwprobe.h"
#include "arch/hart.h"
#include "arch/vdso.h"
#include "base/machine.h"
#include "base/perhart.h"
#include "lib/errno.h"
#include "sched/sched.h"
#include "uapi/system.h"
#include "vm/usercopy.h"

/* Bits of HWPROBE_IMA_EXT_0, by the names in ISA strings. */
static const struct {
	const char *name;
	u8 bit;
} extensions[] = {
	{ "zba", 3 },	       { "zbb", 4 },	{ "zbs", 5 },	{ "zbc", 7 },	 { "zbkb", 8 },
	{ "zbkc", 9 },	       { "zbkx", 10 },	{ "zknd", 11 }, { "zkne", 12 },	 { "zknh", 13 },
	{ "zksed", 14 },       { "zksh", 15 },	{ "zkt", 16 },	{ "zfh", 27 },	 { "zfhmin", 28 },
	{ "zihintntl", 29 },   { "zfa", 32 },	{ "ztso", 33 }, { "zacas", 34 }, { "zicond", 35 },
	{ "zihintpause", 36 }, { "zimop", 42 }, { "zcb", 44 },	{ "zcmop", 47 }, { "zawrs", 48 },
};

static bool all_harts_have(const char *name)
{
	for (unsigned int hart = 0; hart < nr_harts; hart++)
		if (!machine_isa_has_word(machine.harts[hart].isa, name))
			return false;
	return true;
}

static u64 isa_extensions(void)
{
	u64 bits = HWPROBE_EXT_C | (u64)1 << HWPROBE_EXT_ZCA;

	if (machine.has_fpu)
		bits |= HWPROBE_EXT_FD | (u64)1 << HWPROBE_EXT_ZCD;
	if (machine.has_vector)
		bits |= HWPROBE_EXT_V;
	for (unsigned int i = 0; i < ARRAY_SIZE(extensions); i++)
		if (all_harts_have(extensions[i].name))
			bits |= (u64)1 << extensions[i].bit;
	return bits;
}

/* Fills in a pair's value; an unknown key becomes -1. */
static void answer(struct riscv_hwprobe *pair)
{
	u64 ids[3];

	switch (pair->key) {
	case HWPROBE_MVENDORID:
	case HWPROBE_MARCHID:
	case HWPROBE_MIMPID:
		arch_machine_ids(ids);
		pair->value = ids[pair->key];
		return;
	case HWPROBE_BASE_BEHAVIOR: pair->value = HWPROBE_BASE_IMA; return;
	case HWPROBE_IMA_EXT_0: pair->value = isa_extensions(); return;
	case HWPROBE_CPUPERF_0:
	case HWPROBE_MISALIGNED_SCALAR_PERF:
	case HWPROBE_ZICBOZ_BLOCK_SIZE:
		pair->value = 0; /* unknown; none */
		return;
	case HWPROBE_HIGHEST_VIRT_ADDRESS: pair->value = USER_END; return;
	case HWPROBE_TIME_CSR_FREQ: pair->value = machine.timebase_hz; return;
	}
	*pair = (struct riscv_hwprobe){ .key = -1 };
}

void hwprobe_init(void)
{
	static_assert((int)HWPROBE_KEYS == (int)VDSO_HWPROBE_KEYS, "the vDSO answers all keys");
	for (int key = 0; key < HWPROBE_KEYS; key++) {
		struct riscv_hwprobe pair = { .key = key };

		answer(&pair);
		vdso_data->hwprobe[key] = pair.value;
	}
}

/* Does a hart that answers `have` fulfil what is wanted? */
static bool fulfils(const struct riscv_hwprobe *have, const struct riscv_hwprobe *wanted)
{
	switch (wanted->key) {
	case HWPROBE_BASE_BEHAVIOR:
	case HWPROBE_IMA_EXT_0:
	case HWPROBE_CPUPERF_0: return (have->value & wanted->value) == wanted->value;
	}
	return have->key >= 0 && have->value == wanted->value;
}

/* A set of harts from user memory, of which those count that are online; with nothing given, all.
 * 0 or -EFAULT. */
static int get_harts(hartmask_t *harts, uaddr_t set, size_t size)
{
	*harts = harts_online;
	if (!set && !size)
		return 0;
	*harts = 0;
	if (copy_from_user(harts, set, MIN(size, sizeof(*harts))))
		return -EFAULT;
	*harts &= harts_online;
	return 0;
}

static long answer_values(uaddr_t pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uaddr_t at = pairs + i * sizeof(struct riscv_hwprobe);
		struct riscv_hwprobe pair;

		if (copy_from_user(&pair, at, sizeof(pair)))
			return -EFAULT;
		answer(&pair);
		if (copy_to_user(at, &pair, sizeof(pair)))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/* Leaves those harts in the set that fulfil all pairs. As they are alike, all do, or none. */
static long answer_harts(uaddr_t pairs, size_t count, hartmask_t harts, uaddr_t set, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		uaddr_t at = pairs + i * sizeof(struct riscv_hwprobe);
		struct riscv_hwprobe wanted, have;

		if (copy_from_user(&wanted, at, sizeof(wanted)))
			return -EFAULT;
		have = wanted;
		answer(&have);
		if (!fulfils(&have, &wanted))
			harts = 0;
		if (have.key < 0 && copy_to_user(at, &have, sizeof(have)))
			return -EFAULT;
		cond_resched();
	}
	return copy_to_user(set, &harts, MIN(size, sizeof(harts)));
}

long sys_riscv_hwprobe(uaddr_t pairs, size_t count, size_t set_size, uaddr_t set,
		       unsigned int flags)
{
	hartmask_t harts;
	int error;

	if (flags & ~(unsigned int)HWPROBE_WHICH_CPUS)
		return -EINVAL;
	if (flags && (!set_size || !set))
		return -EINVAL;
	error = get_harts(&harts, set, set_size);
	if (error)
		return error;
	if (!flags)
		return harts ? answer_values(pairs, count) : -EINVAL;
	return answer_harts(pairs, count, harts ? harts : harts_online, set, set_size);
}
