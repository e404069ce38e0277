"""Reports of recordings on disk: good, killed, damaged; what they are written over; what the page has."""

from __future__ import annotations

import hashlib
import html.parser
import json
import shutil
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from llpyspin import cli
from llpyspin.errors import RecordingError, RecordingExistsError
from llpyspin.recording.aside import overwritten
from llpyspin.recording.checking.check import check
from llpyspin.recording.locating import find
from llpyspin.recording.mending.repair import repair
from llpyspin.recording.reportnames import report_files
from llpyspin.recording.session import Event, Session
from llpyspin.recording.sidecar import SidecarWriter
from llpyspin.report import write_report
from llpyspin.report.apart import report_if_possible
from llpyspin.report.compose import compose
from llpyspin.rig.folder import SessionFolder
from llpyspin.rig.schemas import schema_of
from tests.unit.recordings import record

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.report.document import Document

LOSSES = ["." * 30, "..tt..i...s...rr....ww........", "t....s....................ittt"]
VOID = {"meta", "img", "br", "link"}


class Page(html.parser.HTMLParser):
    """Reads a page strictly: each tag is closed in order; keeps what the page refers to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.without_alt: list[dict[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs), "an attribute stands twice"
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset")]
        if tag == "img" and not given.get("alt"):
            self.without_alt.append(given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def page_of(folder: Path, **more: Any) -> Page:
    return Page(write_report(folder, **more).page.read_text(encoding="utf-8"))


def document_of(path: Path) -> Document:
    """What the page says, without the page."""
    return compose(find(path))[0]


def recorded(folder: Path) -> dict[str, str]:
    """The files of a recording, without those of its report."""
    kept = sorted(path for path in folder.iterdir() if not path.name.startswith("report."))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def changed(folder: Path, **changes: Any) -> None:
    """Change the JSON file of a session."""
    path = folder / "session.json"
    Session.read(path).replace(**changes).save(path)


def test_page_needs_nothing_else_and_every_picture_has_a_text(tmp_path: Path) -> None:
    record(tmp_path, LOSSES, fill=True)
    page = page_of(tmp_path)
    assert page.sources
    assert all(source.startswith("data:image/") for source in page.sources)
    assert page.without_alt == []
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert "Virtual cameras made this recording." in page.text


def test_json_is_what_its_schema_says(tmp_path: Path) -> None:
    record(tmp_path, LOSSES)
    made = write_report(tmp_path)
    tree = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema_of("report")).validate(tree)
    assert list(tree)[:2] == ["schema", "version"]
    assert sorted(tree["files"]) == sorted(path.name for path in made.files)
    assert all((tmp_path / name).stat().st_size > 1000 for name in tree["files"])
    assert tree["cameras"][1]["lost"] == {"sensor": 1, "transport": 2, "ring": 2, "writer": 2}


def test_report_shows_itself_in_one_line(tmp_path: Path) -> None:
    record(tmp_path, ["..."])
    made = write_report(tmp_path)
    assert repr(made) == f"<Report {made.page}: {made.document.verdict.headline}>"


def test_good_recording_is_called_complete(tmp_path: Path) -> None:
    record(tmp_path, ["." * 40] * 2)
    document = document_of(tmp_path)
    assert document.verdict.grade == "complete"
    assert document.causes == ()
    assert [moment.trigger for moment in document.moments] == [0, 19, 39]
    assert all(set(moment.pictures.values()) == {"picture"} for moment in document.moments)


def test_losses_have_their_causes_and_their_place_in_the_contact_sheet(tmp_path: Path) -> None:
    record(tmp_path, LOSSES, fill=True)
    document = document_of(tmp_path)
    assert document.verdict.grade == "missing"
    assert {cause.key for cause in document.causes} == {"usb", "busy", "encoder", "pulses"}
    shown = {moment.trigger: moment.pictures for moment in document.moments}
    assert shown[2] == {"camera0": "picture", "camera1": "lost (transport)", "camera2": "picture"}


@pytest.mark.parametrize("state", ["complete", "recording"])
def test_recording_is_not_changed(tmp_path: Path, state: str) -> None:
    record(tmp_path, LOSSES, state=state)
    before = recorded(tmp_path)
    write_report(tmp_path)
    assert recorded(tmp_path) == before


def test_interrupted_recording_has_a_report_that_says_so(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30] * 2, state="recording")
    page = page_of(tmp_path)
    assert "Interrupted, not repaired" in page.text
    assert "llpyspin repair" in page.text


def test_repaired_recording_has_a_report_that_says_so(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30] * 2, state="recording")
    assert repair(tmp_path).ok
    document = document_of(tmp_path)
    assert document.verdict.grade == "repaired"
    assert [cause.key for cause in document.causes] == ["killed"]


def test_running_recording_is_called_running(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30], state="recording")
    rows = (tmp_path / "camera0.csv").read_bytes()
    with SidecarWriter(tmp_path / "camera0.csv", overwrite=True):
        (tmp_path / "camera0.csv").write_bytes(rows)
        assert document_of(tmp_path).verdict.grade == "running"


def test_damaged_files_cost_their_part_only(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30] * 3)
    lines = (tmp_path / "camera0.csv").read_text().split("\n")
    (tmp_path / "camera0.csv").write_text("\n".join([*lines[:10], "1,2,nonsense", *lines[11:]]))
    (tmp_path / "camera1.csv").unlink()
    (tmp_path / "camera2.raw").unlink()
    document = document_of(tmp_path)
    assert document.verdict.grade == "wrong"
    told = "\n".join(document.problems)
    assert "camera0.csv: 1 line cannot be read" in told
    assert "camera1.csv cannot be read" in told
    assert "camera2.raw is missing" in told
    assert document.moments[0].pictures["camera0"] == "picture"
    assert document.moments[0].pictures["camera2"].startswith("cannot be read")


def test_files_that_were_changed_since_are_told(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30] * 2)
    path = tmp_path / "camera1.csv"
    path.write_text(path.read_text().replace("5,5,written,", ",5,lost,transport"))
    document = document_of(tmp_path)
    assert document.verdict.grade == "wrong"
    assert "the files changed after their account was made" in "\n".join(document.problems)


def test_recording_without_any_row_has_a_report(tmp_path: Path) -> None:
    record(tmp_path, ["", ""])
    document = document_of(tmp_path)
    assert document.verdict.grade == "empty"
    assert document.moments == ()


def test_text_of_the_recording_is_text_in_the_page(tmp_path: Path) -> None:
    record(tmp_path, ["." * 5])
    bad = "<script>alert(1)</script> & \"quoted\" 'too' {{ 7 * 7 }} `code`"
    changed(tmp_path, name=bad, metadata={"subject": bad, "items": 3, bad: bad}, events=(Event("x", bad),))
    page = page_of(tmp_path)
    assert "script" not in page.tags
    assert page.text.count(bad) >= 4


def test_older_report_is_replaced_with_its_figures(tmp_path: Path) -> None:
    record(tmp_path, ["." * 30] * 2)
    write_report(tmp_path)
    assert (tmp_path / "report.synchronisation.png").exists()
    changed(tmp_path, cameras=Session.read(tmp_path / "session.json").cameras[:1])
    write_report(tmp_path)
    assert not (tmp_path / "report.synchronisation.png").exists()
    assert set(report_files(tmp_path / "session.json")) == {
        path for path in tmp_path.iterdir() if path.name.startswith("report.")
    }


@pytest.mark.parametrize("name", ["report.html", "report.json", "report.losses.png"])
def test_file_of_somebody_else_is_not_replaced(tmp_path: Path, name: str) -> None:
    record(tmp_path, ["." * 10])
    (tmp_path / name).write_text("{}")
    with pytest.raises(RecordingExistsError, match="no report of llpyspin left it"):
        write_report(tmp_path)
    assert (tmp_path / name).read_text() == "{}"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("report.")] == [name]
    write_report(tmp_path, overwrite=True)
    assert (tmp_path / name).read_bytes() != b"{}"


def test_report_can_go_to_another_folder(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10])
    before = recorded(tmp_path)
    made = write_report(tmp_path, tmp_path.parent / "elsewhere" / "deep")
    assert made.page.parent.name == "deep"
    assert recorded(tmp_path) == before
    assert report_files(tmp_path / "session.json") == []


def test_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10])
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="cannot be made for the report"):
        write_report(tmp_path, tmp_path / "file" / "deeper")


def test_report_of_a_check_has_what_it_found(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10] * 2)
    shutil.copy(tmp_path / "camera0.raw", tmp_path / "camera1.raw")
    found = check(tmp_path)
    document = compose(find(tmp_path), found)[0]
    assert document.verdict.grade == "wrong"
    assert document.checked is not None
    assert document.checked.findings == found.findings
    assert [cause.key for cause in document.causes] == ["check"]


def test_new_recording_takes_the_older_report_away(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10])
    write_report(tmp_path)
    (tmp_path / "report.notes.html").write_text("mine")
    folder = SessionFolder(tmp_path, overwrite=True)
    folder.set_aside(["camera0"])
    assert not (tmp_path / "report.html").exists()
    folder.remove_older()
    folder.release()
    assert [path.name for path in tmp_path.iterdir()] == ["report.notes.html"]


def test_new_recording_that_does_not_begin_leaves_the_older_report(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10])
    for suffix in ("raw", "csv"):
        (tmp_path / f"camera0.{suffix}").rename(tmp_path / f"walk.{suffix}")
    text = (tmp_path / "session.json").read_text().replace("camera0", "walk")
    (tmp_path / "walk.json").write_text(text)
    (tmp_path / "session.json").unlink()
    page = write_report(tmp_path / "walk.raw").page
    assert page.name == "walk.report.html"
    with pytest.raises(KeyboardInterrupt), overwritten(tmp_path / "walk.raw", None):
        assert not page.exists()
        raise KeyboardInterrupt
    assert page.exists()
    with overwritten(tmp_path / "walk.raw", None):
        pass
    assert list(tmp_path.iterdir()) == []


def test_changes_since_the_last_session_of_the_cameras_are_told(tmp_path: Path) -> None:
    for name, hour, gain in (("a", 9, 0.0), ("b", 11, 0.0), ("c", 12, 6.0), ("later", 13, 1.0)):
        (tmp_path / name).mkdir()
        session = record(tmp_path / name, ["." * 10])
        camera = session.cameras[0].replace(settings={"gain": gain, "exposure": 1500.0})
        started = f"2026-03-01T{hour:02}:00:00.000+00:00"
        changed(tmp_path / name, cameras=(camera,), started=started)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "session.json").write_text("{")
    before = document_of(tmp_path / "c").compared_with
    assert before is not None
    assert before.path.endswith("b/session.json")
    assert [(each.camera, each.what, each.before, each.now) for each in before.differences] == [
        ("camera0", "gain", "0", "6")
    ]
    assert document_of(tmp_path / "a").compared_with is None


def test_command_writes_the_page_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(tmp_path, LOSSES)
    assert cli.main(["report", "--json", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["page"] == str(tmp_path / "report.html")
    assert told["grade"] == "missing"
    assert cli.main(["check", "--html", str(tmp_path)]) == 0
    assert "pictures were decoded and counted" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert cli.main(["report", str(tmp_path / "nowhere")]) == 1
    assert "does not exist" in capsys.readouterr().err


def test_report_that_fails_only_warns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert report_if_possible(tmp_path / "nowhere") is None
    assert "the recording is complete, but there is no report" in caplog.text
