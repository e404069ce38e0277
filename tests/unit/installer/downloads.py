"""What a user downloads, as the tests have it: packages and wheels of the SDK's names, empty."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from typing import TYPE_CHECKING

from tests.unit.installer.stand_in import architecture

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "4.2.0.46"
# the question of the SDK's licence; the real one is asked by debconf in the same place
TEMPLATES = """\
Template: libspinnaker/accepted-flir-eula
Type: boolean
Default: false
Description: Do you accept the licence?
"""
ASK = """\
#!/bin/sh
if ! grep -q "accepted-flir-eula boolean true" "$DPKG_ROOT/var/cache/answers" 2>/dev/null; then
    echo "the licence was not accepted" >&2
    exit 1
fi
"""
PRODUCER = "/opt/spinnaker/lib/spinnaker-gentl/Spinnaker_GenTL.cti"
PYSPIN = """\
import os
class Version: major, minor, type, build = 4, 2, 0, 46
class System:
    def GetInstance():
        if not os.path.basename(os.environ.get("SPINNAKER_GENTL64_CTI", "")):
            raise RuntimeError("Spinnaker: Could not load producer. [-1012]")
        return System()
    def GetLibraryVersion(self): return Version()
    def ReleaseInstance(self): pass
"""
NAMES = ("libgentl", "libspinnaker", "libspinnaker-dev", "libspinvideo", "spinview-qt", "spinnaker-doc")


def make_deb(directory: Path, name: str, depends: str = "", version: str = VERSION, **scripts: str) -> Path:
    """A package with one file in /opt/spinnaker; `scripts` are its maintainer scripts and the like."""
    tree = directory / f"{name}-tree"
    control = tree / "DEBIAN"
    control.mkdir(parents=True)
    fields = (
        f"Package: {name}\nVersion: {version}\nArchitecture: {architecture()}\nMaintainer: nobody <x@y.z>\n"
    )
    fields += f"Depends: {depends}\n" if depends else ""
    (control / "control").write_text(f"{fields}Description: {name}\n")
    for script, text in scripts.items():
        (control / script).write_text(text)
        (control / script).chmod(0o755)
    library = tree / "opt/spinnaker/lib" / f"{name}.so"
    library.parent.mkdir(parents=True)
    library.write_text(f"{name} {version}\n")
    if name == "libgentl":
        producer = tree / PRODUCER[1:]
        producer.parent.mkdir(parents=True)
        producer.write_text("a producer\n")
    made = directory / f"{name}_{version}_{architecture()}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(made)], check=True, capture_output=True
    )
    return made


def make_sdk(
    directory: Path, version: str = VERSION, licence: bool = True, viewer_needs: str = ""
) -> list[Path]:
    """The SDK's packages."""
    directory.mkdir(parents=True)
    asking = {"preinst": ASK, "templates": TEMPLATES} if licence else {}
    needs = {
        "libgentl": "",
        "libspinnaker": f"libgentl (= {version})",
        "libspinnaker-dev": f"libspinnaker (= {version})",
        "libspinvideo": f"libspinnaker (= {version})",
        "spinview-qt": viewer_needs,
        "spinnaker-doc": "",
    }
    return [
        make_deb(directory, name, needs[name], version, **(asking if name == "libgentl" else {}))
        for name in NAMES
    ]


def pack(archive: Path, files: list[Path], folder: str = "spinnaker") -> Path:
    """An archive of files in a folder, as Teledyne packs them, with a script that is no package."""
    with tarfile.open(archive, "w:gz") as tar:
        for file in files:
            tar.add(file, f"{folder}/{file.name}")
        script = tarfile.TarInfo(f"{folder}/install_spinnaker.sh")
        script.size = 9
        tar.addfile(script, io.BytesIO(b"#!/bin/sh"))
    return archive


def make_wheel(
    directory: Path,
    python: str,
    *,
    version: str = VERSION,
    name: str = "spinnaker_python",
    platform: str = "",
    numpy: bytes = b"numpy._core._multiarray_umath",
    module: str = PYSPIN,
) -> Path:
    """A wheel with PySpin.py in it, and a "compiled" module that knows NumPy by this name."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(architecture(), architecture())
    made = directory / f"{name}-{version}-{python}-{python}-{platform or f'linux_{machine}'}.whl"
    made.parent.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    tag = f"Tag: {python}-{python}-linux_{machine}"
    files = {
        "PySpin.py": module.encode(),
        "_PySpin.so": b"\x7fELF " + numpy,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n{tag}\n".encode(),
    }
    with zipfile.ZipFile(made, "w") as wheel:
        for inside, content in files.items():
            wheel.writestr(inside, content)
        wheel.writestr(f"{info}/RECORD", "".join(f"{inside},,\n" for inside in [*files, f"{info}/RECORD"]))
    return made
