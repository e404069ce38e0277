"""The program that records as a plan says; ``python -m benchmarks.campaign.actor PLAN FOLDER SCRATCH``.

It is what a user would write.  What happens is told on standard output, one JSON object a line.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.campaign.plan import BOX, Plan
from llpyspin.errors import LlpyspinError
from llpyspin.primary import PrimaryCamera
from llpyspin.rig import Rig
from llpyspin.secondary import SecondaryCamera

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIMED_S = 0.25


def tell(event: str, **more: Any) -> None:
    """Tell the stage what happens."""
    sys.stdout.write(json.dumps({"event": event, "at": time.monotonic(), **more}) + "\n")
    sys.stdout.flush()


class Caller:
    """A function on frames that does what a file says, once."""

    def __init__(self, order: str, returns: bool) -> None:
        self.order, self.returns = order, returns

    def __call__(self, buffer: Any) -> Any:
        import os
        import time

        try:
            with open(self.order) as file:
                what = file.read()
            os.unlink(self.order)
        except OSError:
            what = ""
        if what == "raises":
            raise RuntimeError("a callback of the campaign raises this")
        if what == "exits":
            os._exit(3)
        if what == "hangs":
            time.sleep(1.0)
        return buffer[-1].copy() if self.returns else {"frame": int(buffer.info.frame_id)}


class Watcher:
    """What this process has open: before it recorded, and afterwards."""

    def __init__(self) -> None:
        self.before = self._open()
        self.threads = set(threading.enumerate())

    @staticmethod
    def _open() -> dict[str, str]:
        found = {}
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                found[name] = os.readlink(f"/proc/self/fd/{name}")
        return found

    def left(self) -> dict[str, list[str]]:
        """What is there that was not, once there was time for it to go."""
        until = time.monotonic() + 5.0
        while True:
            gc.collect()
            left = self._left()
            if not any(left.values()) or time.monotonic() > until:
                return left
            time.sleep(0.05)

    def _left(self) -> dict[str, list[str]]:
        allowed = _helpers_of_multiprocessing()
        files = [
            target
            for name, target in self._open().items()
            if self.before.get(name) != target and target not in allowed and "/proc/" not in target
        ]
        threads = [each.name for each in threading.enumerate() if each not in self.threads]
        children = []
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                line = " ".join(child.cmdline())
                if "resource_tracker" not in line:
                    children.append(f"{child.pid} {line[-60:]}")
        return {"descriptors": sorted(files), "threads": threads, "processes": children}


def _helpers_of_multiprocessing() -> set[str]:
    """The pipe to Python's own resource tracker, which stays for as long as the program."""
    from multiprocessing import resource_tracker

    descriptor = getattr(resource_tracker._resource_tracker, "_fd", None)
    return set() if descriptor is None else {os.readlink(f"/proc/self/fd/{descriptor}")}


# -- recording -------------------------------------------------------------------------------------------


