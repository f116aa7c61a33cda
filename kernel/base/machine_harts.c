/* SPDX-License-Identifier: MIT */
/*
 * The device tree's harts (/cpus): which can run the kernel, and what they can do.
 *
 * A hart is usable when it is not disabled and has an MMU; the one that runs this is usable by
 * evidence. The usable ones get logical indices, the boot hart 0, the others in the order of the
 * tree. Accepts both forms of ISA description: "riscv,isa", and "riscv,isa-base" with
 * "riscv,isa-extensions" (Linux's binding riscv/extensions.yaml).
 */
#include "base/devtree.h"
#include "lib/format.h"
#include "lib/string.h"

enum { ISA_TEXTS = 4, ISA_TEXT_SIZE = 256 };

/* Text made of an extension list; cores of one kind share it. */
struct isa_text {
	const char *list; /* in the tree */
	int length;
	char text[ISA_TEXT_SIZE];
};

static struct isa_text isa_texts[ISA_TEXTS]; /* written at boot only */

bool machine_isa_has_word(const char *isa, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = isa; (at = strchr(at, '_')) != NULL;) {
		at++;
		if (!strncmp(at, name, length) && (at[length] == 0 || at[length] == '_'))
			return true;
	}
	return false;
}

/* A single letter after "rv64", before the first extension with a name. 'g' stands for imafd. */
static bool isa_string_has_letter(const char *isa, char letter)
{
	if (strlen(isa) < 4)
		return false;
	for (const char *at = isa + 4; *at && *at != '_' && *at != 'z' && *at != 's' && *at != 'x';
	     at++)
		if (*at == letter || (*at == 'g' && strchr("imafd", letter)))
			return true;
	return false;
}

static bool hart_has(const void *fdt, int node, const char *name)
{
	int length;
	const char *list = fdt_getprop(fdt, node, "riscv,isa-extensions", &length);
	const char *isa = devtree_string(fdt, node, "riscv,isa");

	if (list)
		return fdt_stringlist_contains(list, length, name);
	if (!isa)
		return false;
	return name[1] ? machine_isa_has_word(isa, name) : isa_string_has_letter(isa, name[0]);
}

/* "rv64i" + { "i", "m", "a", "zicsr" } is "rv64ima_zicsr". */
static void isa_text_make(struct isa_text *made, const char *base)
{
	const char *end = made->list + made->length;
	size_t used = strlcpy(made->text, base ? base : "rv64i", ISA_TEXT_SIZE);

	used = MIN(used, (size_t)ISA_TEXT_SIZE - 1);
	for (const char *word = made->list; word < end; word += strnlen(word, end - word) + 1) {
		if (!strncmp(word, "i", end - word))
			continue;
		used += scnprintf(made->text + used, ISA_TEXT_SIZE - used, "%s%.*s",
				  strnlen(word, end - word) > 1 ? "_" : "", (int)(end - word),
				  word);
	}
}

static const char *hart_isa(const void *fdt, int node)
{
	const char *isa = devtree_string(fdt, node, "riscv,isa");
	int length;
	const char *list = fdt_getprop(fdt, node, "riscv,isa-extensions", &length);

	if (isa && (*isa || !list))
		return isa;
	if (!list)
		return "rv64ima";
	for (unsigned int i = 0; i < ISA_TEXTS; i++) {
		struct isa_text *made = &isa_texts[i];

		if (!made->list) {
			made->list = list;
			made->length = length;
			isa_text_make(made, devtree_string(fdt, node, "riscv,isa-base"));
		}
		if (made->length == length && !memcmp(made->list, list, length))
			return made->text;
	}
	return devtree_string(fdt, node, "riscv,isa-base");
}

static u32 hart_controller(const void *fdt, int node)
{
	int child;

	fdt_for_each_subnode(child, fdt, node) if (fdt_getprop(fdt, child, "interrupt-controller",
							       NULL)) return fdt_get_phandle(fdt,
											     child);
	return 0;
}

