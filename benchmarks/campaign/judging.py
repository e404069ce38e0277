"""The findings of a run: pictures against rows, rows against what the cameras really did, and the account."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.campaign.kinds import kinds_of
from benchmarks.campaign.pictures import BLANK, BROKEN, Film, TableRow, films_of
from benchmarks.campaign.plan import BOX
from benchmarks.campaign.truth import Exposure, Pulses, Truth, pulses_of, pulses_on_a_common_clock, read_diary
from llpyspin.virtual.stamp import camera_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.campaign.plan import CameraPlan, Plan

__all__ = ["Finding", "Recorded", "diaries_of", "is_true", "judge", "read_recorded"]

MOST_OF_A_KIND = 3
CUT_WITHIN_NS = 500_000_000
"""How long before the account says so all files may end, where a rig is stopped while pulses come."""
_UNPROVEN = re.compile(r"(\S+): which triggers its frames belong to is not certain: no camera saw")
_PULSES = re.compile(r"(\S+): its input line had (\d+) pulses, but there were (\d+) triggers")
_COUNTED = re.compile(r"(\S+): the camera counted (\d+) exposures, its account has (\d+)")
_RETURNED = re.compile(r"(.+)_returned(?:_\d+)?")


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    ``kind`` is "data" (a picture or a row says what is not so, or is gone), "account", "check", "left",
    "time", "error", or "plan" (it could not be carried out).
    """

    kind: str
    text: str


@dataclass
class Recorded:
    """What is on disk of one camera, and what it really did."""

    camera: CameraPlan
    films: list[Film]
    truth: Truth
    returned: bool = False

    @property
    def label(self) -> str:
        return self.camera.name + (" (returned)" if self.returned else "")


def read_recorded(plan: Plan, folder: Path, diary: Path, *, pictures: bool = True) -> list[Recorded]:
    """All cameras of a plan; without ``pictures`` only the rows are read."""
    recorded = []
    for camera in plan.cameras:
        truth = read_diary(diary / f"{camera.serial}.csv")
        films = films_of(folder, camera.name, pictures=pictures)
        recorded.append(Recorded(camera, films, truth, returned=plan.callback == "returned"))
        if plan.callback == "both":
            films = films_of(folder, f"{camera.name}_returned", pictures=pictures)
            recorded.append(Recorded(camera, films, truth, returned=True))
    return recorded


def giver_of(plan: Plan, diary: Path, until_ns: int | None) -> Pulses:
    """The pulses, from whoever gives them."""
    if plan.shape == "ptp":
        diaries = [read_diary(diary / f"{camera.serial}.csv", until_ns) for camera in plan.cameras]
        return pulses_on_a_common_clock([each.exposures for each in diaries], 1e9 / plan.framerate)
    serial = BOX if plan.shape == "external" else plan.cameras[0].serial
    return pulses_of(read_diary(diary / f"{serial}.csv", until_ns).exposures)


class _Numbers:
    """Which trigger each pulse is: one difference for each acquisition of the giver."""

    def __init__(self) -> None:
        self.votes: dict[int, Counter[int]] = {}

    def vote(self, pulse: tuple[int, int], trigger: int) -> None:
        began, number = pulse
        self.votes.setdefault(began, Counter())[trigger - number] += 1

    def settle(self, first_is_zero: bool) -> dict[int, int]:
        """By acquisition: what to add to a pulse's number to have its trigger."""
        settled = {began: votes.most_common(1)[0][0] for began, votes in sorted(self.votes.items())}
        if first_is_zero and settled:
            settled[min(settled)] = 0
        return settled


