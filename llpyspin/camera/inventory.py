"""What this program has open: a list for people, and closing all of it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.camera.opened import keepers
from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError, ReleaseError, RequestTimeoutError
from llpyspin.naming.known import named
from llpyspin.recording.take import StillWriting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llpyspin.camera.opened import Keeper

__all__ = ["OpenCamera", "open_cameras", "release_all"]

RELEASE_S = 60.0


@named
@dataclass(frozen=True, repr=False)
class OpenCamera:
    """A camera that this program has open.

    Attributes
    ----------
    serial, model : str
    nickname : str
        The camera's name in messages.
    kind : str
        Class of the object that has it open: ``"VideoStream"``, ``"Rig"``.
    where : str
        The line that opened it: ``"at exp.py:12"``, ``"in cell In[5], line 1"``.
    doing : str
        ``"is streaming"``, ``"is primed"``, ``"records /data/a.mkv"``.
    owner : object
        The object that has it open.
    """

    serial: str
    model: str
    nickname: str
    kind: str
    where: str
    doing: str
    owner: Any

    def release(self) -> None:
        """Release the object that has the camera, with all of its cameras."""
        self.owner.release()

    def __repr__(self) -> str:
        return (
            f"<{self.serial} ({self.model}): {self.kind} {self.nickname!r} opened {self.where}, {self.doing}>"
        )


def open_cameras() -> list[OpenCamera]:
    """Return the cameras that this program has open, with the objects and lines that opened them.

    Asks no camera, and opens none.

    Examples
    --------
    >>> from llpyspin import VideoStream, open_cameras
    >>> cap = VideoStream("12345678", sdk="virtual")
    >>> [(camera.serial, camera.kind, camera.doing) for camera in open_cameras()]
    [('12345678', 'VideoStream', 'is streaming')]
    >>> cap.release()
    >>> open_cameras()
    []
    """
    found = []
    for keeper in keepers():
        owner = keeper.owner
        if owner is None:
            continue
        doing = keeper.doing()
        for source in keeper.sources():
            info = source.identity()
            found.append(
                OpenCamera(info.serial, info.model, source.name, keeper.kind, keeper.where, doing, owner)
            )
    return found


def release_all(*, timeout: float = RELEASE_S) -> None:
    """Close every camera that this program has open; recordings are stopped and finished first.

    First everything that runs is stopped: rigs, then primary cameras, then secondary cameras.  Then all
    cameras are closed.  An object whose recording is not finished in time stays open and goes on writing;
    call this again, or its ``stop()``.

    Parameters
    ----------
    timeout : float
        Seconds for all of it together.

    Raises
    ------
    ReleaseError
        Something could not be stopped, finished or closed; ``failures`` has every error.  Everything else is
        closed.
    """
    deadline = Deadline(timeout)
    present: dict[str, Keeper] = {}
    for keeper in keepers():
        present[_new_name(keeper, present)] = keeper
    failures: dict[str, Exception] = {}
    for name, keeper in present.items():
        with _noted(name, failures):
            keeper.finish(deadline.remaining())
    for name, keeper in present.items():
        if not isinstance(failures.get(name), (StillWriting, RequestTimeoutError)):
            with _noted(name, failures):
                keeper.close()
    if failures:
        raise ReleaseError(
            f"{len(failures)} of {len(present)} were not released as they should be:", failures
        )


def _new_name(keeper: Keeper, taken: Mapping[str, Keeper]) -> str:
    serials = ", ".join(source.identity().serial for source in keeper.sources())
    name = f"{keeper.kind} of {serials} opened {keeper.where}"
    return name if name not in taken else f"{name} ({len(taken) + 1})"


@contextlib.contextmanager
def _noted(name: str, failures: dict[str, Exception]) -> Iterator[None]:
    """Note the first error of an object instead of raising it."""
    try:
        yield
    except (LlpyspinError, OSError) as error:
        failures.setdefault(name, error)
