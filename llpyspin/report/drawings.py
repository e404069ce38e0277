"""The figures of a report, drawn by matplotlib as SVG for the page and as PNG for slides."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.extras import library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from llpyspin.report.document import (
        ClockSeries,
        Delays,
        Document,
        Health,
        HealthSeries,
        Histogram,
        Intervals,
        Losses,
        Spread,
    )

__all__ = ["COLOURS", "Drawing", "drawings_of"]

COLOURS = {
    "incomplete": "#e69f00",
    "sensor": "#d55e00",
    "transport": "#0072b2",
    "callback": "#cc79a7",
    "ring": "#56b4e9",
    "writer": "#000000",
}
"""Of the places of losses: colours that colour-blind readers can tell apart (Okabe and Ito)."""
_LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f")
_DASHES = ("-", "--", "-.", ":")
WIDE, HIGH = 8.6, 2.9
_DPI = 150
_LEGEND_MOST = 12
_FEW = 20
_GAP = 4


class Drawing(NamedTuple):
    """A figure: its name in file names, title, how to read it, what it shows in words, and the picture."""

    name: str
    title: str
    explanation: str
    alt: str
    svg: bytes
    png: bytes


def drawings_of(document: Document) -> list[Drawing]:
    """All figures for which there are values."""
    with _plain_style():
        return list(_drawn(document))


def _drawn(document: Document) -> Iterator[Drawing]:
    series = document.series
    if series.losses is not None:
        yield _losses(series.losses, document)
    if series.intervals:
        yield _intervals(series.intervals, document)
    if series.synchronisation is not None:
        yield _synchronisation(series.synchronisation)
    if series.clocks:
        yield _clocks(series.clocks, document)
    if series.delays:
        yield _delays(series.delays, document)
    if series.health is not None:
        yield from _health(series.health)


# -- each figure


def _losses(losses: Losses, document: Document) -> Drawing:
    names = list(losses.cameras)
    edges = np.asarray(losses.edges_s)

    def draw(axes: Any) -> None:
        used: dict[str, Any] = {}
        for row, name in enumerate(names):
            there = np.asarray(losses.triggers[name]) > 0
            axes.broken_barh(_spans(edges, there), (row - 0.32, 0.64), color="#d9d9d9", lw=0)
            for place, counts in losses.cameras[name].items():
                bars = _spans(edges, np.asarray(counts) > 0)
                used[place] = axes.broken_barh(bars, (row - 0.32, 0.64), color=COLOURS[place], lw=0.4)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(0, edges[-1])
        axes.set_xlabel("seconds since the first trigger")
        axes.grid(visible=False)
        _legend(axes, used)

    missing = {each.name: sum(each.lost.values()) + each.incomplete for each in document.cameras}
    told = ", ".join(f"{name} {count}" for name, count in missing.items())
    return _drawing(
        "losses",
        "Losses on a time line",
        "Each row is a camera. Grey: frames were recorded. A colour marks a time in which at least one frame "
        "is missing, and where it was lost.",
        f"Time line of {edges[-1]:.1f} s. Triggers without a whole picture: {told}.",
        draw,
        high=max(1.5, 0.9 + 0.38 * len(names)),
    )


def _intervals(intervals: Mapping[str, Intervals], document: Document) -> Drawing:
    def draw(axes: Any) -> None:
        for number, (name, each) in enumerate(intervals.items()):
            _stairs(axes, each.deviation_us, number, f"{name} (median {each.median_ms:.4f} ms)")
        axes.set_xlabel("interval between frames minus its median (µs)")
        _counts(axes, len(intervals))

    told = "; ".join(
        f"{each.name}: median {each.interval_ms.median:.4f} ms, {each.interval_ms.least:.4f} to "
        f"{each.interval_ms.most:.4f} ms"
        for each in document.cameras
        if each.interval_ms is not None
    )
    return _drawing(
        "intervals",
        "Intervals between frames",
        "Times from one frame to the next, by the camera's clock. Only frames of triggers that follow each "
        "other count. One narrow peak is good. Several peaks mean that the trigger was not regular.",
        f"Histogram of intervals. {told}.",
        draw,
    )


def _synchronisation(spread: Spread) -> Drawing:
    def draw(axes: Any) -> None:
        _stairs(axes, spread.histogram, 0, f"{spread.frames} triggers")
        axes.axvline(spread.median_us, color="#d55e00", ls="--", lw=1.2, label="median")
        axes.set_xlabel("earliest to latest camera of one trigger (µs)")
        _counts(axes, 2)

    told = (
        f"median {spread.median_us:.1f} µs, 99 % below {spread.p99_us:.1f} µs, worst {spread.most_us:.1f} µs"
    )
    return _drawing(
        "synchronisation",
        "Synchronisation of the cameras",
        "For each trigger: how far apart the timestamps of the cameras are, on the computer's clock. A "
        "timestamp marks the end of the exposure, so different exposure times show here."
        + (
            ""
            if spread.clocks_read
            else " The clocks were not read together: delays of frames are contained."
        ),
        f"Histogram of differences between the cameras: {told}.",
        draw,
    )


def _clocks(clocks: Mapping[str, ClockSeries], document: Document) -> Drawing:
    def draw(axes: Any) -> None:
        for number, (name, each) in enumerate(clocks.items()):
            seconds, residual = _broken(each.seconds, each.residual_us)
            axes.plot(seconds, residual, marker=".", ms=4, lw=1, label=name, **_look(number))
        axes.axhline(0.0, color="#555555", lw=0.8)
        axes.set_xlabel("seconds since the first trigger")
        axes.set_ylabel("residual (µs)")
        _legend(axes, None, len(clocks))

    drifts = "; ".join(
        f"{each.name}: drift {each.drift_ppm:+.1f} ± {each.drift_error_ppm:.1f} ppm"
        for each in document.cameras
        if each.drift_ppm is not None and each.drift_error_ppm is not None
    )
    return _drawing(
        "clocks",
        "Fits of the clocks",
        "A line is fitted between each camera's clock and the computer's. Points are the earliest frames of "
        "short parts of the recording, minus this line. Points around zero mean that the fit holds. A slope "
        "or a step means that times of this camera are less certain.",
        f"Residuals of the clock fits over time. {drifts or 'The drift is not known'}.",
        draw,
    )


def _delays(delays: Mapping[str, Delays], document: Document) -> Drawing:
    def draw(axes: Any) -> None:
        for number, (name, each) in enumerate(delays.items()):
            look = _look(number)
            seconds, median, most = _broken(each.seconds, each.median_ms, each.most_ms)
            axes.plot(seconds, median, lw=1.3, label=name, **look)
            axes.fill_between(seconds, median, most, color=look["color"], alpha=0.2, lw=0)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("seconds since the first trigger")
        axes.set_ylabel("delay (ms)")
        _legend(axes, None, len(delays))

    told = "; ".join(
        f"{each.name}: median {each.delay_ms.median:.1f} ms, worst {each.delay_ms.most:.1f} ms"
        for each in document.cameras
        if each.delay_ms is not None
    )
    known = all(each.delay_known for each in document.cameras if each.delay_ms is not None)
    return _drawing(
        "delays",
        "Delays over time",
        "Time from the camera's timestamp to the arrival in the computer. The line is the median. The band "
        "above it reaches to the latest frame. Late frames are not lost. A delay that grows means that the "
        "computer could not keep up."
        + ("" if known else " Without a reading of the clocks, zero is the earliest frame."),
        f"Delays over time. {told}.",
        draw,
    )


def _health(health: Health) -> Iterator[Drawing]:
    cameras = health.cameras
    if not cameras:
        return
    most = {name: max(each.backlog, default=0) for name, each in cameras.items()}
    told = ", ".join(f"{name} at most {count}" for name, count in most.items())
    yield _over_time(
        "backlog",
        "Backlog of the encoders over time",
        "Frames that were in memory or on disk and not in the video yet. A line that only grows means that "
        "the encoder or the disk is too slow.",
        f"Frames that wait for the encoder over time: {told}.",
        {name: (each, each.backlog) for name, each in cameras.items()},
        "frames that wait",
    )
    free = {name: _scaled(each.disk_free, 1e9) for name, each in cameras.items()}
    least = [value for values in free.values() for value in values if value is not None]
    if least:
        yield _over_time(
            "disk",
            "Free disk space over time",
            "Space on the disk of each camera's video. A recording ends when its disk is full.",
            f"Free disk space over time: {min(least):.1f} GB at the least.",
            {name: (each, free[name]) for name, each in cameras.items()},
            "free, GB",
        )
    busiest = next(iter(cameras.values()))
    loads = [load for load in busiest.cpu_percent if load is not None]
    if loads:
        yield _over_time(
            "load",
            "Load of the computer over time",
            "How busy all processors together were. Near 100 % frames arrive late, and encoders fall behind.",
            f"Load of all processors over time: {max(loads):.0f} % at the most.",
            {"all processors": (busiest, busiest.cpu_percent)},
            "load, %",
        )


def _over_time(
    name: str,
    title: str,
    explanation: str,
    alt: str,
    lines: Mapping[str, tuple[HealthSeries, Sequence[float | None]]],
    unit: str,
) -> Drawing:
    """Lines of values that were sampled, with a dot at each sample where there are few."""

    def draw(axes: Any) -> None:
        for number, (label, (each, values)) in enumerate(lines.items()):
            dots = {"marker": "."} if len(values) < _FEW else {}
            axes.plot(
                each.seconds, np.array(values, np.float64), lw=1.3, label=label, **dots, **_look(number)
            )
        axes.set_ylim(0, max(axes.get_ylim()[1], 1.05 * axes.dataLim.y1, 1))
        axes.set_xlabel("seconds since the first trigger")
        axes.set_ylabel(unit)
        _legend(axes, None, len(lines))

    return _drawing(name, title, explanation, alt, draw)


def _scaled(values: Sequence[float | None], unit: float) -> list[float | None]:
    return [None if value is None else value / unit for value in values]


# -- how they look


def _drawing(
    name: str,
    title: str,
    explanation: str,
    alt: str,
    draw: Callable[[Any], None],
    *,
    high: float = HIGH,
) -> Drawing:
    figures = library("matplotlib.figure", "the report of a recording", extra="report")
    library("matplotlib.backends.backend_svg", "the report of a recording", extra="report")
    figure = figures.Figure(figsize=(WIDE, high), layout="constrained")
    draw(figure.add_subplot())
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Title": title})
    figure.savefig(png, format="png", dpi=_DPI, metadata={"Title": title, "Description": alt})
    return Drawing(name, title, explanation, alt, svg.getvalue(), png.getvalue())


@contextlib.contextmanager
def _plain_style() -> Iterator[None]:
    """Matplotlib's own look, whatever the user has chosen; the user's comes back."""
    matplotlib = library("matplotlib", "the report of a recording", extra="report")
    with matplotlib.rc_context():
        matplotlib.rcParams.update(_style(matplotlib))
        yield


def _style(matplotlib: Any) -> dict[str, Any]:
    kept = ("backend", "backend_fallback", "interactive", "toolbar", "timezone")
    defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if name not in kept}
    return defaults | {
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#e6e6e6",
        "axes.axisbelow": True,
        "svg.hashsalt": "llpyspin",
        "figure.facecolor": "white",
    }


def _look(number: int) -> dict[str, Any]:
    dashes = _DASHES[number // len(_LINES) % len(_DASHES)]
    return {"color": _LINES[number % len(_LINES)], "ls": dashes}


def _stairs(axes: Any, histogram: Histogram, number: int, label: str) -> None:
    look = _look(number)
    axes.stairs(histogram.counts, histogram.edges, label=label, lw=1.5, color=look["color"], ls=look["ls"])
    axes.stairs(histogram.counts, histogram.edges, fill=True, alpha=0.15, color=look["color"])


def _counts(axes: Any, labels: int) -> None:
    if axes.get_ylim()[1] > _FEW:  # so that a single outlier is seen beside a high peak
        axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("count")
    axes.yaxis.set_major_formatter("{x:g}")
    _legend(axes, None, labels)


def _legend(axes: Any, used: Mapping[str, Any] | None, count: int = 1) -> None:
    """Beside the picture, so that it hides nothing."""
    place = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), "frameon": False, "fontsize": 9}
    if used is None:
        if count <= _LEGEND_MOST * 2:
            axes.legend(**place)
    elif used:
        axes.legend(list(used.values()), list(used), title="missing", **place)


def _broken(seconds: Sequence[float], *values: Sequence[float]) -> list[Any]:
    """Times and values with a gap where the times have one: no line leads over it."""
    times = np.asarray(seconds)
    steps = np.diff(times)
    gaps = np.flatnonzero(steps > _GAP * np.median(steps)) + 1 if len(steps) else np.empty(0, np.int64)
    return [np.insert(np.asarray(each, np.float64), gaps, np.nan) for each in (times, *values)]


def _spans(edges: Any, there: Any) -> list[tuple[float, float]]:
    """(begin, width) of bins in a row that have something."""
    marks = np.diff(np.concatenate([[0], there.astype(int), [0]]))
    begins, ends = np.flatnonzero(marks == 1), np.flatnonzero(marks == -1)
    return [(edges[begin], edges[end] - edges[begin]) for begin, end in zip(begins, ends, strict=True)]
