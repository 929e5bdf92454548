"""Listen, serve, and stop without losing what was accepted."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from types import FrameType

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from autochrome.errors import UsageError
from autochrome.pipeline import Colorizer
from autochrome.web.app import create_app
from autochrome.web.settings import ServerSettings

_ARRIVAL_SECONDS = 10.0  # for the headers of a request, or what is left of an answered one
_DEPARTURE_SECONDS = 30.0  # for as much of an answer as lies in the buffers
_MOST_UNSENT = 65_536  # bytes in the system's buffer, of which there may be megabytes otherwise
_MAX_HEADER_BYTES = 32_768
_BACKLOG = 1024
# To listen there is to listen everywhere, but nothing can be asked of it.
_OWN_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class PunctualProtocol(H11Protocol):
    """HTTP/1.1 whose requests have to come in time, and whose answers have to be taken.

    Uvicorn waits forever for the end of headers, for the rest of a body that has been refused
    already, and for a client to read.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # whatever a client leaves there has a deadline
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _MOST_UNSENT)
        self._arrival = _Deadline(_ARRIVAL_SECONDS, transport.close)
        self._departure = _Deadline(_DEPARTURE_SECONDS, transport.abort)
        self._arrival.set()

    def data_received(self, data: bytes) -> None:
        """Take what has come, and see what is still to come."""
        super().data_received(data)
        self._watch_arrival()

    def on_response_complete(self) -> None:
        """See whether more has to come of what is answered now."""
        super().on_response_complete()
        self._watch_arrival()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._departure.set()

    def resume_writing(self) -> None:
        """Wait no longer."""
        super().resume_writing()
        self._departure.lift()

    def shutdown(self) -> None:
        """Close when all is answered; a connection that is closing may not be told again."""
        if not self.transport.is_closing():
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._arrival.lift()
        self._departure.lift()
        super().connection_lost(exc)

    def _watch_arrival(self) -> None:
        answered = self.cycle is None or self.cycle.response_complete
        if self.conn.their_state is h11.IDLE:
            if self.conn.trailing_data[0]:
                self._arrival.set()
        elif not answered:  # the application has a clock of its own for the body
            self._arrival.lift()
        elif self.conn.their_state is h11.SEND_BODY:
            self._arrival.set()


class _Deadline:
    """Calls a function some seconds after it was set, unless it is lifted before."""

    def __init__(self, seconds: float, function: Callable[[], None]) -> None:
        self._seconds = seconds
        self._function = function
        self._timer: asyncio.TimerHandle | None = None

    def set(self) -> None:
        """Set it, if it is not set already."""
        if not self._timer:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._function)

    def lift(self) -> None:
        """Lift it."""
        if self._timer:
            self._timer.cancel()
            self._timer = None


def serve(
    colorizer: Colorizer, settings: ServerSettings, ready: Callable[[str], None] | None = None
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM), then finish what was accepted.

    Parameters
    ----------
    colorizer : see `create_app`.
    settings : see there.
    ready : called with the address once the server listens.

    Raises
    ------
    UsageError
        If it cannot listen there.
    KeyboardInterrupt
        If it is told twice, and so stops with work undone.
    """
    with _listen(settings) as listener:
        address = _address(listener)
        config = server_config(colorizer, settings)
        server = Server(config, lambda: ready(address) if ready else None)
        server.run(sockets=[listener])
    if server.force_exit:
        raise KeyboardInterrupt


def server_config(colorizer: Colorizer, settings: ServerSettings) -> uvicorn.Config:
    """Set Uvicorn up."""
    return uvicorn.Config(
        create_app(colorizer, settings),
        http=PunctualProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=_MAX_HEADER_BYTES,
        timeout_graceful_shutdown=None,  # the whole queue is finished, each within its limit
        backlog=_BACKLOG,
    )


class Server(uvicorn.Server):
    """Tells when it listens, and returns when it is told to stop."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            self._tell_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen no longer, and end every connection when it is answered."""
        for listener in self.servers:
            listener.close()
        await asyncio.sleep(0)  # who has been accepted just now is a connection then
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; at once if Ctrl-C comes again. Uvicorn would end as if the signal had killed it."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
            # It would write down where each request has been cut off.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self.should_exit = True


def _address(listener: socket.socket) -> str:
    """Return where this machine's own browser finds the page."""
    host, port = listener.getsockname()[:2]
    host = _OWN_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _listen(settings: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it lets two servers share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except (OSError, OverflowError, UnicodeError) as error:
        listener.close()
        raise UsageError(
            f"Cannot listen on {settings.host}, port {settings.port}: {error}",
            "Choose another (--port 0 takes a free one), or stop what uses it",
        ) from error
    listener.listen(_BACKLOG)
    return listener
