# SPDX-License-Identifier: MIT
"""The forms in which an initramfs may come: plain, gzip, several in a row, with every type of
entry, and damaged. Each is the tier 1 tree with something before or behind it."""
import gzip
import pathlib
import stat
import tempfile

from harness import ROOTFS, Machine, cases

ALIGNMENT = 4


def pad(data):
    return data + bytes(-len(data) % ALIGNMENT)


def entry(name, mode, content=b"", ino=0, links=1, rdev=(0, 0)):
    """One entry of a newc archive; a file has uid 3, gid 4 and a time in 2001."""
    path = name.encode() + b"\0"
    numbers = (ino, mode, 3, 4, links, 1000000000, len(content), 8, 1, *rdev, len(path), 0)
    header = b"070701" + b"".join(b"%08X" % number for number in numbers)
    return pad(header + path) + pad(content)


def archive(*entries):
    return b"".join(entries) + entry("TRAILER!!!", 0)


EXTRA = archive(
    entry("x", stat.S_IFDIR | 0o751),
    entry("x/file", stat.S_IFREG | 0o640, b"some text\n"),
    entry("x/first", stat.S_IFREG | 0o644, b"", ino=7, links=3),
    entry("x/second", stat.S_IFREG | 0o644, b"", ino=7, links=3),
    entry("x/third", stat.S_IFREG | 0o644, b"linked\n", ino=7, links=3),
    entry("x/link", stat.S_IFLNK | 0o777, b"file"),
    entry("x/null", stat.S_IFCHR | 0o622, rdev=(1, 3)),
    entry("x/fifo", stat.S_IFIFO | 0o600),
    entry("x/missing/file", stat.S_IFREG | 0o644, b"lost\n"),
    entry("x/big", stat.S_IFREG | 0o644, bytes(range(256)) * 5000),
)
AGAIN = archive(entry("x/file", stat.S_IFREG | 0o600, b"newer\n"))


def boot(folder, *parts):
    """A machine with the parts as its initramfs; a part is bytes, or None for the tree."""
    path = pathlib.Path(folder) / "initramfs"
    tree = ROOTFS.read_bytes()
    path.write_bytes(b"".join(tree if part is None else part for part in parts))
    return Machine(initrd=path)


def check_extra(machine, text):
    def output(command):
        result = machine.run(command)
        assert result.status == 0, f"{command}: {result.output}"
        return result.output

    assert output("cat /x/file /x/link") == f"{text}\n{text}"
    assert output("stat -c '%A %u %g' /x") == "drwxr-x--x 3 4"
    assert output("stat -c '%h %s %a' /x/first") == "3 7 644"
    assert output("cat /x/second") == "linked"
    assert output("stat -c '%Y %F' /x/big") == "1000000000 regular file"
    assert output("stat -c '%F %t:%T %a' /x/null") == "character special file 1:3 622"
    assert output("stat -c %F /x/fifo") == "fifo"
    assert output("wc -c </x/big") == "1280000"
    assert machine.run("ls /x/missing").status != 0


def test_gzip():
    with tempfile.TemporaryDirectory() as folder:
        with boot(folder, gzip.compress(ROOTFS.read_bytes(), 6)) as machine:
            machine.wait_prompt()
            machine.power_off()


@cases(first=["plain", "gzip"])
def test_several(first):
    before = EXTRA if first == "plain" else gzip.compress(EXTRA)
    with tempfile.TemporaryDirectory() as folder:
        with boot(folder, pad(before), bytes(512), None, gzip.compress(AGAIN)) as machine:
            machine.wait_prompt()
            check_extra(machine, "newer")


DAMAGED = {
    "truncated": EXTRA[:-len(entry("x/big", 0, bytes(256 * 5000)))],
    "garbage": EXTRA + b"this is no archive",
    "truncated-gzip": EXTRA + gzip.compress(ROOTFS.read_bytes()[:100000], 1)[:-20],
    "wrong-checksum": EXTRA + gzip.compress(AGAIN)[:-8] + bytes(8),
    "header": EXTRA + AGAIN.replace(b"070701", b"07070x", 1),
}


@cases(how=list(DAMAGED))
def test_damaged(how):
    """What came before the damage is there, and one line of the log tells of it."""
    with tempfile.TemporaryDirectory() as folder:
        with boot(folder, None, DAMAGED[how]) as machine:
            machine.wait_prompt()
            lines = [line for line in machine.run("dmesg").output.splitlines()
                     if "malformed or truncated" in line]
            assert len(lines) == 1, lines
            assert machine.run("cat /x/third").output == "linked"
