"""A bar for each video that a command reads or writes, on the terminal only, and gone at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from llpyspin.cli.results import Output

__all__ = ["Bars"]


class Bars:
    """Shows how far each video is.

    Parameters
    ----------
    output : Output
    share : bool
        Whether to show percentages instead of counts.
    """

    def __init__(self, output: Output, *, share: bool = False) -> None:
        self._output = output
        self._share = share
        self._progress: Progress | None = None
        self._bars: dict[str, TaskID] = {}

    def show(self, video: str, done: int, total: int) -> None:
        """Show that this many pictures of a video are done."""
        if self._progress is None:
            return
        if video not in self._bars:
            self._bars[video] = self._progress.add_task(video, total=total)
        self._progress.update(self._bars[video], completed=done)

    def __enter__(self) -> Bars:
        if self._output.errors.is_terminal and not self._output.quiet:
            self._progress = _progress(self._output, self._share)
            self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._progress is not None:
            self._progress.stop()


def _progress(output: Output, share: bool) -> Progress:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn() if share else MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=output.errors,
        transient=True,
    )
