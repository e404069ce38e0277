"""The folder of a host process, the errors that it passes on, and its books."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from llpyspin import errors
from llpyspin.errors import (
    CameraInUseError,
    CameraLostError,
    HostError,
    HostStateError,
    HostUnreachableError,
    LeaseError,
    LlpyspinError,
    RigConfigError,
    RigError,
    SettingRangeError,
)
from llpyspin.hosts import asks, entrance, hostfolder, requestledger
from llpyspin.hosts.envelopes import Failure
from llpyspin.hosts.failures import error_of, failure_of
from llpyspin.hosts.hostfolder import VARIABLE, HostFolder, check_path, door_of, folder_of, last_words, log_of
from llpyspin.hosts.requestledger import Ledger
from llpyspin.rig.parsing import config_from
from llpyspin.system.doors import Door
from llpyspin.system.holders import Holder
from tests.unit.hosts.conftest import PATIENCE_S, Here

# -- the folder


def test_folder_is_private_and_made_if_need_be(folder: Path) -> None:
    HostFolder(folder).close()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_folder_that_others_may_use_is_refused(folder: Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(HostUnreachableError, match=f"its mode is {mode:o}, not 700.*chmod 700"):
        HostFolder(folder)


def test_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o700)
    monkeypatch.setattr("llpyspin.system.linux.linuxprivatefolders.this_user", lambda: os.geteuid() + 1)
    with pytest.raises(HostUnreachableError, match="belongs to another user"):
        HostFolder(folder)


def test_link_in_place_of_the_folder_is_refused(folder: Path) -> None:
    folder.symlink_to(folder.parent)
    with pytest.raises(HostUnreachableError, match="cannot use"):
        HostFolder(folder)


def test_path_that_is_too_long_for_a_socket_is_refused() -> None:
    longest = Path("/tmp/" + "x" * (107 - len("/tmp//socket")))
    check_path(longest)
    with pytest.raises(HostUnreachableError, match="has 108 bytes; 107 is the maximum"):
        HostFolder(Path(f"{longest}x"))


def test_second_host_process_in_a_folder_is_refused(folder: Path) -> None:
    first = HostFolder(folder)
    with pytest.raises(HostStateError, match="runs already"):
        HostFolder(folder)
    first.close()
    first.close()
    HostFolder(folder).close()


def test_door_that_a_killed_process_left_is_made_anew(folder: Path) -> None:
    place = HostFolder(folder)
    dead = Door("socket", folder=folder, known=True)
    dead.abandon()  # as the end of a process does: its path stays
    assert place.has_door()
    place.open_door().close()
    assert not place.has_door()
    place.close()


def test_door_that_somebody_removes_is_made_again(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "LOOK_S", 0.05)
    os.unlink(door_of(here.folder))
    there = threading.Event()
    for _ in range(int(PATIENCE_S / 0.05)):
        if os.path.exists(door_of(here.folder)) or there.wait(0.05):
            break
    assert here.call(asks.Hello())


def test_folder_is_named_by_the_caller_or_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert folder_of(None) == tmp_path / f"llpyspin-host-{os.geteuid()}"
    monkeypatch.setenv(VARIABLE, "~/hosts")
    assert str(folder_of(None)) == os.path.expanduser("~/hosts")
    assert folder_of(tmp_path / "mine") == tmp_path / "mine"


def test_long_log_is_begun_anew_and_its_last_lines_are_known(folder: Path) -> None:
    place = HostFolder(folder)
    assert last_words(folder) == ""
    log_of(folder).write_text("\n".join(map(str, range(9))), encoding="utf-8")
    place.shorten_log()
    assert last_words(folder).split() == ["4", "5", "6", "7", "8"]
    log_of(folder).write_bytes(b"x" * (hostfolder.MOST_LOG + 1))
    place.shorten_log()
    assert log_of(folder).stat().st_size == 0
    place.close()


# -- errors


def there_and_back(error: Exception) -> LlpyspinError:
    return error_of(failure_of(error), "left")


def test_error_keeps_its_class_text_and_attributes() -> None:
    error = there_and_back(SettingRangeError("gain 99 refused", setting="gain", value=99.5))
    assert type(error) is SettingRangeError
    assert (str(error), error.setting, error.value) == ("gain 99 refused", "gain", 99.5)
    assert "SettingRangeError: gain 99 refused" in str(error.remote_traceback)


def test_error_of_several_cameras_keeps_each_and_its_text() -> None:
    lost = CameraLostError("it was unplugged", camera="12345678")
    error = RigError("some cameras are missing:", {"top": lost, "side": ValueError("odd")})
    back = there_and_back(error)
    assert isinstance(back, RigError)
    assert str(back) == str(error)
    assert isinstance(back.failures["top"], CameraLostError)
    assert back.failures["top"].camera == "12345678"
    assert isinstance(back.failures["side"], HostError)
    assert str(back.failures["side"]) == "ValueError: odd"


def test_error_without_what_cannot_travel_is_whole_otherwise() -> None:
    holders = (Holder(1, "program", "python"),)
    back = there_and_back(CameraInUseError("in use", camera="1", holders=holders))
    assert isinstance(back, CameraInUseError)
    assert (back.camera, back.holders) == ("1", ())
    with pytest.raises(RigConfigError) as caught:
        config_from({"cameras": [{"serial": "1", "gian": 2}]})
    assert str(there_and_back(caught.value)) == str(caught.value)


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name != "annotations"])
def test_every_error_travels_by_its_name(name: str) -> None:
    kind = getattr(errors, name)
    back = there_and_back(kind("the text"))
    assert (type(back), str(back)) == (kind, "the text")


@pytest.mark.parametrize("kind", ["NewerError", "LlpyspinErrors", "annotations", "TYPE_CHECKING", "__doc__"])
def test_error_that_this_version_does_not_know_keeps_its_text(kind: str) -> None:
    error = error_of(Failure(kind, "the text"), "left")
    assert type(error) is HostError
    assert str(error) == f"{kind}: the text"
    assert error.host == "left"


def test_error_that_is_derived_from_ours_travels_as_ours() -> None:
    class Own(LeaseError):
        pass

    back = there_and_back(Own("the text", holder="anna", number=3))
    assert type(back) is LeaseError
    assert (back.holder, back.number) == ("anna", 3)


def test_attributes_of_another_version_change_nothing_here() -> None:
    error = error_of(Failure("HostError", "the text", {"args": ["x"], "with_traceback": 1}), "left")
    assert str(error) == "the text"
    assert callable(error.with_traceback)


# -- the books


def test_ledger_forgets_the_oldest_answers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requestledger, "MOST", 3)
    book, begun = Ledger(), list[str]()

    def ask(number: str) -> requestledger.Entry:
        return book.entry(number, b"ask", lambda entry: begun.append(number))

    open_one = ask("open")
    for number in "abc":
        ask(number).finish(b"answer")
    assert begun == ["open", *"abc"]
    assert ask("open") is open_one
    assert ask("c").answer == b"answer"
    ask("a")
    assert begun == ["open", *"abca"]


def test_request_that_could_not_begin_is_not_in_the_ledger() -> None:
    book = Ledger()

    def fail(entry: requestledger.Entry) -> None:
        raise HostStateError("it ends")

    with pytest.raises(HostStateError):
        book.entry("a", b"ask", fail)
    begun: list[requestledger.Entry] = []
    assert book.entry("a", b"ask", begun.append) is begun[0]
