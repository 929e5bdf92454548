"""Does the network do several photographs at once sooner than one after another, on a CPU?

Two workers with one thread each, as `autochrome serve` has them on two cores; once the network
alone, once from file to file. The batch sizes go in turn, so that a busy moment hits all of them,
and processor time is counted, which one disturbs less.

python benchmarks/batching.py [--files 32] [--rounds 5]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from contract import alternate, publish, summary
from throughput import HEIGHT, WIDTH, make_photographs

from autochrome.models import find_model
from autochrome.photo import WriteOptions, limit_threads, open_photo, write
from autochrome.pipeline import Colorizer
from autochrome.pipeline.prediction import Prediction
from autochrome.pipeline.prepare import pad_to_multiple, working_size
from autochrome.pipeline.session import ort

WORKERS = 2
BATCHES = (1, 2, 4, 8)


def one_thread_network() -> Callable[[np.ndarray], np.ndarray]:
    """(N, 1, h, w) L* to (N, Q, h / 4, w / 4) logits; the library itself runs one at a time."""
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    session = ort.InferenceSession(
        str(find_model().weights_path), settings, providers=["CPUExecutionProvider"]
    )
    return lambda lightness: session.run(None, {"lightness": lightness})[0]


class Bench:
    def __init__(self, sources: list[Path], folder: Path) -> None:
        self._sources, self._folder = sources, folder
        self._colorizer = Colorizer.open(device="cpu", num_threads=1)
        self._network = one_thread_network()
        self._size = working_size(HEIGHT, WIDTH, self._colorizer.manifest.input.side)

    def _run(self, lightness: list[np.ndarray]) -> np.ndarray:
        multiple = self._colorizer.manifest.input.multiple
        padded = [pad_to_multiple(one, multiple) for one in lightness]
        return self._network(np.stack(padded)[:, None])

    def network(self, sources: list[Path]) -> None:
        self._run([np.full(self._size, 50, dtype=np.float32)] * len(sources))

    def from_file_to_file(self, sources: list[Path]) -> None:
        photos = [open_photo(source) for source in sources]
        lightness = [photo.read_lightness(*self._size) for photo in photos]
        stride = self._colorizer.manifest.output.stride
        for photo, seen, answer in zip(photos, lightness, self._run(lightness), strict=True):
            logits = answer.transpose(1, 2, 0)
            prediction = Prediction(photo.name, *photo.upright_size, seen, logits, stride)
            colored = self._colorizer.join(photo, prediction)
            path = self._folder / Path(photo.name).name
            write(colored, photo, path, WriteOptions(), overwrite=True)

    def rate(self, work: Callable[[list[Path]], None], batch: int) -> float:
        """Photographs in a second of one core."""
        sources = self._sources
        batches = [sources[i : i + batch] for i in range(0, len(sources), batch)]
        begin = time.process_time()
        with ThreadPoolExecutor(WORKERS) as workers:
            list(workers.map(work, batches))
        return len(sources) / (time.process_time() - begin)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if given.files % (WORKERS * max(BATCHES)):
        parser.error(f"--files must be a multiple of {WORKERS * max(BATCHES)}: no worker idles")
    limit_threads(1)
    results = {}
    with tempfile.TemporaryDirectory() as name:
        photographs, colored = Path(name) / "photographs", Path(name) / "colored"
        make_photographs(photographs, given.files, (WIDTH, HEIGHT))
        colored.mkdir()
        bench = Bench(sorted(photographs.iterdir()), colored)
        for what, work in (
            ("network", bench.network),
            ("from_file_to_file", bench.from_file_to_file),
        ):
            calls = {str(n): lambda n=n, work=work: bench.rate(work, n) for n in BATCHES}
            alternate(calls, 1)  # warm
            rates = alternate(calls, given.rounds)
            results[what] = {
                n: {
                    "photographs_a_core_second": summary(values),
                    "times_batch_1": summary(
                        [rate / one for rate, one in zip(values, rates["1"], strict=True)]
                    ),
                }
                for n, values in rates.items()
            }
    publish("batching", results)


if __name__ == "__main__":
    main()
