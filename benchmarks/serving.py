"""What live pages cost a recording: frames, processor time, and what the serving process comes to hold.

``python -m benchmarks.serving`` records raw with a rig of virtual cameras, without pages and then with them.
Each page answers as the real one does.  Exit code 0: pages cost no frame, and serving took at most 0.15 core.
1: they cost more.  2: the measurement says nothing, because this machine loses frames without pages too, or
because pages did not get their pictures.  Virtual cameras make up each picture, which alone fills two cores
at this rate.  With ``--memory`` frames come out of memory, as those of real cameras do.

``python -m benchmarks.serving --hours 1`` has pages open for long: one slow camera, and each minute a look at
memory, descriptors and threads.  With ``--browser`` one more page is open in headless Chromium.  Exit code 1:
something has grown, or frames were lost.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import psutil

from benchmarks._emptied import emptied_folder
from benchmarks._growth import cores, grown, sample
from benchmarks._pages import open_pages
from benchmarks._recordings import Shape, of_cameras, of_memory
from benchmarks._tools import Figure, show
from llpyspin.web.serverplan import ServerPlan
from tests.process.devtools import tab

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks._growth import Sample
    from benchmarks._pages import Seen
    from benchmarks._recordings import Counted, Recording
    from llpyspin.web.liveserver import Server
    from tests.process.devtools import Tab

TILE = 480
TILE_RATE = 15.0
OPENING_S = 5.0
"""Until pages are open; a source in memory gives frames so much longer."""
MOST_CORES = 0.15
LEAST_RATE = 0.8
"""Of :data:`TILE_RATE`: pages that get fewer pictures cost less than pages do."""
LOOK_S = 1.0
SOAK_LOOK_S = 60.0
MOST_MEMORY_MIB = 8.0
MOST_HEAP_MIB = 4.0


@dataclass(frozen=True)
class Task:
    """What is recorded, and who looks."""

    shape: Shape
    pages: int
    seconds: float
    every_s: float
    browser: bool = False
    memory: bool = False
    """Whether frames come out of memory, not from virtual cameras."""

    @property
    def text(self) -> str:
        shape = self.shape
        sources = "sources in memory" if self.memory else "virtual cameras"
        size = f"{shape.width} x {shape.height}"
        return f"{shape.cameras} {sources} x {shape.fps:g} fps x {size} raw, {self.pages} pages"


@dataclass
class Outcome:
    """One recording."""

    counted: Counted
    waiting: int = 0
    """Most frames of all cameras that waited for a writer at one time."""
    machine: float = 0.0
    """Share of the processors that was busy."""
    serving: Sequence[Sample] = ()
    seen: Sequence[Seen] = ()
    page_cores: float = 0.0
    heaps: Sequence[float] = ()
    """MiB that the scripts of the page in the browser had."""

    @property
    def note(self) -> str:
        return f"{self.counted}; at most {self.waiting} waited; processors {self.machine:.0%} busy"


class _Watch:
    """Looks at a recording now and then until its time is over."""

    def __init__(self, recording: Recording, task: Task) -> None:
        self._recording = recording
        self._task = task
        self.waiting = 0
        self.serving: list[Sample] = []
        self.heaps: list[float] = []

    def watch(self, server: psutil.Process | None = None, browser: Tab | None = None) -> float:
        """Look until then; the share of the processors that was busy."""
        end = time.monotonic() + self._task.seconds
        psutil.cpu_percent()
        while True:
            self.waiting = max(self.waiting, self._recording.waiting())
            if server is not None:
                self.serving.append(sample([server]))
            if browser is not None:
                self.heaps.append(browser.heap() / 2**20)
            left = end - time.monotonic()
            if left <= 0:
                return psutil.cpu_percent() / 100
            time.sleep(min(left, self._task.every_s))


def record(task: Task, folder: Path) -> Outcome:
    """Record with these pages open, if there are any."""
    make = of_memory if task.memory else of_cameras
    with make(task.shape, folder / f"{task.pages} pages") as recording:
        return _recorded(task, recording) if task.pages else _recorded_alone(task, recording)


def _recorded_alone(task: Task, recording: Recording) -> Outcome:
    recording.start(task.seconds)
    watch = _Watch(recording, task)
    machine = watch.watch()
    return Outcome(recording.stop(), watch.waiting, machine)


def _recorded(task: Task, recording: Recording) -> Outcome:
    server = recording.serve(ServerPlan(port=0, rate=TILE_RATE, edge=TILE, viewers=task.pages + 1))
    recording.start(task.seconds + OPENING_S)
    watch = _Watch(recording, task)
    with open_pages(server.url, task.pages) as pages, _browser(server, task) as browser:
        pages.seen()
        before = sample([pages.process])
        machine = watch.watch(_serving_process(), browser)
        used = cores([before, sample([pages.process])])
        seen = pages.seen()
        return Outcome(recording.stop(), watch.waiting, machine, watch.serving, seen, used, watch.heaps)


def _serving_process() -> psutil.Process:
    """The child of this process that serves the page."""
    (found,) = [each for each in psutil.Process().children() if "llpyspin.web.webchild" in each.cmdline()]
    return found


@contextlib.contextmanager
def _browser(server: Server, task: Task) -> Iterator[Tab | None]:
    if not task.browser:
        yield None
        return
    with tab() as page:
        page.open(server.url)
        page.wait_for("document.querySelectorAll('.tile:not(.stale)').length > 0")
        yield page


def figures_of(task: Task, without: Outcome | None, with_pages: Outcome) -> tuple[list[Figure], bool]:
    """The figures, and whether they say anything about the pages."""
    seen = with_pages.seen
    allowed = without.counted.lost if without else 0
    rates = [each.rate(task.shape.cameras) for each in seen]
    shapes, ended = {each.shape for each in seen}, [each.ended for each in seen if each.ended]
    figures = []
    if without:
        figures.append(Figure("without pages: frames lost", [float(without.counted.lost)], note=without.note))
    figures += [
        Figure(
            "with pages: frames lost", [float(with_pages.counted.lost)], at_most=allowed, note=with_pages.note
        ),
        Figure("serving process: CPU", [cores(with_pages.serving)], "cores", at_most=MOST_CORES),
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
    serving = outcome.serving
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
            without = record(replace(task, pages=0, browser=False), folder)
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
    parser.add_argument(
        "--memory", action="store_true", help="record frames from memory, not virtual cameras"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def task_of(arguments: argparse.Namespace) -> Task:
    """What these options ask for."""
    soak = arguments.hours is not None
    width, height = arguments.size or ((480, 360) if soak else (1440, 1080))
    return Task(
        shape=Shape(
            cameras=arguments.cameras or (1 if soak else 4),
            fps=arguments.fps or (30.0 if soak else 226.0),
            width=width,
            height=height,
        ),
        pages=arguments.pages,
        seconds=arguments.hours * 3600 if soak else arguments.seconds,
        every_s=arguments.every or (SOAK_LOOK_S if soak else LOOK_S),
        browser=arguments.browser,
        memory=arguments.memory,
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
