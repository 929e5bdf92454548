"""Show flicker, and how little of it is left: one line of a film over time, in color.

A photograph that slowly grows is a film, with the grain of old ones and light that trembles a
little. Of every frame the middle column is taken, and they are put side by side: time runs to the
right. Left each frame is colored by itself, right as a film. Needs the extra ``video``::

    python examples/film_slice.py samples/color/documerica_556205.jpg docs/film-slice.jpg
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pyvips

from autochrome import Colorizer
from autochrome.video import colorize_frames

FRAMES, GROWTH = 120, 0.15
GRAIN, TREMBLING = 6, 0.01
SHORT_SIDE, WIDER = 288, 3


def film(photograph: Path) -> list[np.ndarray]:
    """Frames in gray, (H, W) uint8."""
    gray = cv2.imread(str(photograph), cv2.IMREAD_GRAYSCALE)
    scale = SHORT_SIDE / min(gray.shape)
    gray = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng(0)
    frames = []
    for index in range(FRAMES):
        center = (gray.shape[1] / 2, gray.shape[0] / 2)
        grown = cv2.getRotationMatrix2D(center, 0, 1 + GROWTH * index / FRAMES)
        frame = cv2.warpAffine(gray, grown, gray.shape[::-1], flags=cv2.INTER_CUBIC)
        light = 1 + TREMBLING * rng.normal()
        frame = frame * light + rng.normal(scale=GRAIN, size=frame.shape)
        frames.append(np.rint(frame.clip(0, 255)).astype(np.uint8))
    return frames


def over_time(frames: list[np.ndarray]) -> np.ndarray:
    """Put the middle columns of all frames side by side."""
    columns = [frame[:, frame.shape[1] // 2] for frame in frames]
    return np.repeat(np.stack(columns, axis=1), WIDER, axis=1)


def main() -> None:
    """Write the picture."""
    photograph, picture = map(Path, sys.argv[1:])
    colorizer = Colorizer.open()
    frames = film(photograph)
    singly = [colorizer.colorize(frame) for frame in frames]
    together = list(colorize_frames(frames, colorizer=colorizer))
    gap = np.full((frames[0].shape[0], 4 * WIDER, 3), 255, np.uint8)
    sides = np.concatenate([over_time(singly), gap, over_time(together)], axis=1)
    pyvips.Image.new_from_array(sides).write_to_file(str(picture), Q=92, strip=True)


if __name__ == "__main__":
    main()
