"""Whether a rig fits a machine, and what the doctor says of disks and encoders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.doctor.cameras import Camera, merge
from llpyspin.doctor.codecs import check_encoders
from llpyspin.doctor.demand import RigDemand, demand_of
from llpyspin.doctor.disk import Disk, check_disk, look_at_disk
from llpyspin.doctor.encoding import Encoded, Tried, measure
from llpyspin.doctor.memory import read_memory
from llpyspin.doctor.models import frame_bytes, sensor_of
from llpyspin.doctor.nics import read_nics
from llpyspin.doctor.planning import plan_links, plan_memory, plan_sensors
from llpyspin.doctor.storing import plan_storing
from llpyspin.doctor.usbtree import read_usb
from llpyspin.errors import RigConfigError
from llpyspin.recording.sinks import Picture
from llpyspin.rig.parsing import config_from
from llpyspin.virtual.formats import FORMATS
from tests.unit.machines import CARD, CHIPSET, Machine

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.doctor.finding import Finding

TOP, SIDE = "20497219", "20497220"
GIGE = [
    Camera(f"1945000{n}", "Blackfly S BFS-PGE-16S2M", "GigE", address=f"169.254.3.{n}", seen=True)
    for n in (1, 2)
]


def codes(findings: list[Finding]) -> dict[str, str]:
    return {finding.code: finding.level for finding in findings}


def only(findings: list[Finding], code: str) -> Finding:
    (found,) = (finding for finding in findings if finding.code == code)
    return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Two cameras on one hub, and a card without any."""
    machine = Machine(tmp_path)
    machine.controller(CHIPSET)
    machine.controller(CARD, first_bus=3, speed=5000)
    machine.hub(f"{CHIPSET}/usb2/2-1", 2, 2)
    machine.camera(f"{CHIPSET}/usb2/2-1/2-1.1", 2, 3, serial="0138C343")
    machine.camera(f"{CHIPSET}/usb2/2-1/2-1.2", 2, 4, serial="0138C344")
    machine.usbfs(1000)
    machine.meminfo(16000, 8000)
    return machine


def cameras(machine: Machine) -> list[Camera]:
    return merge([], read_usb(machine.system), virtual=False)


def demand(connected: list[Camera], *, virtual: bool = False, **changes: Any) -> RigDemand:
    rig, findings = planned(connected, virtual=virtual, **changes)
    assert rig is not None
    assert findings == []
    return rig


def planned(
    connected: list[Camera], *, virtual: bool = False, **changes: Any
) -> tuple[RigDemand | None, list[Finding]]:
    two = [
        {"serial": each.serial, "name": name} for each, name in zip(connected, ("top", "side"), strict=False)
    ]
    return demand_of(config_from({"cameras": two, **changes}), connected, virtual=virtual)


# -- what cameras send


def test_the_size_of_a_frame_is_that_of_the_virtual_cameras() -> None:
    for name in (
        "Mono8",
        "Mono16",
        "Mono10p",
        "Mono12p",
        "Mono10Packed",
        "BayerRG12Packed",
        "BGR8",
        "RGB8Packed",
    ):
        assert frame_bytes(1440, 1080, name) == FORMATS[name].stride(1440) * 1080, name


def test_a_models_name_tells_its_sensor() -> None:
    known = sensor_of("Blackfly S BFS-U3-16S2C")
    assert known is not None
    assert (known.width, known.height, known.fastest, known.color, known.exact) == (
        1440,
        1080,
        226,
        True,
        True,
    )
    guessed = sensor_of("Oryx ORX-10G-123S6M")
    assert guessed is not None
    assert not guessed.exact
    assert guessed.width * guessed.height == pytest.approx(12.3e6, rel=0.02)
    assert sensor_of("Webcam C920") is None


