"""Peak memory by size: does it stay where it is as the pixels grow?

For each format that is read row by row, the same picture twice, the second with sixteen times the
pixels; then a square 16-bit gray TIFF of --side pixels, in and out.

python benchmarks/gigapixel.py [--side 30000] [--folder SPACIOUS_FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pyvips
from contract import cpu_and_peak, publish

SAMPLE = Path(__file__).parents[1] / "samples" / "fsa_lc_usf34_027307.jpg"
SMALL, LARGE = 2000, 8000
SUFFIXES = (".tif", ".png", ".jpg")

OURS = """
from autochrome import colorize
colorize({source!r}, output={target!r})
"""


def make_photograph(path: Path, side: int) -> None:
    """A square gray picture with grain, 16 bits deep where the format can; made row by row."""
    sample = pyvips.Image.new_from_file(str(SAMPLE))
    large = sample.resize(side / sample.width, vscale=side / sample.height, kernel="linear")
    grain = pyvips.Image.gaussnoise(512, 512, sigma=500, mean=0, seed=1).cast("short")
    tiles = -(-side // 512)
    picture = large * 240 + 2000 + grain.replicate(tiles, tiles).crop(0, 0, side, side)
    picture = picture.cast("ushort").copy(interpretation="grey16")
    if path.suffix == ".jpg":
        picture = picture.colourspace("b-w")
    settings = {"bigtiff": True} if path.suffix == ".tif" else {}
    picture.write_to_file(str(path), **settings)


def measure(folder: Path, suffix: str, side: int) -> dict[str, float]:
    source, target = folder / f"{side}{suffix}", folder / f"{side}.color{suffix}"
    try:
        make_photograph(source, side)
        seconds, peak = cpu_and_peak(OURS.format(source=str(source), target=str(target)))
        result = pyvips.Image.new_from_file(str(target))
        assert (result.width, result.height) == (side, side)
        return {
            "megapixels": side**2 / 1e6,
            "bits": 16 if result.format == "ushort" else 8,
            "peak_mb": round(peak, 1),
            "cpu_seconds": round(seconds, 1),
            "written_mb": round(target.stat().st_size / 1e6, 1),
        }
    finally:
        source.unlink(missing_ok=True)
        target.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=30_000)
    parser.add_argument("--folder", type=Path, help="where 15 GB fit, for 30,000 pixels")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        growth = {
            suffix: [measure(folder, suffix, side) for side in (SMALL, LARGE)]
            for suffix in SUFFIXES
        }
        large = measure(folder, ".tif", arguments.side)
    publish("gigapixel", {"growth": growth, "large": large})


if __name__ == "__main__":
    main()
