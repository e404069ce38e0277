"""What one run of a rig is for: folder, options, pre-trigger, and what to do about failures."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any, cast

from llpyspin.errors import RecordingError, RigConfigError, SettingRangeError
from llpyspin.naming.known import did_you_mean
from llpyspin.recording.budget import Budget, budget_of
from llpyspin.recording.metadata import checked_metadata
from llpyspin.recording.names import check_name, full_path
from llpyspin.recording.options import RecordingOptions
from llpyspin.recording.plan import pre_trigger_of
from llpyspin.rig.config import ON_FAILURE
from llpyspin.rig.elsewhere import of_methods, of_the_rig
from llpyspin.rig.folder import SessionFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.rig.config import OnFailure, RigConfig

__all__ = ["RigPlan", "Shared", "check_backlog", "options_of", "plan_of"]


@dataclasses.dataclass(frozen=True)
class Shared:
    """What a recording has in common with those of other computers, whose cameras see the same pulses.

    Attributes
    ----------
    id : str
        Of the recording; "": it gets one of its own.
    rate : float or None
        Of pulses that come from elsewhere, in Hz, as it was found there.
    """

    id: str = ""
    rate: float | None = None


@dataclasses.dataclass(frozen=True)
class RigPlan:
    """What a run is for.

    Attributes
    ----------
    folder : SessionFolder or None
        None: nothing is written.
    options : RecordingOptions
    pre_trigger : float or None
        Seconds.
    on_failure : {"recover", "continue", "stop"}
    allow_lower_rate : bool
        Whether the primary may run slower than was asked for.
    metadata : mapping
        What the user says of the recording.
    budget : Budget
        What ends it.
    shared : Shared
        What other computers know of it, too.
    """

    folder: SessionFolder | None
    options: RecordingOptions
    pre_trigger: float | None
    on_failure: OnFailure
    allow_lower_rate: bool = False
    metadata: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    budget: Budget = dataclasses.field(default_factory=Budget)
    shared: Shared = Shared()


def plan_of(
    config: RigConfig,
    out: str | os.PathLike[str] | None,
    pre_trigger: float | None,
    on_failure: str | None,
    options: Mapping[str, Any],
    *,
    allow_lower_rate: bool = False,
    metadata: Mapping[str, Any] | None = None,
    shared: Shared = Shared(),
) -> RigPlan:
    """The plan that the arguments of ``prime`` make, over what the configuration says.

    Makes the session's folder.

    Raises
    ------
    RigConfigError, SettingRangeError, RecordingError, RecordingExistsError
    """
    policy = config.on_failure if on_failure is None else on_failure
    if policy not in ON_FAILURE:
        near = did_you_mean(on_failure, ON_FAILURE)
        told = f"on_failure must be one of {', '.join(ON_FAILURE)}, not {on_failure!r}. {near}"
        raise RigConfigError(told.removesuffix(". "))
    options = dict(options)
    asked = options.pop("budget", None)
    budget = budget_of(config.budget if asked is None else asked)
    chosen, span = options_of(config, pre_trigger, options)
    said = {**config.said, **checked_metadata(metadata)}
    folder = None
    if out is not None:
        _check_names(config, out)
        folder = SessionFolder(out, overwrite=chosen.overwrite)
    elif options or span or asked or metadata is not None:
        raise RecordingError("options of a recording need a folder (out=)")
    return RigPlan(folder, chosen, span, cast("OnFailure", policy), allow_lower_rate, said, budget, shared)


def _check_names(config: RigConfig, out: str | os.PathLike[str]) -> None:
    """Refuse names of files that cannot be, before there is a folder."""
    if isinstance(out, (str, os.PathLike)) and str(out):
        for camera in config.cameras:
            check_name(full_path(out) / camera.name)


def options_of(
    config: RigConfig, pre_trigger: float | None, options: Mapping[str, Any]
) -> tuple[RecordingOptions, float | None]:
    """What the configuration says, with what is asked for now; blanks for lost frames unless told."""
    merged = {"fill": True, **config.record, **{k: v for k, v in options.items() if v is not None}}
    span = merged.pop("pre_trigger", None) if pre_trigger is None else pre_trigger
    merged.pop("pre_trigger", None)
    unknown = [name for name in merged if name not in RecordingOptions.__dataclass_fields__]
    if unknown:
        from llpyspin.yamlfile.validating import Report, Scope

        report = Report()
        names = (*RecordingOptions.__dataclass_fields__, "pre_trigger")
        hints = {**of_the_rig(), **of_methods()}
        Scope(report, merged, "record").unknown(names, hints, beside=of_methods())
        raise RigConfigError(str(report), mistakes=tuple(report.mistakes))
    return RecordingOptions(**merged), pre_trigger_of(span)


def check_backlog(backlog: object) -> None:
    """Refuse what is no number of triggers to work off; None is the default."""
    if backlog is not None and (not isinstance(backlog, int) or isinstance(backlog, bool) or backlog < 1):
        raise SettingRangeError(
            f"backlog must be a whole number of triggers from 1, not {backlog!r}",
            setting="backlog",
            value=backlog,
        )
