"""What root does with what others own: their Pythons run as themselves, their files are not believed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spinnaker import archives, debs, wheel
from spinnaker.archives import unpack
from spinnaker.debs import read_debs
from spinnaker.environment import look_at_environment
from spinnaker.errors import InstallError
from spinnaker.journal import NAME, Journal
from spinnaker.machine import FileState, Machine, Owner
from spinnaker.programs import clean_environment
from spinnaker.trust import check_roots, runs_as
from spinnaker.wheel import read_wheel
from tests.unit.installer.downloads import make_deb, make_wheel
from tests.unit.installer.stand_in import needs_debian_and_root, stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, and files of other users")

ANNA, BOB = 61001, 61002

# whose Python runs as whom


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that other users reach, as those of pytest are not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def a_python(folder: Path, says: str = "os.getuid()") -> Path:
    """A program that writes down as whom it runs, and answers as a Python of root's would."""
    told = {
        "version": [3, 11, 2],
        "implementation": "CPython",
        "free_threaded": False,
        "numpy": None,
        "pip": None,
        "wheel": None,
        "pyspin": None,
        "site": "/",
        "managed": False,
    }
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin/python"
    program.write_text(f"#!/bin/sh\nid -u > {folder}/ran 2>/dev/null\necho '{json.dumps(told)}'\n")
    program.chmod(0o755)
    return program


