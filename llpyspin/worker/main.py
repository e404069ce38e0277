"""The entry of a camera process: one thread watches, one answers requests, one moves frames.

It must end without the interpreter's own clean-up: the SDK aborts processes that leave references alive.
"""

from __future__ import annotations

from llpyspin.errors import CameraHungError
from llpyspin.processes.serving import serve
from llpyspin.worker.service import CameraService

__all__ = ["main"]

STUCK_S = 10.0  # how late GetNextImage may be before the SDK counts as hung
CLOSE_S = 5.0  # for closing the camera after the parent has died
STUCK_STATUS = 70  # exit status of a process whose SDK hung (EX_SOFTWARE)


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process over the channel ``descriptor`` until it closes it, or dies."""
    service = CameraService()
    serve(service, descriptor, parent, leave_s=CLOSE_S, check=lambda: _check(service))


def _check(service: CameraService) -> int | None:
    if service.stuck_for() <= STUCK_S:
        return None
    service.fail(
        CameraHungError(
            f"camera {service.serial}: the SDK did not return from GetNextImage for "
            f"{STUCK_S:.0f} s, so its process was ended. Open the camera again. If that fails, "
            "unplug it and plug it in",
            camera=service.serial,
        )
    )
    return STUCK_STATUS
