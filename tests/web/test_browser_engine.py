"""The engine in the browser, against what Python makes of the same numbers and photographs."""

import base64
import shutil
from pathlib import Path

import numpy as np
import pytest

from autochrome import ColorizeOptions, Colorizer
from autochrome.color import ab_gamut, class_rebalancing_weights, decode_with_variance, rgb_to_lab
from autochrome.photo import open_photo, resize_array
from autochrome.pipeline.boldness import calm, halvings_of
from autochrome.pipeline.exposure import brightening, expose, exposure_gain
from autochrome.pipeline.highlights import spare_highlights
from autochrome.pipeline.prepare import default_side, pad_to_multiple, seen_side, working_size
from autochrome.pipeline.smoothing import smooth_color
from autochrome.pipeline.source_color import measure_color
from autochrome.pipeline.upsampling import follow_edges, linear_color
from autochrome.pipeline.windows import window_mean
from autochrome.web.static_site import write_static_site

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.jpg"))
OPTIONS = {
    "preset": "balanced",
    "temperature": None,
    "vividness": None,
    "saturation": 1,
    "strength": 1,
    "hints": [],
    "variant": None,
}
PAGE_CODE = Path(__file__).parents[2] / "src/autochrome/web/page"


@pytest.fixture(scope="module")
def modules(browser, serve_folder):
    """A function that calls JavaScript with a module of the engine and plain values."""
    page = browser.new_page()
    page.goto(f"{serve_folder(PAGE_CODE)}engines/browser/half.js")

    def call(module: str, function: str, **values):
        code = f"async (values) => ({function})(await import('/engines/browser/{module}'), values)"
        return page.evaluate(code, values)

    yield call
    page.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory, onnx_runtime_web, serve_folder):
    """Address of the page in the browser, with the flagship; in a folder, not at the root."""
    root = tmp_path_factory.mktemp("host")
    write_static_site(root / "color", runtime=onnx_runtime_web)
    return f"{serve_folder(root)}color/"


@pytest.fixture(scope="module")
def engine(browser, site):
    """A function that runs JavaScript with an engine opened once, `load` and `encoded`."""
    page = browser.new_page()
    page.goto(f"{site}model.json")
    page.evaluate("""async () => {
        const { openEngine } = await import("./engines/browser.js");
        window.engine = await openEngine();
        window.load = (name, text) =>
            new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name);
        window.encoded = (bytes) => {
            let text = "";
            for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
            return btoa(text);
        };
    }""")

    def call(function: str, **values):
        code = f"""(values) => Promise.race([
            ({function})(values),
            new Promise((_, reject) => setTimeout(reject, 120000, new Error("no answer"))),
        ])"""
        return page.evaluate(code, values)

    yield call
    page.close()


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.open(num_threads=1)


def image(array):
    """What the engine's modules take for (h, w) or (h, w, C)."""
    height, width = array.shape[:2]
    channels = array.shape[2] if array.ndim == 3 else 1
    data = array.astype(float).ravel().tolist()
    return {"width": width, "height": height, "channels": channels, "data": data}


def array(found):
    """The reverse, (h, w, C)."""
    data = np.array(found["data"], dtype=np.float64)
    return data.reshape(found["height"], found["width"], found["channels"])


TAKE = "const take = (i) => ({ ...i, data: Float32Array.from(i.data) });"
GIVE = "const give = (i) => ({ ...i, data: Array.from(i.data) });"


def test_half_floats_are_those_of_numpy(modules):
    rng = np.random.default_rng(0)
    values = np.concatenate([
        rng.normal(size=2000) * 10.0 ** rng.integers(-9, 6, 2000),
        np.arange(2048) * 2.0**-25,  # the smallest, and halfway between them
        1 + np.arange(64) * 2.0**-12,  # halfway between others
        [0, -0.0, 65503, 65519, 65520, 1e9, -1e9, np.inf, -np.inf, 2.0**-14, 2.0**-24],
    ]).astype(np.float32)  # fmt: skip
    bits = values.view(np.uint32).tolist()
    found = modules(
        "half.js",
        "({ toHalf }, { bits }) => "
        "Array.from(toHalf(new Float32Array(Uint32Array.from(bits).buffer)))",
        bits=bits,
    )
    with np.errstate(over="ignore"):
        expected = values.astype(np.float16).view(np.uint16)
    np.testing.assert_array_equal(np.array(found, dtype=np.uint16), expected)


