"""The SDK's packages, by the real apt and dpkg on a stand-in root: whole, half, declined, taken away."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from spinnaker.archives import release_in
from spinnaker.errors import CommandError
from spinnaker.packages import installed
from tests.unit.installer.downloads import NAMES, PRODUCER, VERSION, make_deb, make_sdk, pack
from tests.unit.installer.stand_in import StandIn, everything, needs_debian_and_root, stand_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_debian_and_root

LIBRARY = "/opt/spinnaker/lib/libspinnaker.so"
# what apt and dpkg keep for themselves, the group that comes along, and their former contents
BOOKKEEPING = (
    "/var/lib/dpkg",
    "/var/lib/apt",
    "/var/cache",
    "/var/log",
    "/etc/group-",
    "/etc/gshadow-",
    "/etc/.pwd.lock",
)
AGREE = "--accept-flir-eula"
ARCHIVE = f"spinnaker-{VERSION}-amd64-22.04-pkg.tar.gz"


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("downloads")
    return pack(directory / ARCHIVE, make_sdk(directory / "debs"))


@pytest.fixture
def machine(tmp_path: Path) -> StandIn:
    answers = 'cat >> "$ROOT/var/cache/answers"\n'
    forget = 'cat > /dev/null; rm -f "$ROOT/var/cache/answers"\n'
    programs = {"/usr/sbin/debconf-set-selections": answers, "/usr/sbin/debconf-communicate": forget}
    return stand_in(tmp_path / "root", **programs)


def states(machine: StandIn) -> dict[str, str]:
    return {name: state for name, (state, _) in installed(machine).items() if name in NAMES}


def test_sdk_install_is_idempotent_and_undo_leaves_no_trace(
    machine: StandIn, sdk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine, *BOOKKEEPING)
    assert machine.install(str(sdk), AGREE, "--user", "anna") == 0
    said = capsys.readouterr().out
    assert "answer libspinnaker/accepted-flir-eula with yes, as --accept-flir-eula says" in said
    assert states(machine) == dict.fromkeys(NAMES, "installed")
    assert machine.text(LIBRARY) == f"libspinnaker {VERSION}\n"
    assert f"+export SPINNAKER_GENTL64_CTI={PRODUCER}" in said, "seen before the packages are installed"
    assert f"export SPINNAKER_GENTL64_CTI={PRODUCER}\n" in machine.text(
        "/etc/profile.d/llpyspin-spinnaker.sh"
    )
    done = everything(machine)
    assert machine.install(str(sdk), AGREE, "--user", "anna") == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert everything(machine) == done
    assert machine.install("--undo") == 0
    assert "installed" not in states(machine).values()
    assert everything(machine, *BOOKKEEPING) == before


def test_a_dry_run_names_every_package_and_installs_none(
    machine: StandIn, sdk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine)
    assert machine.install(str(sdk), AGREE, "--dry-run") == 0
    said = capsys.readouterr().out
    assert all(f"{name} {VERSION}" in said for name in NAMES)
    assert everything(machine) == before


def test_the_licence_is_never_accepted_unasked(
    machine: StandIn, sdk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(machine)
    assert machine.install(str(sdk)) == 1
    assert (
        "libgentl asks you to accept FLIR's licence, and nobody can be asked here" in capsys.readouterr().out
    )
    assert everything(machine) == before


def test_a_declined_licence_ends_it_and_the_next_run_makes_it_whole(
    machine: StandIn, sdk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("spinnaker.packages.can_ask", lambda: True)
        assert machine.install(str(sdk)) == 1
    assert "If its licence was declined, that is as it should be" in capsys.readouterr().err
    assert not states(machine), "nothing was begun"
    assert ["debconf-communicate", "libgentl"] in machine.ran, "or debconf would remember a refusal for ever"
    assert machine.install(str(sdk), AGREE) == 0
    assert states(machine) == dict.fromkeys(NAMES, "installed")
    assert machine.install("--undo") == 0
    assert "installed" not in states(machine).values()


def test_what_flir_s_own_script_left_broken_is_made_whole(machine: StandIn, tmp_path: Path) -> None:
    debs = make_sdk(tmp_path / "debs", licence=False)
    machine.put("/tmp/early.deb", "")
    machine.path("/tmp/early.deb").write_bytes(debs[1].read_bytes())
    with pytest.raises(CommandError):
        machine.run(["dpkg", "--install", "/tmp/early.deb"])  # libspinnaker, before libgentl is there
    assert states(machine) == {"libspinnaker": "unpacked"}
    assert machine.install(str(pack(tmp_path / ARCHIVE, debs))) == 0
    assert states(machine) == dict.fromkeys(NAMES, "installed")


def test_a_package_that_was_left_half_configured_is_finished(machine: StandIn, tmp_path: Path) -> None:
    bad = 'test -e "$DPKG_ROOT/var/cache/ready"\n'
    deb = make_deb(tmp_path, "libspinnaker", postinst=f"#!/bin/sh\n{bad}")
    archive = pack(tmp_path / ARCHIVE, [deb])
    assert machine.install(str(archive)) == 1
    assert states(machine) == {"libspinnaker": "half-configured"}
    machine.put("/var/cache/ready", "")
    assert machine.install(str(archive)) == 0
    assert states(machine) == {"libspinnaker": "installed"}
    assert machine.install("--undo") == 0
    assert not machine.exists(LIBRARY)


def test_viewer_with_missing_libraries_is_reported_and_optional(
    machine: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = pack(tmp_path / ARCHIVE, make_sdk(tmp_path / "debs", licence=False, viewer_needs="qtbase5-dev"))
    before = everything(machine, *BOOKKEEPING)
    assert machine.install(str(archive)) == 1
    said = capsys.readouterr().out
    assert "spinview-qt : Depends: qtbase5-dev but it is not installable" in said
    assert "--packages runtime" in said
    assert everything(machine, *BOOKKEEPING) == before
    assert machine.install(str(archive), "--packages", "runtime") == 0
    assert states(machine) == dict.fromkeys(["libgentl", "libspinnaker", "libspinvideo"], "installed")


def test_what_another_package_needs_by_now_stays_and_is_said(
    machine: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = pack(tmp_path / ARCHIVE, [make_deb(tmp_path, "libspinnaker")])
    assert machine.install(str(archive)) == 0
    theirs = make_deb(tmp_path, "ros-camera-driver", "libspinnaker")
    machine.put("/tmp/theirs.deb", "")
    machine.path("/tmp/theirs.deb").write_bytes(theirs.read_bytes())
    machine.run(["apt-get", "install", "--yes", "/tmp/theirs.deb"])
    assert machine.install("--undo") == 1
    assert "other packages need libspinnaker by now" in capsys.readouterr().out
    assert states(machine) == {"libspinnaker": "installed"}
    machine.run(["apt-get", "purge", "--yes", "ros-camera-driver"])
    assert machine.install("--undo") == 0
    assert states(machine).get("libspinnaker") != "installed"


def test_older_sdk_is_replaced_and_undo_says_it_cannot_restore_it(
    machine: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = pack(
        tmp_path / "spinnaker-3.0.0.118-amd64-pkg.tar.gz",
        [make_deb(tmp_path / "a", "libspinnaker", version="3.0.0.118")],
    )
    newer = pack(tmp_path / ARCHIVE, [make_deb(tmp_path / "b", "libspinnaker")])
    assert machine.install(str(older)) == 0
    machine.path("/var/lib/llpyspin/installed.jsonl").unlink()
    capsys.readouterr()
    assert machine.install(str(newer)) == 0
    assert "instead of libspinnaker 3.0.0.118, which --undo cannot bring back" in capsys.readouterr().out
    assert machine.install("--undo") == 0
    assert "libspinnaker stay in the newer version" in capsys.readouterr().out
    assert installed(machine)["libspinnaker"] == ("installed", VERSION)


def test_an_unpacked_archive_may_be_given_as_its_directory(machine: StandIn, tmp_path: Path) -> None:
    directory = tmp_path / f"spinnaker-{VERSION}-amd64"
    make_deb(directory, "libspinnaker")
    make_deb(directory, "some-browser")
    assert machine.install(str(directory)) == 0
    assert "some-browser" not in installed(machine), "of a folder of downloads only what is FLIR's"
    assert states(machine) == {"libspinnaker": "installed"}


def test_names_in_an_archive_lead_nowhere_else(machine: StandIn, tmp_path: Path) -> None:
    deb = make_deb(tmp_path, "libspinnaker")
    archive = tmp_path / ARCHIVE
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(deb, "../../../../etc/evil.deb")
    assert machine.install(str(archive)) == 0
    assert not machine.exists("/etc/evil.deb")
    assert not (tmp_path / "etc").exists()


def test_an_sdk_for_another_architecture_is_refused_before_apt_is_asked(
    machine: StandIn, sdk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = machine.text("/var/lib/dpkg/status")
    machine.put("/var/lib/dpkg/status", status.replace("Architecture: a", "Architecture: riscv64-not-a"))
    assert machine.install(str(sdk), AGREE) == 1
    assert "this machine is riscv64-not-a" in capsys.readouterr().out
    assert not machine.ran


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "spinnaker-4.2.0.46-amd64-22.04-pkg.tar.gz",
            b"<html>please log in</html>",
            "is no archive, or it is damaged",
        ),
        ("SpinnakerSDK_FULL_4.2.0.46_x64.exe", b"MZ", "is not for Linux"),
        ("absent.tar.gz", None, "there is no file"),
    ],
)
def test_a_file_that_is_something_else_is_refused_with_the_reason(
    machine: StandIn,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert machine.install(str(tmp_path / name)) == 1
    assert reason in capsys.readouterr().out


def test_a_download_that_was_cut_short_is_refused(
    machine: StandIn, sdk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = tmp_path / ARCHIVE
    short.write_bytes(sdk.read_bytes()[: sdk.stat().st_size // 2])
    assert machine.install(str(short), AGREE) == 1
    assert "download it again" in capsys.readouterr().out
    assert not machine.ran


def test_an_archive_without_packages_is_refused_and_a_second_sdk_too(
    machine: StandIn, sdk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert machine.install(str(pack(tmp_path / "x.tar.gz", []))) == 1
    assert "is neither an SDK archive" in capsys.readouterr().out
    assert machine.install(str(sdk), str(sdk), AGREE) == 1
    assert "is a second archive of the SDK" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("spinnaker-2.6.0.160-Ubuntu20.04-amd64-pkg.tar.gz", "20.04"),
        ("spinnaker-4.3.0.189-Ubuntu22.04-arm64-pkg.tar.gz", "22.04"),
        ("spinnaker-4.2.0.46-amd64-22.04-pkg.tar.gz", "22.04"),
        ("spinnaker-4.0.0.116-amd64-pkg-22.04.tar.gz", "22.04"),
        ("spinnaker-3.2.0.62-arm64-pkg.20.04.tar.gz", "20.04"),
        ("spinnaker-3.1.0.79-amd64-pkg.tar.gz", None),
        ("spinnaker-4.2.0.88-arm64-22.04-pkg.tar", "22.04"),
    ],
)
def test_the_release_is_found_wherever_it_stands_in_a_name(name: str, release: str | None) -> None:
    assert release_in(name) == release


@pytest.mark.parametrize(
    ("system", "said"),
    [("ubuntu-22.04", None), ("debian-12", "which is about as old as Debian 12")],
)
def test_the_release_of_the_archive_is_held_against_the_system(
    tmp_path: Path, sdk: Path, system: str, said: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(tmp_path / "root", system).install(str(sdk), AGREE, "--dry-run")
    told = capsys.readouterr().out
    assert ("note" in told and said in told) if said else "the SDK is for Ubuntu" not in told
