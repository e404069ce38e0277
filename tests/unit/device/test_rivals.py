"""Whose a camera is that is in use, and what is said of it; names that stand for what users meant."""

from __future__ import annotations

from typing import Any

import pytest

from llpyspin.device import opening
from llpyspin.device.opening import FoundCamera, Rivals, open_handle
from llpyspin.device.values import as_entry
from llpyspin.errors import CameraInUseError, CameraNotFoundError, SettingRangeError
from llpyspin.system.holders import Holder

FIRST = FoundCamera("31110001", "BFS-U3-16S2M", "USB3", None)
SECOND = FoundCamera("00007777", "BFS-U3-16S2M", "USB3", None)
FORMATS = ("Mono8", "Mono16", "Mono12p", "BayerRG8")


class Handle:
    """Two cameras; the first is refused so often."""

    refusals = 0

    def __init__(self, sdk: object) -> None:
        self.sdk = sdk
        self.taken: int | None = None

    def look(self) -> list[FoundCamera]:
        return [FIRST, SECOND]

    def take(self, number: int) -> None:
        self.taken = number

    def in_use(self) -> None:
        return None

    def release(self) -> None:
        pass


class Others(Rivals):
    """Processes that hold the camera."""

    def __init__(self, own: dict[int, str], *holders: Holder) -> None:
        super().__init__(own)
        self.there = holders

    def holders(self, camera: FoundCamera) -> tuple[Holder, ...]:
        return self.there

    def hint(self, camera: FoundCamera) -> str:
        return ". It is a virtual camera"


@pytest.fixture(autouse=True)
def handles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "Handle", Handle)
    monkeypatch.setattr(opening, "_init", lambda handle: None)


def refuse(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have every camera refused; how often that was asked for."""
    tries: list[int] = []

    def refused(*arguments: Any) -> str:
        tries.append(len(tries))
        return "Access denied"

    monkeypatch.setattr(opening, "_init_when_free", refused)
    return tries


@pytest.mark.parametrize(("which", "number"), [(0, 0), (1, 1), ("31110001", 0), (31110001, 0), (7777, 1)])
def test_number_that_is_no_index_is_a_serial_number(which: int | str, number: int) -> None:
    handle, found = open_handle(None, which)
    assert (handle.taken, found) == (number, (FIRST, SECOND)[number])  # type: ignore[attr-defined]


def test_index_as_text_is_explained() -> None:
    with pytest.raises(CameraNotFoundError, match="for the camera at place 1 pass the number 1"):
        open_handle(None, "1")
    with pytest.raises(CameraNotFoundError) as raised:
        open_handle(None, "99999999")
    assert "place" not in str(raised.value)


def test_camera_of_the_same_program_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = refuse(monkeypatch)
    holder = Holder(11, 5, "python a.py")
    with pytest.raises(CameraInUseError) as raised:
        open_handle(None, 0, 60.0, Others({11: FIRST.serial}, holder))
    assert len(tries) == 1
    assert raised.value.holders == (holder,)


def test_camera_that_nobody_is_seen_to_hold_is_own_by_serial_number() -> None:
    rivals = Rivals({11: FIRST.serial})
    assert rivals.is_own(FIRST, ())
    assert not rivals.is_own(SECOND, ())
    assert not rivals.is_own(SECOND, [Holder(11, 5, "a process that holds another camera, too")])


def test_other_programs_are_named_with_pid_and_command(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    rivals = Others(
        {}, Holder(11, 5, "python a.py"), Holder(12, 5, "python a.py"), Holder(13, 13, "SpinView")
    )
    with pytest.raises(CameraInUseError) as raised:
        open_handle(None, 0, 0.0, rivals)
    assert str(raised.value) == (
        "camera 31110001 (BFS-U3-16S2M, USB3) is in use by process 5 (python a.py) and process 13 (SpinView)"
        ". Close that program, or end it with: kill 5 13. It is a virtual camera"
    )


def test_unseen_holder_is_told_with_the_words_of_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch)
    with pytest.raises(CameraInUseError, match=r"by another program, or by something.*\(Access denied\)"):
        open_handle(None, 0, 0.0)


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        ("Mono8", "Mono8"),
        ("mono16", "Mono16"),
        ("MONO-12-P", "Mono12p"),
        ("bayer_rg8", "BayerRG8"),
        (" Mono8", "Mono8"),
    ],
)
def test_entry_is_known_in_any_spelling(value: str, entry: str) -> None:
    assert as_entry("pixel_format", value, FORMATS) == entry


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("Mono17", "Did you mean Mono1"),
        ("mno8", "Did you mean Mono8"),
        ("x" * 10_000, "one of"),
        (16, "one of"),
    ],
)
def test_unknown_entry_is_refused_with_the_nearest(value: object, meant: str) -> None:
    with pytest.raises(SettingRangeError, match="it must be one of Mono8, Mono16") as raised:
        as_entry("pixel_format", value, FORMATS)
    assert meant in str(raised.value)
    assert len(str(raised.value)) < 400


def test_two_entries_that_read_alike_are_not_guessed() -> None:
    with pytest.raises(SettingRangeError, match="Did you mean"):
        as_entry("LineSource", "userout", ("UserOut", "User_Out"))
