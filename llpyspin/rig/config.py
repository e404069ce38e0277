"""What a rig is to be: plain, validated values; from code, or from a YAML file through ``parsing``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from llpyspin.naming.constructors import checked_arguments
from llpyspin.naming.known import named
from llpyspin.recording.metadata import described
from llpyspin.rig.boxes.boxtrigger import BoxTrigger, trigger_of
from llpyspin.rig.configrules import SETTINGS, camera_mistakes, refuse_mistakes, rig_mistakes

if TYPE_CHECKING:
    from llpyspin.rig.hostconfig import HostsConfig

__all__ = ["ON_FAILURE", "SETTINGS", "BoxTrigger", "CameraConfig", "OnFailure", "RigConfig", "with_roles"]

OnFailure = Literal["recover", "continue", "stop"]
ON_FAILURE: tuple[str, ...] = ("recover", "continue", "stop")


@checked_arguments
@named
@dataclass(frozen=True)
class CameraConfig:
    """One camera of a rig.

    Attributes
    ----------
    device : str or int
        Serial number, or index among the connected cameras.  Serial numbers are better: the order of the
        list is the SDK's.
    name : str
        What it is called in files, messages and results; by default the serial number or ``camera0``.
    role : {"primary", "secondary"}, optional
        None: see :func:`with_roles`.
    color : bool, optional
        As in :class:`llpyspin.camera.Camera`.
    settings : mapping
        Of :data:`SETTINGS`, with the values that the properties of cameras have.
    nodes : mapping, or sequence of pairs
        GenICam nodes by name, set after the settings, in this order; as pairs of name and value where one is
        set more than once, as a selector.
    lines : mapping
        What differs from the lines that the camera's model uses: fields of :class:`llpyspin.roles.Lines`.
    host : str
        Which of the rig's hosts owns it; "" in a rig of one computer.
    """

    device: str | int
    name: str = ""
    role: str | None = None
    color: bool | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, Any] | tuple[tuple[str, Any], ...] = field(default_factory=dict)
    lines: Mapping[str, str | None] = field(default_factory=dict)
    host: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            name = self.device if isinstance(self.device, str) else f"camera{self.device}"
            object.__setattr__(self, "name", name)
        refuse_mistakes(camera_mistakes(self))

    @property
    def nodes_in_order(self) -> tuple[tuple[str, Any], ...]:
        """Names and values of :attr:`nodes`."""
        return tuple(self.nodes.items()) if isinstance(self.nodes, Mapping) else tuple(self.nodes)


@checked_arguments
@named
@dataclass(frozen=True)
class RigConfig:
    """Several cameras that are used as one.

    Attributes
    ----------
    cameras : tuple of CameraConfig
        At least one, at most one of them the primary; names and devices are unique.
    trigger : {"primary", "external"}, BoxTrigger, mapping or PulseBox
        Who makes the pulses: the primary camera, a box that the rig starts and stops, or something else.
    framerate : float, optional
        Of the pulses, in Hz; with an external trigger the rate that is expected (None: unknown).  A pulse box
        needs it.
    exposure : float or str, optional
        Of all cameras that say nothing else, in us; or "auto", "once" or "off".
    sync : {"lines", "ptp"}
        "lines": pulses come over wires.  "ptp": GigE cameras share one clock (IEEE 1588), and expose at times
        that the primary's process tells them; no wires.
    sdk : {"pyspin", "rotpy", "virtual"}, optional
        As in :class:`llpyspin.camera.Camera`.
    on_failure : {"recover", "continue", "stop"}
        What a recording does when a camera or one of its processes fails.
    record : mapping
        Fields of :class:`llpyspin.recording.options.RecordingOptions`, and ``pre_trigger`` in s.
    settings : mapping
        Of :data:`SETTINGS`, for all cameras that say nothing else.
    allow_lower_rate : bool
        Whether the primary may run slower than ``framerate`` where its other settings allow no more.
    subject, notes : str
        What is recorded, and free text about it; for the metadata of each recording.
    metadata : mapping
        Anything else for that, which JSON can hold.
    budget : mapping
        Fields of :class:`~llpyspin.recording.budget.Budget`, at which a recording ends.
    schedule : mapping
        ``every``, ``for``, ``until``, ``sessions`` and ``name`` of the sessions of ``llpyspin record``.
    on_event : str or sequence of str, optional
        Commands and URLs that get a notice of what happens.
    hosts : HostsConfig, optional
        The computers that own the cameras; None: this one owns all.  See :func:`llpyspin.open_rig`.
    """

    cameras: tuple[CameraConfig, ...]
    trigger: str | BoxTrigger = "primary"
    framerate: float | None = None
    exposure: float | str | None = None
    sync: Literal["lines", "ptp"] = "lines"
    sdk: str | None = None
    on_failure: OnFailure = "recover"
    record: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    allow_lower_rate: bool = False
    subject: str = ""
    notes: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    budget: Mapping[str, Any] = field(default_factory=dict)
    schedule: Mapping[str, Any] = field(default_factory=dict)
    on_event: str | Sequence[str] | None = field(default=None, repr=False)  # it may be secret
    hosts: HostsConfig | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "trigger", trigger_of(self.trigger))
        refuse_mistakes(rig_mistakes(self))
        cameras = tuple(
            replace(camera, settings={**self.settings, **camera.settings}) for camera in self.cameras
        )
        object.__setattr__(self, "cameras", with_roles(cameras, external=self.external))

    @property
    def said(self) -> dict[str, Any]:
        """The metadata of each recording."""
        return described(self.metadata, subject=self.subject or None, notes=self.notes or None)

    @property
    def primary(self) -> CameraConfig | None:
        """The camera that makes the pulses; None with an external trigger."""
        return next((camera for camera in self.cameras if camera.role == "primary"), None)

    @property
    def box(self) -> BoxTrigger | None:
        """The pulse box that makes the pulses; None without one."""
        return self.trigger if isinstance(self.trigger, BoxTrigger) else None

    @property
    def external(self) -> bool:
        """Whether no camera makes the pulses, but a pulse box or something else."""
        return self.trigger != "primary"


def with_roles(cameras: tuple[CameraConfig, ...], *, external: bool) -> tuple[CameraConfig, ...]:
    """The cameras with a role each.

    With an external trigger all are secondaries.  Otherwise one is the primary: the one that is said to be,
    else the first one that has no role.
    """
    primaries = [camera.name for camera in cameras if camera.role == "primary"]
    if not external and not primaries:
        primaries = [camera.name for camera in cameras if camera.role is None][:1]
    return tuple(
        replace(camera, role="primary" if camera.name in primaries else "secondary") for camera in cameras
    )
