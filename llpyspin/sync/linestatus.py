"""Whether a camera can record the levels of its lines, where a recording asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError, SettingError

if TYPE_CHECKING:
    from llpyspin.recording.options import RecordingOptions
    from llpyspin.sync.acquisition import Acquisition

__all__ = ["check_line_status"]

_CHUNK = "ExposureEndLineStatusAll"


def check_line_status(acquisition: Acquisition, options: RecordingOptions) -> None:
    """Refuse an armed camera that does not send the levels of its lines, if ``options`` ask for them.

    Raises
    ------
    SettingError
    """
    armed = acquisition.armed
    if not options.line_status or armed is None or armed.line_status:
        return
    name, model = acquisition.source.name, acquisition.info.model
    if _offers(acquisition):
        reason = (
            f"its nodes switch the chunk {_CHUNK} or ExposureTime off. Open the camera again, and leave "
            "ChunkModeActive and ChunkEnable as they are"
        )
    else:
        reason = (
            f"{model} has no chunk {_CHUNK}: of the Blackfly S, only GigE models have it. Leave line_status "
            "out. To align this camera, record a pulse of each exposure with the other system"
        )
    raise SettingError(
        f"line_status=True: {name} does not send the levels of its lines with each frame, because {reason}",
        setting="line_status",
        value=True,
    )


def _offers(acquisition: Acquisition) -> bool:
    try:
        return _CHUNK in acquisition.ask("node", "ChunkSelector").limits.entries
    except LlpyspinError:  # it has no chunks at all
        return False
