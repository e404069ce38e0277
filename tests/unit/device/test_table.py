"""A new setting has its place in the table of settings, among the properties, and in the order."""

from __future__ import annotations

from llpyspin.camera.settable import Settable, Setting
from llpyspin.device.nodes import NodeMap
from llpyspin.device.setting import ReadOnly, ResultingRate
from llpyspin.device.table import settings_of
from llpyspin.settings.applying import ORDER


def test_each_setting_is_a_property_and_has_its_place_in_the_order() -> None:
    made = settings_of(NodeMap(None, None, "12345678"))
    to_set = {name for name, each in made.items() if not isinstance(each, (ReadOnly, ResultingRate))}
    properties = {name for name, each in vars(Settable).items() if isinstance(each, Setting)}
    assert to_set == properties == set(ORDER)
