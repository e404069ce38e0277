"""PySpin's shape over rotpy, whose wheel brings the vendor's Spinnaker 2.6 runtime.

Programs for PySpin run on it as they are: ``import llpyspin.sdk.rotpy as PySpin``.  What rotpy gives no way
to raises :class:`SpinnakerException` with the code -1003: callbacks of nodes, logging event handlers,
results of action commands, image statistics.  An incomplete image tells its status and nothing else: its
frame id and timestamp are 0, its pixels are refused with -1014.
"""

from __future__ import annotations

import rotpy as _rotpy

from llpyspin.sdk.rotpy._arrivals import InterfaceEventHandler
from llpyspin.sdk.rotpy._camera import Camera, CameraPtr
from llpyspin.sdk.rotpy._constants import CONSTANTS as _CONSTANTS
from llpyspin.sdk.rotpy._errors import SpinnakerException
from llpyspin.sdk.rotpy._events import DeviceEventHandler, EventHandler, ImageEventHandler
from llpyspin.sdk.rotpy._image import ChunkData, Image, ImageProcessor, ImagePtr
from llpyspin.sdk.rotpy._lists import CameraList, InterfaceList
from llpyspin.sdk.rotpy._nodes import (
    IBoolean,
    ICategory,
    ICommand,
    IEnumEntry,
    IEnumeration,
    IFloat,
    IInteger,
    INode,
    INodeMap,
    IRegister,
    IString,
    IValue,
)
from llpyspin.sdk.rotpy._pointers import (
    CBooleanPtr,
    CCategoryPtr,
    CCommandPtr,
    CEnumEntryPtr,
    CEnumerationPtr,
    CFloatPtr,
    CIntegerPtr,
    CNodeMapPtr,
    CNodePtr,
    CRegisterPtr,
    CSelectorPtr,
    CStringPtr,
    CValuePtr,
    IsAvailable,
    IsImplemented,
    IsReadable,
    IsWritable,
)
from llpyspin.sdk.rotpy._system import InterfacePtr, LibraryVersion, System

SystemPtr = System
System_GetInstance = System.GetInstance

__version__ = _rotpy.__version__

globals().update(_CONSTANTS)

__all__ = [
    "CBooleanPtr", "CCategoryPtr", "CCommandPtr", "CEnumEntryPtr", "CEnumerationPtr", "CFloatPtr",
    "CIntegerPtr", "CNodeMapPtr", "CNodePtr", "CRegisterPtr", "CSelectorPtr", "CStringPtr", "CValuePtr",
    "Camera", "CameraList", "CameraPtr", "ChunkData", "DeviceEventHandler", "EventHandler", "IBoolean",
    "ICategory", "ICommand", "IEnumEntry", "IEnumeration", "IFloat", "IInteger", "INode", "INodeMap",
    "IRegister", "IString", "IValue", "Image", "ImageEventHandler", "ImageProcessor", "ImagePtr",
    "InterfaceEventHandler", "InterfaceList", "InterfacePtr", "IsAvailable", "IsImplemented", "IsReadable",
    "IsWritable", "LibraryVersion", "SpinnakerException", "System", "SystemPtr", "System_GetInstance",
]  # fmt: skip
