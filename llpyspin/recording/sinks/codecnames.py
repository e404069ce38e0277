"""Which codecs there are, and which files take them: what can be said before anything is encoded."""

from __future__ import annotations

from llpyspin.naming.nearest import nearest_words
from llpyspin.recording.sinks.encoders import ENCODERS, FAMILIES
from llpyspin.recording.sinks.kinds import FORMATS
from llpyspin.recording.sinks.pyav import CONTAINERS

__all__ = ["CODECS", "codec_mistake"]

CODECS = (*FAMILIES, *FORMATS)
"""What may be asked for, beside the exact names of encoders."""


def codec_mistake(codec: str, suffix: str | None) -> str:
    """Why there is no such codec, or none for files with this suffix (None: any); "" if there is one."""
    known = FORMATS.get(codec)
    if known is None and codec not in (*FAMILIES, *ENCODERS):
        near = nearest_words(codec, (*CODECS, *ENCODERS))
        hint = f"did you mean {near[0]!r}? T" if near else "t"
        own = ", ".join(name for name in ENCODERS if name not in CODECS)
        told = f"there is no codec {codec!r}; {hint}here are {', '.join(CODECS)}"
        return f"{told}, and encoders by their own names: {own}"
    if known is not None and suffix not in (None, *known.suffixes):
        return f"{codec} makes {' or '.join(known.suffixes)} files, not {suffix}"
    if known is None and suffix not in (None, *CONTAINERS):
        return f"{codec} goes into {', '.join(CONTAINERS)} files, not {suffix}"
    return ""
