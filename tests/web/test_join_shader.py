"""The shader against the numpy it is a twin of, for random L* and ab, in gamut and far out."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from autochrome.color import lab_to_rgb, reduce_chroma, rgb_to_lab

SIZE = 160

JOIN = """async ({
  gray, coefficients, width, height, strength, region, sourceWidth, sourceHeight,
}) => {
  const { createJoin } = await import("/join.js");
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const one = bytes(gray);
  const pixels = new Uint8ClampedArray(one.length * 4);
  one.forEach((value, i) => pixels.set([value, value, value, 255], 4 * i));
  const canvas = document.createElement("canvas");
  const join = createJoin(canvas);
  join.setPhoto(new ImageData(pixels, sourceWidth, sourceHeight));
  const halves = new Uint16Array(bytes(coefficients).buffer);
  join.setColor({ width, height, coefficients: halves });
  join.draw({ strength, region });
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  copy.getContext("2d").drawImage(canvas, 0, 0);
  const { data } = copy.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  join.dispose();
  return { width: canvas.width, height: canvas.height, data: Array.from(data) };
}"""


@pytest.fixture
def join_in_browser(open_page):
    page = open_page()

    def run(gray, coefficients, strength=1.0, region=None):
        answer = page.evaluate(
            JOIN,
            {
                "gray": base64.b64encode(gray.tobytes()).decode(),
                "coefficients": base64.b64encode(coefficients.astype("<f2").tobytes()).decode(),
                "width": coefficients.shape[1],
                "height": coefficients.shape[0],
                "sourceWidth": gray.shape[1],
                "sourceHeight": gray.shape[0],
                "strength": strength,
                **({"region": region} if region else {}),
            },
        )
        shape = (answer["height"], answer["width"], 4)
        return np.array(answer["data"], dtype=np.uint8).reshape(shape)[..., :3]

    return run


def lightness_of(gray):
    return rgb_to_lab(np.repeat(gray[..., None] / 255, 3, axis=-1))[..., 0]


def joined(gray, ab, strength=1.0):
    """What the shader is a twin of, in float64; `ab` before chroma is reduced."""
    lab = reduce_chroma(np.concatenate([lightness_of(gray)[..., None], ab], axis=-1))
    lab[..., 1:] *= strength
    return np.round(lab_to_rgb(lab).clip(0, 1) * 255)


def random_photo(seed):
    """Gray values and coefficients of the same size, so that nothing is interpolated."""
    rng = np.random.default_rng(seed)
    gray = rng.integers(0, 256, (SIZE, SIZE), dtype=np.uint8)
    slope = rng.uniform(-0.5, 0.5, (SIZE, SIZE, 2))
    offset = rng.uniform(-90, 90, (SIZE, SIZE, 2))
    coefficients = np.concatenate([slope, offset], axis=-1).astype(np.float16).astype(np.float64)
    ab = coefficients[..., :2] * lightness_of(gray)[..., None] + coefficients[..., 2:]
    return gray, coefficients, ab


@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_colors_are_those_of_python(join_in_browser, strength):
    gray, coefficients, ab = random_photo(1)
    outside = ((raw := lab_to_rgb(np.dstack([lightness_of(gray), ab]))) < 0) | (raw > 1)
    assert outside.any(axis=-1).mean() > 0.3  # or chroma would hardly be tested

    found = join_in_browser(gray, coefficients, strength)

    difference = np.abs(found - joined(gray, ab, strength)).max(axis=-1)
    assert (difference <= 1).mean() > 0.999
    assert (difference <= 2).mean() > 0.9999


def test_lightness_is_kept(join_in_browser):
    gray, coefficients, _ = random_photo(2)
    found = join_in_browser(gray, coefficients)
    moved = np.abs(rgb_to_lab(found / 255)[..., 0] - lightness_of(gray))
    # Half a level of red, green and blue is worth up to 0.8 of L* near black; as in Python.
    assert np.percentile(moved, 99.9) < 0.5
    assert moved[gray > 40].max() < 0.5


def test_without_color_or_strength_the_photograph_is_what_it_was(join_in_browser):
    gray, coefficients, _ = random_photo(3)
    expected = np.repeat(gray[..., None], 3, axis=-1)
    np.testing.assert_array_equal(join_in_browser(gray, np.zeros((4, 4, 4))), expected)
    np.testing.assert_array_equal(join_in_browser(gray, coefficients, strength=0), expected)


def test_coefficients_are_enlarged_as_libvips_enlarges_them(join_in_browser):
    """Against the very join that writes files, with centers aligned and edges repeated."""
    from autochrome.photo import from_array
    from autochrome.photo.arrays import to_array
    from autochrome.pipeline.join import join_color

    rng = np.random.default_rng(4)
    gray = rng.integers(40, 216, (120, 200), dtype=np.uint8)
    coefficients = rng.uniform(-1, 1, (6, 10, 4)) * [0.1, 0.1, 25, 25]
    coefficients = coefficients.astype(np.float16).astype(np.float32)
    image = from_array(np.repeat(gray[..., None], 3, axis=-1)).copy(interpretation="srgb")
    expected = to_array(join_color(image, coefficients))

    found = join_in_browser(gray, coefficients)

    difference = np.abs(found - expected.astype(np.float64)).max(axis=-1)
    assert (difference <= 2).mean() > 0.999


def test_a_region_is_joined_as_in_the_whole(join_in_browser):
    rng = np.random.default_rng(5)
    gray = rng.integers(0, 256, (80, 160), dtype=np.uint8)
    coefficients = rng.uniform(-1, 1, (5, 9, 4)) * [0.1, 0.1, 40, 40]
    whole = join_in_browser(gray, coefficients)
    region = {"x0": 0.25, "y0": 0.5, "x1": 0.75, "y1": 1}
    part = join_in_browser(gray[40:, 40:120].copy(), coefficients, region=region)
    assert np.abs(part - whole[40:, 40:120].astype(int)).max() <= 1


def test_a_lost_context_comes_back_with_its_picture(open_page):
    page = open_page()
    before, after = page.evaluate(
        """async () => {
          const { createJoin } = await import("/join.js");
          const canvas = document.createElement("canvas");
          const join = createJoin(canvas);
          const gray = new ImageData(new Uint8ClampedArray(4 * 4 * 4).fill(128), 4, 4);
          join.setPhoto(gray);
          const halves = new Uint16Array([0, 0, 0x5100, 0x5100]);  // a = b = 40
          join.setColor({ width: 1, height: 1, coefficients: halves });
          join.draw({ strength: 1 });
          const pixel = () => {
            const copy = new OffscreenCanvas(4, 4).getContext("2d");
            copy.drawImage(canvas, 0, 0);
            return Array.from(copy.getImageData(1, 1, 1, 1).data);
          };
          const first = pixel();
          const gl = canvas.getContext("webgl2");
          const extension = gl.getExtension("WEBGL_lose_context");
          const event = (name) => new Promise(
            (resolve) => canvas.addEventListener(name, resolve, { once: true }));
          const lost = event("webglcontextlost");
          extension.loseContext();
          await lost;
          const restored = event("webglcontextrestored");
          await new Promise((resolve) => setTimeout(resolve, 0));
          extension.restoreContext();
          await restored;
          return [first, pixel()];
        }"""
    )
    assert before[0] > before[2] + 40  # it was in color
    assert after == before


def test_without_webgl_a_person_is_told(open_page):
    page = open_page()
    message = page.evaluate(
        """async () => {
          const { createJoin } = await import("/join.js");
          try { createJoin({ getContext: () => null }); } catch (error) { return error.message; }
        }"""
    )
    assert "WebGL 2" in message
    assert "hardware acceleration" in message
