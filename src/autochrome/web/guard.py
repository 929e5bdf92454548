"""Who may ask: the server's own page, and programs that are meant to.

A server on 127.0.0.1 is reached by every web site that the same browser shows. A foreign name in
``Host`` (DNS rebinding) and a foreign ``Origin`` (cross-site requests) are therefore refused.
"""

from __future__ import annotations

import hmac
import ipaddress
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autochrome.web.policy import PAGE_POLICY
from autochrome.web.problems import ProblemError
from autochrome.web.settings import ServerSettings

_SECURITY_HEADERS = {
    "Content-Security-Policy": f"{PAGE_POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_PRIVATE = ("/v1/", "/metrics")
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?", re.ASCII | re.IGNORECASE)


class GuardMiddleware:
    """Check host and origin, and send the security headers with every answer."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._hosts = {"localhost", *(name.lower() for name in settings.allowed_hosts)}
        self._origins = settings.allowed_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # No photograph stays in a cache; the page does, asked for anew each time.
                headers.setdefault("Cache-Control", "no-store" if is_private(scope) else "no-cache")
            await send(message)

        try:
            headers = Headers(scope=scope)
            self._check_host(headers)
            self._check_origin(scope, headers)
        except ProblemError as error:
            await error.response()(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host", "")
        match = _HOST.fullmatch(host)
        if match:
            literal, name = match.groups()
            if (
                _is_address(literal or name)
                or (name or "").lower().removesuffix(".") in self._hosts
            ):
                return
        raise ProblemError(
            "unknown-host",
            f"This server is not called {host[:100]!r}",
            "Whoever runs it can allow the name (--allow-host)",
        )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None:
            changes = scope["method"] not in ("GET", "HEAD", "OPTIONS")
            foreign = changes and headers.get("sec-fetch-site") == "cross-site"
        else:
            # Not the scheme: one that ends TLS in front of the server changes it.
            own = re.fullmatch(r"https?://(.+)", origin.lower())
            foreign = not own or own[1] != headers["host"].lower()
        if foreign and origin not in self._origins:
            raise ProblemError(
                "foreign-origin",
                "Another web site may not use this server",
                "Whoever runs it can allow one (--allow-origin)",
            )


class TokenMiddleware:
    """Ask for the token, once it is clear that no browser asks for leave to send it."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or not is_private(scope) or self._is_known(scope):
            await self._app(scope, receive, send)
            return
        problem = ProblemError(
            "token-missing",
            "This server asks for a token",
            "Send it as 'Authorization: Bearer TOKEN'",
            headers={"WWW-Authenticate": "Bearer"},
        )
        await problem.response()(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        authorization = Headers(scope=scope).get("authorization", "").encode("latin-1")
        scheme, _, token = authorization.partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token)


def is_private(scope: Scope) -> bool:
    """Return whether an address is about photographs, or tells of them."""
    return str(scope["path"]).startswith(_PRIVATE)


def _is_address(text: str) -> bool:
    """Return whether a host is no name, and so none that another could have pointed here."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
