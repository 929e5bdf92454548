"""Many one-megapixel JPEGs by one command, against two processes that do half of them each.

The two share nothing but the machine; the command has one model in memory, a journal and a
report. Both sides run in turn, so that a busy moment hits both. Then where the time goes, by
stage, and what a photograph costs as their number grows.

python benchmarks/throughput.py [--files 500] [--rounds 3] [--ladder 100,500,5000]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyvips
from contract import publish, summary

SAMPLES = Path(__file__).parents[1] / "samples" / "color"
WIDTH, HEIGHT = 1224, 818  # one megapixel
SMALL = (306, 204)
NUM_CORES = 2

# What one command is measured against: nothing but the library, one core each.
HALF = """
import sys
from pathlib import Path
from autochrome import Colorizer
from autochrome.photo import limit_threads
limit_threads(1)
colorizer = Colorizer.open(device="cpu", num_threads=1)
folder = Path(sys.argv[1])
for source in sorted(folder.iterdir())[int(sys.argv[3])::2]:
    colorizer.colorize(source, output=Path(sys.argv[2]) / source.name)
"""

COMMAND = """
import resource, sys
from autochrome.cli.main import cli
sys.argv[0] = "autochrome"
try:
    cli(standalone_mode=False)
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""

STAGES = """
import json, sys, time
from pathlib import Path
from autochrome import ColorizeOptions, Colorizer
from autochrome.batch import Fingerprint
from autochrome.photo import WriteOptions, limit_threads, open_photo, write
limit_threads(1)
colorizer = Colorizer.open(device="cpu", num_threads=1)
spent = dict.fromkeys(("hash", "read", "network", "join_and_write"), 0.0)
side = colorizer.manifest.input.side
for source in sorted(Path(sys.argv[1]).iterdir()):
    marks = [time.thread_time()]
    Fingerprint.take(source)
    marks.append(time.thread_time())
    photo = open_photo(source)
    scale = side / min(photo.height, photo.width)
    photo.read_lightness(round(photo.height * scale), round(photo.width * scale))
    marks.append(time.thread_time())
    begin = time.thread_time()
    prediction = colorizer.predict_distribution(photo)  # reads once more
    marks.append(marks[-1] + time.thread_time() - begin - (marks[-1] - marks[-2]))
    colored = colorizer.join(photo, prediction)
    begin = time.process_time()  # libvips has threads of its own
    write(colored, photo, Path(sys.argv[2]) / source.name, WriteOptions(), overwrite=True)
    marks.append(marks[-1] + time.process_time() - begin)
    for name, start, end in zip(spent, marks, marks[1:]):
        spent[name] += end - start
print(json.dumps(spent))
"""


def make_photographs(folder: Path, count: int, size: tuple[int, int]) -> None:
    """Make JPEGs of the samples, each in a shade and a crop of its own."""
    folder.mkdir()
    samples = sorted(SAMPLES.glob("*.jpg"))
    for i in range(count):
        image = pyvips.Image.thumbnail(
            str(samples[i % len(samples)]), size[0], height=size[1], size="force"
        )
        turned = image.wrap(x=7 * i % size[0], y=0)
        turned.jpegsave(str(folder / f"{i:05}.jpg"), Q=90)


def run(code: str, *arguments: object) -> str:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def one_command(source: Path, target: Path) -> tuple[float, float, float]:
    """Return wall-clock seconds, CPU seconds and peak memory in MB."""
    begin = time.perf_counter()
    cpu, peak = run(
        COMMAND, "colorize", source, "-q", "-o", f"{target}/", "--device", "cpu"
    ).split()
    return time.perf_counter() - begin, float(cpu), float(peak)


def two_processes(source: Path, target: Path) -> tuple[float, float]:
    """Return wall-clock and CPU seconds."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    before = os.times()
    begin = time.perf_counter()
    halves = [
        subprocess.Popen([sys.executable, "-c", HALF, str(source), str(target), str(half)])
        for half in range(2)
    ]
    if any(process.wait() for process in halves):
        raise SystemExit("one of the two processes failed")
    after = os.times()
    cpu = after.children_user + after.children_system
    return time.perf_counter() - begin, cpu - before.children_user - before.children_system


def compare(folder: Path, count: int, rounds: int) -> dict[str, object]:
    source, target = folder / "photos", folder / "out"
    make_photographs(source, count, (WIDTH, HEIGHT))
    seconds: dict[str, list[float]] = {"one_command": [], "two_processes": []}
    cpu: dict[str, list[float]] = {"one_command": [], "two_processes": []}
    for _ in range(rounds):
        shutil.rmtree(target, ignore_errors=True)
        wall, used, _ = one_command(source, target)
        seconds["one_command"].append(wall)
        cpu["one_command"].append(used)
        wall, used = two_processes(source, target)
        seconds["two_processes"].append(wall)
        cpu["two_processes"].append(used)
    stages = json.loads(run(STAGES, source, target))
    ratios = [one / two for one, two in zip(*seconds.values(), strict=True)]
    cpu_ratios = [one / two for one, two in zip(*cpu.values(), strict=True)]
    return {
        "files": count,
        "seconds": {name: summary(values) for name, values in seconds.items()},
        "times_two_processes": summary(ratios),
        "cpu_times_two_processes": summary(cpu_ratios),
        "cpu_ms_a_photograph": {name: 1000 * spent / count for name, spent in stages.items()},
    }


def climb(folder: Path, steps: list[int]) -> list[dict[str, float]]:
    """What a small photograph costs, and the peak of memory, as their number grows."""
    rungs, target = [], folder / "out"
    for count in steps:
        source = folder / f"small-{count}"
        make_photographs(source, count, SMALL)
        shutil.rmtree(target, ignore_errors=True)
        _, cpu, peak = one_command(source, target)
        _, again, _ = one_command(source, target)
        rungs.append(
            {
                "files": count,
                "cpu_ms_a_photograph": 1000 * cpu / count,
                "cpu_ms_a_photograph_done_before": 1000 * again / count,
                "peak_mb": peak,
            }
        )
        shutil.rmtree(source)
    return rungs


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ladder", default="100,500,5000")
    arguments = parser.parse_args()
    if arguments.rounds < 2:
        parser.error("a spread needs at least 2 rounds")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:NUM_CORES])
    with tempfile.TemporaryDirectory() as folder:
        results = compare(Path(folder), arguments.files, arguments.rounds)
        steps = [int(step) for step in arguments.ladder.split(",") if step]
        results["ladder"] = climb(Path(folder), steps)
    publish("throughput", results)


if __name__ == "__main__":
    main()
