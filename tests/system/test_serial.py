# SPDX-License-Identifier: MIT
"""Serial lines besides the console's: bytes in both directions, and which line is the console."""
import concurrent.futures
import hashlib
import pathlib
import socket
import tempfile

from harness import TIME_SCALE, Machine, cases

# Every value of a byte, in changing order, more than any buffer holds.
BYTES = bytes((i * 7 + i // 256) % 256 for i in range(24 * 1024))


def connect(path):
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(60 * TIME_SCALE)
    line.connect(str(path))
    return line


def receive(line, size):
    data = b""
    while len(data) < size:
        piece = line.recv(size - len(data))
        assert piece, f"the line ended after {len(data)} bytes"
        data += piece
    return data


def digest(data):
    return hashlib.md5(data).hexdigest()


def check_line(machine, line, device, sent_size):
    """Sends bytes both ways over a line in raw mode."""
    def run(command):
        result = machine.run(command, timeout=60)
        assert result.status == 0, f"{command}: {result.output}"
        return result.output

    run(f"stty raw -echo 57600 -F {device}")
    assert run(f"stty -F {device} speed") == "57600"
    run(f"head -c {len(BYTES)} {device} >/tmp/got & sleep 0.1")
    line.sendall(BYTES)
    run("wait")
    assert run("md5sum </tmp/got").split()[0] == digest(BYTES)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        received = pool.submit(receive, line, sent_size)
        run(f"head -c {sent_size} /tmp/got >{device}")
        assert received.result() == BYTES[:sent_size]
    # A terminal of its own: what is typed there is echoed there, as one line.
    run(f"stty sane -F {device}")
    run(f"head -n 1 {device} >/tmp/got & sleep 0.1")
    line.sendall(b"ab\x7fc\r")
    run("wait")
    assert run("cat /tmp/got") == "ac"
    assert receive(line, 8) == b"ab\b \bc\r\n"


# The line, QEMU's options for those before it, and how much is sent to the host: QEMU's
# model of SiFive's UART loses what the host does not take at once.
SECOND_LINES = {
    "sifive_u": ("/dev/ttySIF1", ["-serial", "mon:stdio"], 256),
    "icicle_kit": ("/dev/ttyS2", [], len(BYTES)),
}


@cases(board=list(SECOND_LINES))
def test_second_line(board):
    device, options, sent_size = SECOND_LINES[board]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "line"
        options = [*options, "-serial", f"unix:{path},server=on,wait=off"]
        with Machine(board=board, harts=2, qemu_options=options) as machine:
            machine.wait_prompt()
            with connect(path) as line:
                check_line(machine, line, device, sent_size)


def test_console_by_name():
    """console= names the line that the kernel and the first process speak on."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "line"
        options = ["-serial", f"unix:{path},server=on,wait=on"]
        append = "console=nothing7 console=ttyS2,115200 -- echo from the third line"
        with Machine(board="icicle_kit", harts=1, append=append, qemu_options=options) as machine:
            machine.expect("waiting for connection")
            with connect(path) as line:
                text = b""
                while b"halted" not in text:
                    text += line.recv(4096)
        log = pathlib.Path(machine.log).read_bytes()
    assert b"\nfrom the third line" in text, text
    assert b"machine: " in text and b"machine: " not in log, text
