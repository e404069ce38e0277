"""How cameras, controllers and computer hang together."""

from __future__ import annotations

from svg import GREY, INK, LINE, NEUTRAL, PRIMARY, SECONDARY, Drawing


def _box(
    drawing: Drawing, x: float, y: float, width: float, height: float, colours: tuple[str, str], *said: str
) -> None:
    drawing.box(x, y, width, height, colours)
    first = y + height / 2 + 5 - 10 * (len(said) - 1)
    for row, text in enumerate(said):
        drawing.text(
            x + width / 2,
            first + 20 * row,
            text,
            size=15 if row == 0 else 13,
            bold=row == 0,
            colour=INK if row == 0 else GREY,
            anchor="middle",
        )


def cables() -> Drawing:
    """USB3 and GigE cameras at one computer."""
    drawing = Drawing(960, 560, "Cables of USB3 and GigE cameras")
    drawing.text(24, 34, "USB3 cameras", size=19, bold=True, colour=INK)
    drawing.box(24, 52, 420, 190, NEUTRAL)
    drawing.text(44, 80, "computer", size=16, bold=True, colour=NEUTRAL[1])
    for number, y in enumerate((92, 166), start=1):
        _box(
            drawing,
            200,
            y,
            224,
            60,
            ("#ffffff", LINE),
            f"USB3 controller {number}",
            "at most about 400 MB/s in all",
        )
        drawing.line([(424, y + 30), (640, y + 30)], LINE, 4)
        _box(drawing, 640, y, 296, 60, SECONDARY, f"camera {number}", "1.6 MP, 8 bit, 226 fps: 352 MB/s")
    drawing.text(532, 112, "USB3 cable, 3 m or less", size=13, colour=GREY, anchor="middle")
    drawing.text(
        24,
        266,
        "Fast cameras: one controller each. Ports of one computer, and of a hub, mostly share one.",
        size=14,
        colour=GREY,
    )

    drawing.text(24, 322, "GigE cameras", size=19, bold=True, colour=INK)
    drawing.box(24, 340, 420, 170, NEUTRAL)
    drawing.text(44, 368, "computer", size=16, bold=True, colour=NEUTRAL[1])
    _box(drawing, 200, 395, 224, 70, ("#ffffff", LINE), "network interface", "MTU 9000, own subnet")
    drawing.line([(424, 430), (500, 430)], LINE, 4)
    _box(drawing, 500, 395, 150, 70, PRIMARY, "PoE switch", "jumbo frames")
    for number, y in enumerate((352, 442), start=1):
        drawing.line([(650, 430), (680, 430), (680, y + 30), (712, y + 30)], LINE, 4)
        _box(drawing, 712, y, 224, 60, SECONDARY, f"camera {number}", "1 Gbit/s: 118 MB/s")
    drawing.text(
        24,
        538,
        "All cameras behind one interface share its 118 MB/s, unless it is faster (2.5 or 10 Gbit/s).",
        size=14,
        colour=GREY,
    )
    return drawing


def drawings() -> dict[str, str]:
    """By the name of their file."""
    return {"cabling.svg": cables().svg()}
