"""CPU time and peak memory of a 24-megapixel JPEG against what libvips must do at least.

The floor is libvips' decode, sRGB -> Lab -> sRGB, encode of the same file, each in a process
of its own, start-up included.

python benchmarks/photo.py [--gray]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyvips
from contract import alternate, cpu_and_peak, publish, summary

WIDTH, HEIGHT = 6000, 4000
REPEATS = 5

FLOOR = """
import pyvips
image = pyvips.Image.new_from_file({source!r}, access="sequential").colourspace("srgb")
lab = image.colourspace("lab").cast("float")
lab.colourspace("srgb").write_to_file({target!r}, Q=95, subsample_mode="off")
"""

OURS = """
from autochrome import colorize
colorize({source!r}, output={target!r}, overwrite=True)
"""


def make_photograph(path: Path, gray: bool) -> None:
    """A picture with the detail and the noise of a photograph."""
    samples = sorted((Path(__file__).parents[1] / "samples" / "color").glob("*.jpg"))
    image = pyvips.Image.new_from_file(str(samples[-1]))
    scale = WIDTH / image.width
    large = image.resize(scale, vscale=HEIGHT / image.height)
    noise = pyvips.Image.gaussnoise(large.width, large.height, sigma=4, mean=0, seed=1)
    picture = (large + noise).cast("uchar").copy(interpretation="srgb")
    if gray:
        picture = picture.colourspace("b-w")
    picture.crop(0, 0, WIDTH, HEIGHT).write_to_file(str(path), Q=92)


def main() -> None:
    gray = "--gray" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "photo.jpg"
        make_photograph(source, gray)
        peaks: dict[str, list[float]] = {"floor": [], "autochrome": []}

        def measure(name: str, code: str) -> float:
            target = str(Path(folder) / f"{name}.jpg")
            seconds, peak = cpu_and_peak(code.format(source=str(source), target=target))
            peaks[name].append(peak)
            return seconds

        seconds = alternate(
            {
                "floor": lambda: measure("floor", FLOOR),
                "autochrome": lambda: measure("autochrome", OURS),
            },
            REPEATS,
        )
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    publish(
        "photo_gray" if gray else "photo",
        {
            "megapixels": WIDTH * HEIGHT / 1e6,
            "cpu_seconds": {name: summary(values) for name, values in seconds.items()},
            "peak_mb": {name: float(np.median(values)) for name, values in peaks.items()},
            "times_floor": medians["autochrome"] / medians["floor"],
        },
    )


if __name__ == "__main__":
    main()
