"""What other programs and libraries call the things that have a name here.

Keys are written without underscores and in lower case, see :func:`squashed`.  Of several names the first
one that an object has is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ALIASES", "LOOSE_ALIASES", "squashed"]


_SIGNS = str.maketrans("", "", "_- ")


def squashed(name: str) -> str:
    """A name without what people vary when they spell it: underscores, hyphens, blanks and capitals."""
    return name.translate(_SIGNS).lower()


def _turned(words: Mapping[tuple[str, ...], str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for names, others in words.items():
        for other in others.split():
            found[other] = (*found.get(other, ()), *names)
    return found


ALIASES = _turned(
    {
        ("framerate", "average_framerate"): """
            fps hz framespersecond acquisitionframerate acquisitionrate acquisitionframerateenable
        """,
        ("resulting_framerate", "framerate"): "actualfps actualframerate acquisitionresultingframerate",
        ("exposure",): """
            exposuretime exposureus exposuretimeus exposuretimeabs exposurems exptime shutter shutterspeed
            shuttertime integrationtime autoexposure exposureauto
        """,
        ("gain",): "iso gaindb analoggain digitalgain gainauto autogain",
        ("binsize",): "binning binningfactor binfactor binningvertical binninghorizontal",
        ("roi",): "aoi regionofinterest offsetx offsety",
        ("pixel_format",): "pixfmt colormode colourmode fourcc imageformat",
        ("black_level",): "brightness blackleveloffset",
        ("white_balance",): "wb awb whitebalanceauto autowhitebalance balancewhiteauto balanceratio",
        ("gamma",): "gammacorrection",
    }
)
"""Words that mean a setting of a camera, whatever else a class is about."""

LOOSE_ALIASES = _turned(
    {
        ("framerate",): "rate frequency samplerate",
        ("roi",): """
            crop cropping window rect rectangle region subarray offset size height width shape resolution
            framesize imagesize
        """,
        ("pixel_format",): "bitdepth dtype format",
        ("serial", "device", "serials"): "serialnumber sn deviceserialnumber cameraserial deviceid",
        ("info",): "model devicemodelname vendor firmware deviceinfo camerainfo",
        ("nickname",): "cameraname label alias",
        ("buffersize",): "queuesize buffercount numbuffers",
        ("frame_info", "info"): "metadata lastframe timestamp timestamps frameid framenumber framecount",
        ("read",): """
            getframe getimage getnextimage nextframe acquire capture captureframe captureimage snap snapshot
            takepicture grabframe grabimage readframe
        """,
        ("isOpened",): "isopen opened isvalid isinitialized",
        ("release", "close", "stop"): "closed disconnect shutdown destroy deinit end finish quit",
        ("release",): "close",
        ("close",): "release",
        ("trigger",): "fire triggersoftware softwaretrigger",
        ("trigger", "open"): "start begin run beginacquisition startacquisition",
        ("open",): "connect init initialize",
        ("prime",): "arm prepare setup startrecording recordto",
        ("stop",): "stoprecording endacquisition stopacquisition endrecording halt",
        ("display",): "show imshow view preview window live",
        ("settings",): "getsettings config configuration parameters properties params",
        ("save_settings",): "saveconfig exportsettings",
        ("load_settings",): "loadconfig importsettings",
        ("limits",): "range ranges bounds getlimits minmax",
        ("nodes",): "nodemap node features feature genicam",
        ("names",): "cameras cameranames",
        ("folder",): "directory dir outputfolder savedir outdir",
        ("session",): "lastsession recording result",
        ("account",): "report summary stats statistics",
        ("triggers",): "ntriggers numtriggers triggercount frames",
        ("image", "frames"): "array data pixels picture images",
        ("queue", "cb_queue"): "output outputs messages",
    }
)
"""Words that mean these things here, and may mean something else in a class of somebody else."""
