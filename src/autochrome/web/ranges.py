"""The part of a file that a client asks for (RFC 9110, section 14.2)."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.types import Scope

from autochrome.web.problems import ProblemError

# No file has a number of bytes with more digits.
_ONE_PART = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))", re.IGNORECASE)


def with_sound_range(scope: Scope, size: int) -> Scope:
    """Return a request without a ``Range`` that makes no sense, which shall be ignored.

    One of several parts is left out too, as it may be: a photograph comes whole then.

    Parameters
    ----------
    scope : the request.
    size : of the file, in bytes.

    Raises
    ------
    ProblemError
        If the file has nothing of the part.
    """
    asked = Headers(scope=scope).get("range")
    if asked is None or scope["method"] != "GET":  # others have no parts
        return scope
    part = _ONE_PART.fullmatch(asked.strip())
    if part is None or _is_backwards(part):
        return _without_range(scope)
    first, _, last_bytes = part.groups()
    if (int(first) < size) if first else int(last_bytes) > 0:
        return scope
    if "if-range" in Headers(scope=scope):  # the part may be of another file: this one comes whole
        return _without_range(scope)
    raise ProblemError(
        "beyond-the-end",
        f"The file has {size} bytes, and nothing of {asked!r}",
        "Ask for less, or leave Range out",
        {"Content-Range": f"bytes */{size}"},
    )


def _is_backwards(part: re.Match[str]) -> bool:
    first, last, _ = part.groups()
    return bool(first and last) and int(first) > int(last)


def _without_range(scope: Scope) -> Scope:
    headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"range"]
    return {**scope, "headers": headers}
