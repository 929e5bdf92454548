"""Refusals that reach their clients.

A server that answers before the body is there and closes the connection resets it: many clients
then report the reset, and not the answer. So a little of the body is read first, and dropped.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MAX_BYTES = 16_000_000
_MAX_SECONDS = 5.0
_ERROR = 400


class DrainMiddleware:
    """Read what is left of a small body before an error is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A client that asks before it sends has its answer without having sent.
        complete = any(name == b"expect" for name, _ in scope["headers"])

        async def watched_receive() -> Message:
            nonlocal complete
            message = await receive()
            complete = complete or not message.get("more_body", False)
            return message

        async def drain() -> None:
            received = 0
            while not complete and received < _MAX_BYTES:
                received += len((await watched_receive()).get("body", b""))

        async def draining_send(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= _ERROR:
                with suppress(TimeoutError):
                    await asyncio.wait_for(drain(), _MAX_SECONDS)
            await send(message)

        await self._app(scope, watched_receive, draining_send)
