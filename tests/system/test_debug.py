# SPDX-License-Identifier: MIT
"""`make debug`: gdb attached to a machine that waits, and the helpers of tools/gdb/hartwood.py."""
import os
import pathlib
import re
import shutil
import tempfile

import pexpect

from harness import BUILD, ROOT, ROOTFS, TIME_SCALE, clean, wait_until

HARTS = 2
DEBUG = BUILD / "debug"
PROMPT = r"\(gdb\) "


class Debugger:
    """gdb, as the target debug-session of the Makefile starts it; its console log is in folder."""

    def __init__(self, folder):
        elf = pathlib.Path(folder) / "hartwood.elf"
        shutil.copy(DEBUG / "hartwood.elf", elf)
        self.console = pathlib.Path(folder) / "console.log"
        self.gdb = pexpect.spawn(
            str(ROOT / "tools/debug-qemu"),
            ["-s", str(HARTS), "-m", "256M", "-k", str(DEBUG / "Image"), "-i", str(ROOTFS),
             "-a", "quiet", str(elf)],
            encoding="utf-8", codec_errors="replace", echo=False, dimensions=(100, 200),
            env={**os.environ, "TERM": "dumb"})
        self.wait()

    def wait(self):
        self.gdb.expect(PROMPT, timeout=60 * TIME_SCALE)
        return clean(self.gdb.before)

    def run(self, command):
        self.gdb.sendline(command)
        return self.wait()

    def console_shows(self, text):
        return self.console.exists() and text in self.console.read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.gdb.close(force=True)

    def quit(self):
        self.gdb.sendline("kill inferiors 1")
        self.wait()
        self.gdb.sendline("quit")
        self.gdb.expect(pexpect.EOF, timeout=30 * TIME_SCALE)
        self.gdb.close()


def test_helpers():
    with tempfile.TemporaryDirectory() as folder, Debugger(folder) as debugger:
        debugger.run("set confirm off")
        assert not debugger.console_shows("Hartwood"), "it did not wait"
        debugger.run("hbreak start_init")
        assert "start_init" in debugger.run("continue")
        assert re.search(r"hart 0: runs \S+ \(0\)", debugger.run("hw-rq"))
        debugger.run("delete")

        debugger.gdb.sendline("continue")
        assert wait_until(lambda: debugger.console_shows("~ #"), timeout=60)
        debugger.gdb.sendintr()
        debugger.wait()
        tasks = debugger.run("hw-ps")
        assert re.search(r"(?m) 1 +1 +0 +\d+ [SRD] init\s*$", tasks), tasks
        assert re.search(r"(?m) 2 +2 +0 +\d+ [SRD] kthreadd\s*$", tasks), tasks
        assert re.search(r"(?m) \d+ +\d+ +1 +\d+ [SRD] busybox\s*$", tasks), tasks
        assert re.search(r"(?m) \d+ +\d+ +2 +1 [SRD] migration/1\s*$", tasks), tasks
        queues = debugger.run("hw-rq")
        for hart in range(HARTS):
            assert re.search(rf"(?m)^hart {hart}: runs \S+ \(\d+\), \d+ runnable, \d+ switches",
                             queues), queues
        assert 'comm = "init' in debugger.run("hw-task 1")
        assert "= 1" in debugger.run("print $task->pid")
        assert "usage" in debugger.run("hw-task 12345")
        debugger.quit()