def test_sizes_at_which_the_network_sees_photographs(modules):
    rng = np.random.default_rng(1)
    sizes = [(192, 192), (1, 1), (1, 5000), (333, 250), (500, 384), (1000, 3), (128, 65)]
    sizes += [(150, 170), (170, 180)]
    sizes += [tuple(map(int, size)) for size in rng.integers(1, 9000, (300, 2))]
    found = modules(
        "prepare.js",
        "({ workingSize }, { sizes }) => sizes.map(([h, w]) => workingSize(w, h, 192))",
        sizes=sizes,
    )
    sides = [default_side(height, width, 192) for height, width in sizes]
    expected = [working_size(*size, side) for size, side in zip(sizes, sides, strict=True)]
    assert [(size["height"], size["width"]) for size in found] == expected


def test_seen_side(modules):
    pairs = [
        ((128, 192), (160, 240)),
        ((9, 700), (9, 700)),
        ((900, 30), (640, 21)),
        ((1, 1), (160, 160)),
    ]
    found = modules(
        "prepare.js",
        """({ seenSide }, { pairs }) => pairs.map((pair) =>
            seenSide(...pair.map(([height, width]) => ({ width, height }))))""",
        pairs=pairs,
    )
    assert found == [seen_side(*pair) for pair in pairs]


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (16, 32), (17, 31), (5, 64)])
def test_padding_reflects(modules, size):
    lightness = np.random.default_rng(2).uniform(0, 100, size).astype(np.float32)
    found = modules(
        "prepare.js",
        f"({{ padToMultiple }}, {{ L }}) => {{ {GIVE} return give(padToMultiple(L, 16)); }}",
        L=image(lightness),
    )
    np.testing.assert_array_equal(array(found)[..., 0], pad_to_multiple(lightness, 16))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((12, 12), (12, 12)),
        ((12, 17), (48, 68)),  # larger
        ((48, 72), (12, 18)),  # smaller by a whole number
        ((190, 131), (48, 33)),  # by a broken one
        ((50, 7), (49, 9)),  # one up, one down
        ((1, 1), (5, 4)),
        ((7, 64), (1, 3)),
    ],
)
def test_resize_is_that_of_libvips(modules, old, new):
    values = np.random.default_rng(3).uniform(-100, 100, (*old, 3)).astype(np.float32)
    found = modules(
        "resize.js",
        f"({{ resize }}, {{ v, h, w }}) => {{ {GIVE} return give(resize(v, w, h)); }}",
        v=image(values),
        h=new[0],
        w=new[1],
    )
    np.testing.assert_allclose(array(found), resize_array(values, *new), atol=2e-4)


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (12, 7)])
@pytest.mark.parametrize("radius", [1, 3])
def test_window_means(modules, size, radius):
    values = np.random.default_rng(4).normal(size=(*size, 2))
    found = modules(
        "windows.js",
        f"({{ windowMean }}, {{ v, r }}) => {{ {GIVE} return give(windowMean(v, r)); }}",
        v=image(values),
        r=radius,
    )
    np.testing.assert_allclose(array(found), window_mean(values, radius), atol=1e-12)


@pytest.mark.parametrize("size", [(4, 4), (48, 64), (45, 67)])
def test_upsampling(modules, size):
    rng = np.random.default_rng(5)
    lightness = rng.uniform(0, 100, size).astype(np.float32)
    ab = rng.normal(scale=30, size=(*size, 2)).astype(np.float32)
    moved, line = modules(
        "upsampling.js",
        f"""({{ followEdges, linearColor }}, {{ ab, L }}) => {{
            {TAKE} {GIVE}
            return [give(followEdges(take(ab), take(L))), give(linearColor(take(ab), take(L)))];
        }}""",
        ab=image(ab),
        L=image(lightness),
    )
    np.testing.assert_allclose(array(moved), follow_edges(ab, lightness), atol=1e-3)
    np.testing.assert_allclose(array(line), linear_color(ab, lightness), atol=1e-3)


