"""A project of Anipose: ``config.toml``, and a session with its videos in ``videos-raw``.

Videos of a calibration board are in ``calibration`` instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.export.boardfiles import anipose_section, toml_lines
from llpyspin.export.calibration import copied_calibration
from llpyspin.export.wanted import READERS
from llpyspin.export.work import plain

if TYPE_CHECKING:
    from llpyspin.export.work import Work

__all__ = ["CAMERA_REGEX", "write"]

CAMERA_REGEX = "-cam-([A-Za-z0-9_-]+)$"
"""How Anipose finds the name of the camera in the name of a video."""


def write(work: Work) -> None:
    """Write SESSION/videos-raw/SESSION-cam-NAME.mp4 for each camera."""
    session = plain(work.material.name)
    videos = "videos-raw" if work.board is None else "calibration"
    suffixes = set()
    for name, view in work.cameras():
        made = work.video(view, f"{session}/{videos}/{session}-cam-{name}", READERS)
        suffixes.add(made.file.rpartition(".")[2])
        work.table(view, f"{session}/frames/{name}.csv")
    if len(suffixes) > 1:
        work.notes.append(f"Anipose reads one kind of file, and there are {', '.join(sorted(suffixes))}")
    if work.calibration is not None:
        copied_calibration(work, f"{session}/calibration/calibration.toml")
    text = _config(work, sorted(suffixes)[0])
    (work.folder / "config.toml").write_text(text, encoding="utf-8")


def _config(work: Work, suffix: str) -> str:
    kind = "virtual cameras, " if work.material.virtual else ""
    lacking = "model, calibration board" if work.board is None else "model"
    board = "" if work.board is None else f"\n[calibration]\n{toml_lines(anipose_section(work.board))}"
    return (
        f"# {kind}exported by llpyspin. Add your {lacking} and skeleton.\n"
        f'project = "{plain(work.material.name)}"\n'
        f'video_extension = "{suffix}"\n'
        "nesting = 1\n\n"
        "[triangulation]\n"
        f"cam_regex = '{CAMERA_REGEX}'\n"
        f"{board}"
    )
