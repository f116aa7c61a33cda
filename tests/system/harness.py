# SPDX-License-Identifier: MIT
"""Machines that tests boot and talk to over the console.

A test makes a Machine, waits for texts, types, and asks for outputs:

    with Machine(harts=2) as machine:
        machine.wait_prompt()
        assert machine.run("echo hello").output == "hello"
        machine.power_off()

Every wait ends early, with GuestPanic, when the kernel reports that it has died, and
with GuestTimeout when the time is over; both carry the console's last lines. All times
are in seconds of the host; HARTWOOD_TIME_SCALE stretches them on slow machines.
"""
import os
import pathlib
import re
import time

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
ROOTFS = BUILD / "rootfs-tier1.cpio"
TIME_SCALE = float(os.environ.get("HARTWOOD_TIME_SCALE", "1"))

# What a dying kernel prints. Debug builds end here for failed assertions, too.
PANIC = re.compile(r"[Kk]ernel panic(?: -|:)[^\r\n]*")
PROMPT = re.compile(r"(?:^|[\r\n])[^\r\n]*?[/~][^\r\n ]* # ")
# Colours, cursor movements and the line editor's questions about the cursor.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>78]")


class GuestError(Exception):
    """The machine did not do what the test waited for."""


class GuestPanic(GuestError):
    """The kernel reported that it has died."""


class GuestTimeout(GuestError):
    """The time was over first."""


class GuestExit(GuestError):
    """QEMU ended first."""


class Result:
    """What a command printed, and its exit status."""

    def __init__(self, output, status):
        self.output = output
        self.status = status


class Machine:
    """One QEMU with a kernel. `kernel` and DEBUG builds come from the environment
    (HARTWOOD_KERNEL) unless told, so that a whole run can be pointed at another build."""

    def __init__(self, harts=2, memory="512M", board="virt", initrd=ROOTFS, append="quiet",
                 kernel=None, qemu_options=(), log=None, qemu=None):
        """qemu: the folder of the QEMU to use instead of the one in the PATH."""
        self.harts = harts
        self.memory = memory
        self.board = board
        self.initrd = initrd
        self.append = append
        self.kernel = kernel or os.environ.get("HARTWOOD_KERNEL", str(BUILD / "Image"))
        self.qemu_options = list(qemu_options)
        self.log = log
        self.environment = dict(os.environ)
        if qemu:
            self.environment["PATH"] = f"{qemu}:{self.environment['PATH']}"
        self.child = None

    # --- life ------------------------------------------------------------------------

    def start(self):
        command = ["-b", self.board, "-s", str(self.harts), "-m", self.memory,
                   "-k", str(self.kernel), "-a", self.append]
        if self.initrd:
            command += ["-i", str(self.initrd)]
        command += ["--", "-no-reboot"] + _seed["options"] + self.qemu_options
        self.child = pexpect.spawn(str(ROOT / "tools/run-qemu"), command, encoding="utf-8",
                                   codec_errors="replace", echo=False, dimensions=(24, 200),
                                   env=self.environment)
        self.child.delaybeforesend = None
        if self.log is None:
            self.log = _next_log()
        self.child.logfile_read = open(self.log, "w", encoding="utf-8", errors="replace",
                                       newline="")
        return self

    def stop(self):
        """Ends QEMU, whatever the guest does."""
        if self.child is not None:
            self.child.close(force=True)
            self.child.logfile_read.close()
            self.child = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # --- the console -----------------------------------------------------------------

    def expect(self, pattern, timeout=30):
        """Waits for a pattern (regular expression or compiled one); returns its match."""
        if isinstance(pattern, str):
            pattern = re.compile(pattern)
        try:
            index = self.child.expect([pattern, PANIC], timeout=timeout * TIME_SCALE)
        except pexpect.TIMEOUT:
            raise GuestTimeout(self._report(f"no {pattern.pattern!r} in {timeout} s")) from None
        except pexpect.EOF:
            raise GuestExit(self._report(f"QEMU ended before {pattern.pattern!r}")) from None
        if index == 1:
            raise GuestPanic(self._report(self.child.match.group(0).strip()))
        return self.child.match

    def expect_panic(self, timeout=60):
        """Waits until the kernel panics, and QEMU ends (panic=-1); the panic's text."""
        try:
            self.child.expect(PANIC.pattern + r"[\r\n]", timeout=timeout * TIME_SCALE)
            text = self.child.match.group(0)
            self.child.expect(pexpect.EOF, timeout=timeout * TIME_SCALE)
        except pexpect.TIMEOUT:
            raise GuestTimeout(self._report(f"no panic and end in {timeout} s")) from None
        except pexpect.EOF:
            raise GuestExit(self._report("QEMU ended without a panic")) from None
        return text

    def send(self, text):
        self.child.send(text)

    def sendline(self, line=""):
        self.child.send(line + "\r")

    def interrupt(self):
        """Types ^C."""
        self.child.send("\x03")

    def suspend(self):
        """Types ^Z."""
        self.child.send("\x1a")

    def wait_prompt(self, timeout=60):
        """Waits for the shell's prompt."""
        self.expect(PROMPT, timeout)

    def run(self, command, timeout=30):
        """Has the shell run a command line; returns what it printed and its status."""
        # The echo of what is typed holds the marker in pieces only.
        self.sendline(f"{command}; echo \"<\"$?\">\"")
        self.expect(r"echo \"<\"\$\?\">\"[^\r\n]*[\r\n]+", timeout)
        match = self.expect(r"<(\d+)>[\r\n]", timeout)
        output = clean(self.child.before)
        self.expect(PROMPT, timeout)
        return Result(output, int(match.group(1)))

    # --- the end ---------------------------------------------------------------------

    def wait_exit(self, timeout=30):
        """Waits until QEMU has ended."""
        try:
            index = self.child.expect([pexpect.EOF, PANIC], timeout=timeout * TIME_SCALE)
        except pexpect.TIMEOUT:
            raise GuestTimeout(self._report(f"QEMU did not end in {timeout} s")) from None
        if index == 1:
            raise GuestPanic(self._report(self.child.match.group(0).strip()))
        self.child.close()
        if self.child.exitstatus != 0:
            raise GuestError(self._report(f"QEMU's exit status is {self.child.exitstatus}"))

    def power_off(self, timeout=30):
        """Has the shell power the machine off; QEMU must end."""
        self.sendline("poweroff -f")
        self.wait_exit(timeout)

    def _report(self, what):
        text = clean((self.child.before or "")[-2000:])
        tail = "\n".join("    | " + line for line in text.splitlines()[-15:])
        return f"{what}; log: {self.log}\n{tail}"


