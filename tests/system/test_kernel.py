# SPDX-License-Identifier: MIT
"""The kernel's tests of itself (kernel/task/selftest.c), in the debug build."""
import re

from harness import BUILD, Machine, Outcome, cases, clean, console_of

DEBUG_IMAGE = BUILD / "debug/Image"


@cases(harts=[1, 2, 4, 8])
def test_selftest(harts):
    with Machine(harts=harts, kernel=DEBUG_IMAGE, append="selftest=1 -- true") as machine:
        machine.expect(r"selftest: \d+ passed, \d+ failed", timeout=120)
        machine.wait_exit()
    results = re.findall(r"selftest: (\w+) (ok|FAIL)", clean(console_of(machine.log)))
    assert results, "no test ran"
    return [Outcome(name, result == "ok", "" if result == "ok" else "failed")
            for name, result in results]


@cases(harts=[1, 4])
def test_stack_overflow(harts):
    """A kernel stack that overflows is reported by name, and nothing else is touched."""
    with Machine(harts=harts, kernel=DEBUG_IMAGE, append="selftest=stack panic=-1") as machine:
        assert "kernel stack overflow: task 1 (init)" in machine.expect_panic()
