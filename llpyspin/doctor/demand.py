"""What a rig's cameras will send, need and ask for: figures from its configuration, before any is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.camera.defaults import DEFAULT_FRAMERATE
from llpyspin.doctor.finding import Finding, problem, unknown
from llpyspin.doctor.models import frame_bytes, sensor_of
from llpyspin.errors import LlpyspinError
from llpyspin.frames.buffers import recording_buffers
from llpyspin.recording.plan import picture_of
from llpyspin.rig.opening import exposure_of
from llpyspin.rig.plan import options_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.doctor.cameras import Camera
    from llpyspin.doctor.models import Sensor
    from llpyspin.recording.options import RecordingOptions
    from llpyspin.recording.sinks import Picture
    from llpyspin.rig.config import CameraConfig, RigConfig

__all__ = ["Demand", "RigDemand", "demand_of"]


@dataclass(frozen=True)
class Demand:
    """What one camera of a rig does.

    Attributes
    ----------
    name : str
    camera : Camera or None
        The connected one; None where it is not connected.
    interface : str
        "USB3", "GigE" or "" where nothing tells.
    sensor : Sensor or None
    payload : int
        Bytes of a frame on its way.
    rate : float
        Frames a second.
    exposure_us : float or None
    picture : Picture
        What its writer gets.
    buffers : int
        Frames of memory that the camera is armed with.
    full_frame : bool
        Whether all of the sensor is read out.
    exact : bool
        False where the size of the sensor is an estimate.
    """

    name: str
    camera: Camera | None
    interface: str
    sensor: Sensor | None
    payload: int
    rate: float
    exposure_us: float | None
    picture: Picture
    buffers: int
    full_frame: bool
    exact: bool

    @property
    def bandwidth(self) -> float:
        """Bytes a second from the camera."""
        return self.payload * self.rate

    @property
    def memory(self) -> int:
        """Bytes of its buffers."""
        return self.payload * self.buffers

    @property
    def raw_bandwidth(self) -> float:
        """Bytes a second of pictures that are written as they are."""
        return self.picture.nbytes * self.rate


@dataclass(frozen=True)
class RigDemand:
    """What a whole rig does: its cameras, and how it records them."""

    cameras: tuple[Demand, ...]
    options: RecordingOptions
    virtual: bool


def demand_of(
    config: RigConfig, cameras: Sequence[Camera], *, virtual: bool
) -> tuple[RigDemand | None, list[Finding]]:
    """The demand of a rig, with findings about what is not known of it.

    The demand is None where its recording makes no sense.

    Parameters
    ----------
    config : RigConfig
    cameras : sequence of Camera
        Those that are connected.
    virtual : bool
        Whether its cameras are virtual ones.
    """
    try:
        options, pre_trigger = options_of(config, None, {})
    except LlpyspinError as error:
        return None, [
            problem("plan-record", f"The rig cannot record: {error}", "Correct `record` in its file.")
        ]
    findings: list[Finding] = []
    demands = []
    for camera in config.cameras:
        demand, said = _one(camera, config, cameras, pre_trigger)
        findings += said
        if demand is not None:
            demands.append(demand)
    return RigDemand(tuple(demands), options, virtual), findings


def _one(
    camera: CameraConfig, config: RigConfig, cameras: Sequence[Camera], pre_trigger: float | None
) -> tuple[Demand | None, list[Finding]]:
    findings: list[Finding] = []
    found = _connected(camera, cameras)
    if found is None:
        there = ", ".join(each.serial for each in cameras) or "none"
        findings.append(
            problem(
                "plan-camera-absent",
                f"{camera.name}: camera {camera.device} is not connected; there are: {there}.",
                "Plug it in, or correct the serial number in the rig's file.",
                camera=camera.name,
            )
        )
    sensor = sensor_of(found.model) if found is not None else None
    size = _size(camera, sensor)
    if size is None:
        findings.append(
            unknown(
                "plan-size-unknown",
                f"{camera.name}: neither its model nor a roi in the rig's file tells how large its frames "
                "are, so it is left out of what follows.",
                "Connect it, or set its roi.",
                camera=camera.name,
            )
        )
        return None, findings
    width, height = size
    color = camera.color if camera.color is not None else sensor is not None and sensor.color
    pixel_format = str(camera.settings.get("pixel_format") or ("BayerRG8" if color else "Mono8"))
    try:
        payload = frame_bytes(width, height, pixel_format)
    except ValueError as error:
        return None, [*findings, problem("plan-format", f"{camera.name}: {error}", "Correct pixel_format.")]
    rate = _rate(config, sensor)
    if rate is None:
        findings.append(
            unknown(
                "plan-rate-unknown",
                f"{camera.name}: the rig's file has no rate for the external trigger.",
                "Set its rate as `framerate`.",
                camera=camera.name,
            )
        )
        return None, findings
    try:
        buffers = recording_buffers(payload, rate, pre_trigger=pre_trigger)
    except LlpyspinError as error:
        return None, [
            *findings,
            problem("plan-pre-trigger", f"{camera.name}: {error}", "Shorten pre_trigger."),
        ]
    exposure = exposure_of(camera, config)
    demand = Demand(
        name=camera.name,
        camera=found,
        interface=found.interface if found is not None else "",
        sensor=sensor,
        payload=payload,
        rate=rate,
        exposure_us=None if isinstance(exposure, str) else float(exposure),
        picture=picture_of(pixel_format, height, width, convert=bool(color), rate=rate),
        buffers=buffers,
        full_frame=camera.settings.get("roi") is None and _binning(camera.settings.get("binsize")) == (1, 1),
        exact=camera.settings.get("roi") is not None or (sensor is not None and sensor.exact),
    )
    return demand, findings


def _connected(camera: CameraConfig, cameras: Sequence[Camera]) -> Camera | None:
    if isinstance(camera.device, int):
        return cameras[camera.device] if camera.device < len(cameras) else None
    return next((each for each in cameras if each.serial == camera.device), None)


def _size(camera: CameraConfig, sensor: Sensor | None) -> tuple[int, int] | None:
    """(width, height) of the frames: a roi is in pixels after binning."""
    roi = camera.settings.get("roi")
    if roi is not None:
        _, _, height, width = roi
        return int(width), int(height)
    if sensor is None:
        return None
    vertical, horizontal = _binning(camera.settings.get("binsize"))
    return sensor.width // horizontal, sensor.height // vertical


def _binning(binsize: Any) -> tuple[int, int]:
    if isinstance(binsize, (tuple, list)):
        return int(binsize[0]), int(binsize[1])
    return (1, 1) if binsize is None else (int(binsize), int(binsize))


def _rate(config: RigConfig, sensor: Sensor | None) -> float | None:
    if config.framerate is not None:
        return float(config.framerate)
    if config.external:  # whatever comes: at most what the camera can
        return sensor.fastest if sensor is not None else None
    return float(DEFAULT_FRAMERATE)
