"""Pictures of one trigger from all hosts of a rig, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from llpyspin.errors import ArgumentError
from llpyspin.extras import library
from llpyspin.hosts import asks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llpyspin.deadlines import Deadline
    from llpyspin.hosts.answers import Picture, Pictures
    from llpyspin.hosts.manyhosts import ManyHosts

__all__ = ["HostImages"]

FORMS = ("raw", "jpeg")
MOST_WAIT_S = 10.0
LATER_S = 1.0
"""How long other hosts are waited for once one has the pictures of a trigger."""


class HostImages:
    """What :meth:`~llpyspin.hosts.rigoverhosts.RigOverHosts.read` has returned, and what comes next.

    Attributes
    ----------
    trigger : int
        Of the last images; -1 before the first.
    """

    def __init__(self, many: ManyHosts, cameras: Iterable[str]) -> None:
        self.trigger = -1
        self._many = many
        self._cameras = tuple(cameras)

    def next(
        self, form: Literal["raw", "jpeg"], edge: int, lost: Iterable[str], deadline: Deadline
    ) -> dict[str, Any]:
        """The images of the newest trigger; None for a camera that has none of it."""
        if form not in FORMS:
            raise ArgumentError(f"form is one of {', '.join(FORMS)}, not {form!r}")
        none: dict[str, Any] = dict.fromkeys(self._cameras)
        gone = set(lost)
        there = [name for name in self._many.links if name not in gone]
        if not there:
            return none
        first, *others = there
        wait_s = min(deadline.remaining(), MOST_WAIT_S)
        ask = asks.Latest(after=self.trigger, form=form, edge=edge, wait_s=wait_s)
        answer: Pictures = self._many.links[first].look(ask, wait_s + LATER_S)
        if answer.trigger < 0:
            return none
        self.trigger = answer.trigger
        found = dict(answer.pictures)
        wait_s = min(max(deadline.remaining(), 0.1), LATER_S)
        same = asks.Latest(trigger=answer.trigger, form=form, edge=edge, wait_s=wait_s)
        for each in self._many.look(others, same, wait_s + LATER_S).values():
            found.update(each.pictures)
        return {name: _image(found.get(name)) for name in self._cameras}


def _image(picture: Picture | None) -> Any:
    if picture is None:
        return None
    if picture.form == "jpeg":
        jpeg = library("simplejpeg", "JPEG pictures of hosts", extra="serve")
        colours = "GRAY" if picture.channels == 1 else "BGR"
        image = jpeg.decode_jpeg(picture.content, colorspace=colours)
        return image[..., 0] if picture.channels == 1 else image
    shape = (picture.height, picture.width) + ((picture.channels,) if picture.channels > 1 else ())
    return np.frombuffer(picture.content, picture.dtype).reshape(shape)
