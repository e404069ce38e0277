"""Doors, and what goes over the connections behind them."""

from __future__ import annotations

import os
import resource
import socket
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llpyspin.system.bells import Bell
from llpyspin.system.descriptors import close_all
from llpyspin.system.doors import Connection, Door, NoRoom, OthersDoor, enter, is_open
from llpyspin.system.linux import linuxdoors as doors
from llpyspin.system.sharedmemory import SharedMemory
from llpyspin.system.waiting import wait

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 20.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """One whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="door-", dir="/tmp") as made:
        yield Path(made)


@pytest.fixture(params=["name", "path"])
def door(request: pytest.FixtureRequest, folder: Path) -> Iterator[Door]:
    door = Door("test", folder=folder if request.param == "path" else None)
    yield door
    door.close()


@pytest.fixture
def ends(door: Door) -> Iterator[tuple[Connection, Connection]]:
    mine = enter(door.address, PATIENCE_S)
    assert wait([door], PATIENCE_S) == [door]
    theirs = door.let_in()
    assert theirs is not None
    yield mine, theirs
    mine.close()
    theirs.close()


def test_messages_stay_whole_and_in_order(ends: tuple[Connection, Connection]) -> None:
    mine, theirs = ends
    mine.send(b"one", seconds=1)
    mine.send(b"two", seconds=1)
    assert theirs.receive(PATIENCE_S) == (b"one", [])
    assert theirs.receive(PATIENCE_S) == (b"two", [])
    for seconds in (0, 0.01):
        with pytest.raises(TimeoutError):
            theirs.receive(seconds)


def test_memory_and_bell_are_handed_over(ends: tuple[Connection, Connection]) -> None:
    mine, theirs = ends
    memory, bell = SharedMemory.new("test", 8), Bell()
    mine.send(b"here", [memory, bell], seconds=1)
    words, came = theirs.receive(PATIENCE_S)
    assert words == b"here"
    view, other = SharedMemory(came[0], 8), Bell(came[1])
    view.map(writable=True)[0] = 9
    assert memory.map(writable=False)[0] == 9
    other.ring()
    assert bell.wait(PATIENCE_S)
    for each in (memory, bell, view, other):
        each.close()


def test_end_of_one_side_is_noticed_by_the_other(ends: tuple[Connection, Connection]) -> None:
    mine, theirs = ends
    mine.close()
    mine.close()
    assert wait([theirs], PATIENCE_S) == [theirs]
    with pytest.raises(EOFError):
        theirs.receive(0)
    with pytest.raises(OSError, match=r"[Pp]ipe|reset"):
        theirs.send(b"late", seconds=1)


def test_full_connection_is_a_timeout(ends: tuple[Connection, Connection]) -> None:
    mine, _ = ends
    with pytest.raises(TimeoutError):
        for _ in range(100_000):
            mine.send(bytes(8000), seconds=0)
    with pytest.raises(TimeoutError):
        mine.send(bytes(8000), seconds=0.01)


def test_things_that_have_no_room_here_are_refused(ends: tuple[Connection, Connection]) -> None:
    mine, theirs = ends
    bells = [Bell() for _ in range(3)]
    mine.send(b"three", bells, seconds=1)
    with ExitStack() as stack:
        _fill_descriptors(stack)
        with pytest.raises(NoRoom):
            theirs.receive(PATIENCE_S)
    for bell in bells:
        bell.close()


def test_who_cannot_be_let_in_waits(door: Door) -> None:
    mine = enter(door.address, PATIENCE_S)
    with ExitStack() as stack:
        _fill_descriptors(stack)
        with pytest.raises(NoRoom):
            door.let_in()
    theirs = door.let_in()
    assert theirs is not None
    theirs.close()
    mine.close()


def _fill_descriptors(stack: ExitStack) -> None:
    """Leave this process no descriptor, until the end of the stack."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(number) for number in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, highest + 4), hard))
    stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
    taken: list[int] = []
    stack.callback(close_all, taken)
    with pytest.raises(OSError, match="Too many open files"):
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))


def test_nobody_is_let_in_who_went_away(door: Door) -> None:
    assert door.let_in() is None


def test_closed_door_is_none(door: Door, folder: Path) -> None:
    door.close()
    door.close()
    with pytest.raises((ConnectionError, FileNotFoundError)):
        enter(door.address, PATIENCE_S)
    assert not list(folder.iterdir())


def test_entering_ends_in_time_where_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "CROWD", 0)
    door = Door("crowded")
    waiting = [enter(door.address, PATIENCE_S)]
    with pytest.raises(TimeoutError, match="crowded"):
        enter(door.address, 0.05)
    entered: list[Connection] = []
    thread = threading.Thread(target=lambda: entered.append(enter(door.address, PATIENCE_S)))
    thread.start()
    first = door.let_in()
    assert first is not None
    thread.join()
    for each in (*waiting, *entered, first, door):
        each.close()


def test_door_of_another_user_is_refused(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "this_user", lambda: os.geteuid() + 1)
    with pytest.raises(OthersDoor) as refused:
        enter(door.address, PATIENCE_S)
    assert refused.value.user == os.geteuid()
    assert door.let_in() is None


def test_forked_copy_leaves_the_door_to_its_owner(folder: Path) -> None:
    door = Door("test", folder=folder)
    door.abandon()
    assert [folder / door.address] == list(folder.iterdir())


@pytest.mark.parametrize("form", ["path", "\0path"])
def test_servers_of_the_desktop_are_found_by_path_and_by_name(folder: Path, form: str) -> None:
    path = str(folder / "X0")
    assert not is_open(path, 1)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(form.replace("path", path))
        server.listen()
        assert is_open(path, 1)
