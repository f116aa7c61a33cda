# SPDX-License-Identifier: MIT
"""The acceptance commands: unmodified Debian programs, judged by their output.

`make test` runs tier 1 and, of tier 2, what takes a few seconds; `make accept` runs all
commands up to TIER, or those of COMMANDS, on more harts.
"""
import fnmatch
import os
import re
import subprocess

from harness import BUILD, ROOT, Machine, Outcome, cases

JUDGE = ROOT / "tests/acceptance/check-acceptance"
TABLE = ROOT / "tests/acceptance/acceptance.tsv"
FAST = 20  # seconds that the table allows a fast command


@cases(harts=[1, 2, 4])
def test_tier1(harts):
    return accept(1, harts, "512M")


@cases(harts=[2, 4])
def test_tier2_fast(harts):
    return accept(2, harts, "2G", longest=FAST)


@cases(harts=[1, 2, 4, 8])
def full_tier(harts):
    def progress(name, number, total):
        print(f"     {harts} harts: {number} of {total}: {name}", flush=True)

    return accept(int(os.environ["TIER"]), harts, "3G", progress=progress,
                  patterns=os.environ.get("COMMANDS", "").split())


def commands(tier, longest, patterns=()):
    """{name: seconds allowed} of the commands up to a tier, in the table's order."""
    rows = (line.split("\t") for line in TABLE.read_text().splitlines()
            if line and not line.startswith("#"))
    return {name: int(seconds) for name, of, seconds, *_ in rows
            if int(of) <= tier and (longest is None or int(seconds) <= longest)
            and (not patterns or any(fnmatch.fnmatch(name, each) for each in patterns))}


def accept(tier, harts, memory, longest=None, progress=None, patterns=()):
    """Boots the tier's tree and has it run its commands, or those that patterns name; one outcome
    for each. progress(name, number, total) is called as each ends."""
    todo = commands(tier, longest, patterns)
    options = " ".join([f"-s {longest}"] * bool(longest) + list(patterns))
    failure = None
    with Machine(harts=harts, memory=memory, initrd=BUILD / f"rootfs-tier{tier}.cpio",
                 append=f"quiet -- accept {options}") as machine:
        try:
            machine.expect("acceptance: begin", timeout=60)
            for number, (name, seconds) in enumerate(todo.items(), 1):
                machine.expect(rf"=== {name}: \d+", timeout=60 + 2 * seconds)
                if progress:
                    progress(name, number, len(todo))
            machine.expect("acceptance: end", timeout=60)
        except Exception as error:  # judged below with what was printed until then
            failure = str(error)
    return judge(machine.log, todo, failure)


def judge(log, todo, failure):
    """One outcome for each command, and one for the run's end."""
    lines = subprocess.run([JUDGE, log], capture_output=True, text=True,
                           check=False).stdout.splitlines()
    matches = (re.match(r"(pass|FAIL) ([a-z0-9-]+)(?:: *(.*))?$", line) for line in lines)
    said = {match.group(2): (match.group(1) == "pass", match.group(3) or "")
            for match in matches if match}
    outcomes = [Outcome(name, *said.get(name, (False, "did not run"))) for name in todo]
    outcomes.append(Outcome("came to its end", failure is None, failure or ""))
    return outcomes
