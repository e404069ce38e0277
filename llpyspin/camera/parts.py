"""What a camera is made of: the classes that users make choose the parts, before anything is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llpyspin.callbacks.attached import Callbacks
from llpyspin.camera.requested import RequestedRate
from llpyspin.display.preview import Previews
from llpyspin.reading.stream import FrameStream

if TYPE_CHECKING:
    from llpyspin.camera.defaults import FirstSettings, PulsedSettings
    from llpyspin.camera.source import CameraSource
    from llpyspin.reading.limits import Limits

__all__ = ["Access", "Parts"]


class Access(NamedTuple):
    """How a camera is opened.

    Attributes
    ----------
    sdk : str or None
    color : bool or None
    strict : bool
        Whether refused settings raise.
    """

    sdk: str | None
    color: bool | None
    strict: bool

    @classmethod
    def of(cls, sdk: str | None, color: bool | None, *, strict: bool, dummy: bool = False) -> Access:
        """``dummy``: what parallel-pyspin 1.0 called ``sdk="virtual"``."""
        return cls("virtual" if dummy and sdk is None else sdk, color, strict)


class Parts:
    """The parts of one camera.

    Parameters
    ----------
    kind : str
        Name of the camera's class, for messages.
    source : CameraSource
        Which camera it is, and its process.
    limits : llpyspin.reading.limits.Limits
        For how its frames are taken.
    first : FirstSettings or PulsedSettings
    access : Access
    records : bool
        Whether cameras of this kind make recordings.

    Attributes
    ----------
    frames : FrameStream
    callbacks : Callbacks
    previews : Previews
    requested : RequestedRate
    """

    def __init__(
        self,
        kind: str,
        source: CameraSource,
        limits: Limits,
        first: FirstSettings | PulsedSettings,
        access: Access,
        *,
        records: bool = False,
    ) -> None:
        self.source = source
        self.first = first
        self.access = access
        self.frames = FrameStream(source, limits)
        self.callbacks = Callbacks(kind, records=records)
        self.previews = Previews()
        self.requested = RequestedRate()
