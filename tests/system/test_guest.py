# SPDX-License-Identifier: MIT
"""The programs of tests/guest, one boot for all of them.

They are ordinary Linux programs: `make test-peer` runs the same archive on Linux, which
shows that they test the right thing.
"""
import re

from harness import BUILD, ROOT, Machine, Outcome, cases, clean, console_of

ARCHIVE = BUILD / "tests.cpio"


@cases(harts=[1, 2, 4])
def test_programs(harts):
    with Machine(harts=harts, memory="1G", initrd=ARCHIVE, append="quiet") as machine:
        failure = None
        try:
            machine.expect("guest tests: begin", timeout=60)
            machine.expect("guest tests: end", timeout=600)
            machine.wait_exit()
        except Exception as error:  # judged below with what was printed until then
            failure = str(error)
    return judge(console_of(machine.log), failure)


def judge(text, failure):
    """One outcome for each program: passed when it exited with 0 and said FAIL nowhere."""
    outcomes = []
    for path in sorted((ROOT / "tests/guest").glob("*.c")):
        name = path.stem
        match = re.search(rf"(?ms)^=== {name}$(.*?)^=== {name}: (\d+)$", clean(text))
        if not match:
            outcomes.append(Outcome(name, False, failure or "did not run to its end"))
            continue
        failed = re.findall(r"(?m)^FAIL .*$", match.group(1))
        passed = match.group(2) == "0" and not failed and "ok " in match.group(1)
        message = "; ".join(failed) or f"exit status {match.group(2)}"
        outcomes.append(Outcome(name, passed, "" if passed else message))
    if failure:
        outcomes.append(Outcome("machine", False, failure))
    return outcomes
