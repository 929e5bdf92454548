"""Watch a drop folder by looking at it again and again, which works on network shares too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from autochrome.batch.fingerprint import Stamp
from autochrome.batch.sources import Source
from autochrome.batch.storage import Location

SETTLE_S = 2.0
POLL_S = 1.0


class Settling:
    """Tells which files have come to rest: neither size nor time of change has moved for a while.

    Parameters
    ----------
    settle_s : how long, in seconds.
    """

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._since: dict[Location, tuple[Stamp, float]] = {}
        self._taken: dict[Location, Stamp] = {}

    def take(self, sources: Iterable[Source], now: float) -> list[Source]:
        """Return those at rest, each once, and again when it has changed and come to rest anew.

        An empty file is waited for: whoever made it has not begun to write.
        """
        since, taken, settled = {}, {}, []
        for source in sources:
            path = source.path
            stamp = Stamp.take(path)
            if stamp is None or stamp.size == 0:  # gone again, or not begun
                continue
            if self._taken.get(path) == stamp:
                taken[path] = stamp
                continue
            known, start = self._since.get(path, (None, now))
            if known == stamp and now - start >= self._settle_s:
                taken[path] = stamp
                settled.append(source)
            else:
                since[path] = (stamp, start if known == stamp else now)
        self._since, self._taken = since, taken  # what has vanished is forgotten
        return settled


def watch(
    find: Callable[[], Iterable[Source]],
    *,
    settle_s: float = SETTLE_S,
    poll_s: float = POLL_S,
    is_stopped: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[list[Source]]:
    """Yield the files that have newly come to rest, until stopped.

    Parameters
    ----------
    find : looks at the folder; see `find_sources`.
    settle_s : how long a file must be left alone before it is taken, in seconds.
    poll_s : between two looks, in seconds.
    is_stopped : asked between two looks.
    clock, sleep : of the world; a test has its own.
    """
    settling = Settling(settle_s)
    while not is_stopped():
        if settled := settling.take(find(), clock()):
            yield settled
        else:
            sleep(poll_s)
