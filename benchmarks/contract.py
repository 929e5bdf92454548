"""What every benchmark shares: warm-up, median and spread, the machine, one JSON form."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def time_calls(call: Callable[[], object], repeats: int = 15, warm_up: int = 3) -> list[float]:
    """Seconds of each call, after some that do not count."""
    for _ in range(warm_up):
        call()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return seconds


def alternate(calls: dict[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """Measure several things in turn, so that a busy moment of the machine hits all of them."""
    measured: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            measured[name].append(call())
    return measured


def summary(values: list[float]) -> dict[str, float]:
    """Median and interquartile range."""
    low, median, high = statistics.quantiles(values, n=4)
    return {"median": median, "iqr": high - low, "repeats": len(values)}


def cpu_and_peak(code: str) -> tuple[float, float]:
    """Run Python code in a process of its own: CPU seconds and peak memory in MB."""
    script = (
        f"{code}\nimport resource\n"
        "u = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(u.ru_utime + u.ru_stime, u.ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    seconds, peak = map(float, done.stdout.split()[-2:])
    return seconds, peak


def publish(name: str, results: dict[str, Any]) -> None:
    """Print results and keep them in ``results/NAME.json``."""
    report = {"benchmark": name, "machine": _machine(), "results": results}
    text = json.dumps(report, indent=2)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n")


def _machine() -> dict[str, Any]:
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((line.split(": ")[1] for line in lines if "model name" in line), model)
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "system": platform.system(),
        "python": platform.python_version(),
    }
