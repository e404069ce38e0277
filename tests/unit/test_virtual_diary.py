"""The diary of a virtual camera: every exposure, and what became of its image."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

import llpyspin.virtual as PySpin
from llpyspin.virtual import fault, read_stamp
from llpyspin.virtual.world import load_world

if TYPE_CHECKING:
    import pathlib
