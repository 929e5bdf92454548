"""Processes forked from one that has colored: its threads are not in them."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

SCRIPT = """
import multiprocessing
import signal
import sys

import numpy as np

from autochrome import Colorizer, UsageError

MODEL, method, where = sys.argv[1:]
GRAY = np.tile(np.arange(96, dtype=np.uint8), (64, 1))


def use(colorizer):
    return colorizer.colorize(GRAY).shape


def work(where):
    signal.alarm(60)  # nobody else would end one that hangs
    try:
        if where == "opened in the child":
            return use(Colorizer.open(MODEL, device="cpu"))
        if where == "the network alone":
            return colorizer.session.run(np.zeros((64, 64), np.float32)).shape
        return use(colorizer)
    except UsageError as error:
        return str(error)


if __name__ == "__main__":
    context = multiprocessing.get_context(method)
    colorizer = Colorizer.open(MODEL, device="cpu")
    if where != "before the parent":
        use(colorizer)
    with context.Pool(2) as pool:
        print(pool.map(work, [where] * 2))
        use(colorizer)
        print(pool.map(work, [where] * 2))
"""
REFUSED = (
    "A process that was forked from one that has colored cannot color. "
    "Start it by the method 'spawn', or fork before the first photograph is colored"
)


@pytest.fixture
def pool(tmp_path, tiny_model):
    """Color in a pool of processes, and return what they say."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    def run(method, where):
        told = subprocess.run(
            [sys.executable, script, tiny_model, method, where],
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
        return told.stdout.splitlines()

    return run


@pytest.mark.parametrize(
    "where", ["opened in the child", "opened in the parent", "the network alone"]
)
def test_a_fork_after_the_first_photograph_is_refused(pool, where):
    assert pool("fork", where) == [str([REFUSED] * 2)] * 2


def test_a_fork_before_the_first_photograph_colors(pool):
    assert pool("fork", "before the parent") == [str([(64, 96, 3)] * 2)] * 2


def test_a_spawned_process_colors(pool):
    assert pool("spawn", "opened in the child") == [str([(64, 96, 3)] * 2)] * 2