def test_a_rigs_file_says_how_much_its_cameras_send(machine: Machine) -> None:
    rig = demand(cameras(machine), framerate=100, exposure=2000, pixel_format="Mono12p", binsize=2)
    assert [each.payload for each in rig.cameras] == [720 * 3 // 2 * 540] * 2
    assert rig.cameras[0].bandwidth == 720 * 3 // 2 * 540 * 100
    assert (rig.cameras[0].picture.bits, rig.cameras[0].picture.nbytes) == (12, 720 * 540 * 2)
    part = demand(cameras(machine), framerate=100, roi=[100, 200, 300, 400])
    assert part.cameras[0].payload == 300 * 400


def test_a_camera_that_is_not_connected_is_told(machine: Machine) -> None:
    config = config_from({"cameras": ["1", {"serial": "2", "roi": [0, 0, 100, 100]}], "framerate": 10})
    rig, findings = demand_of(config, cameras(machine), virtual=False)
    assert [finding.code for finding in findings] == [
        "plan-camera-absent",
        "plan-size-unknown",
        "plan-camera-absent",
    ]
    assert rig is not None
    assert [each.payload for each in rig.cameras] == [10000]


def test_what_cannot_be_reckoned_is_said(machine: Machine) -> None:
    connected = [Camera("1", "Blackfly S BFS-U3-50S5M", "USB3")]
    assert codes(planned(connected, trigger="external")[1]) == {"plan-rate-unknown": "unknown"}
    assert codes(planned(connected, framerate=10, pixel_format="YUV422Packed")[1]) == {
        "plan-format": "problem"
    }
    record = {"spill_folder": "a\0b"}
    assert codes(planned(connected, framerate=10, record=record)[1]) == {"plan-record": "problem"}
    with pytest.raises(RigConfigError, match=r"roi must be four whole numbers.*\n.*'codex' is not known"):
        planned(connected, framerate=10, roi=[1, 2], record={"codex": 1})
    long = planned(connected, framerate=100, record={"pre_trigger": 3600})[1]
    assert codes(long) == {"plan-pre-trigger": "problem"}


def test_exposure_and_sensor_bound_the_rate(machine: Machine) -> None:
    slow = plan_sensors(demand(cameras(machine)[:1], framerate=100, exposure=20000))
    assert codes(slow) == {"plan-camera": "ok", "plan-exposure": "problem"}
    assert "framerate 50" in only(slow, "plan-exposure").fix
    fast = plan_sensors(demand(cameras(machine)[:1], framerate=300, exposure=1000))
    assert codes(fast) == {"plan-camera": "ok", "plan-sensor": "problem"}
    (fine,) = plan_sensors(demand(cameras(machine)[:1], framerate=100, exposure=1000))
    assert fine.text == ("top (20497219): 1440 x 1080, 8 bit gray at 100 Hz are 156 MB/s; 1000 us exposure")
    guessed = [Camera("1", "Blackfly S BFS-U3-50S5M", "USB3")]
    assert codes(plan_sensors(demand(guessed, framerate=10)))["plan-size-estimated"] == "note"


# -- links


def links(machine: Machine, rig: RigDemand) -> list[Finding]:
    return plan_links(rig, read_usb(machine.system), read_nics(machine.system))


def test_a_rig_that_fits_its_links_is_fine(machine: Machine) -> None:
    findings = links(machine, demand(cameras(machine), framerate=100, exposure=1000))
    assert codes(findings) == {"plan-usb": "ok"}
    assert "311 MB/s of 970" in findings[0].text


def test_a_hub_that_is_too_narrow_is_told_with_what_would_fit(machine: Machine) -> None:
    findings = links(machine, demand(cameras(machine), framerate=200, exposure=1000))
    hub = only(findings, "plan-usb-too-much")
    assert hub.level == "problem"
    assert hub.text.startswith("Hub 2-1: top and side send 622 MB/s of 400")
    assert "Framerate 128.6 fits" in hub.fix
    assert "0000:03:00.0 is free" in hub.fix
    assert only(findings, "plan-usb").level == "ok"  # the controller behind it


def test_a_rig_that_needs_nearly_all_is_worth_a_note(machine: Machine) -> None:
    slow = Machine(machine.root / "slow")
    slow.controller(CHIPSET, speed=5000)
    for port, serial in ((1, "0138C343"), (2, "0138C344")):
        slow.camera(f"{CHIPSET}/usb2/2-{port}", 2, port + 1, serial=serial)
    rig = demand(cameras(slow), framerate=125, exposure=1000)
    (finding,) = links(slow, rig)
    assert (finding.code, finding.level) == ("plan-usb-nearly", "note")
    assert "DeviceLinkThroughputLimit: 200000000" in finding.fix


def test_cameras_on_one_network_interface_share_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.nic("enp4s0", mtu=9000)
    rig = demand(GIGE, framerate=30, exposure=1000)
    assert codes(links(machine, rig)) == {"plan-network": "ok"}
    finding = only(links(machine, demand(GIGE, framerate=60, exposure=1000)), "plan-network-too-much")
    assert finding.text.startswith("Interface enp4s0: top and side send 187 MB/s of 124")
    assert "Framerate 39.86 fits" in finding.fix


def test_one_gige_camera_does_not_get_more_than_its_own_link(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.nic("enp4s0", mtu=9000, speed=10000)
    findings = links(machine, demand(GIGE[:1], framerate=70, pixel_format="Mono16", exposure=1000))
    assert only(findings, "plan-network-too-much").text.startswith(
        "The link of top: top sends 218 MB/s of 124"
    )


def test_virtual_cameras_use_no_link(machine: Machine) -> None:
    virtual = [Camera("12345678", "Blackfly S BFS-U3-16S2M", "USB3", virtual=True)]
    assert codes(links(machine, demand(virtual, virtual=True, framerate=500, exposure=100))) == {
        "plan-virtual": "ok"
    }


def test_where_a_camera_hangs_may_be_unknown(machine: Machine) -> None:
    loose = [Camera("1", "Blackfly S BFS-U3-16S2M", "USB3"), replace(GIGE[0], address="")]
    findings = links(machine, demand(loose, framerate=30))
    assert codes(findings) == {"plan-usb-unknown": "unknown", "plan-network-unknown": "unknown"}


# -- memory


def test_buffers_are_reckoned_against_memory_and_the_kernels_limit(machine: Machine) -> None:
    rig = demand(cameras(machine), framerate=200, exposure=1000)
    findings = plan_memory(machine.system, rig, read_memory(machine.system))
    # 512 MiB a camera while it records, and two processes
    assert codes(findings) == {"memory": "ok", "usbfs-close": "note"}
    assert "1.39 GiB" in only(findings, "memory").text
    machine.meminfo(2000, 1000)
    machine.usbfs(16)
    findings = plan_memory(machine.system, rig, read_memory(machine.system))
    assert codes(findings) == {"memory-low": "problem", "usbfs-low": "problem"}


# -- encoder and disk

SSD = Disk("/data", "ext4", "/dev/nvme0n1p2", 10**12, 800e6)


def storing(machine: Machine, rate: float, disk: Disk = SSD, **record: Any) -> list[Finding]:
    """Two cameras at 200 Hz, and an encoder that makes so many pictures of 50 kB a second."""
    rig = demand(cameras(machine), framerate=200, exposure=1000, record=record)
    encoded = Encoded("libx264", 2, rate, 50_000.0) if record.get("codec") != "raw" else None
    return plan_storing(rig, encoded, disk)


def test_an_encoder_that_is_fast_enough_is_fine(machine: Machine) -> None:
    findings = storing(machine, 600)
    assert codes(findings) == {"plan-encoder": "ok", "plan-disk": "ok"}
    assert "20 MB/s" in only(findings, "plan-disk").text
    assert "14 hours" in only(findings, "plan-disk").text
    assert codes(storing(machine, 420))["plan-encoder-nearly"] == "note"


def test_what_is_too_fast_to_encode_waits_on_the_disk(machine: Machine) -> None:
    findings = storing(machine, 300)
    assert codes(findings) == {"plan-encoder-spills": "note", "plan-disk": "ok"}
    finding = only(findings, "plan-encoder-spills")
    assert "156 MB/s" in finding.text  # 100 of 400 frames a second
    assert "20 s more" in finding.text
    assert "ramerate 120 fits" in finding.fix


def test_without_a_place_to_wait_it_is_a_problem(machine: Machine) -> None:
    dropped = only(storing(machine, 300, overflow="drop"), "plan-encoder-too-slow")
    assert dropped.level == "problem"
    assert "marked as lost" in dropped.text
    assert "15 MB/s" in only(storing(machine, 300, overflow="drop"), "plan-disk").text  # nothing waits there
    assert "end the recording" in only(storing(machine, 300, overflow="stop"), "plan-encoder-too-slow").text


def test_a_disk_that_is_too_slow_for_raw_frames_is_a_problem(machine: Machine) -> None:
    (finding,) = storing(machine, 0, codec="raw")
    assert (finding.code, finding.level) == ("plan-disk", "ok")
    slow = replace(SSD, rate=200e6)
    (finding,) = storing(machine, 0, slow, codec="raw")
    assert (finding.code, finding.level) == ("plan-disk-too-slow", "problem")
    assert "622 MB/s" in finding.text
    assert "h264" in finding.fix
    assert codes(storing(machine, 0, replace(SSD, rate=700e6), codec="raw")) == {"plan-disk-nearly": "note"}
    assert codes(storing(machine, 0, replace(SSD, rate=None), codec="raw")) == {
        "plan-disk-unmeasured": "unknown"
    }


def test_a_codec_that_does_not_work_is_a_problem(machine: Machine) -> None:
    rig = demand(cameras(machine), framerate=200, exposure=1000)
    findings = plan_storing(rig, Encoded("av1", 2, 0.0, 0.0, "RecordingError: no encoder"), SSD)
    assert codes(findings) == {"plan-codec": "problem"}


# -- the disk itself


def test_kinds_of_disks_have_findings_of_their_own(tmp_path: Path) -> None:
    usual = Disk(str(tmp_path), "ext4", "/dev/sda1", 10**12, 500e6)
    assert codes(check_disk(usual)) == {"disk": "ok"}
    expected = {
        "nfs4": {"disk-remote": "note", "disk": "ok"},
        "vfat": {"disk-fat": "note", "disk": "ok"},
        "tmpfs": {"disk-in-memory": "note", "disk": "ok"},
    }
    for kind, found in expected.items():
        assert codes(check_disk(replace(usual, kind=kind))) == found
    assert codes(check_disk(replace(usual, rate=60e6))) == {"disk-slow": "note"}
    assert codes(check_disk(replace(usual, free=10**9))) == {"disk-full": "problem", "disk": "ok"}
    assert codes(check_disk(replace(usual, free=5 * 10**9))) == {"disk-full": "note", "disk": "ok"}
    hangs = replace(usual, rate=None, why="gave no answer within 20 s")
    assert codes(check_disk(hangs)) == {"disk-not-measured": "unknown"}
    gone = replace(usual, folder=str(tmp_path / "none"), why="No such file or directory")
    assert codes(check_disk(gone)) == {"disk-not-writable": "problem"}


def test_a_folder_is_on_the_file_system_that_is_mounted_nearest_above_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    data = tmp_path / "my data"
    data.mkdir()
    escaped = str(data.resolve()).replace(" ", "\\040")
    machine.mounts(
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
        f"2 1 0:50 / {escaped} rw shared:7 - nfs4 box:/export rw,vers=4.2",
        f"3 1 0:51 / {escaped}2 rw - xfs /dev/sdb1 rw",
    )
    disk = look_at_disk(machine.system, str(data), measure=False)
    assert (disk.kind, disk.device) == ("nfs4", "box:/export")
    assert look_at_disk(machine.system, str(tmp_path), measure=False).kind == "ext4"


def test_a_measured_disk_has_a_rate_and_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    disk = look_at_disk(Machine(tmp_path / "m").system, str(tmp_path), measure=True)
    assert disk.why == ""
    assert disk.rate is not None
    assert disk.rate > 0
    assert list(tmp_path.iterdir()) == []


# -- encoders


def test_encoders_that_work_have_a_line_each(tmp_path: Path) -> None:
    picture = Picture(1080, 1440)
    tried = [Tried("libx264", ""), Tried("ffv1", ""), Tried("h264_nvenc", "Cannot load libcuda.so.1")]
    rates = [Encoded("libx264", 1, 400.0, 51200.0), Encoded("ffv1", 1, 90.0, 600000.0)]
    findings = check_encoders(picture, tried, rates, 226.0)
    assert [(each.code, each.level) for each in findings] == [
        ("encoder-pictures", "ok"),
        ("encoder", "ok"),
        ("encoder", "note"),
        ("encoders-absent", "ok"),
    ]
    assert "400 pictures a second of 50 KiB" in findings[1].text
    assert "libcuda" in findings[3].text


def test_no_encoder_or_none_that_is_fast_enough_is_a_problem() -> None:
    picture = Picture(1080, 1440)
    none = check_encoders(picture, [Tried("ffv1", "the package av is not installed")], [], None)
    assert codes(none) == {"no-encoder": "problem"}
    slow = check_encoders(picture, [Tried("ffv1", "")], [Encoded("ffv1", 1, 90.0, 6e5)], 226.0)
    assert codes(slow) == {"encoder-pictures": "ok", "encoder": "note", "encoders-too-slow": "problem"}
    failed = check_encoders(
        picture, [Tried("ffv1", "")], [Encoded("ffv1", 1, 0.0, 0.0, "was killed by SIGSEGV")], None
    )
    assert codes(failed) == {"encoder-pictures": "ok", "encoder-failed": "unknown"}


def test_encoders_are_measured_by_encoding() -> None:
    encoded = measure("ffv1", Picture(96, 128), 2)
    assert (encoded.encoder, encoded.writers, encoded.why) == ("ffv1", 2, "")
    assert encoded.rate > 0
    assert 1000 < encoded.picture_bytes < 96 * 128
