"""Latency of the flagship against `zhang2016`, both by ONNX Runtime, at 256 x 256.

python benchmarks/network.py
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
from contract import publish, summary, time_calls

from autochrome.models import DEFAULT_MODEL, find_model
from autochrome.pipeline.session import Session

SIDE = 256
REPEATS = 15


def zhang2016_session(folder: Path, prior: tuple[float, ...]) -> Session:
    """Export the paper's network with fresh weights: latency does not depend on them."""
    from autochrome.nn import HeadSettings, build_system
    from autochrome.train.export import ReleasedNetwork, onnx_graph

    path = folder / "zhang2016.onnx"
    system = build_system("zhang2016", HeadSettings(prior=np.array(prior)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path.write_bytes(onnx_graph(ReleasedNetwork(system)))
    return Session(path, device="cpu")


def main() -> None:
    files = find_model(DEFAULT_MODEL)
    lightness = np.random.default_rng(0).uniform(0, 100, (SIDE, SIDE)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        sessions = {
            DEFAULT_MODEL: Session(files.weights_path, device="cpu"),
            "zhang2016": zhang2016_session(Path(folder), files.manifest.decode.prior),
        }
        seconds = {
            name: summary(time_calls(lambda s=session: s.run(lightness), REPEATS))
            for name, session in sessions.items()
        }
    ratio = seconds["zhang2016"]["median"] / seconds[DEFAULT_MODEL]["median"]
    publish("network", {"side": SIDE, "seconds": seconds, "times_faster": ratio})


if __name__ == "__main__":
    main()
