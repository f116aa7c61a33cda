# SPDX-License-Identifier: MIT
"""gdb commands for a Hartwood kernel.

  hw-ps           every thread: pid, parent, hart, state, name
  hw-rq           every hart's run queue: who runs, how many wait, which
  hw-task PID     one task; $task is set to it

They read memory only, so they work while the machine is stopped anywhere; in the middle
of a change of a list the listing ends early.
"""
import gdb

STATES = ((0x20, "N"), (0x10, "X"), (0x8, "t"), (0x4, "T"), (0x2, "D"), (0x1, "S"))
LIMIT = 200000  # of list entries: a broken list must not hang gdb


def symbol(name):
    return gdb.parse_and_eval(name)


def container(pointer, type_name, member):
    """container_of(): the structure around a member that a pointer points to."""
    structure = gdb.lookup_type("struct " + type_name)
    offset = next(f.bitpos // 8 for f in structure.fields() if f.name == member)
    return (pointer.cast(gdb.lookup_type("char").pointer()) - offset).cast(structure.pointer())


def entries(head, type_name, member):
    """The entries of a list_head; head is the value of the head itself."""
    address = head.address
    link = head["next"]
    for _ in range(LIMIT):
        if link == address or int(link) == 0:
            return
        yield container(link, type_name, member)
        link = link.dereference()["next"]


def processes():
    """Every process by its leader, the boot hart's idle task first."""
    init_task = symbol("init_task")
    yield init_task.address
    yield from entries(init_task["tasks"], "task_struct", "tasks")


def threads():
    for leader in processes():
        signal = leader["signal"]
        if leader["pid"] == 0 or int(signal) == 0:
            yield leader
            continue
        yield from entries(signal.dereference()["threads"], "task_struct", "thread_link")


def state_of(task):
    state = int(task["state"])
    if int(task["exit_state"]):
        return "Z"
    for bit, letter in STATES:
        if state & bit:
            return letter
    return "R"


def name_of(task):
    return task["comm"].string(errors="replace") if int(task) else "-"


def per_hart(name, hart):
    """A hart's copy of a per-hart variable."""
    base = symbol("perhart_" + name)
    offset = int(symbol("perhart_offset")[hart])
    address = (int(base.address) + offset) & (2 ** 64 - 1)
    return gdb.Value(address).cast(base.type.pointer()).dereference()


class ListTasks(gdb.Command):
    """hw-ps: list every thread of the kernel."""

    def __init__(self):
        super().__init__("hw-ps", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        print(f"{'TASK':<20}{'PID':>8}{'TGID':>8}{'PPID':>8} HART S NAME")
        for task in threads():
            parent = task["real_parent"]
            ppid = int(parent["tgid"]) if int(parent) else 0
            print(f"{int(task):#018x}  {int(task['pid']):>8}{int(task['tgid']):>8}{ppid:>8}"
                  f" {int(task['hart']):>4} {state_of(task)} {name_of(task)}")


class ListQueues(gdb.Command):
    """hw-rq: show every hart's run queue."""

    def __init__(self):
        super().__init__("hw-rq", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        harts = int(symbol("nr_harts"))
        waiting = {hart: [] for hart in range(harts)}
        for task in threads():
            if int(task["se"]["on_rq"]):
                waiting.setdefault(int(task["hart"]), []).append(task)
        for hart in range(harts):
            queue = per_hart("runqueue", hart)
            running = queue["current_task"]
            print(f"hart {hart}: runs {name_of(running)}"
                  f" ({int(running['pid']) if int(running) else '-'}),"
                  f" {int(queue['count'])} runnable, {int(queue['switches'])} switches")
            for task in waiting[hart]:
                if task != running:
                    print(f"    {int(task['pid']):>8} {name_of(task):<16}"
                          f" vruntime {int(task['se']['vruntime'])}")


class FindTask(gdb.Command):
    """hw-task PID: print a task by its thread id, and set $task to it."""

    def __init__(self):
        super().__init__("hw-task", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        wanted = int(gdb.parse_and_eval(argument)) if argument else None
        for task in threads():
            if int(task["pid"]) == wanted:
                gdb.set_convenience_variable("task", task)
                gdb.execute("print *$task")
                return
        raise gdb.GdbError("usage: hw-task PID; see hw-ps for those that there are")


ListTasks()
ListQueues()
FindTask()
print("Hartwood: hw-ps lists tasks, hw-rq run queues, hw-task PID shows one; 'continue' starts")