@pytest.mark.parametrize("border", [(0, 0, 0, 0), (12, 20, 30, 0), (9, 12, 0, 0), (30, 6, 6, 6)])
@pytest.mark.parametrize("exposure", [0, 0.5])
@pytest.mark.parametrize("top", [0, 2, 30, 60, 75, 77, 100])
def test_exposure(modules, top, exposure, border):
    lightness = np.random.default_rng(3).uniform(0, top, (110, 130)).astype(np.float32)
    lightness[50:55, 60:70] = 100  # a lamp: brightened, it is beyond white
    above, below, left, right = border
    lightness[:above], lightness[110 - below :] = 95, 95
    lightness[:, :left], lightness[:, 130 - right :] = 95, 95
    seen, by = modules(
        "exposure.js",
        f"""({{ exposureGain, expose, brightening }}, {{ L, exposure }}) => {{
            {TAKE}
            const lightness = take(L);
            const gain = exposureGain(lightness, exposure);
            return [Array.from(expose(lightness, gain).data), brightening(gain)];
        }}""",
        L=image(lightness),
        exposure=exposure,
    )
    gain = exposure_gain(lightness, exposure)
    np.testing.assert_allclose(seen, expose(lightness, gain).ravel(), atol=1e-4)
    assert by == pytest.approx(brightening(gain), rel=1e-6)


@pytest.mark.parametrize("passes", [0, 1, 3])
def test_smoothing(modules, passes):
    rng = np.random.default_rng(8)
    lightness = rng.uniform(50, 60, (12, 17)).astype(np.float32)
    ab = rng.normal(scale=8, size=(12, 17, 2)).astype(np.float32)
    variance = rng.uniform(0, 600, (12, 17)).astype(np.float32)
    found = modules(
        "smoothing.js",
        f"""({{ smoothColor }}, {{ ab, variance, L, passes }}) => {{
            {TAKE} {GIVE}
            return give(smoothColor(take(ab), Float32Array.from(variance), take(L), passes));
        }}""",
        ab=image(ab),
        variance=variance.ravel().tolist(),
        L=image(lightness),
        passes=passes,
    )
    expected = smooth_color(ab, variance, lightness, passes)
    np.testing.assert_allclose(array(found), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("temperature", "vividness"), [(0.38, 0), (0.38, -0.5), (1, 1), (0.02, -1), (0.1, 0.7)]
)
def test_decoding_of_the_same_logits(modules, temperature, vividness):
    centers = ab_gamut().centers
    logits = np.random.default_rng(6).normal(scale=4, size=(len(centers), 35)).astype(np.float32)
    ab, variance = modules(
        "decode.js",
        """({ decodeLogits }, { logits, ...how }) => {
            const { ab, variance } = decodeLogits(Float32Array.from(logits), how);
            return [Array.from(ab), Array.from(variance)];
        }""",
        logits=logits.ravel().tolist(),
        centers=centers.tolist(),
        temperature=temperature,
        vividness=vividness,
    )
    expected = decode_with_variance(logits.T, temperature=temperature, vividness=vividness)
    np.testing.assert_allclose(np.reshape(ab, (-1, 2)), expected[0], atol=1e-3)
    np.testing.assert_allclose(variance, expected[1], atol=0.02, rtol=1e-4)


def test_highlights_are_spared(modules):
    lightness = np.linspace(60, 100, 33, dtype=np.float32)
    answer = np.random.default_rng(6).normal(scale=4, size=(313, 33)).astype(np.float32)
    found = modules(
        "highlights.js",
        """({ spareHighlights }, { answer, lightness, centers }) => {
            const numbers = [answer, lightness].map((values) => Float32Array.from(values));
            return Array.from(spareHighlights(...numbers, 0.3, centers));
        }""",
        answer=answer.ravel().tolist(),
        lightness=lightness.tolist(),
        centers=ab_gamut().centers.tolist(),
    )
    expected = spare_highlights(answer.T, lightness, 0.3).T
    np.testing.assert_allclose(np.reshape(found, (313, 33)), expected, atol=1e-5)


@pytest.mark.parametrize(("seen", "power"), [(128, 0.2), (181, 0.1), (300, 0.2), (64, 0), (9, 0.3)])
def test_calm(modules, colorizer, seen, power):
    prior = colorizer.manifest.decode.prior
    answer = np.random.default_rng(6).normal(scale=4, size=(313, 6)).astype(np.float32)
    found = modules(
        "boldness.js",
        """({ calm, halvingsOf }, { answer, seen, power, weights }) =>
            Array.from(calm(Float32Array.from(answer), power * halvingsOf(256, seen), weights))""",
        answer=answer.ravel().tolist(),
        seen=seen,
        power=power,
        weights=class_rebalancing_weights(prior).tolist(),
    )
    expected = calm(answer.T, power * halvings_of(256, seen), prior).T
    np.testing.assert_allclose(np.reshape(found, (313, 6)), expected, atol=1e-5)


