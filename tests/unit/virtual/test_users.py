"""Virtual cameras and other users of the computer: nobody else orders faults, takes names or plants links."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import CameraError, FrameAccessError, SdkError
from llpyspin.frames import FrameReader, FrameWriter, Layout
from llpyspin.system.holders import held_by_another_user
from llpyspin.virtual import fault
from llpyspin.virtual.exceptions import SpinnakerException
from llpyspin.virtual.link import Edge, Link, ask
from llpyspin.virtual.state import WorldState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOBODY = 65534
PATIENCE_S = 10.0
two_users = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
BEGIN = f"""
import os, socket, sys
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
def bound(name, kind=socket.SOCK_DGRAM):
    made = socket.socket(socket.AF_UNIX, kind)
    made.bind(name)
    return made
"""


@pytest.fixture
def address() -> str:
    return f"llpyspin.virtual/users/{uuid.uuid4().hex}"


@pytest.fixture
def other_user() -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Run a program as another user; it is there once it has said "ready", and ends with its input."""
    begun: list[subprocess.Popen[str]] = []

    def begin(program: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        child = subprocess.Popen(
            [sys.executable, "-c", BEGIN + program], stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd="/"
        )
        begun.append(child)
        assert child.stdout is not None and child.stderr is not None
        said = child.stdout.readline()
        assert said == "ready\n", child.stderr.read()
        return child

    yield begin
    for child in begun:
        child.communicate(timeout=PATIENCE_S)


class Heard:
    """What a virtual camera was told."""

    def __init__(self, address: str) -> None:
        self.all: list[Any] = []
        self.own = threading.Event()
        self.link = Link(address, self._edges, self._command, self.all.append)

    def _edges(self, edges: list[Edge]) -> None:
        self.all += edges

    def _command(self, command: dict[str, Any]) -> dict[str, Any]:
        self.all.append(command)
        self.own.set()
        return {}


@two_users
def test_a_camera_hears_its_own_user_only(
    address: str, other_user: Callable[[str], subprocess.Popen[str]]
) -> None:
    heard = Heard(address)
    edge = b"E" + b"\x03\x01" + bytes(8)
    action = b"A" + bytes(28)
    command = b"C" + json.dumps({"fault": "unplug"}).encode()
    other_user(
        f"""
caller = bound("")
for said in {[edge, action, command, b"C{", b""]!r} * 20:
    caller.sendto(said, {chr(0) + address!r})
caller.settimeout(0.5)
try:
    print(caller.recv(100))
except TimeoutError:
    print("ready", flush=True)
sys.stdin.read()
"""
    )
    assert ask(address, {"mine": True}, PATIENCE_S) == {}
    assert heard.own.is_set()
    assert heard.all == [{"mine": True}]
    heard.link.close()


@two_users
def test_a_name_that_another_user_has_taken_is_noticed(
    address: str, other_user: Callable[[str], subprocess.Popen[str]]
) -> None:
    other_user(f"made = bound({chr(0) + address!r}); print('ready', flush=True); sys.stdin.read()")
    assert held_by_another_user(address)
    with pytest.raises(SpinnakerException, match="another user has taken its name"):
        Heard(address)


def test_a_name_of_this_user_is_in_use_and_a_free_one_is_not(address: str) -> None:
    assert not held_by_another_user(address)
    heard = Heard(address)
    assert not held_by_another_user(address)
    with pytest.raises(SpinnakerException, match="in use by another program"):
        Heard(address)
    heard.link.close()


@two_users
def test_an_answer_of_another_user_counts_for_nothing(
    address: str,
    other_user: Callable[[str], subprocess.Popen[str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    world = {"cameras": [{"serial": "71000001", "model": "BFS-U3-04S2M"}], "world": uuid.uuid4().hex[:12]}
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(world))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr("llpyspin.virtual.faults._ANSWER_S", 1.0)
    name = f"\0llpyspin.virtual/{os.geteuid()}.{world['world']}/71000001"
    other_user(
        f"""
made = bound({name!r})
print("ready", flush=True)
data, sender = made.recvfrom(60000)
made.sendto(b"{{}}", sender)
sys.stdin.read()
"""
    )
    with pytest.raises(CameraError, match="another user of this computer has taken the name"):
        fault("71000001", "stall", seconds=1)


@two_users
def test_frames_are_not_given_to_another_user(other_user: Callable[[str], subprocess.Popen[str]]) -> None:
    with FrameWriter(name="users") as writer:
        writer.begin(Layout("Mono8", 8, 8, 8, 64), 8, lent=False)
        other_user(
            f"""
made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
made.settimeout(10)
made.connect({chr(0) + writer.address!r})
try:
    said, fds, _, _ = socket.recv_fds(made, 8192, 8)
except ConnectionResetError:
    said, fds = b"", []
assert (said, fds) == (b"", []), said
print("ready", flush=True)
sys.stdin.read()
"""
        )
        with FrameReader(writer.address) as reader:
            assert reader.buffers == 8


@two_users
def test_a_reader_takes_no_frames_from_another_user(
    address: str, other_user: Callable[[str], subprocess.Popen[str]]
) -> None:
    other_user(
        f"""
made = bound({chr(0) + address!r}, socket.SOCK_SEQPACKET)
made.listen(8)
print("ready", flush=True)
sys.stdin.read()
"""
    )
    with pytest.raises(FrameAccessError, match=rf"another user, \w+ \({NOBODY}\)") as caught:
        FrameReader(address)
    assert isinstance(caught.value, PermissionError)


# -- the folder of a world


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the system, in which everybody may make things."""
    tmp_path.chmod(0o1777)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / f"llpyspin-virtual-{os.geteuid()}"


def test_the_folder_is_made_for_its_user_alone(temporary: Path) -> None:
    before = os.umask(0)
    try:
        WorldState("a").set_unplugged("1", unplugged=True)
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (temporary, temporary / "a")] == [0o700, 0o700]
    assert (temporary / "a" / "note-unplugged-1").stat().st_mode & 0o777 == 0o600
    assert WorldState("a").unplugged("1")
    WorldState("a").set_unplugged("1", unplugged=False)
    assert not WorldState("a").unplugged("1")


def test_a_command_for_the_next_opening_is_found_once(temporary: Path) -> None:
    WorldState("a").leave_for_opening("1", {"fault": "hang"})
    assert WorldState("a").take_at_opening("1") == {"fault": "hang"}
    assert WorldState("a").take_at_opening("1") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"[" * 70_000, b"\xff"])
def test_a_note_that_makes_no_sense_is_passed_over(temporary: Path, content: bytes) -> None:
    state = WorldState("a")
    (temporary / "a" / "note-opening-1").write_bytes(content)
    assert state.take_at_opening("1") is None


@pytest.mark.parametrize("which", ["", "a"])
def test_a_planted_link_is_not_followed(temporary: Path, tmp_path: Path, which: str) -> None:
    target = tmp_path / "of the victim"
    target.mkdir(mode=0o700)
    (target / "note-keep").touch()
    planted = temporary / which if which else temporary
    planted.parent.mkdir(mode=0o700, exist_ok=True)
    planted.symlink_to(target)
    with pytest.raises(SdkError, match="cannot be used"):
        WorldState("a")
    assert [path.name for path in target.iterdir()] == ["note-keep"]


@pytest.mark.parametrize("name", ["members", "note-unplugged-1", "note-opening-1"])
def test_a_planted_file_is_not_followed(temporary: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / "of the victim"
    target.write_text('{"fault": "hang"}')
    folder = temporary / "a"
    folder.mkdir(mode=0o700, parents=True)
    temporary.chmod(0o700)
    if name == "members":
        (folder / name).symlink_to(target)
        with pytest.raises(SdkError, match="no plain file"):
            WorldState("a")
    else:
        state = WorldState("a")
        (folder / name).symlink_to(target)
        with pytest.raises(SdkError, match="no plain file"):
            state.set_unplugged("1", unplugged=True)
            state.take_at_opening("1")
    assert target.read_text() == '{"fault": "hang"}'


@pytest.mark.parametrize("which", ["", "a"])
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o750, 0o701])
def test_a_folder_that_others_may_use_is_refused(temporary: Path, which: str, mode: int) -> None:
    folder = temporary / which if which else temporary
    folder.mkdir(mode=0o700, parents=True)
    temporary.chmod(0o700)
    folder.chmod(mode)
    with pytest.raises(SdkError, match="others may use it"):
        WorldState("a")


@two_users
def test_a_folder_of_another_user_is_refused(temporary: Path) -> None:
    temporary.mkdir(mode=0o700)
    os.chown(temporary, NOBODY, NOBODY)
    with pytest.raises(SdkError, match=f"belongs to another user \\({NOBODY}\\)"):
        WorldState("a")


@two_users
def test_the_runtime_folder_of_another_user_is_left_alone(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "runtime"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, NOBODY, NOBODY)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(theirs))  # as with sudo -E
    WorldState("b")
    assert not list(theirs.iterdir())
    assert (temporary / "b").is_dir()
