"""Stand-ins for Debian and Ubuntu machines, for the tests of ``spinnaker.install``.

A stand-in is a directory with the files that the installer looks at, of the same names and forms as on those
systems. Programs are the real ones (apt-get, dpkg, groupadd, gpasswd, Python), told to work on that
directory; what needs a whole system to run, like update-grub, is a shell script in it that does what matters
here: it reads the files as GRUB does.
"""

from __future__ import annotations

import functools
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spinnaker.machine import Machine
from spinnaker.running import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spinnaker.machine import Owner

LIMIT = "/sys/module/usbcore/parameters/usbfs_memory_mb"

# the assignments of the files that Debian 12 and Ubuntu 22.04 come with
DEBIAN_GRUB = """\
# How GRUB starts this machine; run 'update-grub' after changes.

GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX=""

# not in use:
#GRUB_BADRAM="0x01234567,0xfefefefe,0x89abcdef,0xefefefef"
#GRUB_CMDLINE_LINUX_DEFAULT="usbcore.usbfs_memory_mb=64"
GRUB_DISABLE_OS_PROBER=true
"""
UBUNTU_GRUB = """\
GRUB_DEFAULT=0
GRUB_TIMEOUT_STYLE=hidden
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Ubuntu} ) 2>/dev/null || echo Ubuntu`
GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"
GRUB_CMDLINE_LINUX=""
#GRUB_GFXMODE=640x480
"""
# a drop-in that Ubuntu's cloud images have: the line is begun anew in it
CLOUD_GRUB = """\
GRUB_RECORDFAIL_TIMEOUT=0
GRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=ttyS0"
"""
UPDATE_GRUB = """\
set -e
. "$ROOT/etc/default/grub"
for file in "$ROOT"/etc/default/grub.d/*.cfg; do
    if [ -e "$file" ]; then . "$file"; fi
done
line="$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT"
echo "linux /vmlinuz root=/dev/sda1 ro $line" > "$ROOT/boot/grub/grub.cfg"
"""
# what matters of grub-mkconfig here: whether it reads drop-ins
MKCONFIG = "for x in ${sysconfdir}/default/grub.d/*.cfg ; do . $x; done\n"

SYSTEMS = {
    "debian-12": {
        "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n',
        "/etc/default/grub": DEBIAN_GRUB,
        "/lib/modules/6.1.0-21-amd64/modules.builtin": "kernel/fs/ext4/ext4.ko\n",
    },
    "ubuntu-22.04": {
        "/etc/os-release": 'PRETTY_NAME="Ubuntu 22.04"\nVERSION_ID="22.04"\nID=ubuntu\nID_LIKE=debian\n',
        "/etc/default/grub": UBUNTU_GRUB,
        "/lib/modules/5.15.0-105-generic/modules.builtin": "kernel/drivers/usb/core/usbcore.ko\n",
    },
}
COMMON = {
    "/etc/group": "root:x:0:\nplugdev:x:46:\nanna:x:1000:\n",
    "/etc/gshadow": "root:*::\nplugdev:*::\nanna:!::\n",
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nanna:x:1000:1000::/home/anna:/bin/sh\n",
    "/etc/shadow": "root:*:19000:0:99999:7:::\nanna:!:19000:0:99999:7:::\n",
    "/etc/login.defs": "SYS_GID_MIN 100\nSYS_GID_MAX 999\n",
    "/etc/apt/sources.list": "",
    "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "/var/lib/dpkg/status": "Package: dpkg\nStatus: install ok installed\nArchitecture: {architecture}\n"
    "Maintainer: nobody\nVersion: 1.21.1\nDescription: dpkg\n\n",
    "/boot/grub/grub.cfg": "linux /vmlinuz root=/dev/sda1 ro quiet\n",
    "/usr/sbin/update-grub": UPDATE_GRUB,
    "/usr/sbin/grub-mkconfig": MKCONFIG,
    LIMIT: "16\n",
}

needs_debian_and_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("apt-get") is None, reason="needs root, and apt and dpkg as on Debian"
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="groupadd works for root only")