def test_lab_and_gray_of_every_level(modules):
    rng = np.random.default_rng(7)
    rgb = np.concatenate([rng.integers(0, 256, (500, 3)), np.arange(256)[:, None].repeat(3, 1)])
    rgba = np.concatenate([rgb, np.full((len(rgb), 1), 255)], axis=1)
    lab, gray = modules(
        "lightness.js",
        """({ labOf, makeGray }, { rgb, rgba }) => {
            const pixels = Uint8ClampedArray.from(rgba);
            makeGray(pixels);
            return [rgb.map((color) => labOf(...color)), Array.from(pixels)];
        }""",
        rgb=rgb.tolist(),
        rgba=rgba.ravel().tolist(),
    )
    expected = rgb_to_lab(rgb / 255)
    np.testing.assert_allclose(lab, expected, atol=1e-6)
    gray = np.reshape(gray, (-1, 4))
    np.testing.assert_array_equal(gray[500:, 0], np.arange(256))  # gray stays as it is
    assert (gray[:, 0] == gray[:, 1]).all()
    assert (gray[:, 0] == gray[:, 2]).all()
    lightness = rgb_to_lab(gray[:, :3] / 255)[:, 0]
    assert np.abs(lightness - expected[:, 0]).max() < 0.25  # half a level of 8 bits


def test_source_color(modules):
    rng = np.random.default_rng(8)
    lightness = rng.uniform(0, 100, (40, 30))
    noise = rng.normal(size=(40, 30, 2))
    warm = np.stack([lightness / 8, lightness / 5], axis=-1)
    pictures = {
        "gray": noise,
        "toned": noise + warm,
        "color": noise + rng.choice([-30, 30], (40, 30, 1)),
    }
    for kind, ab in pictures.items():
        lab = np.concatenate([lightness[..., None], ab], axis=-1).astype(np.float32)
        assert measure_color(lab).kind == kind
        found = modules(
            "source_color.js",
            f"({{ measureColor }}, {{ lab }}) => {{ {TAKE} return measureColor(take(lab)); }}",
            lab=image(lab),
        )
        assert found == kind


def encode(rgb, form, **options):
    import pyvips

    bands = rgb.reshape(*rgb.shape[:2], -1)
    picture = pyvips.Image.new_from_memory(
        np.ascontiguousarray(bands).tobytes(), bands.shape[1], bands.shape[0], bands.shape[2],
        "ushort" if bands.dtype == np.uint16 else "uchar",
    )  # fmt: skip
    kinds = ("b-w", "srgb") if bands.dtype == np.uint8 else ("grey16", "rgb16")
    picture = picture.copy(interpretation=kinds[bands.shape[2] >= 3])
    return picture.write_to_buffer(form, **options)


def pixels(data):
    import pyvips

    return pyvips.Image.new_from_buffer(data, "").numpy()


@pytest.mark.parametrize(
    "header",
    [
        (".png", {}, {"format": "png", "width": 37, "height": 21, "depth": 8}),
        (".jpg", {}, {"format": "jpg", "width": 37, "height": 21}),
        (
            ".webp",
            {"keep": "all"},
            {"format": "webp", "width": 37, "height": 21, "animated": False},
        ),
        (".webp", {"keep": "none"}, {"format": "webp", "width": 37, "height": 21}),
        (
            ".webp",
            {"keep": "none", "lossless": True},
            {"format": "webp", "width": 37, "height": 21},
        ),
        (".gif", {}, {"format": "gif", "width": 37, "height": 21}),
        (".tif", {}, {"format": "tif"}),
    ],
    ids=["png", "jpeg", "webp extended", "webp", "webp lossless", "gif", "tiff"],
)
def test_headers(modules, header):
    form, options, expected = header
    data = encode(np.zeros((21, 37, 3), np.uint8), form, **options)
    for end in (len(data), 8, 3):  # cut short, nothing is known, and nothing is thrown
        found = modules(
            "header.js",
            "({ readHeader }, { bytes }) => readHeader(Uint8Array.from(bytes).buffer)",
            bytes=list(data[:end]),
        )
        if end == len(data):
            assert {k: v for k, v in found.items() if v is not None} == expected
        else:
            assert found.get("width") is None


