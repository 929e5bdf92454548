"""What Prometheus and the log may know: counts and times, no names of photographs or clients."""

from __future__ import annotations

import logging
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autochrome.web.queue import WorkQueue

logger = logging.getLogger(__name__)

_SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)


class Metrics:
    """The metrics of one server, in a registry of their own."""

    def __init__(self, queue: WorkQueue) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "autochrome_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "autochrome_request_seconds",
            "From the request to the end of its answer",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.photographs = Counter(
            "autochrome_photographs", "Photographs colorized into files", registry=self.registry
        )
        self.megapixels = Counter(
            "autochrome_megapixels", "Their pixels, in millions", registry=self.registry
        )
        taken = Gauge("autochrome_queue_taken", "Places taken in the queue", registry=self.registry)
        taken.set_function(lambda: queue.taken)
        running = Gauge(
            "autochrome_queue_running", "Photographs being worked on", registry=self.registry
        )
        running.set_function(lambda: queue.running)


class MetricsMiddleware:
    """Count, time and log every request, by route and not by address."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status = "none"

        async def counting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counting_send)
        finally:
            seconds = time.perf_counter() - start
            method, route = _method(scope), getattr(scope.get("route"), "path", "other")
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(route).observe(seconds)
            logger.info("%s %s %s %.3f s", method, route, status, seconds)


def _method(scope: Scope) -> str:
    """Return the method, if it is a known one: a client's own would each be a metric more."""
    method = str(scope["method"])
    return method if method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS") else "other"
