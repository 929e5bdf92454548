"""How far L* moves, by format: of the photographs in samples/ and, with --data, of others.

Before encoding, and in PNG and TIFF, no pixel may move by more than 0.5 at 8 bits, 0.05 at 16;
in JPEG, WebP and AVIF at most 1 in the 99th percentile of each photograph, at quality 95.

python benchmarks/lightness.py [--data FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from contract import publish

from autochrome.color import rgb_to_lab
from autochrome.photo import WRITABLE_SUFFIXES, open_photo, to_array
from autochrome.pipeline import Colorizer

SAMPLES = Path(__file__).parents[1] / "samples"
SUFFIXES = (".png", ".tif", ".jpg", ".webp", ".avif")


def lightness(pixels: np.ndarray) -> np.ndarray:
    unit = pixels / np.iinfo(pixels.dtype).max
    return rgb_to_lab(unit if unit.shape[-1] == 3 else np.repeat(unit, 3, axis=-1))[..., 0]


def moved(colorizer: Colorizer, path: Path) -> dict[str, np.ndarray]:
    """|L*out - L*in| of every pixel: in memory at both depths, and through each format."""
    pixels = to_array(open_photo(path).read())
    deep = pixels.astype(np.uint16) * 257
    before = lightness(pixels)
    found = {
        "before encoding, 8 bit": lightness(colorizer.colorize(pixels)) - before,
        "before encoding, 16 bit": lightness(colorizer.colorize(deep)) - before,
    }
    for suffix in SUFFIXES:
        encoded = colorizer.colorize_bytes(path.read_bytes(), suffix)
        found[suffix] = lightness(to_array(open_photo(encoded).read())) - before
    return {name: np.abs(difference) for name, difference in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, action="append", default=[SAMPLES])
    folders = parser.parse_args().data
    paths = sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix in WRITABLE_SUFFIXES
    )
    colorizer = Colorizer.open(device="cpu")
    each = [moved(colorizer, path) for path in paths]
    table = {
        name: {
            "mean": float(np.mean([found[name].mean() for found in each])),
            "worst_p99": float(max(np.percentile(found[name], 99) for found in each)),
            "worst": float(max(found[name].max() for found in each)),
        }
        for name in each[0]
    }
    publish("lightness", {"photographs": len(paths), "moved": table})


if __name__ == "__main__":
    main()