def clean(text):
    """Console text without escape sequences and carriage returns."""
    return ESCAPES.sub("", text).replace("\r", "").strip("\n")


def console_of(log):
    """The whole text of a machine's log."""
    return clean(pathlib.Path(log).read_bytes().decode(errors="replace"))


def wait_until(condition, timeout=10, step=0.2):
    """Polls a condition; False when the time is over."""
    end = time.monotonic() + timeout * TIME_SCALE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(step)
    return False


# --- what the runner knows about a test ------------------------------------------------

class Outcome:
    """One result inside a test that has many, such as the programs of one boot."""

    def __init__(self, name, passed, message=""):
        self.name = name
        self.passed = passed
        self.message = message


def cases(**axis):
    """Runs a test once for each value: @cases(harts=[1, 2, 4])."""
    (name, values), = axis.items()

    def decorate(function):
        function.cases = [{name: value} for value in values]
        return function

    return decorate


_log_state = {"name": "machine", "count": 0}
_seed = {"options": []}


def set_seed(seed):
    """The seed of the machines that this process starts from here on; None: QEMU chooses."""
    _seed["options"] = [] if seed is None else ["-seed", str(seed)]


def name_logs(name):
    """Names the logs of the machines that this process starts from here on."""
    _log_state["name"] = re.sub(r"[^A-Za-z0-9_.=-]+", "-", name)
    _log_state["count"] = 0


def _next_log():
    folder = BUILD / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    _log_state["count"] += 1
    suffix = "" if _log_state["count"] == 1 else f"-{_log_state['count']}"
    return str(folder / f"{_log_state['name']}{suffix}.log")
