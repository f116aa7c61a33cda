# SPDX-License-Identifier: MIT
"""Damaged device trees. OpenSBI reads the tree first, so what is damaged is what only the kernel
reads. Either the machine comes up, or one line tells why it does not.

Each tree is QEMU's own, changed by fdtput. The initramfs is loaded by a device, and the command
line stands in the tree, so that /chosen is ours alone. Newer QEMUs describe the ISA in two forms;
the tree keeps the old one, which all have, so that its damage is not made good by the other."""
import pathlib
import re
import subprocess
import tempfile

from pexpect import EOF

from harness import ROOTFS, GuestPanic, GuestTimeout, Machine, cases, console_of

HARTS = 2
MEMORY = "256M"
MEMORY_NODE = "/memory@80000000"
INITRD_AT = 0x88000000
INITRD_END = INITRD_AT + ROOTFS.stat().st_size if ROOTFS.exists() else INITRD_AT
SHELL = None  # instead of an error
NO_INITRAMFS = "/chosen: the initramfs does not lie in free memory"
# Debian's programs need it: the first one ends by SIGILL.
NO_FLOATING_POINT = r"init has ended \(status 0x4\)"
ONES = [0xffffffff, 0xffffffff]


def put(node, name, *values, kind="x"):
    """A property: cells in hexadecimal, bytes ("bx") or a text ("s")."""
    return ["-t", kind, node, name, *(f"{value:x}" if kind != "s" else value for value in values)]


def put_bytes(node, name, text):
    return put(node, name, *text, kind="bx")


def delete(node, name):
    return ["-d", node, name]


def remove(node):
    return ["-r", node]


def both_harts(change, *arguments):
    return [change(f"/cpus/cpu@{hart}", *arguments) for hart in range(HARTS)]


# name: (what the kernel says, changes)
DAMAGES = {
    "nothing": (SHELL, []),
    # memory
    "no-memory": ("no memory", [remove(MEMORY_NODE)]),
    "memory-without-reg": ("no memory", [delete(MEMORY_NODE, "reg")]),
    "memory-of-no-size": ("no memory", [put(MEMORY_NODE, "reg", 0, 0x80000000, 0, 0)]),
    "memory-reg-cut": ("no memory", [put(MEMORY_NODE, "reg", 0, 0x80000000, 0)]),
    "memory-elsewhere": ("the kernel does not lie in the tree's memory",
                         [put(MEMORY_NODE, "reg", 0, 0x90000000, 0, 0x8000000)]),
    "memory-of-odd-size": (SHELL, [put(MEMORY_NODE, "reg", 0, 0x80000000, 0, 0xffff123)]),
    "memory-twice": (SHELL, [put(MEMORY_NODE, "reg", *(0, 0x80000000, 0, 0x8000000) * 2,
                                 0, 0x84000000, 0, 0xc000000)]),
    "memory-with-rest": (SHELL, [put(MEMORY_NODE, "reg", 0, 0x80000000, 0, 0x10000000, 1)]),
    "memory-in-many-pieces": ("too many memory ranges",
                              [put(MEMORY_NODE, "reg", 0, 0x80000000, 0, 0x8000000,
                                   *(word for piece in range(20)
                                     for word in (0, 0x8a000000 + piece * 0x10000, 0, 0x1000)))]),
    # harts
    "cpu-without-mmu": (SHELL, [delete("/cpus/cpu@1", "mmu-type")]),
    "no-cpu-with-mmu": (SHELL, both_harts(delete, "mmu-type")),
    "mmu-of-no-kind": (SHELL, both_harts(put_bytes, "mmu-type", b"riscv,none")),
    "isa-empty": (NO_FLOATING_POINT, both_harts(put_bytes, "riscv,isa", b"\0")),
    "isa-unterminated": (NO_FLOATING_POINT, both_harts(put_bytes, "riscv,isa", b"rv64imafdc")),
    "isa-of-32-bits": (NO_FLOATING_POINT, both_harts(put_bytes, "riscv,isa", b"rv32i\0")),
    "isa-very-long": (SHELL, both_harts(put_bytes, "riscv,isa",
                                        b"rv64imafdc" + b"_zx" * 2000 + b"\0")),
    "isa-missing": (NO_FLOATING_POINT, both_harts(delete, "riscv,isa")),
    "isa-extensions-of-rubbish": (NO_FLOATING_POINT, both_harts(put_bytes, "riscv,isa-extensions",
                                                    bytes(range(1, 200)))),
    "interrupts-of-nobody": (SHELL, [put("/soc/plic@c000000", "interrupts-extended", 0x99, 0xb)]),
    # what the loader says of this boot
    "initrd-backwards": (NO_INITRAMFS, [put("/chosen", "linux,initrd-start", 0, INITRD_END),
                                  put("/chosen", "linux,initrd-end", 0, INITRD_AT)]),
    "initrd-beyond-memory": (NO_INITRAMFS, [put("/chosen", "linux,initrd-end", 0, 0xa0000000)]),
    "initrd-to-the-end-of-addresses": (NO_INITRAMFS, [
        put("/chosen", "linux,initrd-end", *ONES)]),
    "initrd-in-three-bytes": (NO_INITRAMFS, [
        put_bytes("/chosen", "linux,initrd-start", b"\x88\0\0")]),
    "initrd-without-end": (NO_INITRAMFS, [delete("/chosen", "linux,initrd-end")]),
    "initrd-in-the-kernel": (NO_INITRAMFS, [
        put("/chosen", "linux,initrd-start", 0, 0x80200000),
        put("/chosen", "linux,initrd-end", 0, 0x80300000)]),
    "initrd-over-the-kernel": (NO_INITRAMFS, [
        put("/chosen", "linux,initrd-start", 0, 0x80000000)]),
    "initrd-in-the-firmware": (NO_INITRAMFS, [
        put("/chosen", "linux,initrd-start", 0, 0x80000000),
        put("/chosen", "linux,initrd-end", 0, 0x80010000)]),
    "initrd-in-one-cell": (SHELL, [put("/chosen", "linux,initrd-start", INITRD_AT),
                                   put("/chosen", "linux,initrd-end", INITRD_END)]),
    "seed-empty": (SHELL, [put_bytes("/chosen", "rng-seed", b"")]),
    "arguments-of-4-KiB": ("bootargs too long",
                           [put("/chosen", "bootargs", "x" * 4096, kind="s")]),
    "arguments-of-64-KiB": ("bootargs too long",
                            [put("/chosen", "bootargs", "panic=-1 " * 7281, kind="s")]),
    "arguments-unterminated": (SHELL, [put_bytes("/chosen", "bootargs", b"quiet panic=-1")]),
    "arguments-of-rubbish": (SHELL, [put_bytes("/chosen", "bootargs",
                                               bytes(range(33, 256)) + b'=== "a=" b="\0')]),
    "arguments-with-an-open-quote": (SHELL, [put("/chosen", "bootargs", 'panic=-1 quiet x="a b',
                                                 kind="s")]),
}


