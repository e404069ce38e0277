"""Primary and secondary cameras through the vendor's own Spinnaker SDK, from virtual GigE cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin import PrimaryCamera, SecondaryCamera
from llpyspin.errors import CameraLostError
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

    from tests.rig.rig import Rig

SMALL = (0, 0, 240, 320)  # what the rig sends without loss on a busy machine


@pytest.fixture
def pair(
    rig: Rig, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[PrimaryCamera, SecondaryCamera]]:
    monkeypatch.chdir(tmp_path)
    first, second = rig.serials
    with PrimaryCamera(first, sdk="rotpy", framerate=30, roi=SMALL, timeout=10) as primary:
        with SecondaryCamera(second, sdk="rotpy", roi=SMALL, timeout=10) as secondary:
            yield primary, secondary


def test_picture_n_of_a_primary_and_a_secondary_is_trigger_n(
    pair: tuple[PrimaryCamera, SecondaryCamera],
) -> None:
    primary, secondary = pair
    secondary.prime("second.mkv")
    primary.prime("first.mkv")
    primary.trigger()
    while primary.count_of_frames() < 60:
        assert primary.read()[0]
        assert secondary.read()[0]
    stamps = {"first": primary.stop(), "second": secondary.stop()}
    triggers = set()
    for name in ("first", "second"):
        rows = read_sidecar(f"{name}.csv")
        written = [row.trigger for row in rows if row.state == "written"]
        # The camera's number is in the pixels: it is that of the row, whatever fell out of the wire.
        assert [read_stamp(image).frame for image in open_video(f"{name}.mkv")] == written
        assert len(stamps[name]) == len(written) >= 55
        assert [row.trigger for row in rows] == list(range(len(rows)))
        triggers.add(len(rows))
        session = Session.read(f"{name}.json")
        assert session.account is not None
        assert session.account.adds_up, session.account.reasons
        assert not session.virtual
    assert len(triggers) == 1
    assert np.median(np.diff(stamps["first"])) == pytest.approx(1000 / 30, rel=0.01)


@pytest.mark.slow
def test_a_camera_that_is_unplugged_leaves_a_file_in_order(
    pair: tuple[PrimaryCamera, SecondaryCamera], rig: Rig
) -> None:
    primary, secondary = pair
    secondary.prime("second.mkv")
    primary.trigger()
    while secondary.count_of_frames() < 20:
        assert secondary.read()[0]
    rig.command("unplug", rig.serials[1])
    try:
        with pytest.raises(CameraLostError):
            while True:
                secondary.read()
        primary.stop()
        with pytest.raises(CameraLostError):
            secondary.stop()
    finally:
        rig.command("plug", rig.serials[1])
    seen = [read_stamp(image).frame for image in open_video("second.mkv")]
    assert len(seen) >= 15
    assert seen == [row.trigger for row in read_sidecar("second.csv") if row.state == "written"]
    assert secondary.open()


@pytest.mark.slow
@pytest.mark.parametrize("begin", [(40, 1), (1, 500), (65_000, 30_000)])
def test_ids_that_begin_late_shift_no_trigger(
    pair: tuple[PrimaryCamera, SecondaryCamera], rig: Rig, begin: tuple[int, int]
) -> None:
    primary, secondary = pair
    for serial, first in zip(rig.serials, begin, strict=True):
        rig.command("ids", serial, first)
    try:
        secondary.prime("second.mkv")
        primary.prime("first.mkv")
        primary.trigger()
        while primary.count_of_frames() < 20:
            assert primary.read()[0]
        primary.stop()
        secondary.stop()
    finally:
        for serial in rig.serials:
            rig.command("ids", serial, 1)
    for name, first in zip(("first", "second"), begin, strict=True):
        written = [row for row in read_sidecar(f"{name}.csv") if row.state == "written"]
        assert [read_stamp(image).frame for image in open_video(f"{name}.mkv")] == [
            row.trigger for row in written
        ]
        assert written[0].frame_id == first + written[0].trigger
        session = Session.read(f"{name}.json")
        assert session.account is not None
        assert session.account.adds_up, session.account.reasons
        assert (first > 1) == ("had the id" in str(session.account))
