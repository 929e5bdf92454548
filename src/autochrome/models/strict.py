"""Turn parsed JSON into typed, frozen dataclasses; what does not fit is an error."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

Scalar = str | int | float | bool | None


def build(kind: Any, value: Any, where: str = "") -> Any:
    """Build a value of type `kind` from parsed JSON.

    Understands dataclasses, ``tuple[T, ...]``, ``Mapping[str, T]``, unions of scalars,
    literals, str, int, float and bool. An int is taken where a float is expected; nothing
    else is converted. A field with a default may be missing.

    Raises
    ------
    ValueError
        Starting with the dotted path of the key that is missing, unknown or wrong.
    """
    if is_dataclass(kind):
        return _build_dataclass(kind, value, where)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        items = _expect(value, list, where, "a list")
        return tuple(build(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(items))
    if origin is Mapping:
        items = _expect(value, dict, where, "an object")
        return {key: build(arguments[1], item, _join(where, key)) for key, item in items.items()}
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"{where}: expected one of {arguments}, got {value!r}")
        return value
    if origin is UnionType:
        return _expect(value, arguments, where, "a single value")
    if kind is float:
        number = _expect(value, (int, float), where, "a number")
        if isinstance(number, bool) or not math.isfinite(number):
            raise ValueError(f"{where}: expected a finite number, got {number!r}")
        return float(number)
    if kind is int and isinstance(value, bool):
        raise ValueError(f"{where}: expected int, got {value!r}")
    return _expect(value, kind, where, kind.__name__)


def _build_dataclass(kind: Any, value: Any, where: str) -> Any:
    content = _expect(value, dict, where or "the top level", "an object")
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    required = [field.name for field in fields(kind) if field.default is MISSING]
    for key in content:
        if key not in names:
            raise ValueError(f"{_join(where, key)}: unknown key")
    for name in required:
        if name not in content:
            raise ValueError(f"{_join(where, name)}: missing")
    return kind(
        **{key: build(hints[key], item, _join(where, key)) for key, item in content.items()}
    )


def _expect(value: Any, kind: Any, where: str, described: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{where}: expected {described}, got {value!r}")
    return value


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
