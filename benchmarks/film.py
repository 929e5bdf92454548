"""Is the color of a film steady, and at what price? Against coloring frame by frame.

Photographs move in known ways (`moving.py`), so that every place can be followed without
estimating anything. Measured are, each over the clips of its kind:

- warp error: mean distance in ab between a place and itself 1 frame and 12 frames ago, where it is
  seen in both. Flicker, and what is slower than flicker.
- CDC, color distribution consistency (Liu et al. 2021, "Temporally consistent video colorization
  with deep feature propagation and self-regularization learning"): the Jensen-Shannon divergence of
  the histograms of R, G and B in frames 1, 2 and 4 apart; here times 1,000.
- colorfulness (Hasler, Suesstrunk 2003), and mean chroma: steadiness bought by gray would show.
- error: mean CIEDE2000 to the true color, of all pixels and of those within 4 of the border between
  layers: steadiness bought by smearing would show here.
- trail: something crosses a view that stands still. In what it has uncovered in the last 8
  frames, the mean distance in ab to the same view without it, colored in the same way.
- drift, in a long scene there and back: mean distance in ab between what is seen in the first
  frames and, of the same places, in the last.

python benchmarks/film.py [PHOTOGRAPH ...] [--frames 48] [--long 400]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from contract import publish
from moving import Clip, Layer, crossing, load, moving, pan, parallax, render

from autochrome.color import lab_to_rgb
from autochrome.metrics import ciede2000, colorfulness
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.pipeline.upsampling import apply_linear, linear_color
from autochrome.video.steady.colors import steady_colors

SAMPLES = sorted((Path(__file__).parents[1] / "samples" / "color").glob("*.jpg"))
OPTIONS = ColorizeOptions()
LAGS, STEPS = (1, 12), (1, 2, 4)
BORDER, UNCOVERED = 4, 8  # pixels, frames

Method = Callable[[Colorizer, list[np.ndarray]], list[np.ndarray]]


def frame_by_frame(colorizer: Colorizer, frames: list[np.ndarray]) -> list[np.ndarray]:
    colored = []
    for L in frames:
        prediction = colorizer.predict_lightness(L, L.shape)
        colored.append(apply_linear(linear_color(colorizer.decode(prediction, OPTIONS), L), L))
    return colored


def steady(colorizer: Colorizer, frames: list[np.ndarray]) -> list[np.ndarray]:
    """What Autochrome does."""
    size = frames[0].shape
    colors = steady_colors(colorizer, ((L, L) for L in frames), size, OPTIONS)
    return [apply_linear(color.coefficients, L) for L, color in colors]


METHODS: dict[str, Method] = {"frame by frame": frame_by_frame, "steady": steady}


def distance(ab: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.linalg.norm(ab - other, axis=-1)


def mean_where(values: np.ndarray, where: np.ndarray) -> float:
    return float(values[where].mean()) if where.any() else np.nan


def warp_error(colored: list[np.ndarray], clip: Clip, lag: int) -> float:
    errors = []
    for frame in range(lag, len(clip)):
        places, seen = clip.follow(frame, frame - lag)
        before = cv2.remap(colored[frame - lag], places, None, cv2.INTER_LINEAR)
        errors.append(mean_where(distance(before, colored[frame]), seen))
    return float(np.nanmean(errors))


def color_distribution_consistency(pictures: list[np.ndarray]) -> float:
    """CDC of (h, w, 3) uint8."""
    counts = [[np.bincount(band.ravel(), minlength=256) for band in rgb.T] for rgb in pictures]
    shares = np.array(counts) / pictures[0][..., 0].size
    steps = [divergence(shares[:-step], shares[step:]).mean() for step in STEPS]
    return float(np.mean(steps))


def divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence over the last axis, in nats."""
    middle = (p + q) / 2

    def relative(share: np.ndarray) -> np.ndarray:
        ratio = np.divide(share, middle, out=np.ones_like(share), where=share > 0)
        return (share * np.log(ratio)).sum(axis=-1)

    return (relative(p) + relative(q)) / 2


def near_borders(owner: np.ndarray) -> np.ndarray:
    kernel = np.ones((2 * BORDER + 1, 2 * BORDER + 1), np.uint8)
    layers = owner.astype(np.uint8)
    return cv2.dilate(layers, kernel) != cv2.erode(layers, kernel)


