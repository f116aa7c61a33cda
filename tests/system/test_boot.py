# SPDX-License-Identifier: MIT
"""From reset to the shell, and off again, on every board."""
import os
import subprocess

from harness import BUILD, ROOT, TIME_SCALE, Machine, cases, console_of


@cases(harts=[1, 2, 4])
def test_virt_to_shell(harts):
    with Machine(harts=harts) as machine:
        machine.wait_prompt()
        assert machine.run("nproc").output == str(harts)
        machine.power_off()


@cases(harts=[1, 4])
def test_sifive_u_to_shell(harts):
    """Hart 0 has no MMU and stays parked; the board cannot be powered off."""
    with Machine(board="sifive_u", harts=harts) as machine:
        machine.wait_prompt()
        assert machine.run("nproc").output == str(harts)


def test_without_sstc():
    """The SBI timer is what every real board has."""
    with Machine(qemu_options=["-cpu", "rv64,sstc=off"]) as machine:
        machine.wait_prompt()
        assert machine.run("sleep 0.2").status == 0


def test_built_by_clang():
    with Machine(kernel=BUILD / "clang/Image") as machine:
        machine.wait_prompt()
        assert "Child exit status: 0" in machine.run("process").output
        machine.power_off()


def test_small_memory():
    with Machine(memory="64M") as machine:
        machine.wait_prompt()
        machine.power_off()


def test_boot_log():
    """Without "quiet" the log ends with the report that a user can paste."""
    with Machine(append="") as machine:
        machine.wait_prompt()
        log = console_of(machine.log)
        for word in ("harts", "memory", "firmware"):
            assert word in log.lower(), f"the boot log says nothing of {word}"


def test_real_time():
    """The time of day is the machine's clock's."""
    with Machine(qemu_options=["-rtc", "base=2030-05-06T07:08:09"]) as machine:
        machine.wait_prompt()
        assert machine.run("date -u +%F").output == "2030-05-06"


def test_reboot():
    """QEMU runs with -no-reboot: it ends where a board would start anew."""
    with Machine() as machine:
        machine.wait_prompt()
        machine.sendline("reboot -f")
        machine.wait_exit()


def test_command_as_init_argument():
    """What stands after "--" on the command line are init's arguments."""
    with Machine(append="quiet -- echo from the command line") as machine:
        machine.expect("from the command line")
        machine.wait_exit()


def test_quotes_in_knobs():
    """make hands a command line over as it is, quotes and all."""
    words = "quiet -- echo 'one two' \\; echo \"three four\" '$HOME'"
    command = ["make", "-s", "run", "HARTS=1", f"APPEND={words}"]
    environment = {**os.environ, "MAKEFLAGS": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=100 * TIME_SCALE, check=True)
    assert "one two ; echo three four $HOME" in done.stdout, done.stdout[-500:]


def test_rdinit():
    """rdinit= names another first program."""
    with Machine(append="quiet rdinit=/usr/bin/process panic=-1") as machine:
        machine.expect("Child exit status: 0")
