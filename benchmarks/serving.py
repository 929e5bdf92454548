"""`autochrome serve` under many clients, against the same photographs by the command line.

One-megapixel JPEGs. The command line goes before and after the clients, so that a busy moment
hits both; its start does not count. Then the page's own requests, by one client alone.

python benchmarks/serving.py [--clients 200] [--seconds 60] [--queue 256]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, quantiles
from typing import Any

import pyvips
from contract import publish
from load import Connection
from throughput import HEIGHT, WIDTH, make_photographs, one_command

START = "from autochrome.cli.main import main; main()"
SAMPLES = Path(__file__).parents[1] / "samples"
MEGAPIXELS = {"2 megapixels": (1732, 1155), "24 megapixels": (6000, 4000)}
QUERIES = [
    f"preset={preset}&saturation={1 + step / 10}"
    for step in range(10)
    for preset in ("natural", "balanced", "vivid")
]
_SETTLE_S = 20.0


@dataclass
class Server:
    """A running server: its address, and what it uses."""

    process: subprocess.Popen[str]
    address: str
    temporary: Path
    memory_mb: list[float] = field(default_factory=list)

    def memory(self) -> float:
        """Megabytes: its own, and its share of what it shares."""
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        lines = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
        return int(lines["Pss"].split()[0]) / 1024

    def watch(self, done: threading.Event) -> None:
        while not done.wait(1.0):
            self.memory_mb.append(self.memory())

    def cpu(self) -> float:
        """Seconds of its processor time."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def files(self) -> int:
        return sum(len(files) for _, _, files in os.walk(self.temporary))


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Server]:
    """Serve on a free port, and stop it as a service manager would."""
    temporary = folder / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", START, "serve", "--port", "0", "--device", "cpu", *options],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    assert process.stderr
    try:
        told = process.stderr.readline()  # "Autochrome is at http://127.0.0.1:PORT/  (Ctrl-C ...)"
        yield Server(process, told.split()[3].rstrip("/"), temporary)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=120)
        if code or any(temporary.iterdir()):
            raise SystemExit(f"the server stopped with {code}, {[*temporary.iterdir()]} left")


