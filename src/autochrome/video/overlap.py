"""Stages that work at the same time: one prepares while the next one takes."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")


class _End:
    """What comes after the last item: nothing, or what has gone wrong."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T], depth: int) -> Generator[T, None, None]:
    """Draw items in a thread of their own, some ahead of those that are taken.

    Parameters
    ----------
    items : drawn, and closed if they are a generator, in that thread only.
    depth : how many may wait to be taken.

    Yields
    ------
    The same items in the same order. What drawing raises is raised here, after the items before
    it. When this is closed, nothing more is drawn, and the thread has ended.
    """
    queue: Queue[T | _End] = Queue(depth)
    is_closed = Event()
    thread = Thread(target=_draw, args=(items, queue, is_closed), daemon=True, name="ahead")
    thread.start()
    try:
        while not isinstance(item := queue.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        is_closed.set()
        while not queue.empty():  # it may be waiting for room; after this it sees that it is over
            queue.get()
        thread.join()


def _draw(items: Iterable[T], queue: Queue[T | _End], is_closed: Event) -> None:
    end = _End()
    try:
        for item in items:
            if is_closed.is_set():
                break
            queue.put(item)
            if is_closed.is_set():
                break
    except BaseException as error:  # noqa: BLE001 it is raised where items are taken
        end = _End(error)
    finally:
        if hasattr(items, "close"):
            items.close()
        if not is_closed.is_set():
            queue.put(end)
