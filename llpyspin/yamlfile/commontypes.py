"""Types that several kinds of files have; for :mod:`llpyspin.yamlfile.validating`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

__all__ = ["Positive", "Scalar", "Size", "Whole", "Word"]

Word = Annotated[str | int, Meta(extra={"allowed": "one word"})]
Positive = Annotated[float, Meta(gt=0)]
Whole = Annotated[int, Meta(ge=0, extra={"allowed": "a whole number from 0"})]
Size = Annotated[int, Meta(ge=1, extra={"allowed": "a whole number from 1"})]
Scalar = Annotated[
    bool | int | float | str, Meta(extra={"allowed": "one value: text, a number, true or false"})
]
