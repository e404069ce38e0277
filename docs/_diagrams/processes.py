"""Who reads the frames of a camera: processes, and the memory between them."""

from __future__ import annotations

from svg import GREY, INK, LINE, NEUTRAL, PRIMARY, SECONDARY, Drawing

_VIOLET = ("#f5f3ff", "#7c3aed")
_READERS = (
    ("your program", "read, borrow, request, async for", PRIMARY),
    ("writer process", "every frame, in order: top.mkv, top.csv", _VIOLET),
    ("window", "display(): the newest one", _VIOLET),
    ("workers of map()", "your function; results in order", _VIOLET),
    ("callback process", "your function: process()", _VIOLET),
)
_TOP, _STEP, _HIGH = 56, 74, 56
_MEMORY, _AT, _WIDE = 268, 452, 300


def _memory(drawing: Drawing, x: float, top: float, width: float, height: float, *said: str) -> None:
    drawing.box(x, top, width, height, NEUTRAL)
    first = top + height / 2 + 5 - 10 * (len(said) - 1)
    for row, text in enumerate(said):
        drawing.text(
            x + width / 2,
            first + 20 * row,
            text,
            size=14 if row == 0 else 13,
            bold=row == 0,
            colour=NEUTRAL[1] if row == 0 else GREY,
            anchor="middle",
        )


def readers() -> Drawing:
    """One camera and all of its readers."""
    bottom = _TOP + _STEP * len(_READERS) - (_STEP - _HIGH)
    drawing = Drawing(960, bottom + 68, "Who reads the frames of a camera")
    drawing.text(24, 34, "One camera and all of its readers", size=19, bold=True, colour=INK)
    middle = (_TOP + bottom) / 2
    drawing.box(24, middle - 40, 176, 80, SECONDARY)
    drawing.text(112, middle - 4, "camera process", bold=True, colour=INK, anchor="middle")
    drawing.text(112, middle + 18, "waits for no reader", size=13, colour=GREY, anchor="middle")
    drawing.arrow(200, middle, _MEMORY, middle)
    _memory(drawing, _MEMORY, _TOP, 116, bottom - _TOP, "memory", "of its", "frames")
    for number, (name, what, colours) in enumerate(_READERS):
        top = _TOP + _STEP * number
        y = top + _HIGH / 2
        drawing.arrow(_MEMORY + 116, y, _AT, y)
        wide = _WIDE if number < len(_READERS) - 1 else 200
        drawing.box(_AT, top, wide, _HIGH, colours)
        drawing.text(_AT + 16, y - 4, name, bold=True, colour=INK)
        drawing.text(_AT + 16, y + 16, what, size=13, colour=GREY)
    y = _TOP + _STEP * (len(_READERS) - 1) + _HIGH / 2
    drawing.arrow(_AT + 200, y, 692, y)
    _memory(drawing, 692, y - 34, 120, 68, "memory", "of its results")
    drawing.arrow(812, y, 846, y)
    for row, text in enumerate(("your program,", "a writer,", "a window")):
        drawing.text(854, y - 12 + 19 * row, text, size=13, colour=LINE)
    drawing.text(
        24,
        bottom + 32,
        "Arrows from memory are mappings, not copies. A reader that is slow or killed does",
        size=14,
        colour=GREY,
    )
    drawing.text(
        24,
        bottom + 54,
        "not disturb the others. The frames that it missed are counted.",
        size=14,
        colour=GREY,
    )
    return drawing


def drawings() -> dict[str, str]:
    """By the name of their file."""
    return {"readers.svg": readers().svg()}
