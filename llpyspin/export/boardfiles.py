"""Files that say to other programs what calibration board was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.display.boards.boardkind import CHARUCO
from llpyspin.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llpyspin.display.boards.boardkind import Board

__all__ = [
    "BOARD_TARGETS",
    "anipose_section",
    "caliscope_targets",
    "sleap_board",
    "toml_lines",
    "why_not_read",
    "write_toml",
]

BOARD_TARGETS = ("caliscope", "anipose", "sleap")
"""Targets whose programs compute a calibration from recordings of a board."""

Value = str | int | float | bool


def why_not_read(board: Board, to: str) -> str:
    """Why the program of a target cannot read this board; "" if it can."""
    if to not in BOARD_TARGETS:
        return f"an export to {to} takes no board. Exports to {', '.join(BOARD_TARGETS)} do"
    if to == "caliscope" or board.kind != CHARUCO:
        return ""
    if board.marker_bits is None:
        return f"aniposelib cannot read markers of {board.dictionary}. It reads DICT_4X4_50 to DICT_7X7_1000"
    if board.legacy and board.rows % 2 == 0:
        return "aniposelib cannot read a board with the pattern of OpenCV before 4.6. Print a new one"
    return ""


def anipose_section(board: Board) -> dict[str, Value | list[int]]:
    """``[calibration]`` of Anipose's ``config.toml``."""
    if board.kind != CHARUCO:
        return {
            "board_type": "checkerboard",
            "board_size": [board.columns - 1, board.rows - 1],  # inner corners
            "board_square_side_length": board.square_mm,
        }
    bits, size = _bits(board)
    return {
        "board_type": "charuco",
        "board_size": [board.columns, board.rows],
        "board_marker_bits": bits,
        "board_marker_dict_number": size,
        "board_marker_length": board.marker_mm,
        "board_square_side_length": board.square_mm,
    }


def sleap_board(board: Board) -> dict[str, Value | list[int]]:
    """``board.toml`` of sleap-anipose."""
    if board.kind != CHARUCO:
        return {
            "board_x": board.columns - 1,  # inner corners
            "board_y": board.rows - 1,
            "square_length": board.square_mm,
        }
    bits, size = _bits(board)
    return {
        "board_x": board.columns,
        "board_y": board.rows,
        "square_length": board.square_mm,
        "marker_length": board.marker_mm,
        "marker_bits": bits,
        "dict_size": size,
    }


def caliscope_targets(board: Board) -> dict[str, dict[str, Value | list[int]]]:
    """Files of Caliscope's folder ``calibration/targets``, by name."""
    if board.kind != CHARUCO:
        inner: dict[str, Value | list[int]] = {
            "rows": board.rows - 1,
            "columns": board.columns - 1,
            "square_size_cm": board.square_mm / 10,
        }
        routing: dict[str, Value | list[int]] = {
            "intrinsic_target_type": "chessboard",
            "extrinsic_target_type": "charuco",
            "extrinsic_charuco_same_as_intrinsic": False,
        }
        return {"chessboard.toml": inner, "config.toml": routing}
    charuco: dict[str, Value | list[int]] = {
        "columns": board.columns,
        "rows": board.rows,
        "board_height": board.rows * board.square_mm / 10,
        "board_width": board.columns * board.square_mm / 10,
        "dictionary": board.dictionary,
        "units": "cm",
        "aruco_scale": board.marker_mm / board.square_mm,
        "square_size_override_cm": board.square_mm / 10,
        "inverted": False,
        "legacy_pattern": board.legacy,
    }
    both: dict[str, Value | list[int]] = {
        "intrinsic_target_type": "charuco",
        "extrinsic_target_type": "charuco",
        "extrinsic_charuco_same_as_intrinsic": True,
    }
    return {"intrinsic_charuco.toml": charuco, "config.toml": both}


def toml_lines(values: Mapping[str, Value | list[int]]) -> str:
    """Plain values as TOML, one a line."""
    return "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())


def write_toml(path: Path, values: Mapping[str, Value | list[int]]) -> None:
    """A new file of plain values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(toml_lines(values), encoding="utf-8")


def _toml(value: Value | list[int]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):  # names of kinds and dictionaries: no character of them needs an escape
        return f'"{value}"'
    return repr(value)


def _bits(board: Board) -> tuple[int, int]:
    bits = board.marker_bits
    if bits is None:
        raise ArgumentError(why_not_read(board, "anipose"))
    return bits
