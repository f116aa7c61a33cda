/* SPDX-License-Identifier: MIT */
/*
 * The device tree's devices that the kernel itself drives: interrupt controller, UARTs, clock.
 *
 * One walk over the tree. Addresses of registers are translated through the ranges of the buses
 * above (Devicetree Specification 2.3.8), which the walk keeps in a path.
 */
#include "arch/layout.h"
#include "base/devtree.h"
#include "lib/string.h"

enum {
	PATH_LIMIT = 16,	 /* deeper nodes are not looked at */
	CONTEXT_LIMIT = 15872,	 /* of a PLIC */
	SUPERVISOR_EXTERNAL = 9, /* the interrupt that a PLIC context raises */
	DEVICE_LIMIT = 64 << 20, /* largest register window */
};

/* What the node at one level of the path says about its children's addresses. */
struct bus {
	int address_cells, size_cells;
	const fdt32_t *ranges; /* NULL: no property */
	int ranges_length;     /* bytes; 0: addresses are the parent's */
};

struct walk {
	struct devtree *tree;
	struct bus path[PATH_LIMIT];
	int console; /* node that stdout-path names, or negative */
};

static void walk_enter(struct walk *walk, int node, int depth)
{
	const void *fdt = walk->tree->fdt;
	struct bus *bus = &walk->path[depth];

	bus->address_cells = fdt_address_cells(fdt, node);
	bus->size_cells = fdt_size_cells(fdt, node);
	bus->ranges = fdt_getprop(fdt, node, "ranges", &bus->ranges_length);
}

/* Takes an address from a bus to the one above; false when no range holds it. */
static bool bus_translate(const struct bus *bus, const struct bus *above, u64 *address)
{
	int entry = bus->address_cells + above->address_cells + bus->size_cells;
	const fdt32_t *range = bus->ranges;

	if (!range || above->address_cells < 1)
		return false;
	if (bus->ranges_length == 0)
		return true;
	for (int left = bus->ranges_length; left >= entry * 4; left -= entry * 4, range += entry) {
		u64 child = devtree_cells(range, bus->address_cells);
		u64 parent = devtree_cells(range + bus->address_cells, above->address_cells);
		u64 size = devtree_cells(range + bus->address_cells + above->address_cells,
					 bus->size_cells);

		if (*address >= child && *address - child < size) {
			*address += parent - child;
			return true;
		}
	}
	return false;
}

/* Physical address and size of a node's first register window; false when there is none that the
 * direct map reaches. */
static bool walk_registers(const struct walk *walk, int node, int depth, u64 *address, u64 *size)
{
	const struct bus *bus = &walk->path[depth - 1];
	int length;
	const fdt32_t *reg = fdt_getprop(walk->tree->fdt, node, "reg", &length);

	if (!reg || bus->address_cells < 1 || bus->size_cells < 1 ||
	    length < (bus->address_cells + bus->size_cells) * 4)
		return false;
	*address = devtree_cells(reg, bus->address_cells);
	*size = devtree_cells(reg + bus->address_cells, bus->size_cells);
	for (int level = depth - 1; level > 0; level--)
		if (!bus_translate(&walk->path[level], &walk->path[level - 1], address))
			return false;
	return *size > 0 && *size <= DEVICE_LIMIT && *address <= DIRECT_MAP_SIZE - *size;
}

static void read_plic_contexts(struct devtree *tree, int node, struct machine_plic *plic)
{
	int length;
	const fdt32_t *pair = fdt_getprop(tree->fdt, node, "interrupts-extended", &length);
	int count = pair ? MIN(length / 8, (int)CONTEXT_LIMIT) : 0;

	for (int context = 0; context < count; context++, pair += 2) {
		if (fdt32_to_cpu(pair[1]) != SUPERVISOR_EXTERNAL)
			continue;
		for (unsigned int hart = 0; hart < tree->machine->hart_count; hart++)
			if (tree->hart_intc[hart] == fdt32_to_cpu(pair[0]))
				plic->context[hart] = (s16)context;
	}
}

static void read_plic(struct walk *walk, int node, int depth)
{
	enum { SMALLEST = 0x200000 }; /* the registers of context 0 begin here */
	struct machine_plic *plic = &walk->tree->machine->plic;
	u64 address, size;
	u32 sources = devtree_u32(walk->tree->fdt, node, "riscv,ndev", 0);

	if (plic->base || sources == 0 || sources > 1023 ||
	    !walk_registers(walk, node, depth, &address, &size) || size <= SMALLEST)
		return;
	plic->base = address;
	plic->size = size;
	plic->sources = sources;
	read_plic_contexts(walk->tree, node, plic);
	for (unsigned int hart = 0; hart < MAX_HARTS; hart++)
		if (plic->context[hart] >= 0 &&
		    SMALLEST + (u64)(plic->context[hart] + 1) * 0x1000 > size)
			plic->context[hart] = -1;
}

static u32 read_interrupt(const void *fdt, int node)
{
	int length;
	const fdt32_t *extended = fdt_getprop(fdt, node, "interrupts-extended", &length);

	if (extended && length >= 8)
		return fdt32_to_cpu(extended[1]);
	return devtree_u32(fdt, node, "interrupts", 0);
}