OPEN = """async ({ name, data, options }) => {
    const photo = await engine.open(load(name, data));
    const color = await engine.color(photo, options);
    await engine.close(photo);
    const { width, height, sourceColor, warnings, depth, gray } = photo;
    return {
        width: color.width, height: color.height,
        coefficients: encoded(color.coefficients.buffer),
        photo: { width, height, sourceColor, warnings, depth, gray: [gray.width, gray.height] },
    };
}"""


def color_of(engine, name, data, **options):
    found = engine(OPEN, name=name, data=base64.b64encode(data).decode(), options=OPTIONS | options)
    halves = np.frombuffer(base64.b64decode(found["coefficients"]), dtype=np.float16)
    return halves.reshape(found["height"], found["width"], 4).astype(np.float32), found["photo"]


def expected_color(colorizer, data, **options):
    """Coefficients and L* at working size, as Python has them."""
    prediction = colorizer.predict_distribution(open_photo(data))
    ab = colorizer.decode(prediction, ColorizeOptions(**options))
    return linear_color(ab, prediction.lightness), prediction.lightness


def difference(found, expected, lightness):
    """Distance in ab, at each pixel of the working size."""
    ab = [c[..., :2] * lightness[..., None] + c[..., 2:] for c in (found, expected)]
    return np.linalg.norm(ab[0] - ab[1], axis=-1)


@pytest.mark.parametrize("light", [1, 0.6], ids=["as it is", "underexposed"])
def test_network_and_decoding_of_the_same_lightness(engine, colorizer, light):
    """Everything but the decoding of the file: nothing but rounding may differ."""
    lightness = light * colorizer.predict_distribution(open_photo(SAMPLES[0])).lightness
    prediction = colorizer.predict_lightness(lightness, lightness.shape)
    options = ColorizeOptions(preset="vivid", temperature=0.3, saturation=1.2)
    found = engine(
        f"""async ({{ L, options }}) => {{
            {TAKE} {GIVE}
            const model = await (await fetch("model.json")).json();
            const {{ loadNetwork }} = await import("./engines/browser/network.js");
            const {{ decode }} = await import("./engines/browser/decode.js");
            const {{ padToMultiple }} = await import("./engines/browser/prepare.js");
            const lightness = take(L);
            const padded = padToMultiple(lightness, model.multiple);
            const {{ expose, exposureGain }} = await import("./engines/browser/exposure.js");
            const gain = exposureGain(lightness, model.exposure);
            const logits = await (await loadNetwork(model))(expose(padded, gain));
            const prediction = {{ lightness, padded, logits, exposureGain: gain }};
            return give(decode(prediction, options, model));
        }}""",
        L=image(lightness),
        options=OPTIONS | {"preset": "vivid", "temperature": 0.3, "saturation": 1.2},
    )
    expected = linear_color(colorizer.decode(prediction, options), lightness)
    assert difference(array(found), expected, lightness).max() < 1e-3
    assert np.linalg.norm(expected[..., 2:], axis=-1).max() > 10  # there is color to compare


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_color_of_a_png_is_that_of_python(engine, colorizer, sample):
    """libvips and we may round a small photograph to another level, 0.4 of L*.

    So much noise in L* moves the network's own answer by 0.09 to 0.45 on average, up to 3.3 in most
    samples; where it moves it further, that is the limit.
    """
    data = encode(pixels(sample.read_bytes()), ".png")
    found, photo = color_of(engine, "a.png", data)
    expected, lightness = expected_color(colorizer, data)
    distance = difference(found, expected, lightness)
    assert distance.mean() < 0.2
    noise = np.random.default_rng(0).choice([-0.4, 0, 0.4], lightness.shape).astype(np.float32)
    noisy = colorizer.predict_lightness((lightness + noise).clip(0, 100), lightness.shape)
    moved = difference(
        linear_color(colorizer.decode(noisy, ColorizeOptions()), lightness), expected, lightness
    )
    assert distance.max() < max(3.3, moved.max())
    height, width = open_photo(data).upright_size
    assert photo["sourceColor"] == "gray"
    assert (photo["width"], photo["height"]) == (width, height)


