"""TLS certificates of a cluster: what is made, what is refused, and what they are good for."""

from __future__ import annotations

import datetime
import json
import os
import ssl
import stat
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from llpyspin import cli
from llpyspin.errors import ArgumentError, CertificateError
from llpyspin.processes.cluster import signing
from llpyspin.processes.cluster.certificates import make_certificates
from llpyspin.processes.cluster.connecting import check_encrypted, connected, security_of
from llpyspin.system.locks import lock

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("cryptography")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ended(monkeypatch: pytest.MonkeyPatch, *, hours: float) -> None:
    """New certificates end so many hours from now."""
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)
    monkeypatch.setattr(signing, "_in_days", lambda days: then)


def side(folder: Path, purpose: ssl.Purpose) -> ssl.SSLContext:
    """As strict as Python has it since 3.13, and as Dask has it: both sides show a certificate."""
    context = ssl.create_default_context(purpose, cafile=folder / "ca.pem")
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def shake_hands(server: Path, client: Path) -> None:
    """A TLS handshake in memory; raises what either side says."""
    ends = [ssl.MemoryBIO() for _ in range(2)]
    there = side(server, ssl.Purpose.CLIENT_AUTH).wrap_bio(*ends, server_side=True)
    here = side(client, ssl.Purpose.SERVER_AUTH).wrap_bio(*reversed(ends), server_hostname=server.name)
    open_sides = [here, there]
    for _ in range(10):
        for each in list(open_sides):
            try:
                each.do_handshake()
                open_sides.remove(each)
            except ssl.SSLWantReadError:
                pass
    assert not open_sides


