"""The GenICam description file of a node map, written from its features.

Every feature has a register; limits that move, camera-side locks and conditions have nodes of their own,
named after the feature (``Width_Max``, ``Gain_Lck``, ``ExposureTime_IsLocked``).
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from llpyspin.virtual.features import node_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llpyspin.virtual.features import Feature
    from llpyspin.virtual.registers import Register, RegisterMemory

__all__ = ["describe"]

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<RegisterDescription ModelName="{model}" VendorName="FLIR" '
    'ToolTip="{title}" StandardNameSpace="None" SchemaMajorVersion="1" SchemaMinorVersion="1" '
    'SchemaSubMinorVersion="0" MajorVersion="1" MinorVersion="0" SubMinorVersion="0" '
    'ProductGuid="7d0b1a52-5e0e-4b84-9f5e-0b5a3f6f7a10" VersionGuid="7d0b1a52-5e0e-4b84-9f5e-0b5a3f6f7a11" '
    'xmlns="http://www.genicam.org/GenApi/Version_1_1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.genicam.org/GenApi/Version_1_1 '
    'http://www.genicam.org/GenApi/GenApiSchema_Version_1_1.xsd">\n'
)
_TAIL = '<Port Name="Device"/>\n</RegisterDescription>\n'
_TRANSIENT = ("Selector", "Index", "FileOpenMode", "FileAccessOffset", "FileAccessLength")
_OPERAND = re.compile(r"\{([\w.]+)\}")
_LIMIT_TYPES = {"Integer": "IntReg", "Boolean": "IntReg", "Enumeration": "IntReg", "Command": "IntReg"}


def _text(value: str) -> str:
    # not xml.sax.saxutils, which imports urllib and ssl: 30 ms of every camera's start
    return escape(value, quote=False)


def describe(
    features: Mapping[str, Feature], memory: RegisterMemory, model: str, texts: Mapping[str, str]
) -> str:
    """The whole file, for :meth:`genicam.genapi.NodeMap.load_xml_from_string`."""
    shown = [feature for feature in features.values() if feature.category]
    out = [_HEAD.format(model=re.sub(r"\W", "_", model), title=_text(model))]
    out += _categories(shown)
    selected = _selected(shown)
    for feature in shown:
        out.append(_feature(feature, selected.get(feature.name, ()), texts.get(feature.name, "")))
        out += _conditions(feature)
    out += [_register(register) for register in memory.registers()]
    out.append(_TAIL)
    return "".join(out)


def _categories(shown: Iterable[Feature]) -> list[str]:
    members: dict[str, list[str]] = {"Root": []}
    for feature in shown:
        parent = "Root"
        for category in feature.category.split("/"):
            if category not in members:
                members[category] = []
                members[parent].append(category)
            parent = category
        members[parent].append(feature.name)
    return [
        f'<Category Name="{name}"><DisplayName>{_spaced(name)}</DisplayName>'
        + "".join(f"<pFeature>{member}</pFeature>" for member in inside)
        + "</Category>\n"
        for name, inside in members.items()
    ]


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)


def _selected(shown: Iterable[Feature]) -> dict[str, list[str]]:
    selected: dict[str, list[str]] = {}
    for feature in shown:
        for selector in feature.selectors:
            selected.setdefault(selector, []).append(feature.name)
    return selected


def _feature(feature: Feature, selected: Iterable[str], text: str) -> str:
    name = feature.name
    out = [f'<{feature.kind if feature.kind != "Register" else "Register"} Name="{name}">']
    if feature.kind in ("Register", "String"):
        return ""  # these kinds are registers themselves, see _register
    if text:
        out.append(f"<ToolTip>{_text(text)}</ToolTip><Description>{_text(text)}</Description>")
    out.append(_common(feature))
    if feature.kind == "Enumeration":
        out += [_entry(feature, symbol, value) for symbol, value in feature.entries.items()]
    out.append(f"<pValue>{name}_Reg</pValue>")
    if feature.kind in ("Integer", "Float"):
        out.append(_limits(feature))
    if feature.kind == "Boolean":
        out.append("<OnValue>1</OnValue><OffValue>0</OffValue>")
    if feature.kind == "Command":
        out.append("<CommandValue>1</CommandValue>")
    out += [f"<pSelected>{other}</pSelected>" for other in selected]
    out.append(f"</{feature.kind}>\n")
    return "".join(out)


def _common(feature: Feature) -> str:
    name = feature.name
    out = f"<DisplayName>{_text(feature.display)}</DisplayName><Visibility>{feature.visibility}</Visibility>"
    if feature.implemented:
        out += f"<pIsImplemented>{name}_IsImplemented</pIsImplemented>"
    if feature.available:
        out += f"<pIsAvailable>{name}_IsAvailable</pIsAvailable>"
    if feature.locked:
        out += f"<pIsLocked>{name}_IsLocked</pIsLocked>"
    if feature.access != "RW":
        return out + f"<ImposedAccessMode>{feature.access}</ImposedAccessMode>"
    return out + ("<Streamable>Yes</Streamable>" if _is_kept(feature) else "")


def _is_kept(feature: Feature) -> bool:
    """Whether a feature belongs into a file of settings: a value, and not one that only selects others."""
    return feature.kind != "Command" and not feature.name.endswith(_TRANSIENT)


def _limits(feature: Feature) -> str:
    name, number = feature.name, _integer if feature.kind == "Integer" else _float
    out = ""
    for part, limit in (("Min", feature.min), ("Max", feature.max)):
        moves = part.lower() in feature.moving
        out += f"<p{part}>{name}_{part}</p{part}>" if moves else f"<{part}>{number(limit)}</{part}>"
    if feature.inc:
        out += f"<Inc>{number(feature.inc)}</Inc>"
    if feature.unit:
        out += f"<Unit>{feature.unit}</Unit>"
    if feature.representation:
        out += f"<Representation>{feature.representation}</Representation>"
    return out


def _integer(value: float) -> str:
    return str(int(value))


def _float(value: float) -> str:
    return repr(float(value))


def _entry(feature: Feature, symbol: str, value: int) -> str:
    available = feature.entry_available.get(symbol)
    out = f'<EnumEntry Name="{symbol}" NameSpace="Standard"><DisplayName>{_spaced(symbol)}</DisplayName>'
    if available:
        out += f"<pIsAvailable>{feature.name}_{symbol}_IsAvailable</pIsAvailable>"
    return out + f"<Value>{value}</Value></EnumEntry>"


def _conditions(feature: Feature) -> list[str]:
    conditions = {
        f"{feature.name}_IsLocked": feature.locked,
        f"{feature.name}_IsAvailable": feature.available,
        f"{feature.name}_IsImplemented": feature.implemented,
    }
    for symbol, formula in feature.entry_available.items():
        conditions[f"{feature.name}_{symbol}_IsAvailable"] = formula
    return [_knife(name, formula) for name, formula in conditions.items() if formula]


def _knife(name: str, formula: str) -> str:
    operands = list(dict.fromkeys(_OPERAND.findall(formula)))
    variables = {operand: f"V{i}" for i, operand in enumerate(operands)}
    text = _OPERAND.sub(lambda match: variables[match.group(1)], formula)
    pointers = "".join(f'<pVariable Name="{v}">{node_name(o)}</pVariable>' for o, v in variables.items())
    return f'<IntSwissKnife Name="{name}">{pointers}<Formula>{_text(text)}</Formula></IntSwissKnife>\n'


def _register(register: Register) -> str:
    kind = {"Float": "FloatReg", "String": "StringReg", "Register": "Register"}.get(register.kind, "IntReg")
    shows_itself = register.kind in ("String", "Register")
    out = f'<{kind} Name="{register.feature.name if shows_itself else node_name(register.name)}">'
    if shows_itself:
        out += _common(register.feature)
    out += f"<Address>{register.base}</Address>"
    for selector, stride in register.strides:
        out += f'<pIndex Offset="{stride * register.size}">{selector}_Reg</pIndex>'
    caching = "NoCache" if register.live else "WriteThrough"
    access = register.feature.access if register.name == register.feature.name else "RW"
    out += f"<Length>{register.size}</Length><AccessMode>{access}</AccessMode>"
    out += f"<pPort>Device</pPort><Cachable>{caching}</Cachable>"
    if kind == "IntReg":
        out += "<Sign>Signed</Sign>"
    if kind in ("IntReg", "FloatReg"):
        out += "<Endianess>LittleEndian</Endianess>"
    return out + f"</{kind}>\n"
