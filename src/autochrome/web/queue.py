"""A bounded queue in front of the one model.

A place in it is taken before a photograph is uploaded, so that what is uploaded will be worked
on. Whoever came first is served first, and only the first few upload while they wait: disk and
memory stay bounded however many clients there are.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, TypeVar

from autochrome.photo import Stop, stoppable

T = TypeVar("T")

_AHEAD = 8  # photographs a worker that may be uploaded
_LATEST = 0.1  # weight of the latest photograph in the mean time that one takes


class QueueFullError(Exception):
    """No place is free. `retry_after_s`: when one is likely to be."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("the queue is full")
        self.retry_after_s = retry_after_s


class TimeLimitError(Exception):
    """The work took too long and was stopped."""


class ClientGoneError(Exception):
    """Nobody waits for the result any more; the work was stopped."""


class Place:
    """A place in the queue, kept until its holder and any thread at work for it are done.

    Attributes
    ----------
    cleanup : what to do then.
    """

    def __init__(self, release: Callable[[], None]) -> None:
        self._holders = 1
        self.cleanup = ExitStack()
        self.cleanup.callback(release)

    def hold(self) -> None:
        """Add a holder."""
        self._holders += 1

    def let_go(self) -> None:
        """Take a holder away; the last one cleans up."""
        self._holders -= 1
        if not self._holders:
            self.cleanup.close()


class WorkQueue:
    """A pool of threads and the places in front of it; used from one event loop.

    Parameters
    ----------
    workers : photographs worked on at a time.
    waiting : how many more may have a place.
    timeout_s : for the work on one, once it has begun.
    """

    def __init__(self, workers: int, waiting: int, timeout_s: float) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="colorize")
        self._workers = workers
        self._places = workers + waiting
        self._ahead = asyncio.Semaphore(_AHEAD * workers)  # wakes whoever came first
        self._timeout_s = timeout_s
        self._mean_s = 1.0
        self.taken = 0
        self.running = 0

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Take a place.

        Raises
        ------
        QueueFullError
            If none is free.
        """
        if self.taken >= self._places:
            retry_after_s = self._mean_s * self._places / self._workers / 2
            raise QueueFullError(min(60, max(1, math.ceil(retry_after_s))))
        self.taken += 1
        place = Place(self._give_back)
        try:
            yield place
        finally:
            place.let_go()

    async def near_front(self, place: Place) -> None:
        """Keep still until a place is near the front, where photographs are uploaded ahead."""
        await self._ahead.acquire()
        place.cleanup.callback(self._ahead.release)

    def _give_back(self) -> None:
        self.taken -= 1

    async def run(
        self, place: Place, work: Callable[[], T], client_gone: Callable[[], Awaitable[None]]
    ) -> T:
        """Run `work` in a thread, and stop it when nobody waits for it any more.

        Parameters
        ----------
        place : which is kept until the thread is done, stopped or not.
        work : may use `autochrome.photo`, by which it is stopped.
        client_gone : returns when the client has gone.

        Raises
        ------
        TimeLimitError, ClientGoneError
            And whatever `work` raises.
        """
        stop = Stop()
        loop = asyncio.get_running_loop()
        begun: asyncio.Future[None] = loop.create_future()
        future = self._pool.submit(self._timed, stop, work, loop, begun)
        place.hold()
        future.add_done_callback(lambda _: _tell(loop, place.let_go))
        result = asyncio.wrap_future(future)
        gone = asyncio.ensure_future(client_gone())
        either: set[asyncio.Future[Any]] = {result, gone}
        try:
            await asyncio.wait({begun, *either}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(either, timeout=self._timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if result.done():
                return result.result()
            raise ClientGoneError if gone.done() else TimeLimitError
        finally:
            gone.cancel()
            _abandon(future, result, stop)

    def _timed(
        self,
        stop: Stop,
        work: Callable[[], T],
        loop: asyncio.AbstractEventLoop,
        begun: asyncio.Future[None],
    ) -> T:
        start = time.perf_counter()
        _tell(loop, self._started, begun)
        try:
            with stoppable(stop):
                return work()
        finally:
            _tell(loop, self._ended, time.perf_counter() - start)

    def _started(self, begun: asyncio.Future[None]) -> None:
        self.running += 1
        begun.set_result(None)

    def _ended(self, seconds: float) -> None:
        self.running -= 1
        self._mean_s += _LATEST * (seconds - self._mean_s)

    def close(self) -> None:
        """Finish what has a thread, and take on nothing more."""
        self._pool.shutdown(cancel_futures=True)


def _abandon(future: Future[T], result: asyncio.Future[T], stop: Stop) -> None:
    if result.done() and not result.cancelled():
        return
    result.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody asks
    if not future.cancel():
        stop.stop()


def _tell(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *given: object) -> None:
    """Call a function in the event loop, unless that has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function, *given)
