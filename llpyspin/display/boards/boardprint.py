"""A calibration board as a PDF file that prints at its true size."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.display.boards.boardkind import CHARUCO
from llpyspin.display.boards.cornerfinding import charuco_of, opencv_with_boards

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.display.boards.boardkind import Board

__all__ = ["flat_picture", "pdf_of"]

MARGIN_MM = 15.0
POINT_MM = 25.4 / 72
_PIXELS = 240
"""Of a square: whole numbers of them for all usual sizes of markers."""


def flat_picture(board: Board, pixels: int = _PIXELS) -> npt.NDArray[np.uint8]:
    """The board without a margin, so many pixels for each square.

    Raises
    ------
    MissingExtraError
        OpenCV is missing or too old.
    """
    if board.kind == CHARUCO:
        size = (board.columns * pixels, board.rows * pixels)
        made: npt.NDArray[np.uint8] = charuco_of(opencv_with_boards(), board).generateImage(
            size, marginSize=0
        )
        return made
    rows, columns = np.indices((board.rows, board.columns))
    squares = np.where((rows + columns) % 2, 255, 0).astype(np.uint8)
    return np.kron(squares, np.ones((pixels, pixels), np.uint8))


def pdf_of(board: Board) -> bytes:
    """One page that is a little larger than the board, with a line that says how large it must be."""
    picture = flat_picture(board)
    width, height = board.columns * board.square_mm, board.rows * board.square_mm
    page = [_points(width + 2 * MARGIN_MM), _points(height + 2 * MARGIN_MM)]
    margin = _points(MARGIN_MM)
    words = f"{board}. Print at 100 %: the board must be {width:g} mm wide."
    letters = f"BT /F 8 Tf {margin} {_points(MARGIN_MM / 2)} Td ({words}) Tj ET"
    drawn = f"q {_points(width)} 0 0 {_points(height)} {margin} {margin} cm /I Do Q {letters}"
    return _pdf(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page[0]} {page[1]}] /Contents 4 0 R "
            "/Resources << /XObject << /I 5 0 R >> /Font << /F 6 0 R >> >> >>",
            _stream("", drawn.encode("ascii")),
            _stream(
                f"/Type /XObject /Subtype /Image /Width {picture.shape[1]} /Height {picture.shape[0]} "
                "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode",
                zlib.compress(picture.tobytes(), 9),
            ),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


def _points(mm: float) -> str:
    return f"{mm / POINT_MM:.4f}"


def _stream(about: str, data: bytes) -> bytes:
    return f"<< {about} /Length {len(data)} >>\nstream\n".encode("ascii") + data + b"\nendstream"


def _pdf(objects: list[Any]) -> bytes:
    """A file of numbered objects, with the table of where each of them begins."""
    file = bytearray(b"%PDF-1.4\n")
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(file))
        body = each.encode("ascii") if isinstance(each, str) else each
        file += f"{number} 0 obj\n".encode("ascii") + body + b"\nendobj\n"
    table = len(file)
    file += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode("ascii")
    file += b"".join(f"{place:010d} 00000 n \n".encode("ascii") for place in places)
    trailer = f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    return bytes(file + trailer.encode("ascii"))
