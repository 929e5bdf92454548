"""Skin in photographs of faces: where it is, and how far the predicted color is from its own.

Skin is found in the truth, by a rule: the middle of the picture, half as wide and half as high, and
there each pixel whose hue angle is between 20 and 85 degrees and whose chroma is between 8 and 45.
Measured skin of every origin lies well inside (Xiao et al. 2017, "Characterising the variations
in ethnic skin colours", and Thong et al. 2023, "Beyond skin tone", who part red from yellow skin
at a hue of 55 degrees); the rule is wider because the light of photographs is seldom neutral. A
photograph counts if at least a tenth of its middle passes. What is compared is the finished
picture, in 8 bits and inside sRGB, as a person sees it.

Its limits: hair, wood and cloth of such colors pass too; skin in blue shade or in the gray of
a highlight does not; what passes was chosen by its chroma, so that a model that answers with the
mean of all skin seems too weak where skin is vivid and too strong where it is pale. L* of a pixel
is as much about light as about skin, hence a second count by the median L* of each face, which
is about exposure too.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SKIN_SOURCES = (
    "utkface",
    "youtube_faces",
    "mp_portraits",
    "imfdb_faces",
    "caltech_faces_sr",
    "speakers_fossasia",
)
"""Collections of faces that are looked for by default."""

HUES = (20.0, 85.0)
CHROMAS = (8.0, 45.0)
LEAST_SHARE = 0.1
BANDS = (0, 30, 45, 60, 75, 100)
"""Edges, in L*."""

LEAST_CHROMA = 5.0
"""Below it a color has hardly a hue."""

BLEACHED = 0.5
"""A pixel is bleached if it has less than this share of its true chroma."""


class SkinSums(NamedTuple):
    """What a photograph adds: (len(BANDS) - 1, len(COLUMNS)) sums of `COLUMNS` in each band.

    In ``by_pixel`` each pixel is in the band of its own L*, in ``by_face`` all are in that of their
    median.
    """

    by_pixel: NDArray[np.float64]
    by_face: NDArray[np.float64]


COLUMNS = (
    "pixels",
    "true_chroma",
    "predicted_chroma",
    "chroma_error",
    "absolute_chroma_error",
    "bleached",
    "skin_colored",
    "hue_pixels",
    "hue_error",
    "absolute_hue_error",
)
"""What is summed up over pixels; hues only over ``hue_pixels``, whose predicted color has one."""


def measure_skin(lab: NDArray[np.floating], true_lab: NDArray[np.floating]) -> SkinSums | None:
    """Measure the skin of one photograph, (H, W, 3) Lab each; None if it shows too little."""
    skin = find_skin(true_lab)
    if not skin.any():
        return None
    values = _pixel_values(lab[skin], true_lab[skin])
    lightness = true_lab[..., 0][skin]
    return SkinSums(
        _sum_by_band(values, lightness),
        _sum_by_band(values, np.full_like(lightness, np.median(lightness))),
    )


def find_skin(true_lab: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Mark the skin of a face in the middle of a photograph, (H, W); nothing if too little."""
    height, width = true_lab.shape[:2]
    middle = np.zeros((height, width), np.bool_)
    middle[height // 4 : height - height // 4, width // 4 : width - width // 4] = True
    skin = middle & has_skin_color(true_lab)
    return skin if skin.sum() >= LEAST_SHARE * middle.sum() else np.zeros_like(middle)


def has_skin_color(lab: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which colors (..., 3) skin may have."""
    chroma, hue = _chroma(lab), _hue(lab)
    within = (HUES[0] <= hue) & (hue <= HUES[1]) & (CHROMAS[0] <= chroma) & (chroma <= CHROMAS[1])
    return np.asarray(within)


def _pixel_values(lab: NDArray[np.floating], true_lab: NDArray[np.floating]) -> NDArray[np.float64]:
    """Compute `COLUMNS` of pixels (N, 3): (N, len(COLUMNS))."""
    chroma, true_chroma = _chroma(lab), _chroma(true_lab)
    chroma_error = chroma - true_chroma
    has_hue = chroma > LEAST_CHROMA
    hue_error = np.where(has_hue, (_hue(lab) - _hue(true_lab) + 180) % 360 - 180, 0)
    columns = {
        "pixels": np.ones(len(lab)),
        "true_chroma": true_chroma,
        "predicted_chroma": chroma,
        "chroma_error": chroma_error,
        "absolute_chroma_error": np.abs(chroma_error),
        "bleached": chroma < BLEACHED * true_chroma,
        "skin_colored": has_skin_color(lab),
        "hue_pixels": has_hue,
        "hue_error": hue_error,
        "absolute_hue_error": np.abs(hue_error),
    }
    return np.stack([columns[name] for name in COLUMNS], axis=1, dtype=np.float64)


def _sum_by_band(
    values: NDArray[np.float64], lightness: NDArray[np.floating]
) -> NDArray[np.float64]:
    # White itself belongs to the last band.
    bands = np.digitize(lightness, BANDS[1:-1])
    return np.stack([values[bands == band].sum(axis=0) for band, _ in enumerate(pairwise(BANDS))])


def _chroma(lab: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(np.hypot(lab[..., 1], lab[..., 2]))


def _hue(lab: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the hue angle in degrees, from -180 to 180."""
    return np.asarray(np.degrees(np.arctan2(lab[..., 2], lab[..., 1])))
