# SPDX-License-Identifier: MIT
"""Interactive programs at the console: a shell with line editing, editors, pagers, monitors, a
recorder, a multiplexer."""
import re

from harness import BUILD, Machine

TREE = BUILD / "rootfs-tier2.cpio"
PROMPT = re.compile(r"ready\d*> ")


class Terminal:
    """bash at the console of a machine, 24 lines by 80 columns."""

    def __init__(self, harts=2):
        command = "exec setsid cttyhack bash --norc --noprofile -i"
        self.machine = Machine(harts=harts, memory="2G", initrd=TREE,
                               append=f'quiet -- "{command}"')

    def __enter__(self):
        self.machine.start()
        self.machine.expect("# ", timeout=90)
        self.machine.sendline("stty rows 24 cols 80; export TERM=vt100 PS1='rea''dy> '")
        self.prompt()
        return self

    def __exit__(self, *_):
        self.machine.stop()

    def prompt(self, timeout=30):
        self.machine.expect(PROMPT, timeout)

    def expect(self, pattern, timeout=30):
        return self.machine.expect(pattern, timeout)

    def send(self, text):
        self.machine.send(text)

    def line(self, text):
        """Types a line and waits for the next prompt; what stood on the screen between."""
        self.machine.sendline(text)
        self.prompt()
        return self.machine.child.before


def test_line_editing():
    """Arrow keys, history, search and completion of readline."""
    with Terminal() as terminal:
        terminal.send("echo helo\x1b[Dl\r")
        terminal.expect(r"[\r\n]hello[\r\n]")
        terminal.prompt()
        terminal.send("\x1b[A\r")
        terminal.expect(r"[\r\n]hello[\r\n]")
        terminal.prompt()
        terminal.send("echo /etc/pas\t")
        terminal.expect("/etc/passwd")
        terminal.send("\r")
        terminal.prompt()
        terminal.send("\x12hel")
        terminal.expect("reverse-i-search.*hel")
        terminal.send("\r")
        terminal.expect(r"[\r\n]hello[\r\n]")
        terminal.prompt()
        terminal.send("not run\x03")
        terminal.prompt()


def test_jobs():
    with Terminal() as terminal:
        terminal.line("cat >/tmp/job <<end\ntrap 'echo again' CONT; echo begin\n"
                      "while :; do :; done\nend\n")
        terminal.send("sh /tmp/job\r")
        terminal.expect("begin")
        terminal.send("\x1a")
        terminal.expect("Stopped")
        terminal.prompt()
        terminal.send("fg\r")
        terminal.expect("again")  # so it is in the foreground
        terminal.send("\x03")
        terminal.prompt()
        assert "130" in terminal.line("echo $?")


def test_editor():
    with Terminal() as terminal:
        terminal.send("busybox vi /tmp/text\r")
        terminal.expect(r"- /tmp/text")
        terminal.send("ione\rtwo\x1b")
        terminal.expect(r"- /tmp/text \[Modified\]")
        terminal.send("kyyp:wq\r")
        terminal.prompt()
        assert re.search(r"one\s+one\s+two", terminal.line("cat /tmp/text"))


def test_pager():
    with Terminal() as terminal:
        terminal.send("seq 1000 | busybox less\r")
        terminal.expect("22")
        terminal.send("G")
        terminal.expect("1000")
        terminal.send("500g")
        terminal.expect("510")
        terminal.send("q")
        terminal.prompt()


def test_vim():
    with Terminal() as terminal:
        terminal.send("vi -u NONE /tmp/text\r")
        terminal.expect(r'"/tmp/text" \[New File\]')
        terminal.send("ione\rtwo\x1byyp:%s/two/three/\r:wq\r")
        terminal.prompt()
        assert re.search(r"one\s+three\s+three", terminal.line("cat /tmp/text"))


def test_less():
    """Pages, a search, and the terminal's settings as they were before."""
    with Terminal() as terminal:
        before = terminal.line("stty -g")
        terminal.send("seq 1000 | less\r")
        terminal.expect(r"23[\r\n]+:")
        terminal.send(" ")
        terminal.expect(r"46[\r\n]+:")
        terminal.send("/777\r")
        terminal.expect("778")
        terminal.send("q")
        terminal.prompt()
        assert terminal.line("stty -g") == before


def test_htop():
    with Terminal() as terminal:
        terminal.send("htop -d 10\r")
        terminal.expect("Tasks:")
        terminal.expect("PID")
        terminal.expect("F10")
        terminal.send("q")
        terminal.prompt()


def test_multiplexer():
    """tmux: a session that is split, left, and taken up again on a larger terminal."""
    with Terminal() as terminal:
        terminal.send("tmux new -s work 'bash --norc --noprofile'\r")
        terminal.prompt()
        terminal.send("stty size\r")
        terminal.expect("23 80")
        terminal.prompt()
        terminal.send("\x02\"")
        terminal.prompt()
        terminal.send("stty size\r")
        terminal.expect("11 80")
        terminal.send("\x02d")
        terminal.expect(r"detached \(from session work\)")
        terminal.prompt()
        assert "work: 1 windows" in terminal.line("tmux ls")
        terminal.line("stty rows 31 cols 100")
        terminal.send("tmux attach\r")
        terminal.expect("stty size")
        # tmux lets some time pass before it resizes its panes.
        terminal.send("until stty size | grep ' 100'; do sleep 0.1; done\r")
        terminal.expect(r"1[45] 100")
        terminal.send("tmux kill-session\r")
        terminal.expect("exited")
        terminal.prompt()
        assert "no server" in terminal.line("tmux ls")


def test_resize():
    """A terminal's new size reaches the program in front, as SIGWINCH."""
    with Terminal() as terminal:
        terminal.line("script -q /dev/null")
        terminal.send("sh -c \"trap 'echo new si\"\"ze \\$(stty size)' WINCH; stty rows 40 cols 90\"\r")
        terminal.expect("new size 40 90")
        terminal.prompt()


def test_top():
    with Terminal() as terminal:
        terminal.send("top -d 1\r")
        terminal.expect("Tasks:")
        terminal.expect("load average")
        terminal.send("q")
        terminal.prompt()


def test_recorder():
    """A shell on a pseudo-terminal, with job control of its own."""
    with Terminal() as terminal:
        terminal.send("script -q /tmp/record\r")
        terminal.prompt()
        assert "/dev/pts/0" in terminal.line("tty")
        assert "24 80" in terminal.line("stty size")
        terminal.send("sleep 1000 & jobs; sh -c 'echo beg''in; exec sleep 1000'\r")
        terminal.expect("begin")
        terminal.send("\x03")
        terminal.prompt()
        assert "Running" in terminal.line("jobs")
        terminal.line("exit")
        assert re.search(r"[\r\n]1[\r\n]", terminal.line("grep -c /dev/pts/0 /tmp/record"))


def test_flow_control():
    """^S holds the output, ^Q lets it go on; ^C ends what floods the screen."""
    with Terminal() as terminal:
        terminal.send("\x13echo he''ld\r\x11")
        terminal.expect(r"[\r\n]held[\r\n]")
        terminal.prompt()
        terminal.send("yes\r")
        terminal.expect(r"(y[\r\n]+){100}")
        terminal.send("\x03")
        terminal.expect(r"\^C", timeout=120)
        terminal.prompt()
