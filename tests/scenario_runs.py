"""Runs the scenarios of tests/scenarios with one SDK or the other, and keeps what was seen.

``python -m tests.scenario_runs SDK SERIALS NAME...`` prints a JSON object: the lines of each scenario.
Meanwhile it asks for what happens to the cameras (``{"do": ["unplug", SERIAL]}``), and waits for a line on
its standard input.
"""

from __future__ import annotations

import gc
import json
import re
import runpy
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLDER = Path(__file__).parent / "scenarios"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("[a-z]*.py")))

_LAST = ("arrivals", "teardown")
GROUPS = (
    (*(name for name in NAMES if name not in (*_LAST, "other_process", "unplugged")), *_LAST),
    ("other_process",),
    ("unplugged",),
)
"""What can run in one process; the last of each spoils the SDK for what would come after it."""

WAIT_S = 20.0
OTHER = """if True:
    import sys
    from tests.scenario_runs import have
    PySpin = have(sys.argv[1])
    for line in sys.stdin:
        try:
            print(repr(eval(line)) if not line.startswith(" ") else exec(line.strip()), flush=True)
        except PySpin.SpinnakerException as error:
            print(error, flush=True)
"""


def have(sdk_name: str) -> Any:
    """The SDK of this name, as PySpin."""
    from llpyspin import sdk

    PySpin = sys.modules["PySpin"] = sdk.load(sdk_name)
    return PySpin


class Stage:
    """What a scenario finds.

    Attributes
    ----------
    system : SystemPtr
    serials : tuple of str
        Of the cameras, both in their factory state.
    do : callable
        ``do("unplug", serial)``, ``do("plug", serial)``: what happens to a camera from outside.
    """

    def __init__(self, PySpin: Any, sdk_name: str, serials: tuple[str, ...], do: Callable[..., None]) -> None:
        self.PySpin, self.serials, self.do = PySpin, serials, do
        self.lines: list[str] = []
        self.system = PySpin.System.GetInstance()
        self.system.UpdateCameras()
        self._sdk_name = sdk_name

    def say(self, *words: object) -> None:
        """Note what was seen."""
        self.lines.append(" ".join(map(str, words)))

    def error(self, call: Callable[..., Any], *arguments: Any) -> str:
        """What a call raises, in the SDK's words; "no error" if nothing."""
        try:
            call(*arguments)
        except self.PySpin.SpinnakerException as error:
            return plain(str(error))
        return "no error"

    def value(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """What a call gives, or raises, in the SDK's words."""
        try:
            return call(*arguments)
        except self.PySpin.SpinnakerException as error:
            return plain(str(error))

    def code(self, call: Callable[..., Any], *arguments: Any) -> int:
        """The code of what a call raises; 0 if nothing."""
        try:
            call(*arguments)
        except self.PySpin.SpinnakerException as error:
            return int(error.errorcode)
        return 0

    def until(self, happens: Callable[[], bool], seconds: float = WAIT_S) -> bool:
        """Wait until something is so; whether it came to be."""
        deadline = Deadline(seconds)
        while not happens():
            if deadline.passed:
                return False
            time.sleep(0.02)
        return True

    def camera(self, number: int = 0) -> Any:
        """A camera by its number, initialised, with short exposures and a small image."""
        cameras = self.system.GetCameras(False, False)
        camera = cameras.GetBySerial(self.serials[number])
        cameras.Clear()
        camera.Init()
        prepare(self.PySpin, camera)
        return camera

    def other_process(self) -> subprocess.Popen[str]:
        """Another process with the same SDK: it takes a line of Python, and says its value or its error."""
        command = [sys.executable, "-c", OTHER, self._sdk_name]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def plain(text: str) -> str:
    """A text without what differs from build to build: places in source and memory."""
    return re.sub(r" \(file '[^']*', line \d+\)|(?<=register address: )\w+", "", text)


def prepare(PySpin: Any, camera: Any) -> None:
    """Free-running at 30 Hz with a small image, whatever was before."""
    camera.TriggerSelector.SetValue(PySpin.TriggerSelector_FrameStart)
    camera.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    camera.AcquisitionMode.SetValue(PySpin.AcquisitionMode_Continuous)
    camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    camera.GainAuto.SetValue(PySpin.GainAuto_Off)
    camera.ExposureTime.SetValue(2000.0)
    camera.ChunkModeActive.SetValue(False)
    camera.ChunkSelector.SetValue(PySpin.ChunkSelector_FrameID)
    camera.UserSetSelector.SetValue(PySpin.UserSetSelector_UserSet0)
    camera.Width.SetValue(640)
    camera.Height.SetValue(480)
    camera.AcquisitionFrameRateEnable.SetValue(True)
    camera.AcquisitionFrameRate.SetValue(30.0)
    stream = camera.TLStream
    stream.StreamBufferHandlingMode.SetValue(PySpin.StreamBufferHandlingMode_OldestFirst)


def leave(stage: Stage) -> None:
    """Whatever a scenario left: no camera streams or is initialised."""
    cameras = stage.system.GetCameras(False, False)
    for serial in stage.serials:
        camera = cameras.GetBySerial(serial)
        if camera.IsValid() and camera.IsInitialized():
            if camera.IsStreaming():
                camera.EndAcquisition()
            camera.DeInit()
        del camera
    cameras.Clear()


def play(stage: Stage, name: str) -> list[str]:
    """The lines of one scenario; an error that ends it is the last one."""
    stage.lines = []
    try:
        runpy.run_path(str(FOLDER / f"{name}.py"), run_name="scenario")["main"](stage)
    except Exception as error:  # noqa: BLE001 - a scenario may fail in any way, and the others run all the same
        stage.say(f"failed: {plain(str(error))}")
        traceback.clear_frames(error.__traceback__)
    gc.collect()
    return stage.lines


def play_all(stage: Stage, names: Iterable[str]) -> dict[str, list[str]]:
    """The lines of scenarios, one after the other in this process."""
    ends = {group[-1] for group in GROUPS}
    found = {}
    for name in names:
        found[name] = play(stage, name)
        if name not in ends:
            leave(stage)
    return found


def ask(*words: str) -> None:
    """Have who started this process do something to a camera."""
    print(json.dumps({"do": words}), flush=True)
    sys.stdin.readline()


def main() -> None:
    sdk_name, serials, names = sys.argv[1], tuple(sys.argv[2].split(",")), sys.argv[3:]
    PySpin = have(sdk_name)
    found = play_all(Stage(PySpin, sdk_name, serials, ask), names)
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