def give(folder: Path, uid: int) -> None:
    """Make a user the owner of a folder with all that is in it."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, uid, uid, follow_symlinks=False)


@pytest.mark.parametrize("uid", [0, ANNA])
def test_python_runs_as_its_owner(open_path: Path, uid: int) -> None:
    program = a_python(open_path / "env")
    give(open_path / "env", uid)
    found = look_at_environment(Machine(), str(program))
    assert (open_path / "env/ran").read_text() == f"{uid}\n"
    assert found.owner == Owner(uid, uid)


@pytest.mark.parametrize(
    "theirs", ["bin/python", "bin", "pyvenv.cfg", "lib/python3.11/site-packages/sitecustomize.py", "real"]
)
def test_one_file_of_another_user_is_enough(open_path: Path, theirs: str) -> None:
    env = open_path / "env"
    program = a_python(env)
    (env / "lib/python3.11/site-packages").mkdir(parents=True)
    (env / "lib/python3.11/site-packages/sitecustomize.py").write_text("")
    (env / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (env / "real").write_text(program.read_text())
    (env / "real").chmod(0o755)
    if theirs == "real":
        program.unlink()
        program.symlink_to("../real")
    assert runs_as(str(program)) == (0, 0)
    os.chown(env / theirs, ANNA, ANNA)
    assert runs_as(str(program)) == (ANNA, ANNA)


def test_home_of_an_environment_counts(open_path: Path) -> None:
    a_python(open_path / "base")
    program = a_python(open_path / "env")
    (open_path / "env/pyvenv.cfg").write_text(f"home = {open_path}/base/bin\n")
    (open_path / "base/lib/python3.11").mkdir(parents=True)
    give(open_path / "base", ANNA)
    assert runs_as(str(program)) == (ANNA, ANNA)


def test_folder_that_a_pth_file_adds_counts(open_path: Path) -> None:
    program = a_python(open_path / "env")
    site = open_path / "env/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (open_path / "sources").mkdir()
    (site / "added.pth").write_text(f"import os\n{open_path}/sources\n")
    assert runs_as(str(program)) == (0, 0)
    give(open_path / "sources", ANNA)
    assert runs_as(str(program)) == (ANNA, ANNA)


def test_python_of_two_users_is_not_run(open_path: Path) -> None:
    program = a_python(open_path / "env")
    give(open_path / "env", ANNA)
    os.chown(program, BOB, BOB)
    with pytest.raises(InstallError, match="belongs to several users"):
        look_at_environment(Machine(), str(program))
    assert not (open_path / "env/ran").exists()


@pytest.mark.parametrize("mode", [0o757, 0o777])
def test_python_that_everybody_may_change_is_not_run(open_path: Path, mode: int) -> None:
    program = a_python(open_path / "env")
    program.parent.chmod(mode)
    with pytest.raises(InstallError, match="can be written by others than root"):
        look_at_environment(Machine(), str(program))
    assert not (open_path / "env/ran").exists()


def test_python_of_root_that_a_group_may_change_is_not_run(open_path: Path) -> None:
    program = a_python(open_path / "env")
    os.chown(program, 0, ANNA)
    program.chmod(0o775)
    with pytest.raises(InstallError, match="can be written by others than root"):
        look_at_environment(Machine(), str(program))


@pytest.mark.parametrize("arguments", [["--dry-run"], ["--yes"]])
def test_installer_runs_a_users_python_as_that_user(open_path: Path, arguments: list[str]) -> None:
    program = a_python(open_path / "env")
    give(open_path / "env", ANNA)
    made = make_wheel(open_path, "cp311")
    command = [sys.executable, "-m", "spinnaker.install", str(made), "--python", str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (open_path / "env/ran").read_text() == f"{ANNA}\n"
    assert done.returncode == 1  # it has no pip


def test_undo_runs_a_users_python_as_that_user(open_path: Path) -> None:
    program = a_python(open_path / "env")
    give(open_path / "env", ANNA)
    record = {"kind": "wheel", "python": str(program), "version": "4.2.0.46", "before": None, "number": 1}
    wheel.undo_wheel(Machine(), record)
    assert (open_path / "env/ran").read_text() == f"{ANNA}\n"


# what programs get


def test_programs_get_nothing_of_the_callers_environment_that_runs_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LD_PRELOAD", "PYTHONPATH", "PERL5OPT", "APT_CONFIG", "BASH_ENV", "HOME", "TMPDIR"):
        monkeypatch.setenv(name, "/home/anna/evil")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    said = Machine().run(["/usr/bin/env"])
    assert "evil" not in said
    assert "https_proxy=http://proxy:3128" in said
    assert clean_environment(BOB)["HOME"] == "/"


def test_programs_run_in_the_root_directory_with_a_plain_umask(
    open_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(open_path)
    before = os.umask(0)
    try:
        assert Machine().run(["sh", "-c", "pwd; umask"]).split() == ["/", "0022"]
    finally:
        os.umask(before)


def test_scratch_is_never_made_where_tmpdir_says(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(open_path, ANNA)
    monkeypatch.setenv("TMPDIR", str(open_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with Machine().scratch() as scratch:
        assert scratch.parent == Path("/tmp")
        assert scratch.stat().st_uid == 0


def test_scratch_of_a_stand_in_stays_inside(tmp_path: Path) -> None:
    machine = stand_in(tmp_path / "root")
    (tmp_path / "root/tmp").rmdir()
    (tmp_path / "root/tmp").symlink_to("/var/tmp")
    (tmp_path / "root/var/tmp").mkdir()
    with machine.scratch() as scratch:
        assert scratch.is_relative_to(tmp_path / "root")


# what root reads, writes and believes


@pytest.mark.parametrize("theirs", [NAME, os.path.dirname(NAME)])
def test_record_that_another_user_could_have_written_is_refused(
    tmp_path: Path, theirs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = stand_in(tmp_path)
    machine.put(NAME, '{"number": 1, "kind": "due", "command": ["touch", "/tmp/x"]}\n', 0o600)
    os.chown(machine.path(theirs), ANNA, ANNA)
    assert machine.install("--undo") == 1
    assert f"belongs to user {ANNA}" in capsys.readouterr().err
    assert not machine.ran


def test_record_that_is_a_link_to_another_users_is_refused(tmp_path: Path) -> None:
    machine = stand_in(tmp_path)
    machine.put("/home/anna/record", '{"number": 1, "kind": "file"}\n')
    os.chown(machine.path("/home/anna/record"), ANNA, ANNA)
    machine.make_directories(os.path.dirname(NAME))
    machine.path(NAME).symlink_to("/home/anna/record")
    with pytest.raises(InstallError, match="belongs to user"):
        Journal(machine).records()


@pytest.mark.parametrize(
    "line", ["[]", "1", '{"kind": "file"}', '{"number": 1}', '{"number": "1", "kind": 2}']
)
def test_record_with_lines_that_are_no_records_is_refused(tmp_path: Path, line: str) -> None:
    machine = stand_in(tmp_path)
    machine.put(NAME, line + "\n", 0o600)
    with pytest.raises(InstallError, match="was not written here"):
        Journal(machine).records()


def test_no_file_is_written_where_another_user_rules(tmp_path: Path) -> None:
    machine = stand_in(tmp_path)
    machine.make_directories("/home/anna/grub")
    give(machine.path("/home/anna"), ANNA)
    machine.path("/etc/x").symlink_to("/home/anna/grub")
    with pytest.raises(InstallError, match="belongs to user"):
        machine.write("/etc/x/file", FileState(b"", 0o644, Owner(0, 0)))


def test_file_beside_the_one_that_is_written_is_never_followed(tmp_path: Path) -> None:
    machine = stand_in(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("kept")
    os.link(secret, tmp_path / "etc/.file.llpyspin-new")
    machine.write("/etc/file", FileState(b"new", 0o644, Owner(0, 0)))
    assert (secret.read_text(), machine.text("/etc/file")) == ("kept", "new")


def test_root_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    give(tmp_path, ANNA)
    with pytest.raises(InstallError, match="belongs to user"):
        Machine(tmp_path)


def test_sticky_directory_is_trusted_and_an_open_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o1777)
    check_roots(str(tmp_path / "shared"))
    (tmp_path / "shared").chmod(0o777)
    with pytest.raises(InstallError, match="can be written by others"):
        check_roots(str(tmp_path / "shared"))


# what was downloaded


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode, made.uid = kind, link, mode, ANNA
    return made


@pytest.mark.parametrize(
    "name", ["/etc/cron.d/libspin.deb", "../../../../tmp/libspin.deb", "a/../libspin.deb"]
)
def test_member_with_a_path_is_unpacked_by_its_name_only(tmp_path: Path, name: str) -> None:
    into = tmp_path / "into"
    into.mkdir()
    given = tar(tmp_path / "sdk.tar.gz", (member(name, mode=0o6777), b"deb"))
    assert unpack([given], into).debs == [into / "0/libspin.deb"]
    status = (into / "0/libspin.deb").stat()
    assert (status.st_mode & 0o7777, status.st_uid) == (0o644, 0)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_archives_are_left_out(tmp_path: Path, kind: bytes) -> None:
    into = tmp_path / "into"
    into.mkdir()
    given = tar(tmp_path / "sdk.tar.gz", (member("libspin.deb", kind, "/etc/shadow"), b""))
    with pytest.raises(InstallError, match="neither an SDK archive"):
        unpack([given], into)
    assert not list(into.rglob("*.*"))


@pytest.mark.parametrize("name", ["lib\x1b[2Jspin.deb", "-oAPT.deb", ".deb", "a\nb.whl"])
def test_member_with_an_odd_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "into").mkdir()
    with pytest.raises(InstallError, match="no name of a package"):
        unpack([tar(tmp_path / "sdk.tar.gz", (member(name), b"x"))], tmp_path / "into")


def test_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    twice = [(member("a/libspin.deb"), b"1"), (member("b/libspin.deb"), b"2")]
    with pytest.raises(InstallError, match="is there twice"):
        unpack([tar(tmp_path / "sdk.tar.gz", *twice)], tmp_path / "into")


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "into").mkdir()
    monkeypatch.setattr(archives, "MOST_BYTES", 3 << 20)
    given = tar(tmp_path / "sdk.tar.gz", (member("libspin.deb"), bytes(4 << 20)))
    with pytest.raises(InstallError, match="it is no archive of FLIR's"):
        unpack([given], tmp_path / "into")
    assert (tmp_path / "into/0/libspin.deb").stat().st_size <= 3 << 20


def test_archive_with_too_many_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "into").mkdir()
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    with pytest.raises(InstallError, match="more than 3 members"):
        unpack([tar(tmp_path / "x.tar.gz", *[(member("x"), b"")] * 4)], tmp_path / "into")


@pytest.mark.parametrize("name", ["libspin.deb", "spinnaker_python-1-cp311-cp311-linux_x86_64.whl"])
def test_links_to_secrets_are_not_copied_for_everybody(tmp_path: Path, name: str) -> None:
    (tmp_path / "into").mkdir()
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / name).symlink_to("/etc/shadow")
    for given in (folder, folder / name):
        into = tmp_path / "into" / given.name
        into.mkdir(parents=True)
        with pytest.raises(InstallError, match="is a symbolic link to /etc/shadow"):
            unpack([given], into)
        assert [path.name for path in into.rglob("*")] == ["0"]


def test_pipe_with_the_name_of_a_package_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    folder = tmp_path / "downloads"
    folder.mkdir()
    os.mkfifo(folder / "libspin.deb")
    with pytest.raises(InstallError, match="is no regular file"):
        unpack([folder], tmp_path / "into")


def test_wheel_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "MOST_BYTES", 1 << 20)
    made = make_wheel(tmp_path, "cp311")
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.so", bytes(2 << 20))
    with pytest.raises(InstallError, match="it is no wheel of FLIR's"):
        read_wheel(made)


@needs_debian_and_root
def test_package_that_says_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debs, "MOST_SAID", 16 << 10)
    made = make_deb(tmp_path, "libspin", templates="x" * (64 << 10))
    with pytest.raises(InstallError, match="it is no package"):
        read_debs([made])
