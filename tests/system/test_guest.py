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


def run_program(command, timeout=300, **machine):
    """Boots a machine for one program of the archive, with arguments; it must pass."""
    name = command.split()[0]
    append = f'quiet SECONDS_EACH={timeout} -- "{command}"'
    with Machine(initrd=ARCHIVE, append=append, **machine) as guest:
        guest.expect("guest tests: begin", timeout=60)
        guest.expect("guest tests: end", timeout)
        guest.wait_exit()
        text = console_of(guest.log)
    assert re.search(rf"(?m)^=== {re.escape(command)}: 0$", text), f"{name} failed: {guest.log}"
    assert not re.search(r"(?m)^FAIL ", text), f"{name} failed: {guest.log}"


def test_fork_bomb():
    """Nothing limits the bomb but the memory."""
    run_program("bomb unlimited", harts=2, memory="128M")


@cases(harts=[2, 4])
def test_spread(harts):
    """Within 100 ms of the machine's time, which stands still while the host is busy with others:
    each instruction takes 8 ns of it."""
    run_program("spread 100", harts=harts, qemu_options=["-icount", "shift=3,sleep=off"])


@cases(program=["many_threads", "many_processes"])
def full_crowd(program):
    """100,000 threads, 10,000 processes in 4 GiB."""
    run_program(program, timeout=900, harts=4, memory="4G")


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
