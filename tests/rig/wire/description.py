"""The GenICam description of a device: that of the virtual camera, with addresses of the wire."""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from llpyspin.virtual.transport import texts
from llpyspin.virtual.xml import describe
from tests.rig.wire.chunks import CHUNK_IDS

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Model
    from llpyspin.virtual.registers import RegisterMemory

__all__ = ["FEATURES_AT", "XML_AT", "zipped_description"]

FEATURES_AT, XML_AT = 0x0010_0000, 0x1000_0000
_EVENTS = {
    "EventExposureEnd": {"EventExposureEndFrameID": (6, 2), "EventExposureEndTimestamp": (8, 8)},
    "EventTest": {"EventTestTimestamp": (8, 8)},
}
"""By event: where its nodes are in the message, and how long."""
_IN_DATA = {"EventExposureEndFrameID": (16, 8)}
"""The same in messages with data."""
_SPACE = "http://www.genicam.org/GenApi/Version_1_1"


def zipped_description(memory: RegisterMemory, model: Model, *, eventdata: bool) -> bytes:
    """The description as a ZIP archive."""
    return _zipped(description(memory, model, eventdata=eventdata), f"{model.name.split()[-1]}.xml")


def description(memory: RegisterMemory, model: Model, *, eventdata: bool) -> str:
    """The description; the features of a model are the same for all its cameras."""
    ElementTree.register_namespace("", _SPACE)
    root = ElementTree.fromstring(describe(memory.features, memory, model.name, texts()).encode())
    for element in root.iter(f"{{{_SPACE}}}Address"):
        element.text = str(int(element.text or "") + FEATURES_AT)
    for element in root.iter(f"{{{_SPACE}}}Cachable"):
        element.text = "NoCache"  # the device changes registers by itself, and cannot say which
    nodes = {element.get("Name", ""): element for element in root}
    for node, number in CHUNK_IDS.items():
        if node in nodes:
            _move(nodes, node, f"{node}Port", {"Address": "0", "Length": "8", "AccessMode": "RO"})
            _add_port(root, f"{node}Port", "ChunkID", number)
    for event, places in _EVENTS.items():
        for node, (address, length) in {**places, **(_within(places) if eventdata else {})}.items():
            where = {
                "Address": str(address),
                "Length": str(length),
                "AccessMode": "RO",
                "Endianess": "BigEndian",
            }
            _move(nodes, node, f"{event}Port", where)
        _add_port(root, f"{event}Port", "EventID", memory.get(event))
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _within(places: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {node: place for node, place in _IN_DATA.items() if node in places}


def _move(nodes: dict[str, ElementTree.Element], node: str, port: str, where: dict[str, str]) -> None:
    """Have a node read what came with an image or a message, and not what is in the device."""
    shown, register = nodes[node], nodes.get(f"{node}_Reg", nodes[node])
    for element in [*shown.findall(f"{{{_SPACE}}}pIsAvailable")]:
        shown.remove(element)
    for element in [*register.findall(f"{{{_SPACE}}}pIndex")]:
        register.remove(element)
    for tag, text in {**where, "pPort": port}.items():
        element = register.find(f"{{{_SPACE}}}{tag}")
        if element is not None:
            element.text = text


def _add_port(root: ElementTree.Element, name: str, kind: str, number: int) -> None:
    port = ElementTree.SubElement(root, f"{{{_SPACE}}}Port", Name=name)
    ElementTree.SubElement(port, f"{{{_SPACE}}}{kind}").text = f"{number:x}"


@lru_cache(maxsize=8)
def _zipped(text: str, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return out.getvalue()
