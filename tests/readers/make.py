"""Makes recordings of virtual cameras and exports them: ``python -m tests.readers.make FOLDER``.

They have three rates, two of them fractions, lost frames, and are exported to every target.
"""

from __future__ import annotations

import pathlib
import sys

import numpy as np

from llpyspin.export import TARGETS, export
from llpyspin.recording.sinks import Picture
from tests.unit.recordings import record

FATES = ("." * 120, "..t.i" + "s." * 20 + "." * 73 + "tt", "." * 50 + "rr" + "." * 66 + "w.")
CALIBRATION = """
[cam_{number}]
name = "camera{number}"
size = [320, 240]
matrix = [[300.0, 0.0, 160.0], [0.0, 300.0, 120.0], [0.0, 0.0, 1.0]]
distortions = [0.1, -0.05, 0.0, 0.0, 0.0]
rotation = [0.0, {angle}, 0.0]
translation = [{number}.0, 0.0, 0.0]
"""


def make(folder: pathlib.Path) -> None:
    """One recording for each rate, and its exports beside it."""
    calibration = folder / "calibration.toml"
    calibration.write_text("".join(CALIBRATION.format(number=n, angle=n * np.pi / 6) for n in range(3)))
    for rate in (29.97, 100.0, 226.1):
        session = folder / f"mouse-{rate:g}"
        session.mkdir()
        picture = Picture(240, 320, rate=rate)
        record(session, FATES, fill=True, suffix=".mkv", codec="h264", picture=picture)
        for to, target in TARGETS.items():
            given = calibration if target.calibrated else None
            print(export(session, to, calibration=given))


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]))
