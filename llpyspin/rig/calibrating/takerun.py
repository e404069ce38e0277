"""Records a calibration take: the recording, the watch beside it, and the exports after it."""

from __future__ import annotations

import contextlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.display.boards.boardkind import board_of, is_board
from llpyspin.display.boards.boardservice import BoardSpec
from llpyspin.display.boards.cornerfinding import Finder
from llpyspin.display.boards.criteria import Criteria
from llpyspin.display.window import has_screen
from llpyspin.errors import ArgumentError, LlpyspinError, RecordingError, RecordingExistsError
from llpyspin.export.boardfiles import BOARD_TARGETS, why_not_read
from llpyspin.export.boardtake import RECORDING_FOLDER
from llpyspin.export.exporter import export
from llpyspin.recording.names import full_path
from llpyspin.recording.plan import check_seconds
from llpyspin.rig.calibrating.boardwatch import BoardWatch
from llpyspin.rig.calibrating.calibrationtake import CalibrationTake
from llpyspin.rig.calibrating.feedback import feedback
from llpyspin.rig.calibrating.takefiles import TakeFiles
from llpyspin.sync.signals import signals_noted

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llpyspin.display.boards.boardkind import Board
    from llpyspin.recording.session import Session
    from llpyspin.rig.calibrating.glance import Glance
    from llpyspin.rig.runs import Runs
    from llpyspin.rig.status import RigStatus

__all__ = ["TakeRequest", "record_take", "request_of"]

logger = logging.getLogger("llpyspin")


class RigOfTake(Protocol):
    """What a take needs of a rig."""

    @property
    def names(self) -> list[str]: ...

    def prime(self, out: Any = None, **options: Any) -> None: ...

    def trigger(self) -> None: ...

    def stop(self) -> Session | None: ...

    def status(self) -> RigStatus: ...


@dataclass(frozen=True)
class TakeRequest:
    """What is asked for; as :meth:`llpyspin.rig.Rig.record_calibration` has it."""

    out: str | os.PathLike[str]
    board: Board
    criteria: Criteria
    seconds: float | None
    until_enough: bool
    window: bool | None
    progress: bool
    exports: tuple[str, ...]
    options: Mapping[str, Any]

    def check(self) -> None:
        """Refuse what is not possible, before a camera is touched.

        Raises
        ------
        ArgumentError, SettingRangeError
        """
        check_seconds(self.seconds)
        for to in self.exports:
            if to not in BOARD_TARGETS:
                raise ArgumentError(why_not_read(self.board, to))


def request_of(
    out: str | os.PathLike[str],
    board: str | Board,
    sizes: Mapping[str, Any],
    *,
    criteria: Criteria | None,
    **more: Any,
) -> TakeRequest:
    """What was asked for, once it is known to be possible.

    Raises
    ------
    ArgumentError, SettingRangeError, MissingExtraError
    """
    if is_board(out) and not is_board(board):
        raise ArgumentError(f"the folder comes first: record_calibration({board!r}, {out!r})")
    request = TakeRequest(out, board_of(board, **sizes), criteria or Criteria(), **more)
    request.check()
    Finder(request.board)  # refuses an old OpenCV, and a dictionary that it does not have
    return request


def record_take(rig: RigOfTake, runs: Runs, request: TakeRequest) -> CalibrationTake:
    """Record, watch, judge, export."""
    title = f"calibration with {request.board.name}"
    shown = has_screen() if request.window is None else request.window
    spec = BoardSpec(tuple(rig.names), request.board, request.criteria, title if shown else "")
    with runs.attending(), signals_noted() as asked:
        with _folder(request.out) as place, contextlib.ExitStack() as stack:
            files = TakeFiles(place, rig.names)
            stack.callback(files.close)
            watch = BoardWatch(
                spec, files.keep, until_enough=request.until_enough, must_show=bool(request.window)
            )
            stack.callback(watch.end)
            rig.prime(place / RECORDING_FOLDER, **request.options)
            with contextlib.ExitStack() as beside:
                if request.progress:
                    beside.enter_context(feedback(_look(rig, watch, request.seconds)))
                if not asked.signal:
                    rig.trigger()
                    watch.begin(runs)
                    runs.wait(asked, request.seconds)
                watch.halt()
            session = rig.stop()
            seen = watch.end()
    if session is None:  # asked to end before the first trigger
        asked.raise_again()
        raise RecordingError("the rig was stopped before the take began")
    ended = (watch.ended,) if watch.ended else ()
    take = CalibrationTake(place, session, request.board, seen, problems=ended)
    take.save()
    runs.take = take
    if not asked.signal or asked.by_ctrl_c:
        take = runs.take = _exported(take, request.exports)
    asked.raise_again()
    return take


def _look(rig: RigOfTake, watch: BoardWatch, seconds: float | None) -> Any:
    """What is shown: the glance, and one line about the recording."""
    began = time.monotonic()

    def look() -> tuple[Glance, str]:
        passed = time.monotonic() - began
        lost = {name: sum(each.lost.values()) for name, each in rig.status().cameras.items()}
        losses = ", ".join(f"{name} lost {count} frames" for name, count in lost.items() if count)
        of = "" if seconds is None else f" of {seconds:.0f}"
        return watch.glance, f"{passed:.0f}{of} s, Ctrl-C ends it{', ' + losses if losses else ''}"

    return look


@contextlib.contextmanager
def _folder(out: str | os.PathLike[str]) -> Iterator[Path]:
    """A new or empty folder; gone again if nothing was recorded."""
    place = full_path(out)
    try:
        place.mkdir(parents=True, exist_ok=True)
        taken = sorted(each.name for each in place.iterdir())
    except (FileExistsError, NotADirectoryError) as error:
        raise RecordingExistsError(f"{place} is a file, and a calibration take needs a folder") from error
    except OSError as error:
        raise RecordingError(f"cannot make the folder {place}: {error.strerror}") from error
    if taken:
        raise RecordingExistsError(f"{place} is not empty ({', '.join(taken[:3])}). Choose a new folder")
    try:
        yield place
    finally:
        if not (place / RECORDING_FOLDER).exists():
            for file in place.iterdir():
                file.unlink()
            with contextlib.suppress(OSError):
                place.rmdir()


def _exported(take: CalibrationTake, targets: tuple[str, ...]) -> CalibrationTake:
    """Make the exports; one that fails is among the problems, and the recording is complete all the same."""
    exports, problems = {}, list(take.problems)
    for to in targets:
        if reason := why_not_read(take.board, to):
            problems.append(f"no export to {to}: {reason}")
            continue
        place = take.folder / to
        logger.info("export to %s: %s", to, place)
        try:
            exports[to] = export(take.folder / RECORDING_FOLDER, to, out=place, board=take.board).path
        except LlpyspinError as error:
            problems.append(f"no export to {to}: {error}")
    for problem in problems[len(take.problems) :]:
        logger.warning("%s", problem)
    done = CalibrationTake(take.folder, take.session, take.board, take.seen, exports, tuple(problems))
    done.save()
    return done