class Actor:
    def __init__(self, plan: Plan, folder: Path, scratch: Path) -> None:
        self.plan, self.folder, self.scratch = plan, folder, scratch
        self.options: dict[str, Any] = {
            "codec": plan.codec,
            "options": plan.codec_options,
            **plan.options,
        }

    def act(self) -> None:
        """Open, record, close."""
        if self.plan.shape in ("pair", "single"):
            self._by_hand()
        else:
            self._with_rig()

    def _with_rig(self) -> None:
        with Rig(self._cameras(), sdk="virtual", framerate=self.plan.framerate, **self._rig_options()) as rig:
            tell("open")
            for place, camera in enumerate(self.plan.cameras):
                if self.plan.callback:
                    self._process(rig[camera.name], place)
            if self.plan.shape == "record":
                self._record(rig)
                return
            rig.prime(self.folder, **self.options)
            tell("primed")
            time.sleep(PRIMED_S)
            with self._box() as box:
                rig.trigger()
                if box is not None:
                    box.trigger()
                tell("recording")
                self._wait(rig if self.plan.reads else None)
                if box is not None:
                    box.stop()
            tell("stopping")
            session = rig.stop()
            tell("stopped", account=session is not None and session.account is not None)

    def _record(self, rig: Rig) -> None:
        """All at once, as most people do; a thread of our own sees when it begins."""

        def watch() -> None:
            while not over.wait(0.002):
                if rig.triggered:
                    tell("recording")
                    return

        over = threading.Event()
        watcher = threading.Thread(target=watch)
        watcher.start()
        tell("primed")
        try:
            rig.record(self.plan.seconds, self.folder, progress=False, **self.options)
        finally:
            over.set()
            watcher.join()

    def _cameras(self) -> list[dict[str, Any]]:
        return [{"serial": each.serial, "name": each.name, **each.settings} for each in self.plan.cameras]

    def _rig_options(self) -> dict[str, Any]:
        more: dict[str, Any] = {"exposure": self.plan.exposure, "on_failure": self.plan.on_failure}
        if self.plan.shape == "external":
            more["trigger"] = "external"
        if self.plan.shape == "ptp":
            more["sync"] = "ptp"
        return more

    @contextlib.contextmanager
    def _box(self) -> Iterator[PrimaryCamera | None]:
        if self.plan.shape != "external":
            yield None
            return
        small = (0, 0, 32, 64)
        with PrimaryCamera(
            BOX, sdk="virtual", framerate=self.plan.framerate, exposure=1000, roi=small
        ) as box:
            yield box

    def _process(self, camera: Any, place: int) -> None:
        returns = self.plan.callback != "camera"
        camera.process(
            Caller(str(self.scratch / f"callback-{place}"), returns),
            record=self.plan.callback,
            every=returns,
            on_error="continue",
        )

    def _wait(self, rig: Rig | None) -> None:
        until = time.monotonic() + self.plan.seconds
        while (left := until - time.monotonic()) > 0:
            if rig is None:
                time.sleep(left)
            else:
                rig.read(timeout=min(left, 0.5))

    def _by_hand(self) -> None:
        plan = self.plan
        self.folder.mkdir()
        with contextlib.ExitStack() as stack:
            cameras: list[Any] = []
            for place, each in enumerate(plan.cameras):
                settings: dict[str, Any] = {
                    "sdk": "virtual",
                    "exposure": plan.exposure,
                    "roi": tuple(each.settings["roi"]),
                }
                camera: PrimaryCamera | SecondaryCamera = (
                    SecondaryCamera(each.serial, **settings)
                    if place
                    else PrimaryCamera(each.serial, framerate=plan.framerate, **settings)
                )
                cameras.append(stack.enter_context(camera))
            tell("open")
            for place, camera in enumerate(cameras):
                if plan.callback:
                    self._process(camera, place)
            for each, camera in zip(reversed(plan.cameras), reversed(cameras), strict=True):
                camera.prime(self.folder / f"{each.name}{plan.suffix}", **self.options)
            tell("primed")
            time.sleep(PRIMED_S)
            cameras[0].trigger()
            tell("recording")
            self._wait(None)
            tell("stopping")
            problem: LlpyspinError | None = None
            for camera in cameras:  # whatever becomes of one, the other is stopped too
                try:
                    camera.stop()
                except LlpyspinError as error:
                    problem = error
            if problem is not None:
                raise problem
            tell("stopped")


def main() -> None:
    """Record, and tell what is left."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as at a prompt, whoever started us
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    plan = Plan.read(Path(sys.argv[1]).read_text())
    watcher = Watcher()
    outcome, said = "done", ""
    try:
        Actor(plan, Path(sys.argv[2]), Path(sys.argv[3])).act()
    except LlpyspinError as error:
        outcome, said = "refused", f"{type(error).__name__}: {error}"
    except KeyboardInterrupt:
        outcome = "interrupted"
    except SystemExit as error:
        outcome, said = "asked to end", str(error.code)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is a finding
        outcome, said = "raw error", "".join(traceback.format_exception(error))
    tell("closed", outcome=outcome, said=said)
    tell("left", **watcher.left())


if __name__ == "__main__":
    main()
