"""What an NWB file says of the session and its subject, from the metadata of the recording."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timezone
from typing import TYPE_CHECKING, Any

from llpyspin.recording.tree import to_tree

if TYPE_CHECKING:
    from llpyspin.export.material import Material

__all__ = ["NO_AGE", "SESSION_WORDS", "SUBJECT_WORDS", "doubts", "session_words", "subject_words"]

SUBJECT_WORDS = ("age", "date_of_birth", "description", "genotype", "sex", "species", "strain", "weight")
"""Keys of the metadata that describe the subject, as NWB names them."""
SESSION_WORDS = (
    "experimenter",
    "experiment_description",
    "institution",
    "keywords",
    "lab",
    "pharmacology",
    "protocol",
    "session_id",
    "surgery",
    "virus",
)
"""Keys of the metadata that describe the session, as NWB names them."""
NO_AGE = "P0D/"
"""A range of ages that contains every age: NWB wants one, and the recording has none."""
_AGE = r"P[0-9.YMWDTHS]+(/(P[0-9.YMWDTHS]+)?)?"
_SEXES = {"male": "M", "female": "F", "other": "O", "unknown": "U"}


def subject_words(material: Material) -> dict[str, Any]:
    """The arguments of a subject: those of the metadata, and what is always true for the others."""
    metadata = material.session.metadata
    subject = metadata.get("subject")
    given = {**metadata, **(subject if isinstance(subject, Mapping) else {})}
    words = {name: str(given[name]) for name in SUBJECT_WORDS if given.get(name) is not None}
    named = given.get("subject_id") or (None if isinstance(subject, Mapping) else subject)
    words["subject_id"] = str(named or "unknown").replace("/", "-").replace("\\", "-")
    words.setdefault("description", "As named in the metadata of the recording" if named else "Not named")
    words["sex"] = _SEXES.get(words.get("sex", "U").lower(), words.get("sex", "U"))
    weight = given.get("weight_g")
    if "weight" not in words and weight is not None:
        words["weight"] = f"{weight} g"
    born = _born(words.pop("date_of_birth", None))
    if born is not None:
        return {**words, "date_of_birth": born}
    return {"age": NO_AGE, **words}


def doubts(words: Mapping[str, Any]) -> list[str]:
    """What archives refuse, or what is not known, in the arguments of a subject."""
    unknown = [
        what
        for what, missing in (
            ("name", words["subject_id"] == "unknown"),
            ("species", "species" not in words),
            ("sex", words["sex"] == "U"),
            ("age", words.get("age") == NO_AGE),
        )
        if missing
    ]
    found = []
    if unknown:
        found.append(
            f"the recording does not say the subject's {', '.join(unknown)}. "
            "Archives want them: set metadata when you record"
        )
    if not re.fullmatch(_AGE, words.get("age", NO_AGE)):
        found.append(f"the subject's age {words['age']!r} is not as NWB wants it. P90D is 90 days")
    if words["sex"] not in _SEXES.values():
        found.append(f"the subject's sex {words['sex']!r} is not one of {', '.join(_SEXES.values())}")
    return found


def _born(text: str | None) -> datetime | None:
    """A date of birth; None where there is none, or it is no date."""
    if text is None:
        return None
    try:
        day = (
            datetime.fromisoformat(text)
            if "T" in text
            else datetime.combine(date.fromisoformat(text), time())
        )
    except ValueError:
        return None
    return day if day.tzinfo is not None else day.replace(tzinfo=timezone.utc)


def session_words(material: Material) -> dict[str, Any]:
    """The arguments of the file that describe the session."""
    session, metadata = material.session, material.session.metadata
    words: dict[str, Any] = {}
    for name in SESSION_WORDS:
        value = metadata.get(name)
        if value is not None:
            words[name] = [str(each) for each in value] if isinstance(value, (list, tuple)) else str(value)
    if isinstance(words.get("keywords"), str):
        words["keywords"] = [words["keywords"]]
    words.setdefault("session_id", material.name.replace("/", "-"))
    words.setdefault("keywords", ["video", *(["virtual cameras"] if material.virtual else [])])
    notes = [session.notes, f"metadata: {json.dumps(to_tree(metadata))}" if metadata else ""]
    words["notes"] = "\n".join([*filter(None, notes), *material.notes]) or "none"
    words["data_collection"] = str(material.account)
    return words
