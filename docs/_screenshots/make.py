"""Make the manual's screenshots, in docs/_static: ``python docs/_screenshots/make.py [--notebooks]``.

Everything is run as users do, on virtual cameras: commands in a terminal, the preview window, plots.  With
``--notebooks`` the notebooks get the outputs of a new run.  CI makes all of them before it builds the manual.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pathlib
import sys
import tempfile

TOP = pathlib.Path(__file__).parents[2]
STATIC = TOP / "docs" / "_static"
COMMANDS = {
    "list.svg": "llpyspin list --virtual",
    "record.svg": "llpyspin record --virtual --cameras 2 --seconds 3 --out mouse-17",
    "check.svg": "llpyspin check mouse-17",
    "doctor.svg": "llpyspin doctor --virtual --no-measure",
}
"""Commands by the picture that shows them, in the order in which they are run."""
OTHERS_WORK = "by process"
"""What a command says of programs that have nothing to do with the manual."""
OTHERS = ("recording.png", "imshow.png", "preview.png", "report.png", "live-page.png", "calibration.png")


def names() -> list[str]:
    """The pictures that are made."""
    return [*COMMANDS, *OTHERS]


def environment() -> dict[str, str]:
    """That of a person who has installed llpyspin and uses virtual cameras."""
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ.get("PATH", "")])
    ours = {"PATH": path, "TERM": "xterm-256color", "LLPYSPIN_SDK": "virtual", "MPLBACKEND": "Agg"}
    return {**os.environ, **ours, "PYTHONPATH": str(TOP), "LANG": "C.UTF-8", "USER": "anna"}


def terminals(folder: pathlib.Path) -> None:
    """Pictures of commands."""
    terminal = importlib.import_module("terminal")
    for name, command in COMMANDS.items():
        shot = terminal.run(command, folder, environment())
        if terminal.shows(shot, OTHERS_WORK):
            sys.stderr.write(f"{name} stays as it is: it would show other programs of this machine\n")
            continue
        (STATIC / name).write_text(terminal.svg(shot, command), encoding="utf-8")


def window() -> None:
    """A picture of the preview window, where windows can be made."""
    windows = importlib.import_module("windows")
    if absent := windows.missing():
        sys.stderr.write(f"preview.png stays as it is: it needs {absent}\n")
        return
    windows.preview(environment()).save(STATIC / "preview.png", optimize=True)


def browsed() -> None:
    """Pictures of a report and of a live page, where there is a browser."""
    pages = importlib.import_module("pages")
    if pages.browser() is None:
        sys.stderr.write("report.png and live-page.png stay as they are: they need Chromium\n")
        return
    pages.report(STATIC / "report.png", os.environ)
    importlib.import_module("browsing").live_page(STATIC / "live-page.png", os.environ)
    os.environ.pop("LLPYSPIN_VIRTUAL")


def notebooks() -> None:
    """Run the notebooks and keep what they show."""
    import nbformat
    from nbclient import NotebookClient

    os.environ.pop("MPLBACKEND", None)  # the kernel's own backend makes the pictures
    for path in sorted((TOP / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.get("metadata", {}).pop("execution", None)
        NotebookClient(notebook, timeout=120, kernel_name="python3", record_timing=False).execute()
        notebook.metadata.pop("language_info", None)
        nbformat.write(notebook, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", action="store_true", help="run the notebooks again, too")
    options = parser.parse_args()
    os.environ.update(environment())
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    with tempfile.TemporaryDirectory() as folder:
        terminals(pathlib.Path(folder))
    plots = importlib.import_module("plots")
    plots.imshow(STATIC / "imshow.png")
    plots.recording(STATIC / "recording.png")
    importlib.import_module("boards").calibration(STATIC / "calibration.png")
    window()
    browsed()
    if options.notebooks:
        notebooks()


if __name__ == "__main__":
    main()
