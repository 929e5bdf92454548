"""Colors taken over from a still."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from autochrome.color import lab_to_rgb
from autochrome.errors import UnreadablePhotoError, UsageError
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.pipeline.upsampling import apply_linear
from autochrome.video import Reference, parse_reference
from autochrome.video.retouch.reference import ReferencePainter, check_references
from autochrome.video.steady.colors import steady_colors

HEIGHT, WIDTH, STEP, FRAMES = 64, 96, 2, 21
SKY, SEA = np.float32([-5, -30]), np.float32([-25, 20])  # the true ab of light and dark


@pytest.fixture(scope="module")
def colorizer(tiny_model):
    return Colorizer.open(tiny_model, device="cpu")


def landscape() -> np.ndarray:
    """L* of a wide picture, light above and dark below, with something to hold on to."""
    noise = np.random.default_rng(1).normal(size=(HEIGHT, 3 * WIDTH))
    waves = 6 * cv2.GaussianBlur(noise, (0, 0), 3) + 0.5 * noise
    level = np.where(np.arange(HEIGHT)[:, None] < HEIGHT // 2, 75, 35)
    return (level + waves).astype(np.float32)


def pan() -> list[np.ndarray]:
    wide = landscape()
    return [wide[:, STEP * t : STEP * t + WIDTH].copy() for t in range(FRAMES)]


def truth(lightness: np.ndarray) -> np.ndarray:
    return np.where(lightness[..., None] > 55, SKY, SEA)


def still(path: Path, lightness: np.ndarray, ab: np.ndarray) -> Path:
    rgb = lab_to_rgb(np.concatenate([lightness[..., None], ab], axis=-1)).clip(0, 1)
    assert cv2.imwrite(str(path), np.rint(255 * rgb[..., ::-1]).astype(np.uint8))
    return path


def colors(colorizer, frames, painter=None) -> np.ndarray:
    size = frames[0].shape
    steady = steady_colors(colorizer, enumerate(frames), size, ColorizeOptions(), retouch=painter)
    return np.stack([apply_linear(color.coefficients, frames[i]) for i, color in steady])


def flicker(colored: np.ndarray) -> float:
    """Mean change of color of what moves by `STEP` pixels, from frame to frame."""
    moved = colored[1:, :, :-STEP] - colored[:-1, :, STEP:]
    return float(np.linalg.norm(moved, axis=-1).mean())


@pytest.fixture(scope="module")
def painted(colorizer, tmp_path_factory):
    """Without and with a still of the frame in the middle."""
    frames = pan()
    middle = frames[FRAMES // 2]
    photo = still(tmp_path_factory.mktemp("still") / "still.png", middle, truth(middle))
    painter = ReferencePainter(colorizer, ColorizeOptions(), {0: photo})
    return frames, colors(colorizer, frames), colors(colorizer, frames, painter)


def test_the_scene_takes_the_colors_of_the_still(painted):
    def error(colored):
        return np.linalg.norm(colored - np.stack([*map(truth, frames)]), axis=-1).mean()

    frames, plain, referenced = painted
    assert error(referenced) < 0.3 * error(plain)


def test_it_adds_no_flicker(painted):
    _, plain, referenced = painted
    contrast = np.linalg.norm(SKY - SEA)
    assert flicker(referenced) < flicker(plain) + 0.01 * contrast


def test_what_is_like_nothing_in_the_still_keeps_its_color(colorizer, tmp_path):
    lightness = np.full((HEIGHT, WIDTH), 20, dtype=np.float32)
    photo = still(tmp_path / "night.png", lightness, np.full((HEIGHT, WIDTH, 2), SEA))
    painter = ReferencePainter(colorizer, ColorizeOptions(), {0: photo})
    day = [np.full((HEIGHT, WIDTH), 80, dtype=np.float32)]
    plain, referenced = colors(colorizer, day), colors(colorizer, day, painter)
    assert np.abs(referenced - plain).max() < 0.5


def test_colors_stay_in_their_place_where_the_last_cells_are_cut(colorizer, tmp_path):
    """A border between cells of 4 pixels, near the right edge; of the last cell one is seen."""
    width, border = 93, 84
    lightness = landscape()[:, :width]
    lightness = lightness - lightness.mean(axis=1, keepdims=True) + 50
    lightness[:, border:] += 12
    photo = still(
        tmp_path / "still.png",
        lightness,
        np.where(np.arange(width)[None, :, None] < border, SEA, SKY) + 0 * lightness[..., None],
    )
    painter = ReferencePainter(colorizer, ColorizeOptions(), {0: photo})
    plain, referenced = (colors(colorizer, [lightness], p)[0] for p in (None, painter))
    toward = (referenced - plain) @ (SKY - SEA)
    change = toward.mean(axis=0)
    half = (change[60] + change[-1]) / 2
    assert change[border - 1] < half < change[border]


def test_a_still_changes_its_own_scene_only(colorizer, tmp_path):
    frame = landscape()[:, :WIDTH]
    photo = still(tmp_path / "still.png", frame, truth(frame))
    frames = [frame] * 5 + [100 - frame] * 5
    painter = ReferencePainter(colorizer, ColorizeOptions(), {1: photo})
    plain, referenced = colors(colorizer, frames), colors(colorizer, frames, painter)
    np.testing.assert_array_equal(plain[:5], referenced[:5])
    assert np.linalg.norm(plain[5:] - referenced[5:], axis=-1).mean() > 5


def test_a_gray_still_is_refused(colorizer, tmp_path):
    frame = landscape()[:, :WIDTH]
    photo = still(tmp_path / "gray.png", frame, np.zeros((HEIGHT, WIDTH, 2)))
    with pytest.raises(UsageError, match="not in color"):
        ReferencePainter(colorizer, ColorizeOptions(), {0: photo})


def test_a_missing_still_is_refused_before_any_work(tmp_path):
    with pytest.raises(UnreadablePhotoError):
        check_references([Reference(tmp_path / "missing.png", frame=0)])


def test_how_it_is_written():
    photo = Path("a=b.png")
    assert parse_reference("120=a=b.png") == Reference(photo, frame=120)
    assert parse_reference("1:30.5=a=b.png") == Reference(photo, seconds=90.5)
    assert parse_reference("12s=a=b.png") == Reference(photo, seconds=12)


@pytest.mark.parametrize("text", ["photo.png", "=photo.png", "120=", "-1=photo.png", "x=photo.png"])
def test_what_cannot_be_a_reference_is_refused(text):
    with pytest.raises(UsageError):
        parse_reference(text)