def measure(colored: list[np.ndarray], clip: Clip) -> dict[str, float]:
    lab = [np.dstack([L, ab]) for L, ab in zip(clip.lightness, colored, strict=True)]
    pictures = [np.rint(lab_to_rgb(frame).clip(0, 1) * 255).astype(np.uint8) for frame in lab]
    error, border = [], []
    for frame in range(0, len(clip), 6):
        truth = np.dstack([clip.lightness[frame], clip.ab[frame]])
        difference = ciede2000(truth, lab[frame])
        error.append(float(difference.mean()))
        border.append(mean_where(difference, near_borders(clip.owner[frame])))
    return {
        **{f"warp error {lag}": warp_error(colored, clip, lag) for lag in LAGS},
        "cdc x 1000": 1000 * color_distribution_consistency(pictures),
        "colorfulness": float(np.mean([colorfulness(rgb) for rgb in pictures])),
        "chroma": float(np.mean([np.linalg.norm(ab, axis=-1).mean() for ab in colored])),
        "error": float(np.mean(error)),
        "error at borders": float(np.nanmean(border)) if np.isfinite(border).any() else np.nan,
    }


def trail(method: Method, colorizer: Colorizer, layers: list[Layer]) -> float:
    """What something that has gone leaves of its color."""
    clip, empty = render(layers, noise=0.5), render(layers[:1], noise=0.5)
    with_it, without = (method(colorizer, c.lightness) for c in (clip, empty))
    left = []
    for frame in range(UNCOVERED, len(clip)):
        free = (clip.owner[frame] == 0) & (clip.owner[frame - UNCOVERED] == 1)
        left.append(mean_where(distance(with_it[frame], without[frame]), free))
    return float(np.nanmean(left))


def drift(method: Method, colorizer: Colorizer, photograph: np.ndarray, frames: int) -> float:
    there = pan(photograph, frames // 2).poses
    mask = np.ones(photograph.shape[:2], np.float32)
    clip = render([Layer(photograph, mask, there + there[::-1])], noise=2, flicker=0.02)
    colored = method(colorizer, clip.lightness)
    ends = zip(colored[: frames // 16], colored[::-1], strict=False)
    return float(np.mean([distance(first, last).mean() for first, last in ends]))


def clips_of(photographs: list[np.ndarray], index: int, frames: int) -> dict[str, Clip]:
    photograph = photographs[index]
    turned = photographs[index:] + photographs[:index]
    zoom = moving(photograph, frames, lambda time: {"zoom": 1.3 * 1.25**time})
    turn = moving(photograph, frames, lambda time: {"angle": 0.12 * time})
    return {
        "pan": render([pan(photograph, frames)], noise=0.5),
        "zoom": render([zoom], noise=0.5),
        "rotation, grain, flicker": render([turn], noise=2, flicker=0.02),
        "parallax": render(parallax(turned, frames), noise=0.5),
        "crossing": render(crossing(photograph, photographs[index - 1], frames), noise=0.5),
    }


def compare(paths: list[Path], frames: int, long: int) -> dict[str, dict[str, dict[str, float]]]:
    """Measures by kind of clip, by method."""
    colorizer = Colorizer.open(device="cpu")
    photographs = [load(path) for path in paths]
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    for index in range(len(photographs)):
        layers = crossing(photographs[index], photographs[index - 1], frames)
        for kind, clip in clips_of(photographs, index, frames).items():
            for name, method in METHODS.items():
                start = time.perf_counter()
                measures = measure(method(colorizer, clip.lightness), clip)
                if kind == "crossing":
                    measures["trail"] = trail(method, colorizer, layers)
                found.setdefault(kind, {}).setdefault(name, []).append(measures)
                print(paths[index].stem, kind, name, f"{time.perf_counter() - start:.1f} s")
        for name, method in METHODS.items() if long and index < 2 else ():
            measures = {"drift": drift(method, colorizer, photographs[index], long)}
            found.setdefault("there and back", {}).setdefault(name, []).append(measures)
    return {
        kind: {
            name: {key: float(np.nanmean([m[key] for m in rows])) for key in rows[0]}
            for name, rows in methods.items()
        }
        for kind, methods in found.items()
    }


def table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """Markdown: for each kind of clip, frame by frame / steady."""
    keys = [*next(iter(results.values()))["steady"], "trail", "drift"]
    lines = ["| frame by frame / steady | " + " | ".join(keys) + " |"]
    lines.append("|---|" + "---:|" * len(keys))
    for kind, methods in results.items():
        pairs = [[methods[name].get(key, np.nan) for name in METHODS] for key in keys]
        cells = [f"{a:.2f} / {b:.2f}" if np.isfinite([a, b]).all() else "" for a, b in pairs]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path, nargs="*", default=SAMPLES)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--long", type=int, default=400)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    results = compare(arguments.photographs, arguments.frames, arguments.long)
    publish("film", {"photographs": len(arguments.photographs), "measures": results})
    print(table(results))


if __name__ == "__main__":
    main()
