"""Stop the work on photographs from another thread.

libvips computes lazily and in one call; what can end that call is a flag on an image it reads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

import pyvips

# Of a file with a thousand pages, those that were opened long ago are no longer read; to keep
# them would keep their memory and their files open.
_MOST = 32


class Stop:
    """Ends whatever reads a photograph inside ``stoppable(stop)``, at once or as soon as it begins.

    What was being computed fails as if the photograph were damaged.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._images: deque[pyvips.Image] = deque(maxlen=_MOST)
        self._stopped = False

    def stop(self) -> None:
        """Stop, from any thread."""
        with self._lock:
            self._stopped = True
            for image in self._images:
                image.set_kill(True)
            self._images.clear()

    def watch(self, image: pyvips.Image) -> None:
        """Let `stop` reach an image."""
        with self._lock:
            if self._stopped:
                image.set_kill(True)
            else:
                self._images.append(image)


_current: ContextVar[Stop | None] = ContextVar("stop", default=None)


@contextmanager
def stoppable(stop: Stop) -> Iterator[None]:
    """Let `stop` reach every photograph that this thread opens inside."""
    token = _current.set(stop)
    try:
        yield
    finally:
        _current.reset(token)


def watched(image: pyvips.Image) -> pyvips.Image:
    """Return the image, which the `Stop` of this thread can reach if there is one."""
    stop = _current.get()
    if stop:
        stop.watch(image)
    return image
