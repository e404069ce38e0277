"""What a video says of its origin in its own metadata, so that it is known without its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.recording.replaytag import replay_tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "SERIAL",
    "SESSION",
    "STARTED",
    "VIRTUAL",
    "origin_of",
    "origin_tags",
    "strangers",
]

SERIAL, NICKNAME, PART = "llpyspin_serial", "llpyspin_nickname", "llpyspin_part"
VIRTUAL, RETURNED = "llpyspin_virtual", "llpyspin_returned"
SESSION, STARTED, FIRST_TRIGGER = "llpyspin_session", "llpyspin_started_utc", "llpyspin_first_trigger"


def origin_tags(
    serial: str,
    *,
    nickname: str = "",
    virtual: bool = False,
    replay_of: str = "",
    returned: bool = False,
    session: str = "",
    started_utc: str = "",
    part: int | None = None,
    first_trigger: int | None = None,
) -> dict[str, str]:
    """The tags of a video.

    Parameters
    ----------
    serial, nickname : str
        Of the camera.
    virtual : bool
    replay_of : str
        Path of the recording that a virtual camera replays.
    returned : bool
        Whether the pictures are what a callback returned.
    session : str
        The session's id.
    started_utc : str
        When the session started.
    part : int, optional
        Of the file; 0 for the first one.
    first_trigger : int, optional
        Trigger of picture 0, where that is certain.
    """
    tags = {SERIAL: serial}
    told = {
        PART: None if part is None else str(part),
        NICKNAME: nickname,
        SESSION: session,
        STARTED: started_utc,
        FIRST_TRIGGER: None if first_trigger is None else str(first_trigger),
        VIRTUAL: "yes" if virtual else "",
        RETURNED: "yes" if returned else "",
    }
    return tags | {name: text for name, text in told.items() if text} | replay_tag(replay_of)


def origin_of(tags: Mapping[str, str]) -> str:
    """The same for people, as "camera 12345678, part 1, session …, started …"; "" for other videos."""
    if not tags.get(SERIAL):
        return ""
    words = {
        NICKNAME: "name",
        PART: "part",
        SESSION: "session",
        STARTED: "started",
        FIRST_TRIGGER: "first trigger",
    }
    kind = "virtual camera" if tags.get(VIRTUAL) == "yes" else "camera"
    told = [f"{word} {_shown(tags[name])}" for name, word in words.items() if tags.get(name)]
    return ", ".join([f"{kind} {_shown(tags[SERIAL])}", *told])


def strangers(
    tags: Mapping[str, str], serial: str, session: str, first_trigger: int | None = None
) -> Iterator[str]:
    """What in the tags of a video is of another camera, session or segment.

    What is not known is passed over, here and there.

    Parameters
    ----------
    serial, session : str
        Of the recording; "": not known.
    first_trigger : int, optional
        Of picture 0, as the sidecar has it.
    """
    for what, name, wanted in (("camera", SERIAL, serial), ("session", SESSION, session)):
        found = tags.get(name)
        if found and wanted and found != wanted:
            yield f"it is a video of {what} {_shown(found)}, and this recording is of {what} {wanted}"
    first = tags.get(FIRST_TRIGGER)
    if not first:
        return
    if not (first.isascii() and first.isdecimal()):
        yield f"its metadata is damaged: {FIRST_TRIGGER} is {first[:60]!r}, which is no number of a trigger"
    elif first_trigger is not None and first.lstrip("0") != str(first_trigger).lstrip("0"):
        yield (
            f"it says that its first picture is of trigger {_shown(first)}, and its sidecar says trigger "
            f"{first_trigger}: it is another file of this camera, or belongs to another recording"
        )


def _shown(text: str) -> str:
    """The beginning of a foreign text, on one line."""
    return text[:60] if text.isprintable() else repr(text[:60])
