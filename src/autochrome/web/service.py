"""What all requests share: the colorizer, the queue, and the shelves."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import Request

from autochrome.photo import forget_operations, limit_threads
from autochrome.pipeline import Colorizer
from autochrome.web.metrics import Metrics
from autochrome.web.problems import ProblemError
from autochrome.web.queue import Place, QueueFullError, TimeLimitError, WorkQueue
from autochrome.web.settings import ServerSettings
from autochrome.web.shelf import Shelf
from autochrome.web.uploads import Upload, receive_upload
from autochrome.web.work import OpenedPhoto, Result

T = TypeVar("T")

_SWEEP_S = 60.0


@dataclass
class Service:
    """One colorizer and what stands around it."""

    colorizer: Colorizer
    settings: ServerSettings

    def __post_init__(self) -> None:
        settings = self.settings
        self.queue = WorkQueue(settings.workers, settings.waiting, settings.timeout_s)
        self.metrics = Metrics(self.queue)
        max_bytes = settings.kept_megabytes * 1e6 / 2
        self.photos: Shelf[OpenedPhoto] = Shelf(
            max_items=settings.kept_photos, max_bytes=max_bytes, kept_s=settings.kept_s
        )
        self.results: Shelf[Result] = Shelf(
            max_items=10_000, max_bytes=max_bytes, kept_s=settings.kept_s
        )
        self._folder = Path()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve; at the end finish what is at work and remove every file."""
        limit_threads(1)  # of libvips for one photograph; the workers share the cores
        forget_operations()  # and the photographs in them
        with tempfile.TemporaryDirectory(
            prefix="autochrome-", ignore_cleanup_errors=True
        ) as folder:
            self._folder = Path(folder)
            sweeper = asyncio.create_task(self._sweep())
            try:
                yield
            finally:
                sweeper.cancel()
                await asyncio.to_thread(self.queue.close)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.photos.sweep()
            self.results.sweep()

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Take a place in the queue; a full one is a problem of status 503."""
        try:
            with self.queue.place() as place:
                yield place
        except QueueFullError as error:
            raise ProblemError(
                "busy",
                "The server has as much work as it can take",
                f"Try again in {error.retry_after_s} seconds",
                # A connection kept meanwhile might be closed just when it is used again.
                headers={"Retry-After": str(error.retry_after_s), "Connection": "close"},
            ) from error

    def new_folder(self) -> Path:
        """Make an empty folder."""
        return Path(tempfile.mkdtemp(dir=self._folder))

    def lent_folder(self, place: Place) -> Path:
        """Make a folder that goes when the place does."""
        folder = self.new_folder()
        place.cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def finish(self, result: Result) -> Result:
        """Count a finished photograph, and move it out of a lent folder to one of its own."""
        self.metrics.photographs.inc()
        self.metrics.megapixels.inc(result.measured.width * result.measured.height / 1e6)
        return replace(result, path=result.path.rename(self.new_folder() / result.path.name))

    async def receive(
        self, request: Request, place: Place, folder: Path, name: str | None
    ) -> Upload:
        """Receive the photograph of a request into a folder, once it is near the front."""
        await self.queue.near_front(place)
        return await receive_upload(
            request,
            folder / "upload",
            name=name,
            max_bytes=self.settings.max_bytes,
            idle_s=self.settings.upload_idle_s,
        )

    async def work(self, request: Request, place: Place, work: Callable[[], T]) -> T:
        """Run a function in the queue, for as long as the client waits for it."""

        async def client_gone() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass

        try:
            return await self.queue.run(place, work, client_gone)
        except TimeLimitError as error:
            raise ProblemError(
                "too-slow",
                f"The photograph took longer than {self.settings.timeout_s:g} seconds",
                "Try a smaller one",
            ) from error


def _service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


SharedService = Annotated[Service, Depends(_service_of)]
"""What a route asks for to be given the service of its application."""
