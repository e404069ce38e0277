"""What a camera is made of: its public signature, and the parts that it chooses, without a process."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from llpyspin import PrimaryCamera, SecondaryCamera, VideoStream
from llpyspin.camera import Camera
from llpyspin.camera.defaults import DEFAULTS, FirstSettings, PulsedSettings
from llpyspin.camera.parts import Access, Parts
from llpyspin.camera.requested import RequestedRate
from llpyspin.camera.source import CameraSource
from llpyspin.errors import CameraClosedError
from llpyspin.reading.limits import Limits
from llpyspin.stereo import StereoCamera
from llpyspin.sync.acquisition import Acquisition
from llpyspin.sync.camera import SynchronisedCamera

SHARED = {"binsize", "roi", "color", "sdk", "nickname", "strict", "timeout", "buffersize"}


@pytest.mark.parametrize("camera", [VideoStream, PrimaryCamera, SecondaryCamera, StereoCamera])
def test_help_shows_every_argument_of_a_camera(camera: type) -> None:
    parameters = inspect.signature(camera).parameters
    assert set(parameters) >= SHARED
    kinds = {each.kind for each in parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    for name in parameters:
        assert name in str(camera.__doc__), name


@pytest.mark.parametrize("camera", [Camera, SynchronisedCamera])
def test_arguments_of_users_end_at_the_public_classes(camera: type) -> None:
    assert not set(inspect.signature(camera).parameters) & SHARED


class Asked:
    """Settings of a camera that refuses some, and a process that notes what is asked of it."""

    def __init__(self, *refuses: str) -> None:
        self.refuses = set(refuses)
        self.assigned: list[dict[str, Any]] = []
        self.requests: list[tuple[Any, ...]] = []

    def assign_all(self, wanted: dict[str, Any]) -> list[str]:
        self.assigned.append(dict(wanted))
        return [name for name in wanted if name in self.refuses]

    def opened(self) -> Asked:
        return self

    def request(self, *arguments: Any) -> None:
        self.requests.append(arguments)


def apply(first: FirstSettings | PulsedSettings, asked: Asked) -> RequestedRate:
    requested = RequestedRate()
    first.apply(asked, asked, requested)  # type: ignore[arg-type]
    return requested


def test_refused_first_settings_become_defaults() -> None:
    asked = Asked("binsize", "framerate")
    requested = apply(FirstSettings(framerate=500, exposure=100, binsize=16, roi=None), asked)
    assert asked.assigned[1] == {name: DEFAULTS[name] for name in ("binsize", "framerate")}
    assert requested.hz == 500  # it stays what the user wants


def test_refused_defaults_are_not_set_again() -> None:
    asked = Asked("roi", "exposure")
    first = FirstSettings(framerate=50, exposure=DEFAULTS["exposure"], binsize=2, roi=None)
    apply(first, asked)
    assert asked.assigned[1] == {}


@pytest.mark.parametrize(("exposure", "refuses"), [(None, ()), (1e9, ("exposure",))])
def test_pulsed_camera_without_exposure_gets_the_nearest(
    exposure: float | None, refuses: tuple[str, ...]
) -> None:
    asked = Asked(*refuses)
    apply(PulsedSettings(exposure=exposure, binsize=1, roi=None), asked)
    assert asked.requests == [("fit", "exposure", 1500)]
    assert ("exposure" in asked.assigned[0]) == (exposure is not None)


def test_pulsed_camera_keeps_an_exposure_that_it_took() -> None:
    asked = Asked()
    apply(PulsedSettings(exposure=900, binsize=1, roi=None), asked)
    assert asked.assigned[0]["exposure"] == 900
    assert not asked.requests


@pytest.mark.parametrize(
    ("sdk", "dummy", "got"), [(None, True, "virtual"), ("rotpy", True, "rotpy"), (None, False, None)]
)
def test_dummy_means_virtual_unless_an_sdk_is_named(sdk: str | None, dummy: bool, got: str | None) -> None:
    assert Access.of(sdk, None, strict=False, dummy=dummy).sdk == got


def test_parts_of_a_camera_need_no_process() -> None:
    parts = Parts(
        "PrimaryCamera",
        CameraSource("left", "12345678"),
        Limits(),
        PulsedSettings(exposure=None, binsize=1, roi=None),
        Access.of("virtual", None, strict=True),
        records=True,
    )
    acquisition = Acquisition("secondary", parts, elsewhere=("framerate",))
    assert acquisition.value_of("framerate") is None
    assert acquisition.count_of_frames() == 0
    with pytest.raises(CameraClosedError, match="left is closed"):
        acquisition.value_of("exposure")
