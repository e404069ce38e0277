"""Several cameras in one window: what a preview process is told, and where its pictures come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.display.showing import check_rate
from llpyspin.display.tiling import Grid
from llpyspin.errors import FrameTimeoutError, LlpyspinError
from llpyspin.frames import FrameReader, StreamEnded, decode

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["CellSpec", "GridPictures", "GridSpec"]

PATIENCE_S = 0.05  # without a frame of any camera


class CellSpec(NamedTuple):
    """One camera of a grid: its name, where its frames are, and whether Bayer frames are shown in colour."""

    name: str
    address: str
    color: bool = True


@dataclass(frozen=True)
class GridSpec:
    """What a preview process is to show of several cameras.

    Attributes
    ----------
    cells : tuple of CellSpec
    title : str
        Of the window.
    rate : float
        Pictures a second at most, above 0 up to 240.

    Raises
    ------
    SettingRangeError
        There is no such rate.
    """

    cells: tuple[CellSpec, ...]
    title: str
    rate: float = 30.0

    def __post_init__(self) -> None:
        check_rate(self.rate)

    @property
    def address(self) -> str:
        """Of the first camera."""
        return CellSpec(*self.cells[0]).address

    @property
    def camera(self) -> str:
        """All names, for messages."""
        return ", ".join(name for name, _, _ in self.cells)

    def pictures(self) -> GridPictures:
        """Of its cameras; made in the preview process."""
        # plain tuples after their way to that process
        return GridPictures(tuple(CellSpec(*cell) for cell in self.cells))


class GridPictures:
    """Pictures of all cameras together.  A camera whose frames end leaves the others alone.

    Raises
    ------
    StreamEnded
        There are no frames at one of the addresses.
    """

    def __init__(self, cells: tuple[CellSpec, ...]) -> None:
        self._cells = cells
        self._readers: dict[int, FrameReader] = {}
        self.figures = Grid([cell.name for cell in cells])
        try:
            for number, cell in enumerate(cells):
                self._readers[number] = FrameReader(cell.address)
        except BaseException:
            self.close()
            raise

    @property
    def shown(self) -> int:
        """Pictures of all cameras together so far."""
        return self.figures.shown

    @property
    def skipped(self) -> int:
        """Frames of all cameras that were not shown."""
        return self.figures.skipped

    def prepare(self) -> None:
        """There is nothing to do."""

    def newest(self) -> npt.NDArray[np.uint8] | None:
        fresh = [self._take(number, 0.0) for number in tuple(self._readers)]
        if not self._readers:
            raise StreamEnded("no camera gives frames any more")
        if any(fresh) or self._take(next(iter(self._readers)), PATIENCE_S):
            return self.figures.picture()
        return None

    def _take(self, number: int, patience_s: float) -> bool:
        """The newest frame of one camera, if there is a new one; whether there is anything new."""
        try:
            data, info, layout = self._readers[number].copy_next(patience_s, backlog=1, incomplete=False)
        except FrameTimeoutError:
            return False
        except StreamEnded:
            self._end(number, "released")
            return True
        except LlpyspinError:
            self._end(number, "lost")
            return True
        self.figures.put(number, decode(data, layout, color=self._cells[number].color), info)
        return True

    def _end(self, number: int, why: str) -> None:
        self.figures.end(number, why)
        self._readers.pop(number).close()

    def interrupt(self) -> None:
        for reader in tuple(self._readers.values()):
            reader.interrupt()

    def close(self) -> None:
        while self._readers:
            self._readers.popitem()[1].close()