class _Judge:
    def __init__(
        self, plan: Plan, recorded: list[Recorded], pulses: Pulses, *, whole: bool, cut_ns: int | None = None
    ) -> None:
        self.plan, self.recorded, self.pulses, self.whole = plan, recorded, pulses, whole
        self.cut_ns = cut_ns
        self.findings: list[Finding] = []
        self.pictures = 0
        self._counts: Counter[str] = Counter()
        self._placed: list[tuple[Recorded, Film, TableRow, Exposure, tuple[int, int]]] = []

    def add(self, kind: str, what: str, text: str) -> None:
        """A finding, unless there were some of the same already."""
        self._counts[what] += 1
        if self._counts[what] <= MOST_OF_A_KIND:
            self.findings.append(Finding(kind, f"{what}: {text}"))

    def close(self) -> None:
        """How many more there were."""
        for what, count in self._counts.items():
            if count > MOST_OF_A_KIND:
                self.findings.append(Finding("data", f"{what}: {count - MOST_OF_A_KIND} more"))

    # -- pictures and rows

    def look(self) -> None:
        for one in self.recorded:
            self._pairs(one)
            self._rows_are_whole(one)
        self._triggers()

    def _pairs(self, one: Recorded) -> None:
        """Each picture is of the exposure that its row tells of."""
        last: Exposure | None = None
        broken = files_taken(self.plan, one.camera)
        for film in one.films:
            rows = {row.frame: row for row in film.rows if row.frame is not None}
            if film.problem and rows and not broken:  # a video without a picture is none to any reader
                self.add("data", "unreadable", film.problem)
            if list(rows) != list(range(len(rows))):
                self.add("data", "rows out of order", f"{film.name}: {list(rows)[:20]}")
            more = film.stamps[len(rows) :]
            if (len(rows) > len(film.stamps) or not self._written_again(one, film, more)) and not broken:
                self.add(
                    "data",
                    "pictures and rows differ",
                    f"{film.name}: {len(film.stamps)} pictures, {len(rows)} rows with one",
                )
            if film.cameras - {camera_number(one.camera.serial)}:
                self.add("data", "another camera's picture", f"{film.name}: {film.cameras}")
            for frame, row in rows.items():
                if frame is not None and frame < len(film.stamps):
                    last = self._pair(one, film, row, last)

    def _written_again(self, one: Recorded, film: Film, numbers: list[int]) -> bool:
        """Whether these pictures are in the next film, too: a killed writer had not told of them yet."""
        later = one.films[one.films.index(film) + 1 :]
        return not numbers or any(numbers == other.stamps[: len(numbers)] for other in later[:1])

    def _pair(self, one: Recorded, film: Film, row: TableRow, last: Exposure | None) -> Exposure | None:
        assert row.frame is not None
        self.pictures += 1
        stamp, head = film.stamps[row.frame], film.heads[row.frame]
        where = f"{film.name}: picture {row.frame} (trigger {row.trigger}, {row.state})"
        if row.state == "lost":
            if stamp != BLANK:
                self.add("data", "a lost frame's picture is not blank", where)
            return last
        if row.state == "incomplete":
            stamp = head
        if stamp == BLANK or (stamp == BROKEN and row.state == "written"):
            self.add("data", "a picture without its number", where)
            return last
        if stamp == BROKEN:
            return last
        exposure = self._exposure(one.truth, row, stamp, last)
        if exposure is None:
            self.add("data", "a picture that no camera took", f"{where}: number {stamp}")
            return last
        if exposure.number != stamp:
            self.add(
                "data",
                "a picture under a wrong timestamp",
                f"{where}: number {stamp}, its timestamp is of exposure {exposure.number}",
            )
            return last
        self._fate(one, row, exposure, where)
        delay = int(one.camera.settings.get("nodes", {}).get("TriggerDelay", 0) * 1000)
        pulse = self.pulses.at(exposure.start_ns - delay, round(1e9 / self.plan.framerate))
        if pulse is None:
            self.add("data", "a picture of no pulse", where)
        else:
            self._placed.append((one, film, row, exposure, pulse))
        return exposure

    def _exposure(self, truth: Truth, row: TableRow, stamp: int, last: Exposure | None) -> Exposure | None:
        """The exposure of a picture: by its timestamp, or, in a row that has none, by what was before."""
        if row.camera_ns is not None:
            return truth.of_timestamp(row.camera_ns)
        later = [each for each in truth.of_number(stamp) if last is None or each.start_ns > last.start_ns]
        same = [each for each in later if last is not None and each.began_ns == last.began_ns]
        return next(iter(same or later), None)

    def _fate(self, one: Recorded, row: TableRow, exposure: Exposure, where: str) -> None:
        fate = one.truth.fate(exposure)
        if (fate == "damaged") != (row.state == "incomplete"):
            self.add("data", "a row with a wrong state", f"{where}: the camera says {fate}")

    def _rows_are_whole(self, one: Recorded) -> None:
        """There is one row for each trigger, in order."""
        triggers = [row.trigger for film in one.films for row in film.rows]
        if not triggers or files_taken(self.plan, one.camera):
            return
        wanted = list(range(triggers[0], triggers[0] + len(triggers)))
        if triggers != wanted:
            wrong = next(place for place, trigger in enumerate(triggers) if trigger != wanted[place])
            self.add(
                "data",
                "triggers are not in order",
                f"{one.label}: after {triggers[max(0, wrong - 1)]} comes {triggers[wrong]}",
            )

    # -- triggers

    def _triggers(self) -> None:
        """The same trigger is the same pulse for all, and triggers count pulses."""
        numbers = _Numbers()
        for _, _, row, _, pulse in self._placed:
            numbers.vote(pulse, row.trigger)
        first_is_zero = bool(self._placed) and min(numbers.votes) == min(
            (began for began, _ in self.pulses.ids), default=0
        )
        self.settled = numbers.settle(first_is_zero)
        for _, film, row, exposure, (began, number) in self._placed:
            wanted = number + self.settled[began]
            if row.trigger != wanted:
                self.add(
                    "data",
                    "a picture under a wrong trigger",
                    f"{film.name}: picture {row.frame} (number {exposure.number}) is of trigger {wanted}, "
                    f"its row says {row.trigger}",
                )
        self._numbering_goes_on()
        if self.whole:
            self._told_to_the_end()
        for one in self.recorded:
            self._losses(one)

    def _numbering_goes_on(self) -> None:
        end = -1
        for began, offset in self.settled.items():
            if offset <= end:
                self.add("data", "triggers were counted twice", f"up to {end}, and again from {offset} on")
            end = offset + max(number for each, number in self.pulses.ids if each == began)

    def _told_to_the_end(self) -> None:
        """There are rows up to the last pulse, or the last frame sent where a camera was unplugged."""
        if not self.settled or not self.pulses.ids:
            return
        began, number = self.pulses.ids[-1]
        if began not in self.settled:
            return
        last = number + self.settled[began]
        sent = [
            trigger
            for one in self.recorded
            for trigger, exposure in self._exposures_by_trigger(one).items()
            if one.truth.fate(exposure) in ("sent", "damaged")
            and (self.cut_ns is None or exposure.start_ns < self.cut_ns - CUT_WITHIN_NS)
        ]
        ends: set[int] = set()
        for one in self.recorded:
            if files_taken(self.plan, one.camera):
                continue
            unmade = self._of_unmade(one)
            rows = [
                row.trigger
                for film in one.films
                for row in film.rows
                if row.trigger <= last or row.where not in unmade
            ]
            if rows and not max(sent, default=0) <= rows[-1] <= last:
                text = f"{one.label}: with {rows[-1]}; frames were sent up to {max(sent, default=0)}"
                self.add("data", "rows end elsewhere", f"{text}, triggers came up to {last}")
            ends.update(rows[-1:])
        if self.cut_ns is not None and len(ends) > 1:
            self.add("data", "files end with different triggers", ", ".join(map(str, sorted(ends))))

    def _of_unmade(self, one: Recorded) -> tuple[str, ...]:
        """Places of exposures that no camera made: on a common clock they are asked for all the same.

        Of a camera that was away at the end it is known only that it could not be reached.
        """
        if self.plan.shape != "ptp":
            return ()
        half, last = 0.5e9 / self.plan.framerate, self.pulses.times[-1]
        away = all(abs(each.start_ns - last) > half for each in one.truth.exposures)
        return ("sensor", "transport") if away else ("sensor",)

    def _losses(self, one: Recorded) -> None:
        """What is said to be lost was lost there; a frame that a camera sent is lost only by a fault."""
        by_trigger = self._exposures_by_trigger(one)
        explained = explained_losses(self.plan, one.camera)
        for film in one.films:
            for row in film.rows:
                if row.state != "lost":
                    continue
                exposure = by_trigger.get(row.trigger)
                where = f"{film.name}: trigger {row.trigger}, lost in {row.where}"
                fate = "" if exposure is None else one.truth.fate(exposure)
                if row.where == "sensor" and exposure is not None and fate == "sent":
                    self.add("data", "a loss told in the sensor of a frame that was sent", where)
                elif fate == "sent" and row.where not in explained:
                    self.add("data", "a loss that no fault explains", where)

    def _exposures_by_trigger(self, one: Recorded) -> dict[int, Exposure]:
        delay = int(one.camera.settings.get("nodes", {}).get("TriggerDelay", 0) * 1000)
        found = {}
        for exposure in one.truth.exposures:
            pulse = self.pulses.at(exposure.start_ns - delay, round(1e9 / self.plan.framerate))
            if pulse is not None and pulse[0] in self.settled:
                found[pulse[1] + self.settled[pulse[0]]] = exposure
        return found


