"""Hints where they count: in finished photographs, at full size."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from autochrome import ColorizeOptions, Colorizer, UsageError
from autochrome.color import reduce_chroma, rgb_to_lab
from autochrome.metrics import ciede2000
from autochrome.photo import open_photo, photo_from_array
from autochrome.pipeline import Hint
from autochrome.pipeline.regions import smooth_grain
from autochrome.pipeline.spread import hinted_places, reach_of_hints, spread_hints

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.jpg"))


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.open(device="cpu", num_threads=1)


def _lab(pixels):
    return rgb_to_lab(pixels / np.iinfo(pixels.dtype).max)


def _colored(colorizer, pixels, *hints, **options):
    return _lab(colorizer.colorize(pixels, ColorizeOptions(hints=hints, **options)))


def _miss(lab, hint):
    """CIEDE2000 between a hinted place and the color asked for, as far as L* allows."""
    found = lab[int(hint.y), int(hint.x)]
    return ciede2000(reduce_chroma(np.array([found[0], *hint.ab])), found)


def _two_regions(left, right, size=(240, 320)):
    pixels = np.full(size, left, dtype=np.uint8)
    pixels[:, size[1] // 2 :] = right
    noise = np.random.default_rng(0).normal(0, 2, size)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_hinted_places_have_their_color_in_the_written_file(colorizer, path, tmp_path):
    """At places drawn from the photograph, half of them on its strongest edges."""
    photo = open_photo(path)
    L = _lab(np.asarray(colorizer.colorize(_gray(path))))[..., 0]
    rng = np.random.default_rng(0)
    fit = (L > 10) & (L < 95)  # beyond, 8 bits and the margin of the gamut leave hardly a color
    steep = np.hypot(*np.gradient(L)) * fit
    places = [
        *rng.choice(np.flatnonzero(fit), 2),
        *rng.choice(np.argsort(steep.ravel())[-2000:], 2),
    ]
    hints = tuple(
        Hint(int(place) % photo.width, int(place) // photo.width, color)
        for place, color in zip(places, ("#b03030", "#3060a0", "#808080", "#50a050"), strict=True)
    )
    written = colorizer.colorize(path, ColorizeOptions(hints=hints), output=tmp_path / "new.png")
    lab = _lab(open_photo(written).read().numpy())
    assert max(_miss(lab, hint) for hint in hints) < 3


def _gray(path):
    return open_photo(path).read().colourspace("b-w").numpy()


@pytest.mark.parametrize(("left", "right"), [(90, 150), (200, 120), (40, 90)])
def test_a_hint_fills_its_region_and_stops_at_the_edge(colorizer, left, right):
    pixels = _two_regions(left, right)
    hint = Hint(80, 120, "#8a5a40")
    before = colorizer.predict(_lab(pixels[..., None].repeat(3, -1))[..., 0])
    wanted = np.array(hint.ab)
    after = colorizer.predict(
        _lab(pixels[..., None].repeat(3, -1))[..., 0], ColorizeOptions(hints=(hint,))
    )
    missing = np.linalg.norm(after - wanted, axis=-1) / np.linalg.norm(before - wanted, axis=-1)
    moved = np.linalg.norm(after - before, axis=-1) / np.linalg.norm(before - wanted, axis=-1)
    assert np.quantile(missing[:, :152], 0.95) < 0.2
    assert moved[:, 168:].max() < 0.1


def test_a_hint_beside_an_edge_stays_on_its_side(colorizer):
    pixels = _two_regions(90, 150)
    hint = Hint(154, 120, "#c03030")
    plain, colored = _colored(colorizer, pixels), _colored(colorizer, pixels, hint)
    assert _miss(colored, hint) < 3
    moved = np.linalg.norm(colored - plain, axis=-1)
    assert moved[:, 168:].max() < 0.1 * moved[:, :150].mean()


def test_gray_takes_the_color_of_a_region_away(colorizer):
    """The sky of this sample is predicted blue."""
    (path,) = (path for path in SAMPLES if "027307" in path.name)
    gray = _gray(path)
    sky = np.s_[60:90, 150:500]
    before = np.hypot(*np.moveaxis(_colored(colorizer, gray)[sky][..., 1:], -1, 0)).mean()
    hinted = _colored(colorizer, gray, Hint(50, 16, "#808080", percent=True))[sky]
    after = np.hypot(*np.moveaxis(hinted[..., 1:], -1, 0)).mean()
    assert before > 5
    assert after < 0.2 * before


def test_several_hints_are_all_met(colorizer):
    pixels = _two_regions(110, 110)  # nothing but distance tells them apart
    hints = [
        Hint(80, 120, "#b04040"),
        Hint(240, 120, "#4060b0"),
        Hint(84, 120, "#40a040"),
        Hint(0, 0, "#808080"),
        Hint(319, 239, "#b08040"),
    ]
    lab = _colored(colorizer, pixels, *hints)
    assert max(_miss(lab, hint) for hint in hints) < 3
    assert lab[120, 40, 1] > 5  # red reaches where it is nearest
    assert lab[120, 280, 2] < -5  # and so does blue


def test_color_follows_shading(colorizer):
    """As paint does: less chroma in the shade, the same hue."""
    slope = np.tile(np.linspace(60, 200, 320), (240, 1)).astype(np.uint8)
    lab = _colored(colorizer, slope, Hint(160, 120, "#a06050"))
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    assert chroma[120, 120] < chroma[120, 160] < chroma[120, 200]
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    assert abs(hue[120, 120] - hue[120, 200]) < 3


def _all_at_once(ab, smooth, reaches, hints):
    """The weights of all hints at every place, in float64: what `lay_hints` sums one by one."""
    distances = np.stack([reach.distance.astype(np.float64) for reach in reaches])
    nearness = 1 / (distances**4 + 1e-15)
    shares = nearness / nearness.sum(axis=0)
    light = np.array([reach.lightness for reach in reaches])[:, None, None]
    shading = np.where(distances == 0, 1, np.minimum((smooth + 16) / (light + 16), 1.3))
    wanted = np.einsum("nhw,nc->hwc", shares * shading, [hint.ab for hint in hints])
    weight = np.exp(-(distances.min(axis=0) ** 4))[..., None]
    return ab + weight * (wanted - ab)


def _hints(rng, count):
    colors = rng.integers(0, 1 << 24, count)
    places = rng.uniform(0, 100, (count, 2))
    return [Hint(*at, f"#{c:06x}", percent=True) for at, c in zip(places, colors, strict=True)]


@pytest.mark.parametrize("count", [1, 2, 40])
def test_hints_weigh_as_if_all_were_laid_at_once(colorizer, count):
    rng = np.random.default_rng(count)
    lightness = np.cumsum(rng.normal(size=(48, 64)), axis=1).astype(np.float32) % 100
    prediction = colorizer.predict_lightness(lightness, lightness.shape)
    ab = rng.normal(scale=20, size=(48, 64, 2)).astype(np.float32)
    hints = _hints(rng, count)
    smooth = smooth_grain(lightness)
    reaches = list(reach_of_hints(prediction, hints))
    found = spread_hints(ab, prediction, hints)
    np.testing.assert_allclose(found, _all_at_once(ab, smooth, reaches, hints), 1e-5, 1e-4)


def test_memory_does_not_grow_with_the_number_of_hints(colorizer):
    rng = np.random.default_rng(0)
    lightness = rng.uniform(0, 100, (64, 96)).astype(np.float32)
    prediction = colorizer.predict_lightness(lightness, lightness.shape)
    ab = np.zeros((64, 96, 2), dtype=np.float32)
    hints = _hints(rng, 64)

    def peak(count):
        tracemalloc.start()
        spread_hints(ab, prediction, hints[:count])
        hinted_places(prediction, hints[:count])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(64) < peak(2) + 4 * lightness.nbytes


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (3, 5), (16, 16)])
def test_small_and_narrow_photographs(colorizer, shape):
    pixels = np.full(shape, 128, dtype=np.uint8)
    hint = Hint(shape[1] - 1, shape[0] - 1, "#b04040")
    assert _miss(_colored(colorizer, pixels, hint), hint) < 3


def test_hints_are_said_of_the_upright_photograph(colorizer):
    pixels = _two_regions(90, 150)
    turned = photo_from_array(np.rot90(pixels).copy(), orientation=6)  # turned clockwise to view
    options = ColorizeOptions(hints=(Hint(50, 120, "#b03030"),))
    upright = colorizer.color(photo_from_array(pixels), options).image.numpy()
    stored = colorizer.color(turned, options).image.numpy()
    assert np.abs(np.rot90(stored, -1).astype(int) - upright).max() <= 2


def test_outside_the_photograph(colorizer):
    with pytest.raises(UsageError, match="outside"):
        colorizer.colorize(
            np.zeros((10, 10), np.uint8), ColorizeOptions(hints=(Hint(10, 0, "#808080"),))
        )


def test_strength_fades_hints_and_saturation_does_not(colorizer):
    pixels, hint = _two_regions(110, 150), Hint(80, 120, "#b04040")
    faded = _colored(colorizer, pixels, hint, strength=0.5)[120, 80, 1:]
    np.testing.assert_allclose(faded, np.array(hint.ab) / 2, atol=1.5)
    assert _miss(_colored(colorizer, pixels, hint, saturation=0), hint) < 3
