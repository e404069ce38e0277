"""Python packages against each other: PySpin's wheel, Python, NumPy, and a package with the wrong name."""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING, Any

from llpyspin.doctor.finding import Finding, fine, note, problem

if TYPE_CHECKING:
    from llpyspin.doctor.host import System
    from llpyspin.doctor.libraries import Spinnaker

__all__ = ["INTERESTING", "check_packages", "version_of", "versions"]

INTERESTING = (
    *("llpyspin", "spinnaker-python", "rotpy", "pyspin", "genicam", "numpy", "av", "opencv-python"),
    *("opencv-python-headless", "opencv-contrib-python", "tifffile", "imagecodecs", "h5py", "scikit-video"),
    *("PyYAML", "rich", "click", "cloudpickle"),
)
"""Packages whose versions a report tells."""

_WHEEL = "spinnaker-python"
_NUMPY_2 = (4, 2)  # the first Spinnaker whose wheels are built for NumPy 2


def versions(system: System, names: tuple[str, ...] = INTERESTING) -> dict[str, str]:
    """The versions of these packages, of those that are installed."""
    wanted = {_plain(name): name for name in names}
    found: dict[str, str] = {}
    for distribution in metadata.distributions(path=list(system.packages)):
        name = wanted.get(_plain(distribution.metadata["Name"] or ""))
        if name is not None:
            found.setdefault(name, distribution.version)
    return {name: found[name] for name in names if name in found}


def check_packages(system: System, installed: Spinnaker | None, needed: bool) -> list[Finding]:
    """What is known of PySpin's wheel before anything is loaded.

    Parameters
    ----------
    system : System
    installed : Spinnaker or None
        The libraries of the SDK, if they are installed.
    needed : bool
        Whether PySpin is the SDK that is to be used, rather than one that might be.
    """
    findings: list[Finding] = []
    bad = problem if needed else note
    if _distribution(system, "pyspin") is not None:
        findings.append(
            bad(
                "package-of-the-wrong-name",
                "The package `pyspin` of PyPI is installed. It has nothing to do with cameras; FLIR's "
                "wheel is called spinnaker_python, and its module PySpin.",
                "Remove it, and install FLIR's wheel from its download page, if that is what was wanted.",
                ["pip uninstall pyspin"],
            )
        )
    wheel = _distribution(system, _WHEEL)
    if wheel is None:
        return findings
    version = _numbers(wheel.version)
    findings += [
        finding
        for finding in (
            _against_python(system, wheel, bad),
            _against_numpy(system, wheel, version, bad),
            _against_libraries(wheel, version, installed, bad),
        )
        if finding is not None
    ]
    if not findings:
        findings.append(
            fine(
                "wheel-fits",
                f"PySpin's wheel {wheel.version} suits this Python and its NumPy",
                version=wheel.version,
            )
        )
    return findings


def _against_python(system: System, wheel: metadata.Distribution, bad: Any) -> Finding | None:
    tags = re.findall(r"^Tag: cp(\d)(\d+)-", wheel.read_text("WHEEL") or "", re.MULTILINE)
    pythons = sorted({(int(major), int(minor)) for major, minor in tags})
    if not pythons or system.python in pythons:
        return None
    present, built = _dots(system.python), ", ".join(_dots(each) for each in pythons)
    finding: Finding = bad(
        "wheel-for-another-python",
        f"PySpin's wheel {wheel.version} is for Python {built}, and this is Python {present}.",
        f"Download the wheel whose name has cp{system.python[0]}{system.python[1]}, or make an environment "
        f"with Python {built}.",
        built_for=built,
        python=present,
    )
    return finding


def _against_numpy(
    system: System, wheel: metadata.Distribution, version: tuple[int, ...], bad: Any
) -> Finding | None:
    numpy = _distribution(system, "numpy")
    if numpy is None or _numbers(numpy.version) < (2,) or version >= _NUMPY_2:
        return None
    finding: Finding = bad(
        "wheel-for-another-numpy",
        f"PySpin's wheel {wheel.version} was built for NumPy 1, and NumPy {numpy.version} is installed: it "
        "cannot be imported.",
        "Install an older NumPy, or a wheel of Spinnaker 4.2 or newer.",
        ["pip install 'numpy<2'"],
        numpy=numpy.version,
        wheel=wheel.version,
    )
    return finding


def _against_libraries(
    wheel: metadata.Distribution, version: tuple[int, ...], installed: Spinnaker | None, bad: Any
) -> Finding | None:
    if installed is None:
        finding: Finding = bad(
            "wheel-without-libraries",
            f"PySpin's wheel {wheel.version} is installed, but not the libraries of the Spinnaker SDK.",
            f"Install the Spinnaker SDK {_dots(version[:2])} from FLIR's download page; "
            "`python -m spinnaker.install` takes the archive.",
            wheel=wheel.version,
        )
        return finding
    if version[:2] == installed.version[:2] or not installed.version:
        return None
    finding = bad(
        "wheel-of-another-sdk",
        f"PySpin's wheel is of Spinnaker {wheel.version}, the libraries in {installed.folder} are of "
        f"{_dots(installed.version)}: they must be of the same version.",
        "Download both of one version, and install both.",
        wheel=wheel.version,
        libraries=_dots(installed.version),
    )
    return finding


def version_of(system: System, name: str) -> str | None:
    """Version of a package, None if it is not installed."""
    found = _distribution(system, name)
    return None if found is None else found.version


def _distribution(system: System, name: str) -> metadata.Distribution | None:
    return next(
        (
            each
            for each in metadata.distributions(path=list(system.packages))
            if _plain(each.metadata["Name"] or "") == _plain(name)
        ),
        None,
    )


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def _dots(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
