"""CPU time a photograph of one process, of two threads in it, and of Ray's two workers.

Each engine colorizes the same one-megapixel JPEGs by the command line, few and many of them: the
difference is what a photograph costs, the rest is the cost of starting. CPU time is that of all
processes the command started (Linux only), so that it means something on a busy machine.

python benchmarks/scaling.py [--repeats 3]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyvips
from contract import publish, summary

WIDTH, HEIGHT = 1200, 834
FEW, MANY = 4, 36
ENGINES = {
    "one process": ["--jobs", "1"],
    "two threads": ["--jobs", "2"],
    "Ray, two workers": ["--engine", "ray"],
}
COLORIZE = "from autochrome.cli.main import main; main()"
TICKS = os.sysconf("SC_CLK_TCK")


def make_photographs(folder: Path) -> None:
    """Copies of a gray picture with the detail and the noise of a photograph."""
    sample = sorted((Path(__file__).parents[1] / "samples").glob("*.jpg"))[0]
    image = pyvips.Image.new_from_file(str(sample)).colourspace("b-w")
    large = image.thumbnail_image(WIDTH, height=HEIGHT, size="force")
    noise = pyvips.Image.gaussnoise(WIDTH, HEIGHT, sigma=4, mean=0, seed=1)
    (large + noise).cast("uchar").write_to_file(str(folder / "0.jpg"), Q=92)
    for number in range(1, MANY):
        (folder / f"{number}.jpg").hardlink_to(folder / "0.jpg")


def cpu_by_process() -> dict[int, tuple[int, float]]:
    """Parent and CPU seconds of every process there is."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        found[int(path.parent.name)] = (int(fields[1]), sum(map(int, fields[11:13])) / TICKS)
    return found


def is_worker(pid: int) -> bool:
    """Tell one of Ray's workers, which there are many of, from the rest, which there is once."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::")
    except OSError:
        return False


def cpu_of_command(command: list[str]) -> tuple[float, float]:
    """Run a command; CPU seconds of it and all its descendants, and of Ray's workers in them."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    ours = {process.pid}
    workers: set[int] = set()
    seconds: dict[int, float] = {}
    while process.poll() is None:
        running = cpu_by_process()
        for _ in range(4):  # Ray's workers are its great-grandchildren
            ours |= {pid for pid, (parent, _) in running.items() if parent in ours}
        workers |= {pid for pid in ours - workers if is_worker(pid)}
        seconds |= {pid: running[pid][1] for pid in ours & running.keys()}
        time.sleep(0.1)
    assert process.stderr is not None
    if process.returncode:
        raise SystemExit(process.stderr.read().decode())
    return sum(seconds.values()), sum(seconds.get(pid, 0) for pid in workers)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    if repeats < 2:
        parser.error("a spread needs at least 2 repeats")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_photographs(folder)

        def measure(engine: str, count: int) -> tuple[float, float]:
            photos = [str(folder / f"{number}.jpg") for number in range(count)]
            command = [sys.executable, "-c", COLORIZE, "colorize", "--device", "cpu", "--quiet"]
            with tempfile.TemporaryDirectory(
                dir=folder
            ) as out:  # a journal would know the last ones
                return cpu_of_command([*command, "-o", f"{out}/", *ENGINES[engine], *photos])

        measured: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for _ in range(repeats):  # in turn, so that a busy moment hits all of them
            for engine in ENGINES:
                for count in (FEW, MANY):
                    measured[f"{engine}: {count}"].append(measure(engine, count))
    results = {}
    for engine in ENGINES:
        runs = np.array([measured[f"{engine}: {count}"] for count in (FEW, MANY)])
        each = (runs[1] - runs[0]) / (MANY - FEW)
        start = runs[0] - FEW * each
        results[engine] = {
            "a_photograph": summary(list(each[:, 0])),
            "start": summary(list(start[:, 0])),
        }
        if "Ray" in engine:
            results[engine]["a_photograph_in_workers"] = summary(list(each[:, 1]))
    publish("scaling", {"megapixels": WIDTH * HEIGHT / 1e6, "cpu_seconds": results})


if __name__ == "__main__":
    main()
