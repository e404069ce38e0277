"""Several cameras used as one."""

from llpyspin.rig.config import CameraConfig, RigConfig
from llpyspin.rig.parsing import load_config
from llpyspin.rig.rig import Rig
from llpyspin.rig.status import CameraStatus, RigStatus
from llpyspin.rig.wiring import WiringReport

__all__ = ["CameraConfig", "CameraStatus", "Rig", "RigConfig", "RigStatus", "WiringReport", "load_config"]
