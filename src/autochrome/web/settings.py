"""What whoever runs the server may choose; what a client may is in `options.py`."""

from __future__ import annotations

import ipaddress
import math
import os
import re
from dataclasses import dataclass, field

from autochrome.errors import UsageError

_POSITIVE = (
    *("workers", "timeout_s", "upload_idle_s", "max_megabytes", "max_megapixels"),
    *("kept_megabytes", "kept_photos", "kept_s"),
)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, 2.1
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:_-]+")


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """How the server listens, and what it takes on.

    Parameters
    ----------
    host, port : where to listen; port 0 takes a free one.
    token : what clients must send as ``Authorization: Bearer TOKEN``; None asks for none.
    allowed_hosts : names, besides localhost and plain addresses, under which the server may be
        asked; any other ``Host`` is refused, so that no web site can reach it by its own name.
    allowed_origins : web sites, such as ``https://example.org``, whose pages may use the API.
    workers : photographs worked on at a time.
    waiting : photographs that may wait for a worker, the first few of them uploaded; more are
        answered with 503.
    timeout_s : for the work on one photograph, however long it waited for a worker.
    upload_idle_s : how long an upload may stand still.
    max_megabytes : of one upload.
    max_megapixels : of one photograph, refused before it is decoded.
    kept_megabytes : disk space for results and opened photographs.
    kept_photos : opened photographs, each with the network's answer in memory.
    kept_s : how long either is kept after it was last asked for.

    Raises
    ------
    UsageError
        If a number is not positive, or the token, a name or an origin cannot be one.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = field(default=None, repr=False)
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    workers: int = os.cpu_count() or 1
    waiting: int = 256
    timeout_s: float = 120.0
    upload_idle_s: float = 10.0
    max_megabytes: float = 256.0
    max_megapixels: float = 100.0
    kept_megabytes: float = 2000.0
    kept_photos: int = 32
    kept_s: float = 3600.0

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise UsageError(f"{name} must be positive, got {value}")
        if self.waiting < 0:
            raise UsageError(f"waiting must not be negative, got {self.waiting}")
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise UsageError(
                "The token is empty, or has characters that no header may have",
                "Give a few dozen random letters and digits",
            )
        for name in self.allowed_hosts:
            if not _NAME.fullmatch(name):
                raise UsageError(
                    f"{name!r} is not the name of a host",
                    "Write it without scheme, port and path: photos.example.org",
                )
        for origin in self.allowed_origins:
            if not _ORIGIN.fullmatch(origin):
                raise UsageError(
                    f"{origin!r} is not the origin of a web site",
                    "Write it as browsers do: https://example.org, without a path",
                )

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def max_bytes(self) -> int:
        """Of one upload."""
        return int(self.max_megabytes * 1e6)
