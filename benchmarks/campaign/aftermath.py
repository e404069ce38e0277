"""``check``, ``repair`` and ``load`` after a run; ``python -m benchmarks.campaign.aftermath PLAN FOLDER``.

Prints a JSON object: what each said.  It also opens the cameras again, which nobody may hold any more.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from benchmarks.campaign.plan import Plan
from llpyspin import recording
from llpyspin.errors import LlpyspinError
from llpyspin.streaming import VideoStream


def look(path: Path) -> dict[str, Any]:
    """One recording: checked, repaired, checked, repaired again (which is to do nothing), loaded."""
    said: dict[str, Any] = {"path": path.name}
    try:
        before = recording.check(path)
        said["before"] = list(before.findings)
        repaired = recording.repair(path)
        said["done"], said["left"] = list(repaired.done), list(repaired.left)
        after = recording.check(path)
        said["after"] = list(after.findings)
        again = recording.repair(path)
        said["again"] = list(again.done)
        with recording.load(path) as loaded:
            said["loaded"] = {name: len(camera.frames) for name, camera in loaded.items()}
            said["triggers"] = {
                name: [int(each) for each in camera.triggers] for name, camera in loaded.items()
            }
    except LlpyspinError as error:
        said["refused"] = f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is a finding
        said["raw"] = "".join(traceback.format_exception(error))[-1500:]
    return said


def recordings_in(plan: Plan, folder: Path) -> list[Path]:
    """What is to be looked at: a session, or single recordings."""
    if not folder.is_dir():
        return []
    alone = plan.shape in ("pair", "single")
    stems = [camera.name for camera in plan.cameras] if alone else []
    stems += [f"{camera.name}_returned" for camera in plan.cameras]
    found = [] if alone else [folder]
    for stem in stems:
        paths = [folder / f"{stem}{suffix}" for suffix in (".json", ".csv", plan.suffix)]
        found += [path for path in paths if path.exists()][:1]
    return found


def cameras_are_free(plan: Plan) -> list[str]:
    """Open each camera to which something was done, and say what is wrong with that."""
    said = []
    for camera in [plan.cameras[place] for place in sorted({fault.camera for fault in plan.faults})]:
        try:
            with VideoStream(camera.serial, sdk="virtual", roi=(0, 0, 64, 320)) as cap:
                if not cap.read(timeout=10)[0]:
                    said.append(f"{camera.serial} gives no frame")
        except LlpyspinError as error:
            said.append(f"{camera.serial}: {type(error).__name__}: {error}")
    return said


def main() -> None:
    """Look at everything."""
    plan = Plan.read(Path(sys.argv[1]).read_text())
    started = time.monotonic()
    recordings = [look(path) for path in recordings_in(plan, Path(sys.argv[2]))]
    looked = time.monotonic() - started
    print(json.dumps({"recordings": recordings, "cameras": cameras_are_free(plan), "looked_s": looked}))


if __name__ == "__main__":
    main()