class StandIn(Machine):
    """A machine whose root is a directory, and what ran on it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.ran: list[list[str]] = []

    def launch(self, command: Sequence[str], owner: Owner | None = None) -> list[str]:
        self.ran.append(list(command))
        program, *rest = command
        if program == "apt-get":
            return ["apt-get", *self._apt_options(), *(self._here(argument) for argument in rest)]
        if program == "dpkg":
            forced = ["--force-script-chrootless", "--force-unsafe-io"]
            return ["dpkg", f"--root={self.root}", *forced, *(self._here(argument) for argument in rest)]
        if program in ("groupadd", "groupdel"):
            return [program, "--prefix", str(self.root), *rest]
        if program == "gpasswd":
            return [program, "--root", str(self.root), *rest]
        if self.exists(f"/usr/sbin/{program}"):
            return ["env", f"ROOT={self.root}", "sh", str(self.path(f"/usr/sbin/{program}")), *rest]
        if program.startswith("/"):
            return [str(self.root) + program, *(self._here(argument) for argument in rest)]
        raise AssertionError(f"{program} is not for stand-ins")

    def _here(self, argument: str) -> str:
        return str(self.root) + argument if argument.endswith((".deb", ".whl")) else argument

    def _apt_options(self) -> list[str]:
        directories = {
            "Dir::State": "var/lib/apt",
            "Dir::State::status": "var/lib/dpkg/status",
            "Dir::Cache": "var/cache/apt",
            "Dir::Etc": "etc/apt",
            "Dir::Log": "var/log/apt",
        }
        options = [f"-o{name}={self.root}/{where}" for name, where in directories.items()]
        forced = [
            f"-oDPkg::Options::=--{option}"
            for option in (f"root={self.root}", "force-script-chrootless", "force-unsafe-io")
        ]
        return [
            *options,
            *forced,
            "-oDebug::NoLocking=1",
            "-oAPT::Architecture=" + architecture(),
            "-oDpkg::Use-Pty=0",
        ]

    def put(self, where: str, text: str, mode: int = 0o644) -> None:
        """Write a file, with the directories that it needs."""
        path = Path(f"{self.root}{where}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def text(self, where: str) -> str:
        """What is in a file that is there."""
        text = self.read(where)
        assert text is not None, f"{where} is not there"
        return text

    def value(self, where: str) -> int:
        """A number in a file."""
        return int(self.text(where))

    def install(self, *arguments: str) -> int:
        """Run the installer without asking; its exit status."""
        return run(["--yes", *arguments], self)

    def kernel_line(self) -> str:
        """The command line in GRUB's menu."""
        return self.text("/boot/grub/grub.cfg").strip().partition(" ro ")[2]


@functools.cache
def architecture() -> str:
    """This machine's, as Debian names it."""
    if shutil.which("dpkg") is None:
        return "amd64"
    return subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()


def stand_in(directory: Path, system: str = "ubuntu-22.04", **files: str) -> StandIn:
    """A machine of this kind below a directory, as a new one is; more files by ``**{"/etc/x": "text"}``."""
    directory.mkdir(parents=True, exist_ok=True)
    machine = StandIn(directory)
    for where, text in {**COMMON, **SYSTEMS[system], **files}.items():
        machine.put(where, text.replace("{architecture}", architecture()))
    for where in ("tmp", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/apt/lists/partial"):
        (directory / where).mkdir(parents=True, exist_ok=True)
    for where in (
        "var/cache/apt/archives/partial",
        "etc/apt/sources.list.d",
        "etc/apt/preferences.d",
        "var/log/apt",
        "etc/udev/rules.d",
        "etc/sysctl.d",
    ):
        (directory / where).mkdir(parents=True, exist_ok=True)
    return machine


def everything(machine: Machine, *but: str) -> dict[str, Any]:
    """Every file and directory of a machine with mode and content; `but` names directories to leave out."""
    found: dict[str, Any] = {}
    for path in sorted(machine.root.rglob("*")):
        name = f"/{path.relative_to(machine.root)}"
        if any(name == left or name.startswith(f"{left}/") for left in but):
            continue
        mode = stat.S_IMODE(path.lstat().st_mode)
        found[name] = (
            mode,
            os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None,
        )
    return found
