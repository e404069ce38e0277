"""``llpyspin board``: a calibration board to print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llpyspin.cli.common import Command, Number

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.cli.results import Output

__all__ = ["board", "with_board_sizes"]


def with_board_sizes(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what a board is."""
    for option in reversed(
        (
            click.option(
                "--square-mm", type=Number("MM"), help="Side of a square, as measured. [default: 30]"
            ),
            click.option(
                "--marker-mm", type=Number("MM"), help="Side of a marker. [default: 0.75 of a square]"
            ),
            click.option("--dictionary", metavar="NAME", help="Of the markers. [default: DICT_5X5_100]"),
            click.option("--legacy-board", is_flag=True, help="The board was printed by OpenCV before 4.6."),
        )
    ):
        command = option(command)
    return command


@click.command(
    cls=Command,
    short_help="Write a calibration board to print, as a PDF file.",
    examples=[
        ("a board of 7 x 5 squares of 30 mm", "llpyspin board charuco_7x5"),
        ("a small one for mice", "llpyspin board charuco_7x5 --square-mm 5 --out mouse-board.pdf"),
    ],
)
@click.argument("name", metavar="BOARD")
@with_board_sizes
@click.option(
    "--out", type=click.Path(), metavar="FILE", help="The new file. [default: named after the board]"
)
@click.pass_obj
def board(
    output: Output,
    *,
    name: str,
    square_mm: float | None,
    marker_mm: float | None,
    dictionary: str | None,
    legacy_board: bool,
    out: str | None,
) -> int:
    """Write a calibration board as a PDF file that prints at its true size.

    BOARD is its kind and its squares along the width and the height, as charuco_7x5 or chessboard_10x7.

    Print it at 100 %, glue it onto something flat, and measure a square: --square-mm of the recording is what
    you measured.
    """
    from pathlib import Path

    from llpyspin.display.boards.boardkind import board_of
    from llpyspin.display.boards.boardprint import pdf_of
    from llpyspin.errors import ArgumentError, OutputExistsError

    made = board_of(
        name, square_mm=square_mm, marker_mm=marker_mm, dictionary=dictionary, legacy=legacy_board
    )
    path = Path(out or f"{made.name}.pdf").expanduser()
    if path.suffix.lower() != ".pdf":
        raise ArgumentError(f"{path}: a board is a PDF file. Did you mean --out {path.with_suffix('.pdf')}?")
    data = pdf_of(made)
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise OutputExistsError(f"{path} exists. Choose another name: --out") from None
    except FileNotFoundError:
        raise ArgumentError(
            f"there is no folder {path.parent}. Make it first, or choose another --out"
        ) from None
    output.result(f"{path}: {made}", {"file": path, "board": made})
    output.note(f"Print it at 100 %. The board must be {made.columns * made.square_mm:g} mm wide.")
    return 0