def test_color_of_a_large_jpeg_is_about_that_of_python(engine, colorizer):
    """libvips decodes it at a fraction of its size, the browser whole."""
    sample = np.kron(pixels(SAMPLES[1].read_bytes()), np.ones((4, 4), np.uint8))
    data = encode(sample, ".jpg")
    found, photo = color_of(engine, "a.jpg", data, preset="vivid")
    expected, lightness = expected_color(colorizer, data, preset="vivid")
    distance = difference(found, expected, lightness)
    assert distance.mean() < 0.35
    assert photo["gray"][0] * photo["gray"][1] <= 2e6 < photo["width"] * photo["height"]


def test_color_of_a_small_photograph_is_that_of_python(engine, colorizer):
    """Enlarged, a level of rounding is 0.4 of L* in a whole patch: 0.2 of ab on average."""
    assert colorizer.manifest.output.boldness > 0  # without it, it would not be the same at all
    data = encode(pixels(SAMPLES[2].read_bytes())[100:220, 100:260], ".png")
    found, _ = color_of(engine, "a.png", data)
    expected, lightness = expected_color(colorizer, data)
    assert difference(found, expected, lightness).mean() < 0.3


def test_stored_on_its_side(engine, colorizer):
    import pyvips

    sample = pyvips.Image.new_from_file(str(SAMPLES[0])).copy()
    sample.set_type(pyvips.GValue.gint_type, "orientation", 6)
    data = sample.write_to_buffer(".jpg", Q=95)
    found, photo = color_of(engine, "a.jpg", data)
    expected, lightness = expected_color(colorizer, data)
    assert (photo["height"], photo["width"]) == open_photo(data).upright_size
    assert photo["height"] > photo["width"]
    assert difference(found, expected, lightness).mean() < 0.2


SAVE = """async ({ name, data, format, options }) => {
    const photo = await engine.open(load(name, data));
    const saved = await engine.save(photo, options, format);
    await engine.close(photo);
    return [saved.name, saved.blob.type, encoded(await saved.blob.arrayBuffer())];
}"""


def saved(engine, name, data, form="", **options):
    text = base64.b64encode(data).decode()
    name, kind, text = engine(SAVE, name=name, data=text, format=form, options=OPTIONS | options)
    return name, kind, base64.b64decode(text)


def lab(rgb):
    return rgb_to_lab(rgb.astype(np.float64) / 255)


@pytest.mark.parametrize("strength", [1, 0.4])
def test_finished_file_is_that_of_python(engine, colorizer, strength):
    """Wider than a tile, so that a seam would show."""
    sample = pixels(SAMPLES[3].read_bytes()).squeeze()
    sample = np.tile(sample, (1, 4))[:, :2300]
    name, kind, data = saved(engine, "old.png", encode(sample, ".png"), strength=strength)
    assert (name, kind) == ("old.color.png", "image/png")
    found, alpha = np.split(pixels(data), [3], axis=-1)
    assert (alpha == 255).all()
    expected = colorizer.colorize(sample, ColorizeOptions(strength=strength))
    assert found.shape == expected.shape
    distance = np.linalg.norm(lab(found) - lab(expected), axis=-1)
    assert distance.mean() < 0.5
    assert distance[:, 2040:2056].mean() < 0.5  # about the seam
    moved = np.abs(lab(found)[..., 0] - rgb_to_lab(sample[..., None].repeat(3, -1) / 255)[..., 0])
    assert np.percentile(moved, 99.9) < 0.5


@pytest.mark.parametrize(
    ("name", "form", "expected"),
    [
        ("b.JPEG", "", ("b.color.JPEG", "image/jpeg")),
        ("b.webp", "", ("b.color.webp", "image/webp")),
        ("b.gif", "", ("b.color.png", "image/png")),
        ("b.png", "jpg", ("b.color.jpg", "image/jpeg")),
        ("b", "webp", ("b.color.webp", "image/webp")),
    ],
)
def test_formats_and_names(engine, name, form, expected):
    data = encode(np.full((40, 50), 128, np.uint8), ".png")
    *found, content = saved(engine, name, data, form)
    assert tuple(found) == expected
    assert pixels(content).shape[:2] == (40, 50)


