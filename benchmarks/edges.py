"""Does color end where things end? Edge-aware upsampling against bilinear, by CIEDE2000.

Of photographs in color, L* is kept and the color enlarged from the network's cells: once what the
model says, once the true color averaged over each cell, which is the best a model could say.
Measured over all pixels, and within 3 pixels of strong edges (steps of L* by 10
or more from pixel to pixel).

python benchmarks/edges.py --data SHARD_OR_FOLDER [--data ...] [--limit 100]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from contract import publish

from autochrome.color import rgb8_to_lab
from autochrome.metrics import ciede2000
from autochrome.photo import resize_array
from autochrome.pipeline import Colorizer
from autochrome.pipeline.decode import decode_smoothly
from autochrome.pipeline.options import DEFAULT_OPTIONS
from autochrome.pipeline.prepare import working_size
from autochrome.pipeline.upsampling import apply_linear, follow_edges, linear_color
from autochrome.pipeline.windows import window_mean
from autochrome.shards import decode_rgb, read_folder, read_photographs

EDGE_STEP, EDGE_REACH = 10, 3
GUIDED_RADIUS, GUIDED_EPSILON = 2, 100.0
BILATERAL_SPACE, BILATERAL_RANGE = 0.6, 10.0  # sigmas, in cells and in L*


def bilinear(cells: np.ndarray, small: np.ndarray, full: np.ndarray) -> np.ndarray:
    return resize_array(resize_array(cells, *small.shape), *full.shape)


def local_linear(cells: np.ndarray, small: np.ndarray, full: np.ndarray) -> np.ndarray:
    """What Autochrome does."""
    ab = follow_edges(resize_array(cells, *small.shape), small)
    return apply_linear(linear_color(ab, small), full)


def local_linear_small(cells: np.ndarray, small: np.ndarray, full: np.ndarray) -> np.ndarray:
    """The same, but bilinear from the small picture to full size."""
    ab = follow_edges(resize_array(cells, *small.shape), small)
    return resize_array(ab, *full.shape)


def guided(cells: np.ndarray, small: np.ndarray, full: np.ndarray) -> np.ndarray:
    """Fast guided filter (He, Sun 2015): coefficients at the small size, applied at full size."""

    def mean(values: np.ndarray) -> np.ndarray:
        return window_mean(values.astype(np.float64), GUIDED_RADIUS)

    ab, guide = resize_array(cells, *small.shape), small[..., None]
    variance = mean(guide**2) - mean(guide) ** 2
    slope = (mean(guide * ab) - mean(guide) * mean(ab)) / (variance + GUIDED_EPSILON)
    offset = mean(ab) - slope * mean(guide)
    both = np.concatenate([mean(slope), mean(offset)], axis=-1)
    return apply_linear(both.astype(np.float32), full)


def joint_bilateral(cells: np.ndarray, small: np.ndarray, full: np.ndarray) -> np.ndarray:
    """Kopf et al. 2007, over the four nearest cells; then bilinear to full size."""
    guide = resize_array(small, *cells.shape[:2])[..., 0]
    place = [
        (np.arange(size) + 0.5) * count / size - 0.5
        for size, count in zip(small.shape, guide.shape, strict=True)
    ]
    total, weights = np.zeros((*small.shape, 2)), np.full((*small.shape, 1), 1e-12)
    for down in (0, 1):
        for right in (0, 1):
            nearest = [
                np.floor(p).astype(int) + d for p, d in zip(place, (down, right), strict=True)
            ]
            far = [(p - n) ** 2 for p, n in zip(place, nearest, strict=True)]
            cell = np.ix_(*[n.clip(0, c - 1) for n, c in zip(nearest, guide.shape, strict=True)])
            space = (far[0][:, None] + far[1]) / BILATERAL_SPACE**2
            likeness = ((small - guide[cell]) / BILATERAL_RANGE) ** 2
            weight = np.exp(-(space + likeness) / 2)[..., None]
            total += weight * cells[cell]
            weights += weight
    return resize_array((total / weights).astype(np.float32), *full.shape)


METHODS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "bilinear": bilinear,
    "local linear": local_linear,
    "local linear, small only": local_linear_small,
    "guided filter": guided,
    "joint bilateral": joint_bilateral,
}


def near_edges(lightness: np.ndarray) -> np.ndarray:
    down = np.abs(np.diff(lightness, axis=0, append=lightness[-1:]))
    right = np.abs(np.diff(lightness, axis=1, append=lightness[:, -1:]))
    strong = (np.maximum(down, right) >= EDGE_STEP)[..., None].astype(np.float64)
    return window_mean(strong, EDGE_REACH)[..., 0] > 1e-9


def measure(colorizer: Colorizer, image: bytes) -> np.ndarray:
    """CIEDE2000 (methods, model or truth, all pixels or near edges) of one photograph."""
    lab = rgb8_to_lab(decode_rgb(image))
    full = np.ascontiguousarray(lab[..., 0])
    known = colorizer.manifest
    size = working_size(*full.shape, known.input.side)
    size = tuple(side // known.input.multiple * known.input.multiple for side in size)
    small = resize_array(full, *size)[..., 0]
    prediction = colorizer.predict_lightness(small, full.shape)
    model = decode_smoothly(prediction, DEFAULT_OPTIONS, known.decode)
    truth = resize_array(np.ascontiguousarray(lab[..., 1:]), *model.shape[:2])
    edges = near_edges(full)
    rows = []
    for method in METHODS.values():
        for cells in (model, truth):
            joined = np.concatenate([full[..., None], method(cells, small, full)], axis=-1)
            difference = ciede2000(lab, joined)
            rows.append([difference.mean(), difference[edges].mean() if edges.any() else np.nan])
    return np.array(rows).reshape(len(METHODS), 2, 2)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--limit", type=int, default=100)
    arguments = parser.parse_args()
    colorizer = Colorizer.open(device="cpu")
    results = {}
    for data in arguments.data:
        photographs = list(read_folder(data) if data.is_dir() else read_photographs([data]))
        chosen = photographs[:: max(1, len(photographs) // arguments.limit)]
        found = np.stack([measure(colorizer, photograph.image) for photograph in chosen])
        mean = np.nanmean(found, axis=0)
        better = (found < found[:, :1]).mean(axis=0)
        results[data.stem] = {
            "photographs": len(chosen),
            "methods": {
                name: {
                    f"{source}, {where}": {
                        "ciede2000": round(float(mean[m, s, w]), 3),
                        "better_than_bilinear": round(float(better[m, s, w]), 2),
                    }
                    for s, source in enumerate(("model", "truth"))
                    for w, where in enumerate(("all", "edges"))
                }
                for m, name in enumerate(METHODS)
            },
        }
    publish("edges", results)


if __name__ == "__main__":
    main()
