"""Pictures of a report as a browser shows it."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
from typing import TYPE_CHECKING

from PIL import Image

from llpyspin.report import write_report
from llpyspin.rig import Rig
from llpyspin.virtual import fault

if TYPE_CHECKING:
    from collections.abc import MutableMapping

TOP, SIDE = "12345678", "87654321"
WORLD = {
    "cameras": [{"serial": TOP, "model": "BFS-U3-16S2M"}, {"serial": SIDE, "model": "BFS-PGE-16S2M"}],
    "wires": [f"{TOP}:Line1 -> {SIDE}:Line3"],
}
WIDE, HIGH = 1060, 1500
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 60.0


def browser() -> str | None:
    """The browser that takes the picture; None: there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def report(path: pathlib.Path, variables: MutableMapping[str, str]) -> None:
    """The beginning of the report of a session that lost frames in two ways."""
    variables["LLPYSPIN_VIRTUAL"] = json.dumps(WORLD)
    with tempfile.TemporaryDirectory() as folder:
        session = pathlib.Path(folder) / "mouse-17"
        with Rig({"top": TOP, "side": SIDE}, framerate=50, exposure=3000, sdk="virtual") as rig:
            later = threading.Thread(target=_trouble, args=(rig,))
            later.start()
            rig.record(3.0, session, progress=False, metadata={"subject": "m17"})
            later.join()
        _shoot(write_report(session).page, path, pathlib.Path(folder))
    image = Image.open(path).convert("RGB")
    image.crop((0, 0, WIDE, HIGH)).quantize(200).save(path, optimize=True)


def _trouble(rig: Rig) -> None:
    """In the middle of the recording, however long it takes to prime it."""
    until = time.monotonic() + PATIENCE_S
    while not rig.triggered and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(1.0)
    fault(SIDE, "lose", frames=4)
    fault(SIDE, "miss", frames=2)


def _shoot(page: pathlib.Path, path: pathlib.Path, folder: pathlib.Path) -> None:
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    places = [f"--user-data-dir={folder / 'profile'}", f"--window-size={WIDE},{HIGH}", f"--screenshot={path}"]
    command = [str(browser()), *options, *places, page.as_uri()]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
