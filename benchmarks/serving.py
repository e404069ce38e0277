"""What live pages cost a recording: frames, processor time, and what the serving process comes to hold.

``python -m benchmarks.serving`` records raw with a rig of virtual cameras, without pages and then with them.
Each page answers as the real one does.  Exit code 0: pages cost no frame, and serving took at most 0.15 core.
1: they cost more.  2: the measurement says nothing, because this machine loses frames without pages too, or
because pages did not get their pictures.

``python -m benchmarks.serving --hours 1`` has pages open for long: one slow camera, and each minute a look at
memory, descriptors and threads.  With ``--browser`` one more page is open in headless Chromium.  Exit code 1:
something has grown, or frames were lost.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks._emptied import emptied_folder
from benchmarks._growth import cores, grown, sample
from benchmarks._pages import open_pages
from benchmarks._tools import Figure, show
from benchmarks.camera_process import virtual_world
from llpyspin.rig import Rig
from tests.process.devtools import tab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks._growth import Sample
    from benchmarks._pages import Pages, Seen
    from llpyspin.recording.account.account import Account
    from llpyspin.web.liveserver import Server
    from tests.process.devtools import Tab

MODEL = "BFS-U3-16S2M"
TILE = 480
TILE_RATE = 15.0
MOST_CORES = 0.15
LEAST_RATE = 0.8
"""Of :data:`TILE_RATE`: pages that get fewer pictures cost less than pages do."""
LOOK_S = 1.0
SOAK_LOOK_S = 60.0
MOST_MEMORY_MIB = 8.0
MOST_HEAP_MIB = 4.0
TILE_SHAPE = (360, 480)


@dataclass(frozen=True)
class Task:
    """What is recorded, and who looks."""

    cameras: int
    fps: float
    roi: tuple[int, int, int, int]
    pages: int
    seconds: float
    every_s: float
    browser: bool = False

    @property
    def text(self) -> str:
        _, _, height, width = self.roi
        return f"{self.cameras} x {self.fps:g} fps x {width} x {height} raw, {self.pages} pages"


@dataclass
class Outcome:
    """One recording."""

    account: Account
    waiting: int = 0
    """Most frames of all cameras that waited for a writer at one time."""
    serving: list[Sample] | None = None
    seen: list[Seen] | None = None
    page_cores: float = 0.0
    machine: float = 0.0
    """Share of the processors that was busy."""
    heaps: list[float] | None = None
    """MiB that the scripts of the page in the browser had."""

    @property
    def frames(self) -> int:
        return sum(camera.triggers for camera in self.account.cameras)

    @property
    def lost(self) -> int:
        return self.frames - sum(camera.written for camera in self.account.cameras)

    @property
    def causes(self) -> str:
        """The frames that are missing, by cause."""
        causes: Counter[str] = Counter()
        for camera in self.account.cameras:
            causes.update(camera.lost)
            causes.update({"incomplete": camera.incomplete, "no room (of transport)": camera.dropped})
        said = ", ".join(f"{cause} {count}" for cause, count in causes.items() if count)
        return f"of {self.frames}: {said or 'none'}" + ("" if self.account.adds_up else "; does NOT add up")


class _Watch:
    """Looks at a recording now and then until its time is over."""

    def __init__(self, rig: Rig, task: Task) -> None:
        self._rig = rig
        self._task = task
        self.waiting = 0
        self.serving: list[Sample] = []
        self.heaps: list[float] = []

    def watch(self, server: psutil.Process | None = None, browser: Tab | None = None) -> None:
        end = time.monotonic() + self._task.seconds
        while True:
            cameras = self._rig.status().cameras.values()
            self.waiting = max(self.waiting, sum(camera.backlog for camera in cameras))
            if server is not None:
                self.serving.append(sample([server]))
            if browser is not None:
                self.heaps.append(browser.heap() / 2**20)
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, self._task.every_s))


def record(task: Task, folder: Path) -> Outcome:
    """Record with these pages open, if there are any."""
    with virtual_world(*[MODEL] * task.cameras) as serials, contextlib.ExitStack() as stack:
        rig = stack.enter_context(
            Rig(
                serials, framerate=task.fps, exposure=1000, roi=task.roi, sdk="virtual", on_failure="continue"
            )
        )
        watch = _Watch(rig, task)
        rig.prime(folder / f"{task.pages} pages", codec="raw")
        if not task.pages:
            rig.trigger()
            psutil.cpu_percent()
            watch.watch()
            return Outcome(_stop(rig), watch.waiting, machine=psutil.cpu_percent() / 100)
        server = rig.serve(port=0, rate=TILE_RATE, edge=TILE, viewers=task.pages + 1)
        rig.trigger()
        pages = stack.enter_context(open_pages(server.url, task.pages))
        browser = stack.enter_context(_browser(server)) if task.browser else None
        return _watched(rig, watch, pages, browser)


def _watched(rig: Rig, watch: _Watch, pages: Pages, browser: Tab | None) -> Outcome:
    pages.seen()
    psutil.cpu_percent()
    before = sample([pages.process])
    watch.watch(_serving_process(), browser)
    page_cores, machine = cores([before, sample([pages.process])]), psutil.cpu_percent() / 100
    seen = pages.seen()
    return Outcome(_stop(rig), watch.waiting, watch.serving, seen, page_cores, machine, watch.heaps)


def _stop(rig: Rig) -> Account:
    session = rig.stop()
    if session is None or session.account is None:
        raise RuntimeError("the rig has made no account of its recording")
    return session.account


def _serving_process() -> psutil.Process:
    """The child of this process that serves the page."""
    (found,) = [each for each in psutil.Process().children() if "llpyspin.web.webchild" in each.cmdline()]
    return found


@contextlib.contextmanager
def _browser(server: Server) -> Iterator[Tab]:
    with tab() as page:
        page.open(server.url)
        page.wait_for("document.querySelectorAll('.tile:not(.stale)').length > 0")
        yield page


def figures_of(task: Task, without: Outcome | None, with_pages: Outcome) -> tuple[list[Figure], bool]:
    """The figures, and whether they say anything about the pages."""
    serving, seen = with_pages.serving or [], with_pages.seen or []
    allowed = without.lost if without else 0
    rates = [each.rate(task.cameras) for each in seen]
    shapes, ended = {each.shape for each in seen}, [each.ended for each in seen if each.ended]
    figures = []
    if without:
        note = f"{without.causes}; at most {without.waiting} waited; processors {without.machine:.0%} busy"
        figures.append(Figure("without pages: frames lost", [float(without.lost)], note=note))
    note = (
        f"{with_pages.causes}; at most {with_pages.waiting} waited; processors {with_pages.machine:.0%} busy"
    )
    figures += [
        Figure("with pages: frames lost", [float(with_pages.lost)], at_most=allowed, note=note),
        Figure("serving process: CPU", [cores(serving)], "cores", at_most=MOST_CORES),
        Figure(
            "pictures per second of a camera, by page",
            rates,
            note=f"at most {TILE_RATE:g}; {', '.join(f'{w} x {h}' for h, w in sorted(shapes))}; "
            f"{sum(each.size for each in seen) / 1e6 / max(seen[0].seconds, 1e-9):.1f} MB/s of all pages",
        ),
        Figure("the pages' own process: CPU", [with_pages.page_cores], "cores"),
        Figure("pages whose connection was lost", [float(len(ended))], at_most=0, note="; ".join({*ended})),
        *_growth(task, with_pages),
    ]
    fair = allowed == 0 and min(rates, default=0.0) >= LEAST_RATE * TILE_RATE
    return figures, fair


def _growth(task: Task, outcome: Outcome) -> list[Figure]:
    serving = outcome.serving or []
    figures = [
        Figure(
            f"serving process: growth of {name.partition('_')[0]}",
            [grown(serving, name)],
            "MiB" if name.endswith("mib") else "",
            at_most=most,
            note=f"{getattr(serving[0], name):.4g} to {getattr(serving[-1], name):.4g} "
            f"in {len(serving)} looks, one every {task.every_s:g} s",
        )
        for name, most in (
            ("memory_mib", MOST_MEMORY_MIB),
            ("resident_mib", None),
            ("descriptors", 0.0),
            ("threads", 0.0),
        )
    ]
    if outcome.heaps:
        first, last = outcome.heaps[len(outcome.heaps) // 5], outcome.heaps[-1]
        note = f"{outcome.heaps[0]:.2f} to {last:.2f}"
        figures.append(
            Figure(
                "page in Chromium: growth of memory", [last - first], "MiB", at_most=MOST_HEAP_MIB, note=note
            )
        )
    return figures


def measure(task: Task, *, compare: bool) -> tuple[list[Figure], bool]:
    """Record, without pages first where that is to be compared."""
    without = None
    with emptied_folder() as folder:
        if compare:
            bare = Task(**{**vars(task), "pages": 0})
            without = record(bare, folder)
        return figures_of(task, without, record(task, folder))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each of both recordings")
    parser.add_argument(
        "--hours", type=float, help="have pages open so long, with smaller and slower cameras"
    )
    parser.add_argument("--cameras", type=int, help="default: 4; with --hours 1")
    parser.add_argument("--fps", type=float, help="default: 226; with --hours 30")
    parser.add_argument(
        "--size",
        type=int,
        nargs=2,
        metavar=("WIDTH", "HEIGHT"),
        help="default: 1440 1080; with --hours 480 360",
    )
    parser.add_argument(
        "--every", type=float, metavar="SECONDS", help="between two looks; default: 1; with --hours 60"
    )
    parser.add_argument("--browser", action="store_true", help="have one more page in headless Chromium")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def task_of(arguments: argparse.Namespace) -> Task:
    """What these options ask for."""
    soak = arguments.hours is not None
    chosen: dict[str, Any] = {
        "cameras": arguments.cameras or (1 if soak else 4),
        "fps": arguments.fps or (30.0 if soak else 226.0),
        "every_s": arguments.every or (SOAK_LOOK_S if soak else LOOK_S),
    }
    width, height = arguments.size or ((480, 360) if soak else (1440, 1080))
    seconds = arguments.hours * 3600 if soak else arguments.seconds
    return Task(
        roi=(0, 0, height, width), pages=arguments.pages, seconds=seconds, browser=arguments.browser, **chosen
    )


def main() -> int:
    """The command."""
    arguments = _arguments()
    task = task_of(arguments)
    figures, fair = measure(task, compare=arguments.hours is None)
    show(f"Live pages: {task.text}, {task.seconds:g} s", figures, arguments.json)
    if fair:
        return int(any(figure.reached is False for figure in figures))
    print(
        "This says nothing: frames are lost without pages too, or pages got too few pictures.",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
