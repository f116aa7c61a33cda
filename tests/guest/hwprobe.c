/* SPDX-License-Identifier: MIT */
/* riscv_hwprobe(2), and the vDSO's. */
#include "workdir.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

struct pair {
	long long key;
	unsigned long long value;
};

static long probe(struct pair *pairs, size_t count, size_t size, unsigned long *harts,
		  unsigned int flags)
{
	return syscall(258, pairs, count, size, harts, flags);
}

static void answers(void)
{
	struct pair pairs[6] = { { 3, 9 }, { 4, 9 }, { 1000, 9 }, { -5, 9 }, { 8, 9 }, { 0, 9 } };

	CHECK(probe(pairs, 6, 0, NULL, 0) == 0);
	CHECK(pairs[0].key == 3 && pairs[0].value == 1);
	CHECK(pairs[1].key == 4 && (pairs[1].value & 3) == 3);
	CHECK(pairs[2].key == -1 && pairs[2].value == 0 && pairs[3].key == -1);
	CHECK(pairs[4].value > 0 && pairs[5].key == 0);
}

static void sets_of_harts(void)
{
	unsigned long harts = ~0UL, some = 1;
	struct pair pair = { 4, 3 };

	CHECK(probe(&pair, 1, sizeof(some), &some, 0) == 0);
	some = 0;
	CHECK(FAILS(probe(&pair, 1, sizeof(some), &some, 0), EINVAL));
	CHECK(FAILS(probe(&pair, 1, 0, &some, 0), EINVAL));
	pair.value = 3;
	CHECK(probe(&pair, 1, sizeof(harts), &harts, 1) == 0);
	CHECK(__builtin_popcountl(harts) == sysconf(_SC_NPROCESSORS_ONLN));
	pair.value = 1UL << 63;
	CHECK(probe(&pair, 1, sizeof(harts), &harts, 1) == 0 && harts == 0);
	pair = (struct pair){ 1000, 0 };
	harts = 1;
	CHECK(probe(&pair, 1, sizeof(harts), &harts, 1) == 0 && harts == 0 && pair.key == -1);
}

static void wrong_arguments(void)
{
	struct pair pair = { 4, 3 };
	unsigned long harts = 1;

	CHECK(FAILS(probe(&pair, 1, 0, NULL, 1), EINVAL) &&
	      FAILS(probe(&pair, 1, 0, NULL, 2), EINVAL));
	CHECK(FAILS(probe(&pair, 1, sizeof(harts), NULL, 1), EINVAL));
	CHECK(FAILS(probe((struct pair *)8, 1, 0, NULL, 0), EFAULT));
	CHECK(probe(NULL, 0, 0, NULL, 0) == 0);
}

typedef int (*probe_function)(struct pair *, size_t, size_t, unsigned long *, unsigned int);

/* The vDSO is loaded at its first segment, which starts with its headers. */
static void *vdso_symbol(const char *name)
{
	const char *base = (const char *)getauxval(AT_SYSINFO_EHDR), *strings = NULL;
	const Elf64_Ehdr *header = (const void *)base;
	const Elf64_Phdr *segment = (const void *)(base + header->e_phoff);
	const Elf64_Sym *symbols = NULL;
	const unsigned int *hash = NULL;

	for (int i = 0; i < header->e_phnum; i++) {
		if (segment[i].p_type != PT_DYNAMIC)
			continue;
		for (const Elf64_Dyn *each = (const void *)(base + segment[i].p_vaddr); each->d_tag;
		     each++) {
			const void *at = base + each->d_un.d_ptr;

			if (each->d_tag == DT_STRTAB)
				strings = at;
			else if (each->d_tag == DT_SYMTAB)
				symbols = at;
			else if (each->d_tag == DT_HASH)
				hash = at;
		}
	}
	for (unsigned int i = 0; strings && symbols && hash && i < hash[1]; i++)
		if (!strcmp(strings + symbols[i].st_name, name))
			return (void *)(base + symbols[i].st_value);
	return NULL;
}

static void vdso_agrees(void)
{
	probe_function of_vdso = (probe_function)vdso_symbol("__vdso_riscv_hwprobe");
	struct pair a[12], b[12];
	unsigned long harts = ~0UL, some = 1;

	CHECK(of_vdso);
	for (int i = 0; i < 12; i++)
		a[i] = b[i] = (struct pair){ i < 9 ? i : i == 9 ? 100000 : i - 12, 7 };
	CHECK(of_vdso(a, 12, 0, NULL, 0) == 0 && probe(b, 12, 0, NULL, 0) == 0);
	CHECK(!memcmp(a, b, sizeof(a)));
	a[0] = (struct pair){ 3, 0 };
	CHECK(of_vdso(a, 1, sizeof(some), &some, 0) == 0 && a[0].value == 1);
	a[0].value = 1UL << 62;
	CHECK(of_vdso(a, 1, sizeof(harts), &harts, 1) == 0 && harts == 0);
	CHECK(of_vdso(a, 1, 0, NULL, 2) == -EINVAL);
}

int main(void)
{
	RUN(answers);
	RUN(sets_of_harts);
	RUN(wrong_arguments);
	RUN(vdso_agrees);
	return guest_result();
}
