import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autochrome.color import lab_to_rgb, reduce_chroma, rgb_to_lab
from autochrome.photo import open_photo
from autochrome.pipeline.source_color import measure_color

SAMPLES = Path(__file__).parents[2] / "samples"
GRAY = sorted(SAMPLES.glob("*.jpg"))
COLOR = sorted((SAMPLES / "color").glob("*.jpg"))

# How printers toned: L*, a, b of shadows, middle tones and lights.
TONES = {
    "sepia": [(0, 2, 4), (40, 12, 26), (80, 6, 22), (100, 1, 8)],
    "cyanotype": [(0, 2, -15), (40, -4, -38), (80, -8, -16), (100, -1, -2)],
    "selenium": [(0, 6, -2), (50, 9, -1), (100, 0, 1)],
    "split": [(0, -2, -14), (50, 0, 0), (100, 4, 18)],
    "yellowed": [(0, 1, 3), (100, 2, 18)],
}


def _toned(path, tone):
    """The JPEG file of a print: toned, unevenly, with grain in its color."""
    gray = np.asarray(Image.open(path).convert("L"))[..., None].repeat(3, axis=-1) / 255
    lightness = rgb_to_lab(gray)[..., 0]
    levels, *planes = zip(*TONES[tone], strict=True)
    ab = np.stack([np.interp(lightness, levels, plane) for plane in planes], axis=-1)
    ab *= np.linspace(0.8, 1.2, ab.shape[1])[:, None]
    ab += np.random.default_rng(0).normal(size=ab.shape) * 2
    lab = reduce_chroma(np.concatenate([lightness[..., None], ab], axis=-1))
    pixels = np.rint(lab_to_rgb(lab).clip(0, 1) * 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=80)
    return file.getvalue()


def _measure(source):
    return measure_color(open_photo(source).read_lab(144, 192))


@pytest.mark.parametrize("path", GRAY, ids=lambda path: path.stem)
def test_gray_photographs(path):
    found = _measure(path)
    assert (found.kind, found.chroma, found.spread) == ("gray", 0, 0)


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("path", GRAY[:3], ids=lambda path: path.stem)
def test_toned_photographs_are_not_color(path, tone):
    assert _measure(_toned(path, tone)).kind == "toned"


@pytest.mark.parametrize("path", COLOR, ids=lambda path: path.stem)
def test_color_photographs(path):
    assert _measure(path).kind == "color"


def test_slight_cast_is_gray():
    lab = np.full((20, 30, 3), (50, 1, 3), dtype=np.float32)
    assert measure_color(lab).kind == "gray"


def test_what_is_measured():
    """Half of the pixels blue, half orange, all of one lightness: one tone fits neither."""
    lab = np.full((20, 30, 3), (50, 12, 16), dtype=np.float32)
    lab[:, :15, 1:] *= -1
    found = measure_color(lab)
    assert (found.kind, found.chroma, found.spread) == ("color", 20, 20)
    lab[:, :15, 0] = 90  # each lightness has its own now
    assert measure_color(lab).kind == "toned"
    assert measure_color(lab).spread == 0
