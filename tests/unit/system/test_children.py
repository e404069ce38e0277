"""Children: what they have, how they end, and that their end is noticed."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from typing import TYPE_CHECKING

import pytest

from llpyspin.system.bells import Bell
from llpyspin.system.children import Child, killer
from llpyspin.system.linux import linuxchildren as children
from llpyspin.system.linux import linuxlives as lives
from llpyspin.system.lives import ParentLife, wait_for_end
from llpyspin.system.pipes import End
from llpyspin.system.waiting import wait

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 20.0
WAITS = "import os, sys; os.read(int(sys.argv[1]), 1)"


class Waiting:
    """A child that ends with our end of a pipe."""

    def __init__(self, code: str = WAITS) -> None:
        self.end, theirs = End.pair()
        command = [sys.executable, "-c", code, str(theirs.descriptor), str(os.getpid())]
        self.child = Child(command, inherits=[theirs])
        theirs.close()

    def is_asked_to_end(self) -> None:
        self.end.close()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    waiting = Waiting()
    yield waiting
    waiting.is_asked_to_end()
    if not waiting.child.ended(PATIENCE_S):
        waiting.child.kill_all()
        waiting.child.ended(PATIENCE_S)


def test_child_ends_by_itself_and_is_reaped(waiting: Waiting) -> None:
    assert not waiting.child.ended(0)
    assert waiting.child.code is None
    waiting.is_asked_to_end()
    assert waiting.child.ended(PATIENCE_S)
    assert waiting.child.ended(0)
    assert waiting.child.code == 0
    assert not os.path.exists(f"/proc/{waiting.child.pid}")


@pytest.mark.parametrize("kill", ["kill", "kill_all"])
def test_killed_child_says_what_killed_it(waiting: Waiting, kill: str) -> None:
    getattr(waiting.child, kill)()
    assert waiting.child.ended(PATIENCE_S)
    assert waiting.child.code is not None
    assert killer(waiting.child.code) == "SIGKILL"
    waiting.child.kill()
    waiting.child.kill_all()


def test_all_threads_that_look_see_how_a_child_ended() -> None:
    for _ in range(20):
        child = Child([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
        codes: list[int | None] = []

        def look(child: Child = child, codes: list[int | None] = codes) -> None:
            while child.code is None:
                pass
            codes.append(child.code)

        def wait(child: Child = child, codes: list[int | None] = codes) -> None:
            child.ended(PATIENCE_S)
            codes.append(child.code)

        threads = [threading.Thread(target=each) for each in (look, wait, look, wait)]
        for thread in threads:
            thread.start()
        child.kill()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert codes == [-signal.SIGKILL] * 4


@pytest.mark.parametrize(("code", "by"), [(0, ""), (3, ""), (-15, "SIGTERM"), (-99, "signal 99")])
def test_killer_is_named_by_the_system(code: int, by: str) -> None:
    assert killer(code) == by


def test_child_is_reaped_although_the_lock_of_popen_is_taken(waiting: Waiting) -> None:
    waiting.child._popen._waitpid_lock.acquire()  # type: ignore[attr-defined]  # as Ctrl-C may leave it
    waiting.is_asked_to_end()
    assert waiting.child.ended(PATIENCE_S)
    assert waiting.child.code == 0


def test_child_is_waited_for_by_old_kernels_too(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(lives.os, "pidfd_open", refuses)
    assert not ParentLife(os.getppid()).can_be_waited_for
    assert not waiting.child.ended(0.01)
    waiting.is_asked_to_end()
    assert waiting.child.ended(PATIENCE_S)


def test_child_that_others_reaped_counts_as_ended(waiting: Waiting) -> None:
    waiting.is_asked_to_end()
    os.waitpid(waiting.child.pid, 0)
    assert wait_for_end(waiting.child.pid, 0)
    assert waiting.child.ended(PATIENCE_S)


def test_ctrl_c_in_the_terminal_does_not_reach_a_child(waiting: Waiting) -> None:
    assert os.getsid(waiting.child.pid) == waiting.child.pid != os.getsid(0)


def test_child_writes_into_files() -> None:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        code = "import sys; print('out'); print('err', file=sys.stderr); sys.stdin.read()"
        child = Child([sys.executable, "-c", code], output=output, errors=errors)
        assert child.ended(PATIENCE_S)
        for file, said in ((output, b"out\n"), (errors, b"err\n")):
            file.seek(0)
            assert file.read() == said


def test_missing_program_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        Child(["/nowhere/python"])


def test_child_has_no_standard_stream_where_the_parent_has_none() -> None:
    saved = os.dup(1)
    try:
        os.close(1)
        assert children._inherited(1) == children.subprocess.DEVNULL
    finally:
        os.dup2(saved, 1)
        os.close(saved)
    assert children._inherited(1) is None or not os.get_inheritable(1)


NOTICES = """
import os, sys
from llpyspin.system.lives import ParentLife
from llpyspin.system.waiting import wait
parent = ParentLife(int(sys.argv[2]))
assert not parent.over and not wait([parent], 0)
os.write(int(sys.argv[1]), b"ready")
assert wait([parent], 20) == [parent]
assert parent.over
os.write(int(sys.argv[1]), b"noticed")
"""


def test_child_notices_that_its_parent_has_ended() -> None:
    ours, theirs = End.pair()
    between = (
        "import os, signal, sys\n"
        "from llpyspin.system.children import Child\n"
        "class Theirs: descriptor = int(sys.argv[2])\n"
        "Child([sys.executable, '-c', sys.argv[1], sys.argv[2], str(os.getpid())], inherits=[Theirs()])\n"
        "signal.pause()\n"
    )
    parent = Child([sys.executable, "-c", between, NOTICES, str(theirs.descriptor)], inherits=[theirs])
    theirs.close()
    pieces: list[bytes] = []
    ours.receive_onto(pieces, PATIENCE_S)
    assert pieces == [b"ready"]
    parent.kill()
    assert parent.ended(PATIENCE_S)
    ours.receive_onto(pieces, PATIENCE_S)
    assert pieces[1:] == [b"noticed"]
    ours.close()


# -- the stream of bytes between them


def test_bytes_arrive_and_the_end_is_an_empty_piece() -> None:
    ours, theirs = End.pair()
    pieces: list[bytes] = []
    with pytest.raises(TimeoutError):
        theirs.receive_onto(pieces, 0.001)
    ours.send(b"bytes", PATIENCE_S)
    assert wait([theirs], PATIENCE_S) == [theirs]
    theirs.receive_onto(pieces, None)
    ours.close()
    ours.close()
    theirs.receive_onto(pieces, PATIENCE_S)
    assert pieces == [b"bytes", b""]
    with pytest.raises(OSError, match=r"[Pp]ipe|reset"):
        theirs.send(b"late", PATIENCE_S)
    theirs.close()


def test_stream_that_nobody_reads_has_no_room() -> None:
    ours, theirs = End.pair()
    assert ours.has_room()
    with pytest.raises(TimeoutError):
        ours.send(bytes(1 << 24), 0.01)
    assert not ours.has_room()
    ours.close()
    theirs.close()


def test_shutdown_wakes_the_other_end() -> None:
    ours, theirs = End.pair()
    ours.shutdown()
    pieces: list[bytes] = []
    theirs.receive_onto(pieces, PATIENCE_S)
    assert pieces == [b""]
    theirs.close()
    ours.shutdown()
    ours.close()


def test_end_for_a_child_is_no_standard_stream() -> None:
    code = (
        "import os\n"
        "from llpyspin.system.pipes import End\n"
        "os.close(0)\n"
        "spare = os.dup(1)\n"
        "assert spare == 0\n"
        "os.close(0)\n"
        "ours, theirs = End.pair()\n"
        "assert theirs.descriptor > 2\n"
    )
    child = Child([sys.executable, "-c", code])
    assert child.ended(PATIENCE_S)
    assert child.code == 0


def test_bell_can_be_inherited() -> None:
    bell = Bell()
    code = "import sys; from llpyspin.system.bells import Bell; Bell(int(sys.argv[1])).ring()"
    child = Child([sys.executable, "-c", code, str(bell.descriptor)], inherits=[bell])
    assert bell.wait(PATIENCE_S)
    assert child.ended(PATIENCE_S)
    bell.close()
