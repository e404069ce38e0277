"""The page: one HTML file with everything in it.  Texts of the recording are escaped by the template."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from llpyspin.extras import library
from llpyspin.recording.reportnames import MARK
from llpyspin.report.headline import GRADES, length_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llpyspin.report.contactsheet import Tile
    from llpyspin.report.document import Document
    from llpyspin.report.drawings import Drawing

__all__ = ["page_of"]

MOST_EVENTS = 60
MOST_SIGNS = 12
MOST_COLUMNS = 6
_SYMBOLS = {"complete": "✔", "missing": "!", "repaired": "!", "running": "…"}


def page_of(
    document: Document,
    drawings: Sequence[Drawing],
    tiles: Mapping[str, Sequence[Tile]],
    json_name: str = "report.json",
) -> str:
    """The HTML of a report; it needs no other file and no network."""
    settings = [name for values in document.settings.values() for name in values]
    return str(
        _template().render(
            d=document,
            mark=MARK,
            json_name=json_name,
            grade=GRADES[document.verdict.grade],
            symbol=_SYMBOLS.get(document.verdict.grade, "✘"),
            started=_moment(document.recording.started_utc),
            length="" if document.recording.seconds is None else length_of(document.recording.seconds),
            real_cameras=[each.name for each in document.cameras if not each.virtual],
            moments=_moments(document, tiles),
            has_losses=any(each.incomplete or any(each.lost.values()) for each in document.cameras),
            columns=min(max(1, len(tiles)), MOST_COLUMNS),
            cameras_not_shown=len(document.cameras) - len(tiles),
            figures=[{**each._asdict(), "data": _base64(each.svg)} for each in drawings],
            timed=[each for each in document.cameras if each.interval_ms or each.delay_ms],
            events=document.events[:MOST_EVENTS],
            most_events=MOST_EVENTS,
            most_signs=MOST_SIGNS,
            names_of_settings=list(dict.fromkeys(settings)),
        )
    )


def _template() -> Any:
    jinja2 = library("jinja2", "the report of a recording", extra="report")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("llpyspin.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    markup = library("markupsafe", "the report of a recording", extra="report")

    def coded(text: str) -> Any:
        """What stands between backticks as code."""
        pieces = re.split(r"`([^`]*)`", text)
        marked = [
            f"<code>{markup.escape(each)}</code>" if n % 2 else markup.escape(each)
            for n, each in enumerate(pieces)
        ]
        return markup.Markup("".join(str(each) for each in marked))

    environment.filters |= {"coded": coded, "moment": _moment}
    return environment.get_template("page.html")


def _moments(document: Document, tiles: Mapping[str, Sequence[Tile]]) -> list[dict[str, Any]]:
    return [
        {
            "trigger": moment.trigger,
            "seconds": moment.seconds,
            "why": moment.why,
            "tiles": [
                {"camera": camera, "text": each[number].text, "data": _base64(each[number].data)}
                for camera, each in tiles.items()
            ],
        }
        for number, moment in enumerate(document.moments)
    ]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _moment(utc: str) -> str:
    """ "2026-03-01 14:05:59" of ISO 8601; what is none stays as it is."""
    try:
        return datetime.fromisoformat(utc).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return utc or "at an unknown time"
