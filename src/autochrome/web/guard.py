"""Who may ask: the server's own page, and programs that are meant to.

A server on 127.0.0.1 is reached by every web site that the same browser shows. A foreign name in
``Host`` (DNS rebinding) and a foreign ``Origin`` (cross-site requests) are therefore refused.
"""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autochrome.web.problems import ProblemError
from autochrome.web.settings import ServerSettings

_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "img-src 'self' blob: data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
_SECURITY_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_GUARDED = ("/v1/", "/metrics")


class GuardMiddleware:
    """Check host, origin and token, and send the security headers with every answer."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._settings = settings

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
                private = scope["path"].startswith(_GUARDED)
                headers.setdefault("Cache-Control", "no-store" if private else "no-cache")
            await send(message)

        try:
            self._check(scope, Headers(scope=scope))
        except ProblemError as error:
            await error.response()(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)

    def _check(self, scope: Scope, headers: Headers) -> None:
        host = headers.get("host", "")
        if not self._is_own(host):
            raise ProblemError(
                421,
                "unknown-host",
                f"This server is not called {host[:100]!r}",
                "Whoever runs it can allow the name (--allow-host)",
            )
        self._check_origin(scope, headers, host)
        if self._settings.token and scope["path"].startswith(_GUARDED):
            self._check_token(headers)

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name == "localhost" or name in {known.lower() for known in self._settings.allowed_hosts}:
            return True
        try:  # no name, and so none that another could have pointed here
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _check_origin(self, scope: Scope, headers: Headers, host: str) -> None:
        origin = headers.get("origin")
        if origin is None:
            foreign = headers.get("sec-fetch-site") == "cross-site" and _changes(scope)
        elif origin in self._settings.allowed_origins:
            return
        else:
            foreign = urlsplit(origin).netloc != host
        if foreign:
            raise ProblemError(
                403,
                "foreign-origin",
                "Another web site may not use this server",
                "Whoever runs it can allow one (--allow-origin)",
            )

    def _check_token(self, headers: Headers) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        expected = (self._settings.token or "").encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), expected):
            raise ProblemError(
                401,
                "token-missing",
                "This server asks for a token",
                "Send it as 'Authorization: Bearer TOKEN'",
                headers={"WWW-Authenticate": "Bearer"},
            )


def _changes(scope: Scope) -> bool:
    return scope["method"] not in ("GET", "HEAD", "OPTIONS")
