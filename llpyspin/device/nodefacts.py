"""Facts about GenICam features that no node tells: which are settings, which go first, which lock.

Names are those of the GenICam SFNC, and FLIR's own.
"""

from __future__ import annotations

__all__ = ["FIRST", "LOCKED_WHILE_STREAMING", "REPEATABLE", "SELECTED", "SELECTOR_OF", "is_setting"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SELECTED = {  # selector -> what it multiplies
    "TriggerSelector": _words(
        """
        TriggerMode TriggerSource TriggerActivation TriggerOverlap TriggerDelay TriggerDivider
        """
    ),
    "GainSelector": _words("Gain"),
    "BlackLevelSelector": _words("BlackLevel"),
    "BalanceRatioSelector": _words("BalanceRatio"),
    "BinningSelector": _words("BinningHorizontalMode BinningVerticalMode BinningHorizontal BinningVertical"),
    "DecimationSelector": _words(
        """
        DecimationHorizontalMode DecimationVerticalMode DecimationHorizontal DecimationVertical
        """
    ),
    "TestPatternGeneratorSelector": _words("TestPattern"),
    "AutoAlgorithmSelector": _words("AasRoiEnable AasRoiWidth AasRoiHeight AasRoiOffsetX AasRoiOffsetY"),
    "ChunkSelector": _words("ChunkEnable"),
    "LUTSelector": _words("LUTEnable"),
    "EventSelector": _words("EventNotification"),
    "CounterSelector": _words(
        """
        CounterEventSource CounterEventActivation CounterDuration CounterDelay CounterTriggerSource
        CounterTriggerActivation CounterResetSource CounterResetActivation
        """
    ),
    "LineSelector": _words("LineMode LineSource LineInverter V3_3Enable LineInputFilterSelector"),
    "UserOutputSelector": _words("UserOutputValue"),
}
SELECTOR_OF = {feature: selector for selector, features in SELECTED.items() for feature in features}

# Not settings, but identity, addresses, momentary state, or doors into tables too large for a snapshot.
LEFT_OUT = frozenset(
    _words(
        """
    DeviceUserID UserSetSelector UserSetDefault UserSetFeatureSelector UserSetFeatureEnable GevCCP
    GevPrimaryApplicationSwitchoverKey GevMCDA GevMCPHostPort GevSCDA GevSCPHostPort
    GevSCPInterfaceIndex GevSCPSFireTestPacket ActionDeviceKey ActionGroupKey ActionGroupMask
    ActionSelector UserOutputValueAll LUTIndex LUTValue LUTValueAll DefectTableIndex
    DefectTableCoordinateX DefectTableCoordinateY FfcUserTableXCoordinate FfcUserGain FfcUserOffset
    SequencerSetSelector SequencerPathSelector SequencerSetNext SequencerTriggerSource
    SequencerTriggerActivation SequencerSetStart SequencerConfigurationMode SequencerFeatureSelector
    SequencerFeatureEnable TLParamsLocked DeviceTemperatureSelector DevicePowerSupplySelector
    LineFilterWidth TestPendingAck AcquisitionStatusSelector
    """
    )
)
LEFT_OUT_GROUPS = _words(
    """
    File Serial LogicBlock ColorTransformation Chunk GevPersistent GevMAC GevCurrent GevInterface Test
    Event
    """
)
KEPT = frozenset({"ChunkModeActive", "ChunkSelector", "ChunkEnable", "EventSelector", "EventNotification"})
KEPT |= {"TestPattern", "TestPatternGeneratorSelector"}

# Written first, in this order; the others follow as the camera lists them, selectors' positions last.
FIRST = _words(
    """
    SequencerMode AcquisitionMode TriggerMode ExposureMode ExposureAuto GainAuto BalanceWhiteAuto
    BlackLevelAuto GammaEnable AcquisitionFrameRateEnable AcquisitionFrameRateEnabled
    AcquisitionFrameRateAuto VideoMode AdcBitDepth IspEnable PixelFormat DecimationVertical
    DecimationHorizontal BinningVerticalMode BinningHorizontalMode BinningVertical BinningHorizontal
    Height Width OffsetY OffsetX DeviceLinkThroughputLimit ExposureTime AcquisitionFrameRate
    """
)

# What a Blackfly S locks while it streams (by its TLParamsLocked).  Needed only to tell a node that is locked
# for now from one that can never be written; settings ask the camera.
LOCKED_WHILE_STREAMING = frozenset(
    _words(
        """
    Width Height PixelFormat BinningSelector BinningHorizontal BinningVertical BinningHorizontalMode
    BinningVerticalMode DecimationHorizontal DecimationVertical DecimationHorizontalMode
    DecimationVerticalMode ReverseX ReverseY AdcBitDepth IspEnable AcquisitionMode AcquisitionFrameCount
    SensorShutterMode VideoMode ChunkModeActive ChunkEnable UserSetLoad UserSetSave SequencerMode
    BlackLevelClampingEnable GevSCPSPacketSize MultiRoiFeatureEnable MultiRoiEnable
    StreamBufferHandlingMode StreamBufferCountMode StreamBufferCountManual StreamMode
    """
    )
)


# Commands that do no harm if they are carried out twice: one that failed on the way may have been done.
REPEATABLE = frozenset(
    _words(
        """
    AcquisitionStart AcquisitionStop UserSetLoad UserSetSave TimestampLatch GevTimestampControlLatch
    GevIEEE1588DataSetLatch
    """
    )
)


def is_setting(name: str) -> bool:
    """Whether a feature belongs into a snapshot."""
    return name not in LEFT_OUT and (name in KEPT or not name.startswith(LEFT_OUT_GROUPS))