REFUSED_BY_FIRMWARE = ("isa-empty", "isa-missing")


def properties(path, node):
    listed = subprocess.run(["fdtget", "-p", path, node], check=True, stdout=subprocess.PIPE, text=True)
    return listed.stdout.split()


def make_tree(path, changes):
    base = ["-nographic", "-m", MEMORY, "-smp", str(HARTS), "-M", f"virt,dumpdtb={path}"]
    subprocess.run(["qemu-system-riscv64", *base], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    cpus = [f"/cpus/cpu@{hart}" for hart in range(HARTS)]
    one_form = [delete(cpu, name) for cpu in cpus for name in properties(path, cpu)
                if name in ("riscv,isa-base", "riscv,isa-extensions")]
    standard = [put("/chosen", "bootargs", "panic=-1", kind="s"),
                put("/chosen", "linux,initrd-start", 0, INITRD_AT),
                put("/chosen", "linux,initrd-end", 0, INITRD_END)]
    for change in one_form + standard + changes:
        # fdtput takes a node to remove, or a property to delete, after the tree.
        options = change[:1] if change[0] in ("-r", "-d") else change[:2]
        rest = change[len(options):]
        subprocess.run(["fdtput", *options, path, *rest], check=True)


@cases(damage=list(DAMAGES))
def test_damage(damage):
    error, changes = DAMAGES[damage]
    with tempfile.TemporaryDirectory() as folder:
        tree = str(pathlib.Path(folder) / "tree.dtb")
        make_tree(tree, changes)
        options = ["-dtb", tree, "-device",
                   f"loader,file={ROOTFS},addr={INITRD_AT:#x},force-raw=on"]
        with Machine(harts=HARTS, memory=MEMORY, initrd=None, append="",
                     qemu_options=options) as machine:
            if error is SHELL:
                machine.wait_prompt()
                machine.power_off()
                return
            try:
                machine.expect("OpenSBI v", timeout=10)
            except GuestTimeout:  # newer firmware does not start a machine of no ISA
                assert damage in REFUSED_BY_FIRMWARE
                return
            try:
                machine.wait_exit(timeout=60)
            except GuestPanic:  # for want of a program
                machine.expect(EOF)
            text = console_of(machine.log)
        assert re.search(error, text) and "fault in the kernel" not in text, text[-600:]