def is_true(reason: str, diaries: Mapping[str, Truth]) -> bool:
    """Whether a reason why an account does not add up is so.

    Fewer pulses came in than there were: those of virtual wires are lost where a process is stopped for long
    and the giver ends meanwhile.  More came than the recording has: the primary was lost and gave pulses on,
    and no frame of them came from any camera.  That none came is judged by the rows.
    No camera saw all pulses: none was there when one came back.
    """
    if (match := _UNPROVEN.search(reason)) is not None and match[1] in diaries:
        return not all(_seen_by_another(name, diaries) for name in diaries)  # the others follow it
    match = _PULSES.search(reason) or _COUNTED.search(reason)
    if match is None or match[1] not in diaries:
        return False
    exposures = diaries[match[1]].exposures
    last = max((exposure.began_ns for exposure in exposures), default=0)
    there = sum(exposure.began_ns == last for exposure in exposures)
    counted, recorded = int(match[2]), int(match[3])
    if counted < recorded:
        return match.re is _PULSES and counted == there
    return recorded < counted <= there


def _seen_by_another(name: str, diaries: Mapping[str, Truth]) -> bool:
    """Whether one other camera exposed in one go before each break of this one, and after it."""
    own = sorted((each.began_ns, each.start_ns) for each in diaries[name].exposures)
    breaks = [(one[1], two[1]) for one, two in itertools.pairwise(own) if one[0] != two[0]]
    others = [truth.spans() for other, truth in diaries.items() if other != name]
    return all(
        any(first <= before and after <= last for spans in others for first, last in spans)
        for before, after in breaks
    )


