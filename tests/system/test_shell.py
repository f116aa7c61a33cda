# SPDX-License-Identifier: MIT
"""A person at the console: line editing, pipes, job control."""
import re

from harness import Machine


def test_commands():
    with Machine(harts=2) as machine:
        machine.wait_prompt()
        assert machine.run("echo hello").output == "hello"
        assert machine.run("(exit 7)").status == 7
        assert machine.run("ls -d /usr /bin").output.split() == ["/bin", "/usr"]
        assert machine.run("seq 100 | grep 7 | wc -l").output == "19"
        assert "kthreadd" in machine.run("ps").output
        assert re.search(r"real\s+0m 0", machine.run("time true").output)


def test_lecture():
    """The lecture's first program, with glibc and with musl."""
    with Machine(harts=2) as machine:
        machine.wait_prompt()
        for program in ("process", "process-musl"):
            lines = machine.run(program).output.splitlines()
            assert sorted(lines[:2]) == ["I am your father!", "Noooooooo!"]
            assert lines[2] == "Child exit status: 0"


def test_line_editing():
    with Machine(harts=1) as machine:
        machine.wait_prompt()
        machine.send("ecko\x7f\x7fho edited")
        machine.sendline()
        machine.expect(r"[\r\n]edited[\r\n]")
        machine.wait_prompt()
        machine.send("\x1b[A")
        machine.sendline()
        machine.expect(r"[\r\n]edited[\r\n]")
        machine.wait_prompt()


def test_interrupt():
    """^C ends what runs in the foreground, and the shell goes on."""
    with Machine(harts=2) as machine:
        machine.wait_prompt()
        # The job itself says that it runs: only then is it in the foreground for certain.
        machine.sendline("sh -c 'echo begin; exec sleep 100'")
        machine.expect(r"[\r\n]begin[\r\n]")
        machine.interrupt()
        machine.wait_prompt(timeout=10)
        assert machine.run("echo $?").output == "130"
        machine.sendline("echo begin; while :; do :; done")
        machine.expect(r"[\r\n]begin[\r\n]")
        machine.interrupt()
        machine.wait_prompt(timeout=10)


def test_job_control():
    """^Z, jobs, bg, fg, and a job that starts in the background."""
    with Machine(harts=2) as machine:
        machine.wait_prompt()
        machine.sendline("sh -c 'echo begin; exec sleep 100'")
        machine.expect(r"[\r\n]begin[\r\n]")
        machine.suspend()
        machine.expect("Stopped")
        machine.wait_prompt()
        assert "Stopped" in machine.run("jobs").output
        machine.run("bg")
        assert "Running" in machine.run("jobs").output
        machine.sendline("fg")
        machine.expect(r"exec sleep 100[\"']?[\r\n]")
        machine.interrupt()
        machine.wait_prompt(timeout=10)
        machine.run("sleep 50 & true")
        assert "sleep 50" in machine.run("jobs").output
        machine.run("kill %1; wait")
        assert "sleep 50" not in machine.run("jobs").output


def test_top():
    """top draws, takes a key, and leaves the terminal as it was."""
    with Machine(harts=2) as machine:
        machine.wait_prompt()
        machine.sendline("top")
        machine.expect("Load average")
        machine.send("q")
        machine.wait_prompt(timeout=10)
        assert machine.run("echo still here").output == "still here"


def test_affinity_and_priority():
    with Machine(harts=2) as machine:
        machine.wait_prompt()
        assert "mask: 2" in machine.run("taskset -p 2 $$; taskset -p $$").output
        machine.run("renice -n 5 -p $$")
        assert machine.run("cut -d ' ' -f 19 /proc/$$/stat").output == "5"


def test_kernel_threads():
    """kthreadd is process 2 and the parent of the others."""
    with Machine(harts=2) as machine:
        machine.wait_prompt()
        listing = machine.run("ps -o pid,ppid,comm").output
        assert re.search(r"(?m)^ *2 +0 kthreadd", listing), listing
        assert re.search(r"(?m)^ *\d+ +2 migration/1", listing), listing
        assert re.search(r"(?m)^ *\d+ +2 kworker/", listing), listing
