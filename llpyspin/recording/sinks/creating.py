"""Creates files and writes them for all sinks: never over another file; a full disk is an error."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from abc import ABC, abstractmethod
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError, RecordingExistsError
from llpyspin.system.openfiles import opened, room_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llpyspin.recording.sinks.picture import Array, Picture

__all__ = ["FileSink", "FlushedSink", "claimed", "exact_rate", "packed_tags", "unpacked_tags"]

_SPARE = 64 << 20
"""Bytes of a disk that are left free by libraries which fail badly when there is nothing left."""
TAGS_MARK = "llpyspin:"
"""Begins the comment in which a container keeps our tags; what follows is JSON."""


@contextlib.contextmanager
def claimed(path: Path, *, overwrite: bool) -> Iterator[None]:
    """An empty file at ``path`` that is ours; the body opens it and writes its beginning.

    Of several programs that claim a path at the same time one gets it.  If the body fails, the file is gone
    again, and with ``overwrite`` the one before is back.

    Raises
    ------
    RecordingExistsError
        Something has that name, and ``overwrite`` is false.
    RecordingError
        The file cannot be made.
    """
    aside = (
        path.with_name(f".{path.name}.before-{os.getpid()}") if overwrite and os.path.isfile(path) else None
    )
    try:
        if aside is not None:
            path.rename(aside)
        os.close(opened(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        raise RecordingExistsError(
            f"{path} already exists. Choose another name, or set overwrite=True"
        ) from None
    except OSError as error:
        if aside is not None and os.path.exists(aside):
            aside.rename(path)
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        if aside is not None:
            aside.rename(path)
        raise
    if aside is not None:
        aside.unlink()


def packed_tags(tags: Mapping[str, str], picture: Picture) -> str:
    """Tags and the kind of picture, as one line that every container can keep as its comment."""
    rate = str(exact_rate(picture.rate))
    kind = {"color": picture.color, "bits": picture.bits, "rate": rate}
    return TAGS_MARK + json.dumps({"picture": kind, "tags": dict(tags)}, ensure_ascii=True)


def unpacked_tags(comment: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Tags, and what is known of the pictures; empty for a comment that is not ours."""
    if not comment.startswith(TAGS_MARK):
        return {}, {}
    try:
        content = json.loads(comment[len(TAGS_MARK) :])
        tags = {str(name): str(value) for name, value in dict(content["tags"]).items()}
        kind = dict(content["picture"])
        found: dict[str, Any] = {"color": bool(kind["color"]), "bits": min(max(int(kind["bits"]), 8), 16)}
        if "rate" in kind:  # older files do not say it
            rate = Fraction(str(kind["rate"])[:40])
            found |= {"rate": rate} if 0 < rate <= 1e6 else {}
        return tags, found
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return {}, {}


def exact_rate(rate: float) -> Fraction:
    """Pictures a second as containers count them: picture ``n`` has the time ``n / rate``."""
    return Fraction(rate).limit_denominator(100_000)


class FileSink(ABC):
    """What all sinks share: checks, counts, errors that name the file and what it has.

    A sink of one format gives ``_put``, ``_safe`` and ``_finish``, and in ``_failures`` the errors of its
    library that mean "could not be written".
    """

    _failures: tuple[type[BaseException], ...] = (OSError,)

    def __init__(self, path: Path, picture: Picture, name: str) -> None:
        self.path = path
        self.picture = picture
        self.name = name
        self.frames = 0
        self._shape, self._dtype = picture.shape, picture.dtype
        self._closed = False
        self._failed: RecordingError | None = None

    def write(self, image: Array) -> None:
        """See :meth:`Sink.write`."""
        if image.shape != self._shape or image.dtype != self._dtype:
            raise RecordingError(
                f"{self.path} takes pictures of {self._shape} {self._dtype}, not {image.shape} {image.dtype}"
            )
        if self._failed is not None:
            raise self._failed
        if self._closed:
            raise RecordingError(f"{self.path} is closed")
        try:
            self._put(image)
        except self._failures as error:
            raise self._failure(error) from error
        self.frames += 1

    def flush(self) -> int:
        """See :meth:`Sink.flush`."""
        if self._failed is not None or self._closed:
            return self._safe()
        try:
            self._push()
        except self._failures as error:
            raise self._failure(error) from error
        return self._safe()

    def close(self) -> None:
        """See :meth:`Sink.close`.  After a failed write it ends the file as well as can be, silently."""
        if self._closed:
            return
        self._closed = True
        try:
            self._finish()
        except self._failures as error:
            if self._failed is None:
                raise self._failure(error) from error

    @property
    def bytes(self) -> int:
        """See :attr:`Sink.bytes`."""
        try:
            return os.stat(self.path).st_size
        except OSError:  # it is gone, or its folder is
            return 0

    def _failure(self, error: BaseException) -> RecordingError:
        number = getattr(error, "errno", None) or 0
        if number <= 0 and self._free() < self.picture.nbytes:
            number = errno.ENOSPC  # some libraries only see that less was written
        reason = os.strerror(number) if number > 0 else str(error)
        self._failed = RecordingError(
            f"{self.path}: picture {self.frames} could not be written ({reason}); "
            f"the file has the {self._safe()} before that are safe on disk"
        )
        return self._failed

    def _free(self) -> int:
        try:
            return room_at(self.path.parent).free
        except OSError:  # the folder is gone, which is another reason
            return self.picture.nbytes

    def _room(self) -> None:
        """Raise what a full disk would, while there still is room for what a library writes at the end."""
        disk = room_at(self.path.parent)
        spare = min(_SPARE, disk.whole // 16)
        if disk.free < spare + self.picture.nbytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @abstractmethod
    def _put(self, image: Array) -> None:
        """See the subclasses."""

    def _push(self) -> None:  # noqa: B027 - most libraries hold nothing back
        """Hand to the system what the library holds back."""

    @abstractmethod
    def _safe(self) -> int:
        """See the subclasses."""

    @abstractmethod
    def _finish(self) -> None:
        """See the subclasses."""


class FlushedSink(FileSink):
    """A sink whose library holds pictures back until ``_file`` is flushed; has ``_put`` and ``_end``."""

    _file: Any
    _flushed = 0

    def _push(self) -> None:
        self._file.flush()
        self._flushed = self.frames

    def _safe(self) -> int:
        return self._flushed

    def _finish(self) -> None:
        try:
            if self._failed is None:
                self._push()
            self._end()
        finally:
            self._file.close()

    def _end(self) -> None:
        """Have the library write what is to stand at the end of the file."""