def diaries_of(plan: Plan, diary: Path, until_ns: int | None) -> dict[str, Truth]:
    """What all cameras really did, by their names."""
    return {camera.name: read_diary(diary / f"{camera.serial}.csv", until_ns) for camera in plan.cameras}


def files_taken(plan: Plan, camera: CameraPlan) -> bool:
    """Whether files of this camera were taken away: what is not there cannot be looked at."""
    faults = zip(plan.faults, kinds_of(plan), strict=True)
    return any(
        kind.breaks_files and (kind.of_all or plan.cameras[fault.camera] == camera) for fault, kind in faults
    )


def explained_losses(plan: Plan, camera: CameraPlan) -> frozenset[str]:
    """Places where a frame that a camera has sent may be lost by what the plan does."""
    places: set[str] = set()
    for fault, kind in zip(plan.faults, kinds_of(plan), strict=True):
        spreads = not kind.of_one and (fault.camera == 0 or plan.on_failure == "stop")
        if plan.cameras[fault.camera] == camera or spreads or kind.of_all:
            places.update(kind.explains)
    if plan.options["overflow"] in ("drop", "stop"):
        places.add("writer")
    if plan.callback:
        places.add("callback")
    return frozenset(places)


def judge(
    plan: Plan, folder: Path, diary: Path, *, whole: bool, until_ns: int | None = None
) -> tuple[list[Finding], int]:
    """All findings, and how many pictures were looked at.

    ``whole``: it was stopped in order; ``until_ns``: when the program that recorded ended.
    """
    recorded, pulses = read_recorded(plan, folder, diary), giver_of(plan, diary, until_ns)
    judge = _Judge(plan, recorded, pulses, whole=whole, cut_ns=_cut_ns(folder))
    judge.look()
    judge.close()
    if not any(kind.breaks_files for kind in kinds_of(plan)):
        judge.findings += _accounts(folder, judge.recorded, diaries_of(plan, diary, until_ns))
    return judge.findings, judge.pictures


def _cut_ns(folder: Path) -> int | None:
    """When the account says that all files were ended while pulses were still coming; None: it does not."""
    try:
        events = json.loads((folder / "session.json").read_text())["events"]
    except (OSError, ValueError, KeyError):
        return None
    told = [int(each["host_ns"]) for each in events if "pulses were still coming" in each["text"]]
    return min(told, default=None)


def _accounts(folder: Path, recorded: list[Recorded], diaries: Mapping[str, Truth]) -> list[Finding]:
    """The accounts on disk say what the rows do, counted here."""
    findings = []
    rows = {
        one.label: Counter((row.state, row.where) for film in one.films for row in film.rows)
        for one in recorded
    }
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        if path.name.endswith((".callback.json", ".callback2.json")):
            continue
        try:
            tree = json.loads(path.read_text())
        except ValueError as error:
            findings.append(Finding("account", f"{path.name}: {error}"))
            continue
        findings += [
            Finding("account", f"{path.name}: {text}") for text in _account(tree, path.stem, rows, diaries)
        ]
    return findings


def _account(
    tree: dict[str, Any],
    stem: str,
    rows: dict[str, Counter[tuple[str, str]]],
    diaries: Mapping[str, Truth],
) -> list[str]:
    account = tree.get("account")
    if account is None:
        return [f"state {tree.get('state')!r} and no account"]
    said = []
    for camera in account["cameras"]:
        returned = _RETURNED.fullmatch(stem)
        label = camera["name"] if stem == "session" else stem if returned is None else returned[1]
        label += "" if returned is None else " (returned)"
        counted = rows.get(label, rows.get(f"{label} (returned)", Counter()))
        lost = {where: count for (state, where), count in counted.items() if state == "lost"}
        told = {where: count for where, count in camera["lost"].items() if count}
        numbers = (counted["written", ""], counted["incomplete", ""], lost)
        if numbers != (camera["written"], camera["incomplete"], told):
            said.append(f"{label}: rows {numbers}, account {camera['written'], camera['incomplete'], told}")
    wrong = [reason for reason in account["reasons"] if not is_true(reason, diaries)]
    if not account["adds_up"] and (wrong or not account["reasons"]):
        said.append(f"does not add up: {'; '.join(wrong)[:600]}")
    return said