def under_load(
    folder: Path, photographs: Path, clients: int, seconds: float, queue: int
) -> dict[str, Any]:
    """Let clients press a fresh server; what they saw, and what it used."""
    with serving(folder, "--queue", str(queue)) as server:
        run_clients(server, photographs, clients=2, seconds=3.0)  # warm
        idle_descriptors = server.descriptors()
        done = threading.Event()
        watcher = threading.Thread(target=server.watch, args=(done,))
        watcher.start()
        cpu = server.cpu()
        try:
            tally = run_clients(server, photographs, clients=clients, seconds=seconds)
        finally:
            done.set()
            watcher.join()
        cpu = server.cpu() - cpu
        settle(server, idle_descriptors)
        memory = server.memory_mb
        third = max(1, len(memory) // 3)
        answered = len(tally["answered_s"])
        return {
            "clients": clients,
            "queue": queue,
            "seconds": tally["seconds"],
            "photographs": answered,
            "photographs_a_second": answered / tally["seconds"],
            "cpu_ms_a_photograph": 1000 * cpu / answered,
            "clients_cpu_share": tally["cpu_s"] / tally["seconds"],
            "request_s": spread(tally["answered_s"]),
            "photograph_s": spread(tally["waited_s"]),
            "photographs_of_a_client": fairness(tally["photographs"]),
            "refused": tally["refused"],
            "retry_after_s": sorted(set(tally["told_to_wait_s"])),
            "errors": tally["errors"],
            "memory_mb": {
                "after_a_third": max(memory[third : third + 5]),
                "at_the_end": max(memory[-5:]),
                "peak": max(memory),
            },
            "descriptors": {"idle": idle_descriptors, "after": server.descriptors()},
            "files_left": server.files(),
        }


def run_clients(server: Server, photographs: Path, *, clients: int, seconds: float) -> Any:
    code = Path(__file__).with_name("load.py")
    given = [server.address, photographs, "--clients", clients, "--seconds", seconds]
    done = subprocess.run(
        [sys.executable, code, *map(str, given)], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)


def settle(server: Server, descriptors: int) -> None:
    """Wait until what was dropped has been cleaned up, for a while."""
    deadline = time.monotonic() + _SETTLE_S
    while server.files() or server.descriptors() > descriptors:
        if time.monotonic() > deadline:
            return
        time.sleep(0.2)


def spread(values: list[float]) -> dict[str, float]:
    percent = quantiles(values, n=100)
    return {"p50": percent[49], "p95": percent[94], "max": max(values)}


def fairness(counts: list[int]) -> dict[str, float]:
    served = sorted(counts)
    return {
        "least": served[0],
        "median": served[len(served) // 2],
        "most": served[-1],
        "clients_with_none": counts.count(0),
    }


def command_line(photographs: Path, folder: Path) -> dict[str, float]:
    """Photographs a second by one command with all cores; its start does not count."""
    single = folder / "single"
    single.mkdir(exist_ok=True)
    first = min(photographs.iterdir())
    shutil.copy(first, single)
    measured = {}
    for name, source in (("one", single), ("all", photographs)):
        target = folder / "colored"
        measured[name] = one_command(source, target)
        shutil.rmtree(target)
    more = len(list(photographs.iterdir())) - 1
    wall, cpu = (measured["all"][i] - measured["one"][i] for i in range(2))
    return {"photographs_a_second": more / wall, "cpu_ms_a_photograph": 1000 * cpu / more}


def alone(folder: Path, photographs: Path) -> dict[str, dict[str, float]]:
    """Time the page's requests, in milliseconds, by a client that is alone."""

    async def times(call: Callable[[str], Awaitable[Any]]) -> dict[str, float]:
        milliseconds = []
        for query in QUERIES:
            begin = time.perf_counter()
            status, _, _ = await call(query)
            assert status == 200, status
            milliseconds.append(1000 * (time.perf_counter() - begin))
        return spread(milliseconds[3:])

    async def measure(address: str) -> dict[str, dict[str, float]]:
        found, connection = {}, Connection(address)
        for name, size in MEGAPIXELS.items():
            body = sample(size)
            begin = time.perf_counter()
            status, _, opened = await connection.ask("POST", "/v1/photos", body)
            assert status == 201, opened
            found[f"open {name}"] = {"once": 1000 * (time.perf_counter() - begin)}
            color = f"/v1/photos/{json.loads(opened)['id']}/color?"
            found[f"color of {name}"] = await times(lambda q, c=color: connection.ask("GET", c + q))
        body = min(photographs.iterdir()).read_bytes()
        found["colorize 1 megapixel"] = await times(
            lambda q: connection.ask("POST", f"/v1/colorize?{q}", body)
        )
        connection.close()
        return found

    with serving(folder) as server:
        return asyncio.run(measure(server.address))


def sample(size: tuple[int, int]) -> bytes:
    source = min(SAMPLES.glob("*.jpg"))
    image = pyvips.Image.thumbnail(str(source), size[0], height=size[1], size="force")
    data: bytes = image.jpegsave_buffer(Q=90)
    return data


def table(results: dict[str, Any]) -> str:
    server, command = results["server"], results["command_line"]
    memory, served = server["memory_mb"], server["photographs_of_a_client"]
    rows = [
        ("photographs a second, server", f"{server['photographs_a_second']:.2f}"),
        ("photographs a second, command line", f"{command['photographs_a_second']:.2f}"),
        ("server / command line", f"{100 * results['ratio']:.0f} %"),
        ("CPU ms a photograph, server", f"{server['cpu_ms_a_photograph']:.0f}"),
        ("CPU ms a photograph, command line", f"{command['cpu_ms_a_photograph']:.0f}"),
        ("of one core, the clients use", f"{100 * server['clients_cpu_share']:.0f} %"),
        ("a request, p50 and p95", "{p50:.1f} s, {p95:.1f} s".format(**server["request_s"])),
        ("with refusals, p50 and p95", "{p50:.1f} s, {p95:.1f} s".format(**server["photograph_s"])),
        ("answers 503", f"{server['refused']}, Retry-After {server['retry_after_s']}"),
        ("other errors", str(server["errors"] or "none")),
        (
            "photographs of a client",
            "{least} to {most}, median {median}; none: {clients_with_none}".format(**served),
        ),
        ("memory after a third", f"{memory['after_a_third']:.0f} MB"),
        ("memory at the end", f"{memory['at_the_end']:.0f} MB"),
        ("descriptors, idle and after", "{idle}, {after}".format(**server["descriptors"])),
        ("files left", str(server["files_left"])),
        *(
            (name, ", ".join(f"{key} {value:.0f} ms" for key, value in times.items()))
            for name, times in results["alone"].items()
        ),
    ]
    return "\n".join(f"{name:36} {value}" for name, value in rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--queue", type=int, default=256, help="of the server")
    parser.add_argument("--files", type=int, default=100, help="for the command line")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photographs = folder / "photographs"
        make_photographs(photographs, given.files, (WIDTH, HEIGHT))
        before = command_line(photographs, folder)
        loaded, light = folder / "loaded", folder / "light"
        loaded.mkdir()
        light.mkdir()
        server = under_load(loaded, photographs, given.clients, given.seconds, given.queue)
        after = command_line(photographs, folder)
        command = {name: fmean([before[name], after[name]]) for name in before}
        ratio = server["photographs_a_second"] / command["photographs_a_second"]
        results = {
            "server": server,
            "command_line": command,
            "ratio": ratio,
            "alone": alone(light, photographs),
        }
    publish("serving", results)
    print(table(results))


if __name__ == "__main__":
    main()
