# SPDX-License-Identifier: MIT
"""Debian's gdbserver on the machine, gdb-multiarch outside: they talk over a second serial line."""
import pathlib
import subprocess
import tempfile

from harness import BUILD, ROOT, TIME_SCALE, Machine, cases

ROOTFS = BUILD / "rootfs-tier2.cpio"
DEVICE = "/dev/ttyS2"


def build(folder):
    """The program with its symbols, and an initial RAM disk that holds it."""
    program = folder / "debuggee"
    subprocess.run(["riscv64-linux-gnu-gcc", "-g", "-O1", "-static", "-pthread", "-o", program,
                    ROOT / "tests/system/debuggee.c"], check=True)
    extra = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], input=b"debuggee\n",
                           cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    initrd = folder / "initrd"
    initrd.write_bytes(ROOTFS.read_bytes() + extra)
    return program, initrd


def gdb(program, line, commands):
    """What gdb prints when it runs the commands, connected to the line."""
    script = ["set pagination off", "set confirm off", "set width 0",
              "set remotetimeout 60", f"target remote {line}", *commands]
    arguments = ["gdb-multiarch", "-q", "-nx", "-batch", str(program)]
    for command in script:
        arguments += ["-ex", command]
    result = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, timeout=120 * TIME_SCALE, check=False)
    return result.stdout


def expect_in_order(output, texts):
    at = 0
    for text in texts:
        found = output.find(text, at)
        assert found >= 0, f"gdb did not print {text!r} there:\n{output}"
        at = found + len(text)


def debug(harts, commands, expected):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program, initrd = build(folder)
        line = folder / "line"
        options = ["-serial", f"unix:{line},server=on,wait=off"]
        with Machine(board="icicle_kit", harts=harts, initrd=initrd,
                     qemu_options=options) as machine:
            machine.wait_prompt()
            machine.sendline(f"stty raw -echo -F {DEVICE}; gdbserver {DEVICE} /debuggee")
            machine.expect("Remote debugging using", timeout=60)
            output = gdb(program, line, commands)
            expect_in_order(output, expected)


@cases(harts=[1, 4])
def test_breakpoints_and_threads(harts):
    debug(harts, ["break innermost", "continue", "backtrace", "print value",
                  "continue", "info threads", "backtrace", "finish", "print total",
                  "set var total = 100", "delete", "continue"],
          ["Breakpoint 1, innermost", "#1", "middle", "#2", "main", "$1 = 2",
           "Breakpoint 1, innermost", "debuggee", "debuggee", "#2", "in_thread",
           "in middle", "$2 = 13", "exited normally"])


@cases(harts=[2])
def test_following_a_child(harts):
    debug(harts, ["set follow-fork-mode child", "set detach-on-fork on",
                  "break in_child", "continue", "backtrace", "print total", "continue"],
          ["Breakpoint 1, in_child", "#1", "main", "$1 = 13", "exited with code 071"])


@cases(harts=[2])
def test_single_steps(harts):
    """riscv has no single step in hardware: gdb steps by breakpoints of its own."""
    debug(harts, ["break middle", "continue", "stepi", "stepi", "step", "backtrace", "kill"],
          ["Breakpoint 1, middle", "innermost", "#1", "middle"])
