"""Listen, serve, and stop without losing what was accepted."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from autochrome.errors import UsageError
from autochrome.pipeline import Colorizer
from autochrome.web.app import create_app
from autochrome.web.settings import ServerSettings

logger = logging.getLogger(__name__)

_HEADER_SECONDS = 10.0
_MAX_HEADER_BYTES = 32_768
_BACKLOG = 1024


class PunctualProtocol(H11Protocol):
    """HTTP/1.1 whose request lines and headers have to come in time; Uvicorn waits forever."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        """Take what has come, and wait for the rest of headers that have begun."""
        super().data_received(data)
        idle = self.conn.their_state is h11.IDLE
        if idle and self.conn.trailing_data[0]:
            self._expect_headers()
        elif not idle and self._late:
            self._late.cancel()
            self._late = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        if self._late:
            self._late.cancel()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        if not self._late:
            self._late = self.loop.call_later(_HEADER_SECONDS, self.transport.close)


def serve(
    colorizer: Colorizer, settings: ServerSettings, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until interrupted or told to stop, then finish what was accepted.

    Parameters
    ----------
    colorizer : see `create_app`.
    settings : see there.
    ready : called with the address once the server listens.

    Raises
    ------
    UsageError
        If it cannot listen there.
    """
    listener = _listen(settings)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        create_app(colorizer, settings),
        http=PunctualProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=_MAX_HEADER_BYTES,
        timeout_graceful_shutdown=round(settings.timeout_s) + 1,
        backlog=_BACKLOG,
    )
    server = _Server(config, lambda: ready(f"http://{shown}:{port}/") if ready else None)
    with listener:
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell_started()


def _listen(settings: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(
            f"Cannot listen on {settings.host}, port {settings.port}: {error}",
            "Choose another (--port 0 takes a free one), or stop what uses it",
        ) from error
    listener.listen(_BACKLOG)
    return listener