def test_each_computer_has_a_folder_that_only_the_user_can_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = make_certificates(tmp_path / "keys", ["left", "right-2.lab"])
    finally:
        os.umask(before)
    names = ["authority", "scheduler", "client", "left", "right-2.lab"]
    assert [each.name for each in made] == names
    assert all(each.new and not each.expired for each in made)
    assert {path.name for path in (tmp_path / "keys" / "left").iterdir()} == {
        *("ca.pem", "cert.pem", "key.pem", "dask.yaml")
    }
    for path in (tmp_path / "keys", *(tmp_path / "keys").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert made[3].days in (729, 730)


def test_host_that_is_added_changes_no_other(tmp_path: Path) -> None:
    make_certificates(tmp_path / "keys", ["left"])
    before = contents(tmp_path / "keys")
    made = make_certificates(tmp_path / "keys", ["left", "top"])
    assert [each.new for each in made] == [False] * 4 + [True]
    after = contents(tmp_path / "keys")
    assert {name: after[name] for name in before} == before
    shake_hands(tmp_path / "keys" / "left", tmp_path / "keys" / "top")
    shake_hands(tmp_path / "keys" / "scheduler", tmp_path / "keys" / "client")


def test_certificate_of_another_authority_opens_no_connection(tmp_path: Path) -> None:
    make_certificates(tmp_path / "ours", ["left"])
    make_certificates(tmp_path / "theirs", ["left"])
    for server, client in (("ours", "theirs"), ("theirs", "ours")):
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(tmp_path / server / "left", tmp_path / client / "left")


@pytest.mark.parametrize("host", ["", "a/b", "..", "client", "Authority", "left", "x" * 63, "-rf", 5])
def test_impossible_name_of_a_host_is_refused(tmp_path: Path, host: Any) -> None:
    with pytest.raises(ArgumentError, match=r"name"):
        make_certificates(tmp_path / "keys", ["left", host])
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [({"days": 0}, "days"), ({"days": 3651}, "days"), ({"days": True}, "days"), ({"at": "x"}, "at")],
)
def test_impossible_option_is_refused(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        make_certificates(tmp_path / "keys", **more)


def test_folder_that_others_can_read_gets_no_keys(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys").chmod(0o755)
    with pytest.raises(CertificateError, match=r"its mode is 755, not 700.* chmod 700"):
        make_certificates(tmp_path / "keys")
    assert not list((tmp_path / "keys").iterdir())
    with pytest.raises(CertificateError, match="cannot be used"):
        make_certificates(tmp_path / "nowhere" / "keys")


def test_only_one_program_makes_certificates_in_a_folder(tmp_path: Path) -> None:
    make_certificates(tmp_path / "keys")
    with open(tmp_path / "keys" / ".lock", "rb") as file:
        assert lock(file.fileno())
        with pytest.raises(CertificateError, match="another program"):
            make_certificates(tmp_path / "keys", ["left"])


def test_what_a_killed_program_left_is_made_anew(tmp_path: Path) -> None:
    make_certificates(tmp_path / "keys")
    (tmp_path / "keys" / ".left.part").mkdir()
    (tmp_path / "keys" / ".left.part" / "key.pem").write_text("half")
    assert make_certificates(tmp_path / "keys", ["left"])[-1].new
    assert not list((tmp_path / "keys").glob(".*.part"))


def test_what_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    make_certificates(keys, ["left"])
    make_certificates(tmp_path / "other", ["left"])
    (keys / "left" / "cert.pem").write_bytes((tmp_path / "other" / "left" / "cert.pem").read_bytes())
    with pytest.raises(CertificateError, match=r"left cannot be used: .* has not signed it.* move it away"):
        make_certificates(keys, ["left"])
    (keys / "left" / "cert.pem").write_text("nothing")
    with pytest.raises(CertificateError, match=r"left cannot be used: this is no certificate"):
        make_certificates(keys, ["left"])
    (keys / "authority" / "key.pem").write_bytes((keys / "client" / "key.pem").read_bytes())
    with pytest.raises(CertificateError, match=r"authority cannot be used: .* do not belong together"):
        make_certificates(keys)
    (keys / "authority" / "key.pem").unlink()
    with pytest.raises(CertificateError, match=r"authority cannot be used: .*No such file"):
        make_certificates(keys)


def test_authority_that_has_ended_signs_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(monkeypatch, hours=-1)
    with pytest.raises(CertificateError, match=r"authority in .* ended on .* in a new folder"):
        make_certificates(tmp_path / "keys")
    monkeypatch.undo()
    with pytest.raises(CertificateError, match=r"authority in .* ended on .* in a new folder"):
        make_certificates(tmp_path / "keys")


def test_certificate_ends_with_its_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as short:
        ended(short, hours=100)
        make_certificates(tmp_path / "keys")
    authority, *_, late = make_certificates(tmp_path / "keys", ["late"])
    assert late.expires == authority.expires


def test_dask_finds_the_files_of_its_computer(tmp_path: Path) -> None:
    make_certificates(tmp_path / "keys", ["left"])
    make_certificates(tmp_path / "keys", ["right"], at='/etc/a "b"')
    for folder, at in (("left", str(tmp_path / "keys" / "left")), ("right", '/etc/a "b"')):
        comm = yaml.safe_load((tmp_path / "keys" / folder / "dask.yaml").read_text())["distributed"]["comm"]
        assert comm["require-encryption"] is True
        assert comm["default-scheme"] == "tls"
        assert comm["tls"]["ca-file"] == f"{at}/ca.pem"
        for role in ("scheduler", "worker", "client"):
            assert comm["tls"][role] == {"cert": f"{at}/cert.pem", "key": f"{at}/key.pem"}


def test_connection_of_a_folder_is_encrypted(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    make_certificates(tmp_path / "keys", ["left"])
    for given, folder in (("keys", "client"), ("keys/left", "left")):
        security = security_of(tmp_path / given)
        assert security.require_encryption is True
        assert security.tls_ca_file == str(tmp_path / "keys" / folder / "ca.pem")
        assert security.get_tls_config_for_role("worker")["key"] == str(
            tmp_path / "keys" / folder / "key.pem"
        )
        assert security.get_connection_args("client")["ssl_context"] is not None


def test_certificate_that_ends_soon_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("distributed")
    make_certificates(tmp_path / "good")
    security_of(tmp_path / "good")
    assert not caplog.records
    ended(monkeypatch, hours=49)
    make_certificates(tmp_path / "keys")
    security_of(tmp_path / "keys")
    assert [
        f"client/{name} ends in 2 days" in each.getMessage()
        for name, each in zip(("ca.pem", "cert.pem"), caplog.records, strict=True)
    ] == [True, True]


def test_certificate_that_has_ended_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_certificates(tmp_path / "keys")
    ended(monkeypatch, hours=-1)
    assert make_certificates(tmp_path / "keys", ["left"])[-1].expired
    with pytest.raises(CertificateError, match=r"left/cert.pem ended on .* UTC"):
        security_of(tmp_path / "keys" / "left")
    assert cli.main(["certificates", str(tmp_path / "keys"), "--host", "left"]) == 1
    assert "ENDED" in capsys.readouterr().out


def test_folder_without_certificates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=r"no private key.* llpyspin certificates"):
        security_of(tmp_path)
    make_certificates(tmp_path / "keys")
    (tmp_path / "keys" / "client" / "ca.pem").write_text("-----BEGIN NOTHING-----\n")
    with pytest.raises(CertificateError, match=r"ca.pem cannot be read"):
        security_of(tmp_path / "keys")


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_certificates(tmp_path / "keys")
    (tmp_path / "keys" / "client" / "key.pem").chmod(0o640)
    with pytest.raises(
        CertificateError, match=r"others may read the private key .* its mode is 640: chmod 600"
    ):
        security_of(tmp_path / "keys")


def test_certificates_of_dask_are_looked_at_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dask = pytest.importorskip("dask")
    pytest.importorskip("distributed")
    make_certificates(tmp_path / "keys")
    ended(monkeypatch, hours=-1)
    make_certificates(tmp_path / "keys", ["left"])
    cert = str(tmp_path / "keys" / "left" / "cert.pem")
    with dask.config.set({"distributed.comm.tls.client.cert": cert}):
        with pytest.raises(CertificateError, match=r"left/cert.pem ended on"):
            connected("tls://127.0.0.1:9")


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("tls://192.0.2.1:8786", False),
        ("wss://rig:8786", False),
        ("tcp://127.0.0.1:8786", False),
        ("tcp://[::1]:8786", False),
        ("localhost:8786", False),
        ("inproc://192.0.2.1/7/1", False),
        ("tcp://192.0.2.1:8786", True),
        ("ucx://192.0.2.1:8786", True),
        ("ws://rig:8786", True),
        ("rig:8786", True),
        ("tcp://127.0.0.1.rig:8786", True),
    ],
)
def test_open_connection_to_another_computer_is_refused(address: str, refused: bool) -> None:
    check_encrypted(address, insecure=True)
    if refused:
        with pytest.raises(ArgumentError, match=r"is not encrypted.* tls:// and cert.*--insecure"):
            check_encrypted(address)
    else:
        check_encrypted(address)


def test_command_makes_certificates_and_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = str(tmp_path / "keys")
    assert cli.main(["certificates", keys, "--host", "left"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in told[2:6]] == [
        ["authority", "made"],
        ["scheduler", "made"],
        ["client", "made"],
        ["left", "made"],
    ]
    assert cli.main(["certificates", keys, "--host", "top", "--days", "9", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["new"]) for each in tree][-2:] == [("client", False), ("top", True)]
    assert cli.main(["certificates", keys, "--host", "client"]) == 1
    assert "is used twice" in capsys.readouterr().err
