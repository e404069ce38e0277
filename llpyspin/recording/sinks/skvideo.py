"""scikit-video's FFmpegWriter, where it runs: it needs the ffmpeg program, and a NumPy of before 2.3.

Its last release is of 2018 and calls what NumPy has given up since; that is found out by trying.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import MissingExtraError, RecordingError
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.creating import claimed, packed_tags
from llpyspin.recording.sinks.encoders import ENCODERS
from llpyspin.recording.sinks.outside import OutsideSink

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llpyspin.recording.sinks.picture import Array, Picture

__all__ = ["SkvideoSink"]

_FULL_RANGE = "scale=out_range=full:out_color_matrix=bt709"


class SkvideoSink(OutsideSink):
    """``quality`` is x264's quantiser for 8 bits; options are ffmpeg's for the output."""

    def __init__(
        self,
        path: Path,
        picture: Picture,
        quality: float | None,
        options: Mapping[str, Any],
        tags: Mapping[str, str],
        *,
        overwrite: bool,
    ) -> None:
        made = _output(picture, path.suffix, quality)
        made |= {f"-{name.lstrip('-')}": str(value) for name, value in options.items()}
        super().__init__(path, picture, f"skvideo ({made['-vcodec']})")
        self._failures = (OSError, AttributeError, AssertionError, ValueError)
        writer = _writer_class()
        kinds = {8: ("gray", "bgr24")}
        pixels = kinds.get(picture.bits, ("gray16le", "bgr48le"))[picture.color]
        made["-metadata"] = f"comment={packed_tags(tags, picture)}"
        given = {"-r": repr(picture.rate), "-pix_fmt": pixels}
        with claimed(path, overwrite=overwrite):
            try:
                self._writer = writer(for_library(path), inputdict=given, outputdict=made)
            except self._failures as error:
                raise RecordingError(f"{path}: {_explained(error)}") from error

    def _hand(self, image: Array) -> None:
        try:
            self._writer.writeFrame(np.ascontiguousarray(image))
        except AttributeError as error:
            raise OSError(_explained(error)) from error

    def _end(self) -> None:
        self._writer.close()


def _writer_class() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about other packages' old names, at each import
            import skvideo.io
    except ImportError as error:
        raise MissingExtraError(f"skvideo needs scikit-video: pip install scikit-video  ({error})") from error
    except AttributeError as error:
        raise RecordingError(_explained(error)) from error
    return skvideo.io.FFmpegWriter


def _explained(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, AttributeError):
        return (
            f"scikit-video does not run on NumPy {np.__version__} ({text}); "
            "use a NumPy older than 2.3, or another codec"
        )
    hint = ": install the program ffmpeg, or use another codec" if "ffmpeg" in text.lower() else ""
    return f"scikit-video says: {text.rstrip('.')}{hint}"


def _output(picture: Picture, suffix: str, quality: float | None) -> dict[str, str]:
    if picture.bits > 8:
        if quality is not None:
            raise RecordingError("skvideo writes more than 8 bits without loss: it has no quality to choose")
        return {"-vcodec": "ffv1", "-level": "3", "-g": "1"}
    encoder = ENCODERS["libx264"]
    wanted = encoder.default if quality is None else quality
    if not (wanted == int(wanted) and encoder.best <= wanted <= encoder.worst):
        raise RecordingError(f"the quality of skvideo is x264's quantiser, 0 to 51, not {quality}")
    return {
        "-vcodec": "libx264",
        "-preset": "ultrafast",
        "-qp": str(int(wanted)),
        "-g": encoder.settings(0, picture.rate)["g"],
        "-pix_fmt": str(encoder.pixels(picture, suffix)),
        "-color_range": "pc",
        **({"-vf": _FULL_RANGE, "-colorspace": "bt709"} if picture.color else {}),
    }
