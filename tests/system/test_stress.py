# SPDX-License-Identifier: MIT
"""Hours of everything at once leave nothing behind: no memory, no process, no report of a lock.

tests/stress/stress-mix makes the load and takes the censuses. The machine's time does not run
with the host's but with its instructions, 64 ns for each, so that an hour costs some minutes on an
idle host and no more than patience on a busy one. STRESS_MINUTES is the time to load for,
STRESS_SECONDS how long a round is.
"""
import os
import re
import time

from harness import BUILD, GuestTimeout, Machine, console_of

MINUTES = int(os.environ.get("STRESS_MINUTES", "60"))
SECONDS = int(os.environ.get("STRESS_SECONDS", "300"))
HARTS = 4
GROUPS = 6  # of stressors in a round
# What the host may need for a minute of the machine's, which is 0.9 billion instructions.
HOST_SECONDS_PER_MINUTE = 120

KICK_SECONDS = 30

# Tasks that are on their way out when a census is taken hold some objects of each kind.
OBJECTS = 8
# Page tables of the area of kernel stacks stay, for the most tasks that there ever were.
PAGES_KIB = 512


def full_stress():
    """On four harts, with the debug kernel."""
    options = ["-icount", "shift=6,sleep=off"]
    with Machine(harts=HARTS, memory="3G", initrd=BUILD / "stress.cpio", qemu_options=options,
                 kernel=os.environ.get("HARTWOOD_KERNEL", BUILD / "debug/Image"),
                 append=f"quiet -- stress-mix {SECONDS} {MINUTES}") as machine:
        machine.expect("stress: begin", timeout=120)
        wait_for_end(machine)
        machine.wait_exit()
        text = console_of(machine.log).replace("(qemu) ", "\n")
    check_reports(text)
    check_work(text)
    check_censuses(text)


def wait_for_end(machine):
    """QEMU before 8.1 lets each hart run until the next timer is due. A hart that waits in the
    firmware for another one to do a remote fence then leaves that one no time at all, for good;
    stopping the machine for a moment shifts the turns, and harms nobody."""
    end = time.monotonic() + HOST_SECONDS_PER_MINUTE * (MINUTES + 20)
    while True:
        try:
            return machine.expect("stress: end", timeout=KICK_SECONDS)
        except GuestTimeout:
            if time.monotonic() > end:
                raise
        machine.send("\x01cstop\rcont\r\x01c")  # to QEMU's monitor


def check_reports(text):
    reports = re.findall(r"(?m)^\[ *\d+\.\d+\] (?!Hartwood).*$", text)
    assert not reports, f"the kernel reported {reports}"


def check_work(text):
    """stress-ng may be killed at random, but not most of the time. What it says of stressors means
    nothing: those whose children were killed fail, too."""
    runs = len(re.findall(r"(?m)^=== round ", text))
    ended = re.findall(r"stress-ng: info: .* failed: (\d+)", text)
    assert len(ended) >= runs / 2, f"only {len(ended)} of {runs} runs of stress-ng ended"


def check_censuses(text):
    censuses = [census_of(part) for part in re.findall(
        r"(?ms)^=== census \d+$(.*?)(?=^=== |^stress: end)", text)]
    first, last = censuses[0], censuses[-1]
    assert len(censuses) > 1, "one census only"
    for number, census in enumerate(censuses):
        print(f"     census {number}: {census['used']} KiB in use beside slabs and stacks, "
              f"{sum(census['objects'].values())} objects, tasks {census['tasks']}", flush=True)
    grown = {name: f"{first['objects'].get(name, 0)} to {count}"
             for name, count in last["objects"].items()
             if count > first["objects"].get(name, 0) + OBJECTS}
    left = [task for census in censuses for task in census["tasks"]]
    assert not left, f"processes that cannot be killed: {left}"
    assert not grown, f"slab caches that grew: {grown}"
    assert last["used"] <= first["used"] + PAGES_KIB, \
        f"pages in use: {first['used']} KiB to {last['used']} KiB"


def census_of(text):
    """Objects in use by cache, KiB in use that are neither slabs nor kernel stacks, tasks left.

    Magazines are the caches' own, and their number settles slowly; slabs with few objects and
    stacks that wait for the next task differ with the load's history."""
    objects = {name: int(count) for name, count in re.findall(r"(?m)^slab (\S+) (\d+) ", text)
               if not name.startswith("magazine-")}
    pages = {name: int(count) for name, count in re.findall(r"(?m)^page (\S+) (\d+)$", text)}
    used = pages["MemTotal"] - pages["MemFree"] - pages["Slab"] - pages["KernelStack"]
    return {"objects": objects, "used": used, "tasks": re.findall(r"(?m)^task (.*)$", text)}
