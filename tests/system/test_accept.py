# SPDX-License-Identifier: MIT
"""The acceptance commands of tier 1: unmodified Debian programs, judged by their output."""
import re
import subprocess

from harness import ROOT, Machine, Outcome, cases

JUDGE = ROOT / "tests/acceptance/check-acceptance"


@cases(harts=[1, 2, 4])
def test_tier1(harts):
    with Machine(harts=harts, append="quiet -- accept") as machine:
        failure = None
        try:
            machine.expect("acceptance: begin", timeout=60)
            machine.expect("acceptance: end", timeout=600)
        except Exception as error:  # judged below with what was printed until then
            failure = str(error)
    return judge(machine.log, failure)


def judge(log, failure):
    """One outcome for each command that ran, and one for the run's end."""
    lines = subprocess.run([JUDGE, log], capture_output=True, text=True,
                           check=False).stdout.splitlines()
    outcomes = []
    for line in lines:
        match = re.match(r"(pass|FAIL) ([a-z0-9-]+)(?:: *(.*))?$", line)
        if match:
            outcomes.append(Outcome(match.group(2), match.group(1) == "pass",
                                    match.group(3) or ""))
    outcomes.append(Outcome("came to its end", failure is None, failure or ""))
    return outcomes
