"""Shapes of which the wiring diagrams are made: SVG as text, in the style of the other drawings."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

__all__ = ["WIRES", "Drawing", "Wire"]

INK, GREY, LINE = "#0f172a", "#64748b", "#334155"
PRIMARY, SECONDARY, NEUTRAL = ("#eff6ff", "#3b82f6"), ("#fff7ed", "#ea580c"), ("#f0fdf4", "#16a34a")


@dataclass(frozen=True)
class Wire:
    """The colour of a wire, and of its stripes."""

    colour: str
    stripes: str | None = None


WIRES = {
    "green": Wire("#16a34a"),
    "black": Wire("#1f2937"),
    "red": Wire("#dc2626"),
    "white": Wire("#ffffff"),
    "blue": Wire("#2563eb"),
    "brown": Wire("#8b5a2b"),
    "yellow": Wire("#facc15"),
    "orange": Wire("#f97316"),
    "any": Wire("#94a3b8"),
    "white, black stripes": Wire("#ffffff", "#1f2937"),
    "red, black stripes": Wire("#dc2626", "#1f2937"),
    "green, black stripes": Wire("#16a34a", "#1f2937"),
    "blue, black stripes": Wire("#2563eb", "#1f2937"),
}


@dataclass
class Drawing:
    """An SVG of this size (px), written from back to front."""

    width: int
    height: int
    title: str
    parts: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        said: str,
        *,
        size: int = 15,
        bold: bool = False,
        colour: str = LINE,
        anchor: str = "start",
    ) -> None:
        """One line of text; ``y`` is its base line."""
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}"{weight} fill="{colour}" text-anchor="{anchor}">'
            f"{escape(said)}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float, colours: tuple[str, str]) -> None:
        """A rounded box: what it is filled with, and its edge."""
        fill, edge = colours
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="12" fill="{fill}" '
            f'stroke="{edge}" stroke-width="2"/>'
        )

    def block(self, x: float, y: float, width: float, height: float, colours: tuple[str, str]) -> None:
        """A stretch of time: what it is filled with, and its edge."""
        fill, edge = colours
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" '
            f'stroke="{edge}" stroke-width="2"/>'
        )

    def wire(self, points: list[tuple[float, float]], kind: str) -> None:
        """A wire along these points; one drawn later passes over those that it crosses."""
        wire = WIRES[kind]
        path = " ".join(f"{x:g},{y:g}" for x, y in points)

        def stroke(colour: str, width: float, more: str = "") -> None:
            self.parts.append(
                f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
                f'stroke-linejoin="round"{more}/>'
            )

        stroke("#f8fafc", 14)
        stroke(LINE, 6)
        stroke(wire.colour, 4)
        if wire.stripes is not None:
            stroke(wire.stripes, 4, ' stroke-dasharray="4 8"')

    def joint(self, x: float, y: float) -> None:
        """Where wires are joined."""
        self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="7" fill="{INK}"/>')

    def pin(self, x: float, y: float, number: str, colour: str = "#ffffff") -> None:
        """A contact of a connector with its number."""
        self.parts.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="13" fill="{colour}" stroke="{LINE}" stroke-width="2"/>'
        )
        self.text(x, y + 5, number, size=14, bold=True, colour=INK, anchor="middle")

    def resistor(self, x: float, top: float, bottom: float, label: str) -> None:
        """A resistor between two wires, upright."""
        middle = (top + bottom) / 2
        self.parts.append(
            f'<line x1="{x:g}" y1="{top:g}" x2="{x:g}" y2="{bottom:g}" stroke="{LINE}" stroke-width="3"/>'
            f'<rect x="{x - 10:g}" y="{middle - 17:g}" width="20" height="34" fill="#ffffff" '
            f'stroke="{LINE}" stroke-width="2.5"/>'
        )
        self.text(x + 18, middle + 5, label, bold=True, colour=INK)

    def line(self, points: list[tuple[float, float]], colour: str = LINE, width: float = 2) -> None:
        """A plain line."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
            'stroke-linejoin="round"/>'
        )

    def arrow(self, x: float, y: float, to_x: float, to_y: float, colour: str = LINE) -> None:
        """A straight arrow, level."""
        self.line([(x, y), (to_x - 8, to_y)], colour, 2.5)
        self.parts.append(
            f'<path d="M{to_x - 11:g} {to_y - 6:g} L{to_x - 1:g} {to_y:g} L{to_x - 11:g} {to_y + 6:g} z" '
            f'fill="{colour}"/>'
        )

    def svg(self) -> str:
        """All of it."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                'role="img" font-family="DejaVu Sans, Helvetica, Arial, sans-serif">',
                f"<title>{escape(self.title)}</title>",
                f'<rect width="{self.width}" height="{self.height}" rx="14" fill="#ffffff"/>',
                *self.parts,
                "</svg>",
                "",
            ]
        )
