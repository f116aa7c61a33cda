# SPDX-License-Identifier: MIT
"""The same binary on many machines: to the shell, and off again where the board can.

What needs nothing but this machine's QEMU and OpenSBI runs always. `make test-matrix` runs the
rest: QEMU 10, and each QEMU with OpenSBI 1.1, 1.5.1 and 1.6 (tools/fetch-qemu), many sizes."""
import pathlib
import subprocess
import tempfile

from harness import BUILD, Machine, cases, console_of

FETCHED = BUILD / "cache/qemu"
QEMUS = {"host": None, "debian13": FETCHED / "bin"}
FIRMWARE = ("1.1", "1.5.1", "1.6")
BOARD_HARTS = {"virt": 2, "sifive_u": 4, "icicle_kit": 4}


def check(harts, board="virt", **options):
    """Boots to a shell that sees all harts, sleeps and forks; returns the boot log."""
    with Machine(board=board, harts=harts, append="loglevel=7", **options) as machine:
        machine.wait_prompt(timeout=120)
        assert machine.run("nproc").output == str(harts)
        assert machine.run("sleep 0.1; taskset 1 true && process").output.count("\n") == 2
        if board == "virt":
            machine.power_off()
        return console_of(machine.log)


# --- what this machine has ---------------------------------------------------------------

@cases(harts=[3, 8, 64])
def test_harts(harts):
    check(harts, memory="512M")


@cases(memory=["96M", "5G"])
def test_memory(memory):
    check(2, memory=memory)


@cases(machine=["aia=aplic", "aia=aplic-imsic"])
def test_machine(machine):
    check(2, qemu_options=["-M", machine])


def test_icicle_kit():
    check(4, "icicle_kit")


def changed_tree(folder, board, harts, *changes):
    """QEMU's own tree of a board, changed by fdtput."""
    tree = str(pathlib.Path(folder) / "tree.dtb")
    subprocess.run(["qemu-system-riscv64", "-nographic", "-smp", str(harts), "-m", "512M",
                    "-M", f"{board},dumpdtb={tree}"], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for change in changes:
        subprocess.run(["fdtput", "-t", "s", tree, *change], check=True)
    return tree


def test_holes_in_hart_ids():
    """Harts 0, 2 and 5 of six; whichever of them starts."""
    with tempfile.TemporaryDirectory() as folder:
        tree = changed_tree(folder, "virt", 6, *((f"/cpus/cpu@{hart}", "status", "disabled")
                                                 for hart in (1, 3, 4)))
        options = ["-dtb", tree, "-smp", "6"]
        log = check(3, qemu_options=options)
        assert "3 run, 3 parked" in log


def test_hart_that_does_not_start():
    """Hart 0 of the board has no S-mode; a tree that says it has makes the kernel try."""
    with tempfile.TemporaryDirectory() as folder:
        tree = changed_tree(folder, "sifive_u", 3, ("/cpus/cpu@0", "mmu-type", "riscv,sv39"))
        log = check(2, "sifive_u", qemu_options=["-dtb", tree])
        assert "hart 0 does not" in log
        assert "2 run, 1 parked" in log


# --- what is fetched ---------------------------------------------------------------------

def firmware_options(version):
    return ["-bios", str(FETCHED / f"opensbi-{version}.bin")]


@cases(firmware=[(qemu, version, board) for qemu in QEMUS for version in FIRMWARE
                 for board in BOARD_HARTS])
def full_firmware(firmware):
    qemu, version, board = firmware
    log = check(BOARD_HARTS[board], board, qemu=QEMUS[qemu],
                qemu_options=firmware_options(version))
    assert f"OpenSBI {'.'.join(version.split('.')[:2])}" in log


@cases(cpu=["rv64,sstc=off", "rv64,svadu=off", "rv64,sstc=off,svade=on,svadu=off",
            "rv64,sstc=off,svadu=off,svpbmt=on,svnapot=on,svinval=on,v=true,zkr=on", "max",
            "sifive-u54", "thead-c906", "rva22s64", "rva23s64"])
def full_cpu(cpu):
    check(2, qemu=QEMUS["debian13"], qemu_options=["-cpu", cpu, *firmware_options("1.6")])


@cases(machine=["aia=none", "aia=aplic", "aia=aplic-imsic"])
def full_machine(machine):
    check(4, qemu=QEMUS["debian13"], qemu_options=["-M", machine, *firmware_options("1.6")])


@cases(harts=[(qemu, harts) for qemu in QEMUS for harts in (1, 2, 3, 4, 5, 8, 16, 33, 63, 64)])
def full_harts(harts):
    qemu, count = harts
    check(count, qemu=QEMUS[qemu])


@cases(memory=[(qemu, memory) for qemu in QEMUS
               for memory in ("64M", "65M", "127M", "1G", "3G", "4G", "8G", "16G")])
def full_memory(memory):
    qemu, size = memory
    check(2, memory=size, qemu=QEMUS[qemu])