static void read_rtc(struct walk *walk, int node, int depth)
{
	enum { LEAST_SIZE = 8 };
	u64 address, size;

	if (walk_registers(walk, node, depth, &address, &size) && address % 4 == 0 &&
	    size >= LEAST_SIZE)
		walk->tree->machine->rtc_base = address;
}

static enum uart_kind uart_kind_of(const void *fdt, int node)
{
	static const char *const ns16550[] = { "ns16550a", "ns16550", "snps,dw-apb-uart" };
	static const char *const sifive[] = { "sifive,uart0" };

	if (devtree_compatible(fdt, node, ns16550, ARRAY_SIZE(ns16550)))
		return UART_NS16550;
	if (devtree_compatible(fdt, node, sifive, ARRAY_SIZE(sifive)))
		return UART_SIFIVE;
	return UART_NONE;
}

/* N of the alias serialN that names the node; MAX_UARTS when there is none. */
static u32 read_line(const void *fdt, int node)
{
	char alias[] = "serial0";
	u32 line;

	for (line = 0; line < MAX_UARTS; line++, alias[sizeof(alias) - 2]++)
		if (fdt_path_offset(fdt, alias) == node)
			break;
	return line;
}

/* The frequency of a UART's clock, said at the UART itself or at a fixed clock. */
static u32 read_clock(const void *fdt, int node)
{
	u32 clock = devtree_u32(fdt, node, "clocks", 0);
	int clock_node = clock ? fdt_node_offset_by_phandle(fdt, clock) : -1;
	u32 otherwise = clock_node < 0 ? 0 : devtree_u32(fdt, clock_node, "clock-frequency", 0);

	return devtree_u32(fdt, node, "clock-frequency", otherwise);
}

static void read_uart(struct walk *walk, int node, int depth)
{
	struct machine *facts = walk->tree->machine;
	const void *fdt = walk->tree->fdt;
	struct machine_uart uart = {
		.kind = uart_kind_of(fdt, node),
		.reg_shift = devtree_u32(fdt, node, "reg-shift", 0),
		.reg_io_width = devtree_u32(fdt, node, "reg-io-width", 1),
		.irq = read_interrupt(fdt, node),
		.line = read_line(fdt, node),
		.clock_hz = read_clock(fdt, node),
	};
	u64 size;

	if (uart.kind == UART_SIFIVE)
		uart.reg_io_width = 4;
	if (facts->uart_count == MAX_UARTS || uart.reg_shift > 4 ||
	    (uart.reg_io_width != 1 && uart.reg_io_width != 4) ||
	    (uart.reg_io_width == 4 && uart.kind == UART_NS16550 && uart.reg_shift < 2) ||
	    !walk_registers(walk, node, depth, &uart.base, &size) || uart.base % 4)
		return;
	if (node == walk->console)
		facts->console_uart = (int)facts->uart_count;
	facts->uarts[facts->uart_count++] = uart;
}

/* Numbers for the UARTs whose own is missing or taken. */
static void number_uarts(struct machine *facts)
{
	u32 used = 0;

	for (unsigned int i = 0; i < facts->uart_count; i++) {
		struct machine_uart *uart = &facts->uarts[i];

		if (uart->line < MAX_UARTS && used >> uart->line & 1)
			uart->line = MAX_UARTS;
		if (uart->line < MAX_UARTS)
			used |= 1u << uart->line;
	}
	for (unsigned int i = 0; i < facts->uart_count; i++) {
		u32 *line = &facts->uarts[i].line;

		if (*line < MAX_UARTS)
			continue;
		for (*line = 0; used >> *line & 1; ++*line)
			;
		used |= 1u << *line;
	}
}

/* The node of /chosen stdout-path: a path or an alias, up to a colon. */
static int console_node(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	const char *path = chosen < 0 ? NULL : devtree_string(fdt, chosen, "stdout-path");
	const char *colon;

	if (!path)
		return -FDT_ERR_NOTFOUND;
	colon = strchr(path, ':');
	return fdt_path_offset_namelen(fdt, path, colon ? (int)(colon - path) : (int)strlen(path));
}

const char *devtree_read_devices(struct devtree *tree)
{
	static const char *const plic_names[] = {
		"sifive,plic-1.0.0",
		"riscv,plic0",
		"thead,c900-plic",
		"andestech,nceplic100",
	};
	static const char *const rtc_names[] = { "google,goldfish-rtc" };
	const void *fdt = tree->fdt;
	struct walk walk = { .tree = tree, .console = console_node(fdt) };
	int depth = 0;

	tree->machine->uart_count = 0;
	tree->machine->console_uart = -1;
	for (unsigned int hart = 0; hart < MAX_HARTS; hart++)
		tree->machine->plic.context[hart] = -1;
	for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(fdt, node, &depth)) {
		if (depth >= PATH_LIMIT)
			continue;
		walk_enter(&walk, node, depth);
		if (depth == 0)
			continue;
		if (uart_kind_of(fdt, node) != UART_NONE &&
		    (node == walk.console || devtree_enabled(fdt, node)))
			read_uart(&walk, node, depth);
		else if (devtree_compatible(fdt, node, plic_names, ARRAY_SIZE(plic_names)))
			read_plic(&walk, node, depth);
		else if (devtree_compatible(fdt, node, rtc_names, ARRAY_SIZE(rtc_names)))
			read_rtc(&walk, node, depth);
	}
	number_uarts(tree->machine);
	return NULL;
}
