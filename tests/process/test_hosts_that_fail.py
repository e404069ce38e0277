"""A rig over two host processes: hosts that freeze, end, or are of another version; and a second program."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import llpyspin
import llpyspin.errors
from llpyspin.deadlines import Deadline
from llpyspin.errors import RigError
from llpyspin.hosts import asks
from llpyspin.hosts.envelopes import Request
from llpyspin.hosts.hostcall import call
from tests.process.rig_worlds import proven
from tests.process.test_rig_over_hosts import config_in, place, process_of, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil

    from llpyspin.hosts.rigoverhosts import RigOverHosts

__all__ = ["place"]  # a fixture
PATIENCE_S = 40.0
OTHER_VERSION = """
import sys
import llpyspin
import llpyspin.errors
llpyspin.__version__ = "9.9.9"
from llpyspin.hosts.hostmain import main  # llpyspin.hosts.hostmain, by which the test finds it
main(sys.argv[1])
"""


def everybody(place: Path, host: str) -> list[psutil.Process]:
    process = process_of(place / host)
    assert process is not None
    return [process, *process.children(recursive=True)]


@pytest.fixture
def rig(place: Path, tmp_path: Path) -> Iterator[RigOverHosts]:
    """One that records."""
    with llpyspin.open_rig(config_in(place, lost_after_s=1)) as opened:
        opened.prime(tmp_path / "session")
        opened.trigger()
        until(lambda: opened.status().triggers >= 20)
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("noticed", [False, True])
def test_host_that_is_frozen_at_the_end_is_not_waited_for(
    rig: RigOverHosts, place: Path, noticed: bool
) -> None:
    frozen = everybody(place, "right")
    for each in frozen:
        each.suspend()
    try:
        if noticed:
            until(lambda: "right" in rig.lost)
        since = time.monotonic()
        session = rig.stop()
        took_s = time.monotonic() - since
    finally:
        for each in reversed(frozen):
            each.resume()
    assert took_s < 10, "1 s and lost_after_s; the rest is for a busy machine"
    assert session is not None
    assert session.account is not None
    told = {camera.name: camera for camera in session.account.cameras}
    assert told["a"].written == told["b"].written == session.triggers
    assert told["c"].unknown


@pytest.mark.slow
@pytest.mark.parametrize("way", ["killed", "frozen"])
def test_others_are_whole_without_the_host_of_the_primary(rig: RigOverHosts, place: Path, way: str) -> None:
    gone = everybody(place, "left")
    if way == "killed":
        gone[0].kill()
    else:
        for each in gone:
            each.suspend()
    try:
        until(lambda: "left" in rig.lost)
        session = rig.stop()
    finally:
        for each in reversed(gone):
            if way == "frozen":
                each.resume()
    assert session is not None
    assert session.account is not None
    assert session.triggers is None, "nobody knows"
    assert not session.account.adds_up
    told = {camera.name: camera for camera in session.account.cameras}
    assert told["a"].unknown
    assert told["c"].written >= 20
    assert {host.name: host.state for host in session.hosts} == {"left": "unknown", "right": "complete"}


@pytest.mark.slow
def test_second_program_is_refused_and_changes_nothing(
    rig: RigOverHosts, place: Path, tmp_path: Path
) -> None:
    program = "import sys, llpyspin; llpyspin.open_rig(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, str(place / "rig.yaml")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode
    assert "RigError" in done.stderr
    assert "controlled by" in done.stderr
    seen = rig.status().triggers
    until(lambda: rig.status().triggers > seen + 10)
    proven(rig.stop(), tmp_path / "session")


@pytest.mark.slow
def test_host_of_another_version_is_refused_and_both_are_named(place: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OTHER_VERSION, str(place / "right")]) as other:
        deadline = Deadline(PATIENCE_S)
        while not _is_there(place / "right"):
            assert not deadline.passed
            time.sleep(0.05)
        with pytest.raises(RigError, match=r"9\.9\.9") as caught:
            llpyspin.open_rig(config_in(place))
        assert list(caught.value.failures) == ["right"]
        assert llpyspin.__version__ in str(caught.value)
        left: Any = call(place / "left", Request(asks.Hello()))
        assert (left.session, left.lease) == ("", None)
        other.terminate()
        other.wait(PATIENCE_S)


def _is_there(folder: Path) -> bool:
    try:
        call(folder, Request(asks.Hello()), deadline_s=5)
    except llpyspin.errors.HostError:
        return False
    return True