static bool is_hart(const void *fdt, int node)
{
	const char *type = devtree_string(fdt, node, "device_type");

	return type && !strcmp(type, "cpu");
}

/* Puts a usable hart where it belongs in logical order. */
static void add_hart(struct devtree *tree, int node, u64 hartid)
{
	const void *fdt = tree->fdt;
	struct machine *facts = tree->machine;
	bool boot = hartid == tree->boot_hartid;
	unsigned int at = boot ? 0 : facts->hart_count;

	for (unsigned int i = facts->hart_count; i > at; i--) {
		facts->harts[i] = facts->harts[i - 1];
		tree->hart_intc[i] = tree->hart_intc[i - 1];
	}
	facts->harts[at] = (struct machine_hart){
		.hartid = hartid,
		.isa = hart_isa(fdt, node),
		.mmu_type = devtree_string(fdt, node, "mmu-type"),
		.uarch = devtree_string(fdt, node, "compatible"),
		.has_sstc = hart_has(fdt, node, "sstc"),
		.has_fpu = hart_has(fdt, node, "f") && hart_has(fdt, node, "d"),
		.has_vector = hart_has(fdt, node, "v"),
	};
	tree->hart_intc[at] = hart_controller(fdt, node);
	facts->hart_count++;
}

static bool hart_usable(const void *fdt, int node)
{
	const char *mmu = devtree_string(fdt, node, "mmu-type");

	return mmu && !strncmp(mmu, "riscv,sv", 8) && devtree_enabled(fdt, node);
}

/* One entry of /cpus. The boot hart always finds room: one place is kept for it. */
static void read_hart(struct devtree *tree, int node, int address_cells, bool *boot_found)
{
	const void *fdt = tree->fdt;
	struct machine *facts = tree->machine;
	unsigned int limit = *boot_found ? MAX_HARTS : MAX_HARTS - 1;
	int length;
	const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &length);
	u64 hartid;

	if (!reg || length < address_cells * 4)
		return;
	hartid = devtree_cells(reg, address_cells);
	if (hartid == tree->boot_hartid && !*boot_found) {
		*boot_found = true;
		add_hart(tree, node, hartid);
	} else if (hartid != tree->boot_hartid && hart_usable(fdt, node) &&
		   facts->hart_count < limit) {
		add_hart(tree, node, hartid);
	} else {
		facts->parked_count++;
	}
	if (!facts->timebase_hz)
		facts->timebase_hz = devtree_u32(fdt, node, "timebase-frequency", 0);
}

void machine_join_harts(struct machine *facts)
{
	facts->has_sstc = facts->has_fpu = facts->has_vector = true;
	for (unsigned int hart = 0; hart < facts->hart_count; hart++) {
		facts->has_sstc &= facts->harts[hart].has_sstc;
		facts->has_fpu &= facts->harts[hart].has_fpu;
		facts->has_vector &= facts->harts[hart].has_vector;
	}
}

const char *devtree_read_harts(struct devtree *tree)
{
	const void *fdt = tree->fdt;
	struct machine *facts = tree->machine;
	int cpus = fdt_path_offset(fdt, "/cpus");
	bool boot_found = false;
	int address_cells, node;

	if (cpus < 0)
		return "no /cpus";
	address_cells = fdt_address_cells(fdt, cpus);
	if (address_cells < 1 || address_cells > 2)
		return "/cpus: bad #address-cells";
	memset(isa_texts, 0, sizeof(isa_texts));
	facts->timebase_hz = devtree_u32(fdt, cpus, "timebase-frequency", 0);
	fdt_for_each_subnode(node, fdt, cpus) if (is_hart(fdt, node))
		read_hart(tree, node, address_cells, &boot_found);
	if (!boot_found)
		return "/cpus: the boot hart is missing";
	if (!facts->timebase_hz)
		return "/cpus: no timebase-frequency";
	machine_join_harts(facts);
	return NULL;
}
