"""All settings of a camera by name.  A new setting gets its line here.

It also gets a property in ``camera/settable.py`` and its place in the order of ``settings/applying.py``.
A setting with rules of its own gets a class in ``setting.py`` or ``imaging.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.device.imaging import Binsize, PixelFormat, Region, WhiteBalance
from llpyspin.device.setting import Exposure, FloatSetting, FrameRate, Gamma, ReadOnly, ResultingRate
from llpyspin.errors import SettingError
from llpyspin.naming.known import did_you_mean

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap
    from llpyspin.device.setting import Setting

__all__ = ["find_setting", "settings_of"]


def settings_of(nodes: NodeMap) -> dict[str, Setting]:
    """All settings of the camera behind ``nodes``; a setting that the camera lacks raises when it is used."""
    region = Region(nodes)
    all_settings: list[Setting] = [
        FrameRate(nodes),
        ResultingRate(nodes),
        Exposure(nodes),
        FloatSetting(
            nodes,
            "gain",
            ("Gain",),
            unit="dB",
            before=((("GainSelector",), "All"),),
            auto=("GainAuto",),
        ),
        Binsize(nodes, region),
        region,
        PixelFormat(nodes),
        FloatSetting(
            nodes,
            "black_level",
            ("BlackLevel",),
            unit="%",
            before=((("BlackLevelSelector",), "All"),),
            auto=("BlackLevelAuto",),
        ),
        Gamma(nodes),
        WhiteBalance(nodes),
        ReadOnly(nodes, "temperature", "DeviceTemperature"),
    ]
    return {setting.name: setting for setting in all_settings}


def find_setting(settings: dict[str, Setting], name: object) -> Setting:
    """The setting of that name, or an error that names some like it."""
    if isinstance(name, str) and name in settings:
        return settings[name]
    hint = did_you_mean(name, settings, f"There are {', '.join(settings)}.")
    raise SettingError(f"no setting is called {name!r}. {hint}", setting=str(name))
