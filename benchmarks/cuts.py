"""Are cuts found, and only cuts? On photographs that move, go dark, flash and are cut together.

Each clip is a few frames of L*, with the frames at which a new scene begins. Kinds without a cut
are what is easily taken for one: fast pans, zooms, grain, flickering and flashing light, fades, a
black frame, something that covers the picture.

python benchmarks/cuts.py [PHOTOGRAPH ...]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from contract import publish
from film import SAMPLES
from moving import SIZE, crossing, load, moving, render

from autochrome.video.steady.cuts import follow

FRAMES = 6  # of each scene
Frames = list[np.ndarray]


def along(photograph: np.ndarray, step: float, frames: int = FRAMES, noise: float = 0.5) -> Frames:
    """A pan by `step` of the width of the frame from frame to frame, as far as there is room."""
    room = photograph.shape[1] / 1.5 / SIZE[1] - 1
    count = frames if step == 0 else max(2, min(frames, 1 + int(room / step)))
    reach = 1.5 * SIZE[1] * step * (count - 1) / 2
    pan = moving(photograph, count, lambda time: {"right": time * reach})
    return render([pan], noise=noise, seed=int(photograph.sum()) % 1000).lightness


def zooming(photograph: np.ndarray, step: float) -> Frames:
    zoom = moving(photograph, FRAMES, lambda time: {"zoom": 1.2 * (1 + step) ** (time * 2.5)})
    return render([zoom], noise=0.5).lightness


def as_light_as(frames: Frames, other: Frames) -> Frames:
    """Give frames the distribution of lightness of others."""
    ours, theirs = (np.quantile(clip, np.linspace(0, 1, 101)) for clip in (frames, other))
    return [np.interp(L, ours, theirs).astype(np.float32) for L in frames]


def faint(frames: Frames, level: float) -> Frames:
    """Little contrast, as in fog."""
    return [np.float32(level) + np.float32(0.2) * (L - L.mean()) for L in frames]


def dissolve(one: Frames, other: Frames) -> Frames:
    shares = np.linspace(0, 1, 14)
    return [(1 - share) * one[-1] + share * other[0] for share in shares.astype(np.float32)]


def covered(photograph: np.ndarray, thing: np.ndarray) -> Frames:
    still, across = crossing(photograph, thing, 30)
    across.mask[:] = 1
    return render([still, across], noise=0.5).lightness


def lit(frames: Frames, factors: list[float]) -> Frames:
    return [np.clip(L * factor, 0, 100) for L, factor in zip(frames, factors, strict=False)]


def clips(one: np.ndarray, other: np.ndarray) -> dict[str, tuple[Frames, list[int]]]:
    """Frames and the true cuts, by kind."""
    slow, next_slow = along(one, 0.01), along(other, 0.01)
    fast, next_fast = along(one, 0.05), along(other, 0.05)
    still = along(one, 0.002, 12)
    closer = render([moving(one, FRAMES, lambda time: {"zoom": 2.5, "right": 30})], 0.5).lightness
    white, black = np.full(SIZE, 100, np.float32), np.zeros(SIZE, np.float32)
    flash = [*still[:5], white, *still[6:]]
    down = [1, 0.8, 0.6, 0.4, 0.2, 0]
    return {
        "cut": (slow + next_slow, [len(slow)]),
        "cut between pans": (fast + next_fast, [len(fast)]),
        "cut, equally light": (slow + as_light_as(next_slow, slow), [len(slow)]),
        "cut, grain": (
            along(one, 0.01, noise=5) + along(other, 0.01, noise=5),
            [len(slow)],
        ),
        "cut, faint": (faint(slow, 30) + faint(next_slow, 60), [len(slow)]),
        "cut to a detail": (slow + closer, [len(slow)]),
        "cut over black": ([*slow, black, black, *next_slow], [len(slow) + 2]),
        **{f"pan, {step:.0%} a frame": (along(one, step), []) for step in (0.02, 0.05, 0.1, 0.15)},
        **{f"zoom, {step:.0%} a frame": (zooming(one, step), []) for step in (0.03, 0.08)},
        "flicker of 30 %": (lit(still, [1, 0.7, 1.3, 1, 1.3, 0.7] * 2), []),
        "flash": (lit(still, [1, 1, 1, 1, 1.8, 1.8, 1, 1, 1, 1]), []),
        "white frame": (flash, []),
        "two black frames": ([*still[:5], black, black, *still[7:]], []),
        "fade out and in": (lit(still, down + down[::-1]), []),
        "dissolve": (dissolve(slow, next_slow), []),
        "faint, grain": (faint(along(one, 0.02, noise=5), 50), []),
        "grain": (along(one, 0.02, noise=8), []),
        "covered by something": (covered(one, other), []),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path, nargs="*", default=SAMPLES)
    photographs = [load(path) for path in parser.parse_args().photographs]
    cv2.setNumThreads(1)
    kinds: dict[str, np.ndarray] = {}
    for index, photograph in enumerate(photographs):
        for kind, (frames, cuts) in clips(photograph, photographs[index - 1]).items():
            found = find_cuts(frames)
            right = len(set(cuts) & set(found))
            counts = np.array([len(cuts), right, len(found) - right, len(frames) - 1])
            kinds[kind] = kinds.get(kind, 0) + counts
    total = sum(kinds.values())
    print("| | cuts | found | false | of frames |\n|---|---:|---:|---:|---:|")
    for kind, counts in kinds.items():
        print(f"| {kind} | " + " | ".join(str(count) for count in counts) + " |")
    names = ("cuts", "found", "false", "frames")
    publish(
        "cuts",
        {
            "photographs": len(photographs),
            "recall": round(float(total[1] / total[0]), 3),
            "precision": round(float(total[1] / (total[1] + total[2])), 3),
            "kinds": {k: dict(zip(names, map(int, v), strict=True)) for k, v in kinds.items()},
        },
    )


def find_cuts(frames: Frames) -> list[int]:
    return [frame.item for frame in follow(enumerate(frames)) if frame.maps is None and frame.item]


if __name__ == "__main__":
    main()
