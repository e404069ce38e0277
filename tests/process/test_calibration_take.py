"""A calibration board recorded by virtual cameras that replay pictures of it."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.display.boards.criteria import Criteria
from llpyspin.recording import check
from llpyspin.rig import Rig
from llpyspin.rig.calibrating.takefiles import LOOKS_FILE
from tests.boardpictures import BOARD, board_session, corners, waving
from tests.process.pages import Page, in_state
from tests.unit.recordings import SERIALS

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

COUNT = 48
SHIFT = 0.08
POSES = {"top": waving(COUNT), "side": waving(COUNT, shift=SHIFT)}
FEW = Criteria(views=5, cover=0.4, tilts=2, shared=40)


@pytest.fixture
def rig(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    recorded = board_session(tmp_path / "board", BOARD, list(POSES.values()))
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps({"replay": {"path": str(recorded), "repeat": True}}))
    with Rig(dict(zip(POSES, SERIALS, strict=False)), framerate=100, sdk="virtual") as made:
        yield made


def test_take_ends_when_it_is_enough_and_is_exported(rig: Rig, tmp_path: pathlib.Path) -> None:
    take = rig.record_calibration(tmp_path / "calib", BOARD, criteria=FEW, seconds=60, window=False)
    assert take.enough, str(take)
    assert rig.calibration == take
    account = take.session.account
    assert account is not None
    assert account.adds_up, str(account)
    assert check(tmp_path / "calib" / "recording").ok
    worst = 0.0
    for name, triggers in take.corners().items():
        for trigger, (ids, points) in triggers.items():
            truth = corners(BOARD, POSES[name][trigger % COUNT], (480, 360))[ids]
            worst = max(worst, float(np.linalg.norm(points - truth, axis=1).max()))
    assert worst < 1.5, "corners of the pose that the camera saw at this trigger"
    assert set(take.exports) == {"caliscope", "anipose", "sleap"}
    assert not take.problems
    triggers = account.cameras[0].triggers
    frames = (take.exports["caliscope"] / "frames" / "cam_1.csv").read_text().splitlines()
    assert len(frames) == 1 + triggers


def test_death_of_the_process_that_looks_costs_the_recording_nothing(
    rig: Rig, tmp_path: pathlib.Path
) -> None:
    looks = tmp_path / "calib" / LOOKS_FILE
    thread = threading.Thread(target=lambda: when_looked(looks, kill_the_process_that_looks))
    thread.start()
    take = rig.record_calibration(
        tmp_path / "calib", BOARD, until_enough=False, seconds=5, window=False, exports=()
    )
    thread.join()
    (problem,) = take.problems
    assert "process that looks for the board was killed" in problem
    assert take.session.account is not None
    assert take.session.account.adds_up, str(take.session.account)
    assert take.session.account.cameras[0].written > 400
    assert check(tmp_path / "calib" / "recording").ok


def when_looked(looks: pathlib.Path, then: Callable[[], None]) -> None:
    deadline = Deadline(60)
    while not deadline.passed:
        if looks.exists() and len(looks.read_text().splitlines()) > 2:
            break
        time.sleep(0.02)
    then()


def kill_the_process_that_looks() -> None:
    for child in psutil.Process().children():
        if "llpyspin.display.boards.main" in child.cmdline():
            child.kill()


def test_ctrl_c_ends_a_take_with_a_whole_recording(rig: Rig, tmp_path: pathlib.Path) -> None:
    looks = tmp_path / "calib" / LOOKS_FILE

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=lambda: when_looked(looks, interrupt))
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        rig.record_calibration(
            tmp_path / "calib", BOARD, until_enough=False, seconds=None, window=False, exports=("anipose",)
        )
    thread.join()
    take = rig.calibration
    assert take is not None
    assert take.session.account is not None
    assert take.session.account.adds_up, str(take.session.account)
    assert check(tmp_path / "calib" / "recording").ok
    assert take.exports["anipose"].is_dir()
    with looks.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == sum(take.seen.together.values()) >= 2
    assert json.loads((tmp_path / "calib" / "calibration.json").read_text())["enough"] is False


def test_page_can_stop_a_take_and_do_nothing_else(rig: Rig, tmp_path: pathlib.Path) -> None:
    refusals: list[str] = []

    def stop(page: Page) -> None:
        status = page.wait_for(in_state("recording"))
        assert status["control"]["attended"]
        refusals.append(page.refused("prime", name="m1"))
        refusals.append(page.refused("set", name="gain", value=1))
        refusals.append(page.refused("stop", folder=str(tmp_path / "another")))
        page.done("stop", folder=status["folder"])

    with rig.serve(port=0, control=True, folder=tmp_path) as server, Page(server.url) as page:
        with ThreadPoolExecutor(1) as pool:
            stopping = pool.submit(stop, page)
            take = rig.record_calibration(
                tmp_path / "calib", BOARD, until_enough=False, seconds=None, window=False, exports=()
            )
            stopping.result(60)
        page.wait_for(lambda status: not status["control"]["attended"])
    assert all(refusals)
    assert len(refusals) == 3
    account = take.session.account
    assert account is not None
    assert account.adds_up, str(account)
    assert check(tmp_path / "calib" / "recording").ok
    assert not (tmp_path / "m1").exists()