def test_without_strength_it_is_gray(engine):
    gray = pixels(SAMPLES[0].read_bytes())[:64, :96]
    _, _, data = saved(engine, "a.png", encode(gray, ".png"), strength=0)
    np.testing.assert_allclose(pixels(data)[..., :3], gray.reshape(64, 96, 1).repeat(3, 2), atol=1)


DETAIL = """async ({ data, region }) => {
    const photo = await engine.open(load("old.png", data));
    const part = await engine.detail(photo, region);
    await engine.close(photo);
    const canvas = new OffscreenCanvas(part.width, part.height);
    canvas.getContext("2d").drawImage(part, 0, 0);
    return encoded(await (await canvas.convertToBlob()).arrayBuffer());
}"""


def test_a_part_is_the_photographs_own_pixels(engine):
    sample = np.kron(pixels(SAMPLES[4].read_bytes()).squeeze(), np.ones((3, 3), np.uint8))
    data = base64.b64encode(encode(sample, ".png")).decode()
    region = {"left": 700, "top": 400, "width": 301, "height": 203}
    part = pixels(base64.b64decode(engine(DETAIL, data=data, region=region)))
    np.testing.assert_array_equal(part[..., 0], sample[400:603, 700:1001])


ON_PAGE = """async ({ data, options }) => {
    const { Calls } = await import("./engines/browser/calls.js");
    const { call } = Calls.prototype;
    const photo = await engine.open(load("old.png", data));
    const bytes = async ({ blob }) => encoded(await blob.arrayBuffer());
    const byWorker = await bytes(await engine.save(photo, options, ""));
    Calls.prototype.call = function (method, ...rest) { // as a worker without WebGL answers
        return method === "save" ? Promise.resolve(null) : call.call(this, method, ...rest);
    };
    try {
        const saved = await engine.save(photo, options, "");
        return [saved.name, await bytes(saved), byWorker];
    } finally {
        Calls.prototype.call = call;
        await engine.close(photo);
    }
}"""


def test_where_a_worker_has_no_webgl_the_page_writes_the_same_file(engine):
    data = base64.b64encode(SAMPLES[0].read_bytes()).decode()
    name, on_page, by_worker = engine(ON_PAGE, data=data, options=OPTIONS | {"strength": 0.7})
    assert name == "old.color.png"
    found, expected = (pixels(base64.b64decode(text)) for text in (on_page, by_worker))
    np.testing.assert_array_equal(found, expected)


def test_alpha_is_kept(engine):
    rgba = np.full((40, 60, 4), 128, np.uint8)
    rgba[:, :30, 3] = 0
    _, _, data = saved(engine, "a.png", encode(rgba, ".png"))
    np.testing.assert_array_equal(pixels(data)[..., 3], rgba[..., 3])


def test_a_jpeg_of_what_is_transparent_is_laid_on_white(engine, colorizer):
    rgba = np.full((48, 96, 4), 128, np.uint8)
    rgba[..., 3] = np.repeat([0, 128, 255], 32)
    data = encode(rgba, ".png")
    _, _, jpeg = saved(engine, "a.png", data, "jpg", saturation=0)
    expected = colorizer.colorize_bytes(data, ".jpg", ColorizeOptions(saturation=0))
    inside = np.s_[16:32, [16, 48, 80]]  # away from the edges, about which JPEG rings
    found, expected = (pixels(file)[inside].mean(axis=(0, 2)) for file in (jpeg, expected))
    np.testing.assert_allclose(found, [255, 191, 128], atol=1.5)
    np.testing.assert_allclose(found, expected, atol=1.5)


def failure(engine, name, data):
    code = """async ({ name, data }) => {
        try { await engine.open(load(name, data)); } catch (error) { return error.message; }
    }"""
    return engine(code, name=name, data=base64.b64encode(data).decode())


def test_what_a_browser_cannot_read_is_said(engine):
    tiff = encode(np.zeros((20, 20), np.uint8), ".tif")
    message = failure(engine, "a.tif", tiff)
    assert "TIFF" in message
    assert "autochrome serve" in message
    assert "cannot read" in failure(engine, "a.jpg", b"not a photograph")
    assert "cannot read" in failure(engine, "a.jpg", SAMPLES[0].read_bytes()[:400])


def test_too_large_is_refused_by_its_header(engine):
    png = bytearray(encode(np.zeros((20, 20), np.uint8), ".png"))
    png[16:24] = (40000).to_bytes(4, "big") * 2
    assert "40000 x 40000 pixels" in failure(engine, "a.png", bytes(png))


