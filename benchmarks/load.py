"""Clients of a server: so many at a time, each asking again as soon as it has its answer.

A process of its own, so that what it costs can be told apart from the server, and on plain
sockets, so that it costs little. It speaks to this machine only, and stops by itself.

python benchmarks/load.py http://127.0.0.1:8000 FOLDER [--clients 200] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import time
from dataclasses import asdict, dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BUSY, DONE = 503, 200


class Connection:
    """One connection that is kept; opened again when the server has closed it."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if not parts.hostname or not ip_address(parts.hostname).is_loopback:
            raise SystemExit("only servers on this machine")
        self._place = (parts.hostname, parts.port or 80)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer."""
        if self._writer is None or self._reader is None or self._reader.at_eof():
            self._reader, self._writer = await asyncio.open_connection(*self._place)
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._place[0]}:{self._place[1]}\r\n"
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await self._writer.drain()
        status, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        answer = await self._reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self.close()
        return int(status.split()[1]), headers, answer

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        self._writer = None


@dataclass
class Tally:
    """What the clients saw; times in seconds."""

    answered_s: list[float] = field(default_factory=list)  # a request, to the end of its answer
    waited_s: list[float] = field(default_factory=list)  # a photograph, refusals and all
    photographs: list[int] = field(default_factory=list)  # of each client
    refused: int = 0
    told_to_wait_s: list[int] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_s: float = 0.0

    def fault(self, what: str) -> None:
        self.errors[what] = self.errors.get(what, 0) + 1


async def client(number: int, address: str, photographs: list[bytes], tally: Tally) -> None:
    """Send one photograph after another, and each again as long as the server is busy."""
    connection = Connection(address)
    try:
        for i in itertools.count(number):
            begin = time.perf_counter()
            status = BUSY
            while status == BUSY:
                sent = time.perf_counter()
                body = photographs[i % len(photographs)]
                status, headers, answer = await connection.ask("POST", "/v1/colorize", body)
                if status == BUSY:
                    tally.refused += 1
                    tally.told_to_wait_s.append(int(headers["retry-after"]))
                    await asyncio.sleep(int(headers["retry-after"]))
            if status != DONE or answer[:2] != b"\xff\xd8":
                tally.fault(f"{status} {answer[:80]!r}")
                continue
            tally.answered_s.append(time.perf_counter() - sent)
            tally.waited_s.append(time.perf_counter() - begin)
            tally.photographs[number] += 1
    except (OSError, asyncio.IncompleteReadError, KeyError, ValueError) as error:
        tally.fault(f"{type(error).__name__}: {error}")
    finally:
        connection.close()


async def press(address: str, photographs: list[bytes], clients: int, seconds: float) -> Tally:
    """Let clients ask for so long; what is under way then is dropped."""
    tally = Tally(photographs=[0] * clients)
    begin = time.perf_counter()
    tasks = [
        asyncio.create_task(client(number, address, photographs, tally))
        for number in range(clients)
    ]
    await asyncio.wait(tasks, timeout=seconds)
    tally.seconds = time.perf_counter() - begin
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):  # a fault of this program
            raise outcome
    return tally


def load(address: str, folder: Path, clients: int, seconds: float) -> dict[str, Any]:
    photographs = [path.read_bytes() for path in sorted(folder.iterdir())]
    tally = asyncio.run(press(address, photographs, clients, seconds))
    used = os.times()
    tally.cpu_s = used.user + used.system
    return asdict(tally)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    print(json.dumps(load(given.address, given.folder, given.clients, given.seconds)))


if __name__ == "__main__":
    main()
