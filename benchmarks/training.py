"""Photographs a second while training, on real data and on a batch made once.

python benchmarks/training.py --data SHARD [--recipe lumiere] [--steps 10]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch
from contract import publish, summary

from autochrome.data import load_store
from autochrome.train.processes import Processes
from autochrome.train.recipes import load_recipe
from autochrome.train.run import TrainingRun

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--recipe", default="lumiere")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    config = load_recipe(arguments.recipe)
    store = load_store(arguments.data, limit=4096).to(arguments.device)
    run = TrainingRun(config, store, Processes(0, 1, store.pixels.device))
    real = run.batches
    batch = real(0)

    def photographs_per_second(batches: object) -> float:
        run.batches = batches  # type: ignore[assignment]
        float(run.train_step())
        begin = time.perf_counter()
        for _ in range(arguments.steps):
            loss = run.train_step()
        float(loss)  # waits for the device
        return arguments.steps * config.batch_size / (time.perf_counter() - begin)

    rates: dict[str, list[float]] = {"synthetic": [], "real": []}
    for _ in range(ROUNDS):
        rates["synthetic"].append(photographs_per_second(lambda step: batch))
        rates["real"].append(photographs_per_second(real))
    summaries = {name: summary(values) for name, values in rates.items()}
    publish(
        "training",
        {
            "recipe": config.recipe,
            "device": arguments.device,
            "threads": torch.get_num_threads(),
            "photographs_per_second": summaries,
            "real_of_synthetic": summaries["real"]["median"] / summaries["synthetic"]["median"],
        },
    )


if __name__ == "__main__":
    main()