def test_16_bits_are_warned_of(engine):
    deep = np.full((30, 30), 30000, np.uint16)
    _, photo = color_of(engine, "a.png", encode(deep, ".png"))
    assert photo["depth"] == 8
    assert "16 bits" in photo["warnings"][0]


def test_what_is_aborted_is_not_done(engine):
    data = base64.b64encode(encode(pixels(SAMPLES[0].read_bytes()), ".png")).decode()
    names, color = engine(
        """async ({ data, options }) => {
            const photo = await engine.open(load("a.png", data));
            const names = [];
            for (let i = 0; i < 5; i++) {
                const aborter = new AbortController();
                engine.color(photo, options, { signal: aborter.signal })
                    .catch((error) => names.push(error.name));
                aborter.abort();
            }
            const aborted = new AbortController();
            aborted.abort();
            await engine.save(photo, options, "", { signal: aborted.signal })
                .catch((error) => names.push(error.name));
            const color = await engine.color(photo, options);
            await engine.close(photo);
            return [names, color.width];
        }""",
        data=data,
        options=OPTIONS,
    )
    assert names == ["AbortError"] * 6
    assert color > 0


@pytest.fixture
def context(browser):
    """A browser that has been nowhere yet."""
    context = browser.new_context()
    yield context
    context.close()


def visit(page, address):
    """Look at a page until its service worker answers for it."""
    page.goto(address)
    page.evaluate("import('./engines/browser.js').then(({ openEngine }) => openEngine())")
    wait_until(page, "navigator.serviceWorker.controller")


def wait_until(page, condition):
    """Wait for a JavaScript expression to hold; the page's own policy forbids Playwright's way."""
    code = f"""async () => {{
        for (let i = 0; i < 600; i++) {{
            if ({condition}) return true;
            await new Promise((resolve) => setTimeout(resolve, 100));
        }}
        return false;
    }}"""
    assert page.evaluate(code), condition


def test_offline_after_the_first_visit(context, tmp_path, onnx_runtime_web, serve_folder):
    write_static_site(tmp_path / "color", runtime=onnx_runtime_web)
    page = context.new_page()
    visit(page, f"{serve_folder(tmp_path)}color/")
    context.set_offline(True)
    shutil.rmtree(tmp_path / "color")  # so that nothing comes from the server in whatever way
    page.reload()
    page.set_input_files("#files", SAMPLES[0])
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == f"{SAMPLES[0].stem}.color.jpg"
    found = lab(pixels(download.value.path().read_bytes()))
    assert found.shape == (452, 640, 3)
    assert np.abs(found[..., 1:]).mean() > 3


def test_nothing_is_asked_of_elsewhere(context, site):
    asked, complaints = [], []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    visit(page, site)
    assert any(url.endswith("model.onnx") for url in asked)
    assert {url for url in asked if not url.startswith((site, "blob:", "data:"))} == set()
    assert [text for text in complaints if "Content Security Policy" in text] == []


def test_a_new_version_comes_whole_at_the_next_visit(
    context, tmp_path, onnx_runtime_web, serve_folder, tiny_model
):
    folder = tmp_path / "color"
    write_static_site(folder, runtime=onnx_runtime_web, model=tiny_model)
    address = f"{serve_folder(tmp_path)}color/"
    page = context.new_page()
    visit(page, address)
    shutil.rmtree(folder)
    write_static_site(folder, runtime=onnx_runtime_web)
    name = "fetch('model.json').then((answer) => answer.json()).then(({ name }) => name)"
    page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update())")
    wait_until(page, "(await navigator.serviceWorker.getRegistration()).waiting")
    assert page.evaluate(name) == "tiny"  # as long as the page is open, it stays one
    page.close()
    names = []
    for _ in range(20):  # the browser takes its time to let the new one take over
        page = context.new_page()
        page.goto(f"{address}model.json")
        names.append(page.evaluate(name))
        kept = page.evaluate(
            "caches.keys().then(([key]) => caches.open(key))"
            ".then((cache) => cache.keys()).then((keys) => keys.length)"
        )
        page.close()
        if names[-1] == "lumiere":
            break
    assert names[-1] == "lumiere"
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "sw.js"]
    assert kept == len(files)  # of the old one, nothing is kept
