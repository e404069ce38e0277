"""Runs the programs of tests/programs with one SDK after the other, and keeps what they print.

``python -m tests.program_runs SDK NAME...`` prints a JSON object: what each program printed.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import runpy
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).parent / "programs"

NAMES = tuple(sorted(path.stem for path in FOLDER.glob("[a-z]*.py")))

WITH_ANY_SDK = (
    *(
        "acquisition",
        "acquisition_modes",
        "buffer_handling",
        "camera_lists",
        "exposure",
        "frame_rate",
        "gain",
    ),
    *("hardware_trigger", "held_images", "image_conversion", "image_events", "lines"),
    *("locks", "node_kinds", "out_of_turn", "pixel_formats", "quickspin", "region", "software_trigger"),
    *("stream_nodes", "transport_layer", "user_buffers"),
)
"""Programs that need no more than library 2.6, one GigE camera and no chunks or events of the camera."""


def run(PySpin: Any, name: str) -> list[str]:
    """The lines that a program prints; the last one says whether it succeeded."""
    before = sys.modules.get("PySpin")
    sys.modules["PySpin"] = PySpin
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            succeeded = runpy.run_path(str(FOLDER / f"{name}.py"), run_name="program")["main"]()
    finally:
        if before is None:
            del sys.modules["PySpin"]
        else:
            sys.modules["PySpin"] = before
    return [*printed.getvalue().splitlines(), f"success: {succeeded}"]


def run_all(PySpin: Any, names: Iterable[str]) -> dict[str, list[str]]:
    """What each program prints; an error that ends one is its last line."""
    found: dict[str, list[str]] = {}
    for name in names:
        try:
            found[name] = run(PySpin, name)
        except Exception:  # noqa: BLE001 - a program may fail in any way, and the others run all the same
            found[name] = [f"failed: {traceback.format_exc()[-1500:]}"]
        gc.collect()
    return found


def prepare(PySpin: Any) -> None:
    """Leave a small region in the first camera, which keeps it: large images take their time."""
    system = PySpin.System.GetInstance()
    cameras = system.GetCameras()
    camera = cameras[0]
    camera.Init()
    camera.Width.SetValue(640)
    camera.Height.SetValue(480)
    camera.DeInit()
    del camera
    cameras.Clear()
    system.ReleaseInstance()


def main() -> None:
    """Run with the SDK of this name; the real one is started once, for that takes five seconds."""
    from llpyspin import sdk

    PySpin = sdk.load(sys.argv[1])
    system = PySpin.System.GetInstance()
    PySpin.System.ReleaseInstance = lambda self: None
    prepare(PySpin)
    found = run_all(PySpin, sys.argv[2:])
    del PySpin.System.ReleaseInstance
    del system
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
