"""The status of a rig of several hosts, from what each host says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.rig.status import CameraStatus, RigStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llpyspin.hosts.answers import Status
    from llpyspin.rig.config import CameraConfig, RigConfig

__all__ = ["status_of_all"]


def status_of_all(
    config: RigConfig, answers: Mapping[str, Status], state: str, folder: str, events: Iterable[str], why: str
) -> RigStatus:
    """The status of all; ``answers`` are those of the hosts that answer, by their names."""
    told = answers.values()
    if told and all(status.state == "stopping" for status in told):
        state = "stopping"
    return RigStatus(
        state,
        max((status.seconds for status in told), default=0.0),
        max((status.triggers for status in told), default=0),
        {camera.name: _camera(camera, answers.get(camera.host)) for camera in config.cameras},
        folder,
        (*events, *(text for status in told for text in status.events)),
        why,
    )


def _camera(camera: CameraConfig, told: Status | None) -> CameraStatus:
    known = None if told is None else told.cameras.get(camera.name)
    if known is None:
        why = f"host {camera.host} does not answer"
        return CameraStatus(camera.name, str(camera.device), str(camera.role), "unknown", failure=why)
    return CameraStatus(**{name: getattr(known, name) for name in known.__struct_fields__})
