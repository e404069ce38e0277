"""Several cameras used as one."""

from typing import TYPE_CHECKING

from llpyspin.naming.later import later_names
from llpyspin.rig.boxes.contract import BoxCount, BoxIdentity, FirstPulse, PulseBox
from llpyspin.rig.boxes.serialbox import SerialBox
from llpyspin.rig.config import BoxTrigger, CameraConfig, RigConfig
from llpyspin.rig.parsing import load_config
from llpyspin.rig.rig import Rig
from llpyspin.rig.status import CameraStatus, RigStatus
from llpyspin.rig.unattended.unattended import record_schedule
from llpyspin.rig.wiring import WiringReport

__all__ = [
    "BoxCount",
    "BoxIdentity",
    "BoxTrigger",
    "CameraConfig",
    "CameraStatus",
    "FirstPulse",
    "PulseBox",
    "Rig",
    "RigConfig",
    "RigStatus",
    "SerialBox",
    "WiringReport",
    "load_config",
    "record_schedule",
]

if not TYPE_CHECKING:
    __getattr__ = later_names(__name__, {})  # only for mistyped names
