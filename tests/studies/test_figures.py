import json
import shutil
from io import BytesIO

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from autochrome.cli.main import cli
from autochrome.color import ab_gamut, decode_logits, max_chroma, rgb_to_lab
from autochrome.errors import OutputError, UnreadablePhotoError, UsageError
from autochrome.nn import HeadSettings, build_system
from autochrome.studies.figures import FIGURES, draw_figures
from autochrome.studies.figures.ab_plane import LIMIT, bin_extent, bin_image
from autochrome.studies.figures.annealed_mean import ambiguous_cell
from autochrome.studies.figures.channels import detail, signed_map
from autochrome.studies.figures.gamut import gamut_slice
from autochrome.studies.figures.network import Skip, describe
from autochrome.studies.figures.rgb_grid import busiest_window
from autochrome.studies.figures.soft_encoding import colorful_pixel
from autochrome.studies.figures.subject import LONG_SIDE, read_picture

LARGEST = 400_000


def picture(height=60, width=80):
    """A colorful ramp with a sharp red square."""
    rows, columns = np.mgrid[:height, :width]
    rgb = np.stack([3 * rows, 200 - 2 * columns, 40 + 2 * columns], axis=-1).astype(np.uint8)
    rgb[20:30, 50:60] = (220, 20, 30)
    return rgb


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    Image.fromarray(picture()).save(folder / "color.png")
    Image.fromarray(picture()[..., 0]).save(folder / "gray.png")
    return folder / "color.png", folder / "gray.png"


@pytest.fixture(scope="module")
def drawn(paths, tiny_model, tmp_path_factory):
    """All figures, by name, of a color and a gray photograph."""
    output = tmp_path_factory.mktemp("figures")
    files = draw_figures(output, paths, tiny_model)
    return {path.stem: path.read_bytes() for path in files}


def test_every_figure_is_there_and_not_blank(drawn):
    assert list(drawn) == list(FIGURES)
    for name, content in drawn.items():
        image = Image.open(BytesIO(content))
        assert image.format == "PNG"
        assert not image.info.keys() & {"Software", "Creation Time"}, name
        pixels = np.asarray(image.convert("RGB"))
        assert pixels.std() > 10, name
        assert (pixels == 255).all(axis=-1).mean() < 0.95, name
        assert len(content) <= LARGEST, name


@pytest.fixture
def only(monkeypatch):
    """Draw some of the figures only."""

    def choose(*names):
        some = {name: FIGURES[name] for name in names}
        monkeypatch.setattr("autochrome.studies.figures.draw.FIGURES", some)

    return choose


def test_the_same_command_gives_the_same_bytes(drawn, paths, tiny_model, tmp_path, only):
    names = ("rgb_grid", "prior", "annealed_mean", "before_after")
    only(*names)
    arguments = ["figures", "-o", str(tmp_path / "new"), "--model", str(tiny_model)]
    result = CliRunner().invoke(cli, [*arguments, *map(str, paths)])
    assert result.exit_code == 0, result.output
    assert result.stdout.split() == [str(tmp_path / "new" / f"{name}.png") for name in names]
    for name in names:
        assert (tmp_path / "new" / f"{name}.png").read_bytes() == drawn[name], name


def test_figures_of_a_gray_photograph_are_refused(paths, tiny_model, tmp_path):
    with pytest.raises(UsageError, match=r"gray\.png is gray"):
        draw_figures(tmp_path / "out", paths[::-1], tiny_model)
    assert not (tmp_path / "out").exists()


# block: layers, channels, side of the output at 256, stride of the last layer, dilation
ZHANG_2016 = {
    "conv1": (2, 64, 128, 2, 1),
    "conv2": (2, 128, 64, 2, 1),
    "conv3": (3, 256, 32, 2, 1),
    "conv4": (3, 512, 32, 1, 1),
    "conv5": (3, 512, 32, 1, 2),
    "conv6": (3, 512, 32, 1, 2),
    "conv7": (3, 512, 32, 1, 1),
    "conv8": (3, 256, 64, 1, 1),
    "head": (1, 313, 64, 1, 1),
}


def test_the_layers_are_those_of_the_release():
    network = describe("zhang2016")
    found = {
        name: (len(layers), layers[-1].channels, layers[-1].height, layers[-1].stride,
               layers[-1].dilation)
        for name, layers in network.blocks.items()
    }  # fmt: skip
    assert found == ZHANG_2016
    assert all(layer.height == layer.width for layer in network.layers)
    assert [layer.kernel for layer in network.blocks["conv8"]] == [4, 3, 3]
    assert [layer.transposed for layer in network.blocks["conv8"]] == [True, False, False]
    assert network.num_parameters == pytest.approx(32.24e6, rel=2e-4)
    assert network.skips == ()


def test_the_sizes_are_those_of_a_real_run():
    import torch

    prior = np.full(ab_gamut().num_bins, 1 / ab_gamut().num_bins)
    system = build_system("lumiere", HeadSettings(prior=prior)).eval()
    sizes = []
    for module in system.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda _, __, output: sizes.append(output.shape[1:]))
    with torch.inference_mode():
        system(torch.zeros(1, 1, 32, 32))
    layers = describe("lumiere", 32).layers
    assert [(layer.channels, layer.height, layer.width) for layer in layers] == sizes


def test_the_skips_are_those_of_the_u_net():
    assert describe("lumiere").skips == (Skip("down8", "narrow8"), Skip("stem", "narrow4"))
    assert describe("lumiere_plain").skips == describe("lumiere").skips


@pytest.mark.parametrize("lightness", [25, 50, 75])
def test_a_gamut_slice_ends_where_chroma_does(lightness):
    found = gamut_slice(lightness, samples=120)
    step = 2 * LIMIT / 120
    hue = np.linspace(-np.pi, np.pi, 60)
    chroma = max_chroma(lightness, hue)
    for reach, expected in ((0.5, True), (1.1, False)):
        a, b = reach * chroma * np.cos(hue), reach * chroma * np.sin(hue)
        index = tuple(((value + LIMIT) / step).astype(int) for value in (b, a))
        assert (found.inside[index] == expected).mean() > 0.95
    lab = rgb_to_lab(found.rgb[found.inside].clip(0, 1))
    np.testing.assert_allclose(lab[:, 0], lightness, atol=1e-3)
    rows, columns = np.nonzero(found.inside)
    np.testing.assert_allclose(lab[:, 1], (columns + 0.5) * step - LIMIT, atol=1e-2)
    np.testing.assert_allclose(lab[:, 2], (rows + 0.5) * step - LIMIT, atol=1e-2)


def test_every_bin_lies_in_its_place():
    centers = ab_gamut().centers
    left, right, bottom, top = bin_extent()
    for axis in (0, 1):
        image = bin_image(centers[:, axis])
        rows, columns = image.shape
        x = left + (np.arange(columns) + 0.5) * (right - left) / columns
        y = bottom + (np.arange(rows) + 0.5) * (top - bottom) / rows
        expected = np.broadcast_to((x[None], y[:, None])[axis], image.shape)
        there = np.isfinite(image)
        assert there.sum() == len(centers)
        np.testing.assert_array_equal(image[there], expected[there])


@pytest.mark.parametrize("name", ["a*", "b*"])
def test_a_signed_map_rises_evenly_and_is_gray_in_the_middle(name):
    lab = rgb_to_lab(signed_map(name)(np.arange(256))[:, :3])
    steps = np.diff(lab[:, 0])
    assert np.delete(steps, 127).min() > 0.15
    assert np.ptp(np.delete(steps, 127)) < 0.15
    np.testing.assert_allclose(lab[127:129, 1:], 0, atol=0.1)
    channel = 1 if name == "a*" else 2
    assert lab[0, channel] < -15 < 15 < lab[-1, channel]


def test_detail_by_hand():
    lab = np.zeros((2, 3, 3))
    lab[0, 1] = (1, 7, -7)  # differs from three neighbors, of seven pairs in all
    np.testing.assert_allclose(detail(lab), [3 / 7, 3, 3])


def test_the_busiest_window_is_at_the_edge_of_color():
    top, left, height, width = busiest_window(picture())
    assert (height, width) == (9, 9)
    assert 12 <= top <= 28
    assert 42 <= left <= 58
    assert busiest_window(picture()[:5, :4]) == (0, 0, 5, 4)


def test_the_ambiguous_cell_has_mean_and_mode_furthest_apart():
    logits = np.random.default_rng(0).normal(0, 1, (10, 12, ab_gamut().num_bins))
    logits[..., 0] += 12
    logits[0, 0] = 0  # at the border: left out
    blue = ((ab_gamut().centers - (50, -90)) ** 2).sum(axis=-1).argmin()
    logits[6, 4] = 0
    logits[6, 4, blue] = 1
    assert ambiguous_cell(logits) == (6, 4)
    mean, mode = (decode_logits(logits[6, 4], temperature=t) for t in (1, 0.01))
    assert np.hypot(*(mean - mode)) > 80


def test_the_colorful_pixel_is_neither_dark_nor_light():
    lab = np.zeros((4, 5, 3))
    lab[..., 1] = 80
    lab[2, 3] = (60, 20, 10)
    assert colorful_pixel(lab) == (2, 3)
    lab[2, 3, 0] = 0
    assert colorful_pixel(lab) != (2, 3)


def test_a_picture_is_read_as_it_is(paths, tmp_path):
    np.testing.assert_array_equal(read_picture(paths[0]), picture())
    large = picture().repeat(20, axis=0).repeat(20, axis=1)
    Image.fromarray(large).save(tmp_path / "large.png")
    reduced = read_picture(tmp_path / "large.png")
    assert reduced.shape == (LONG_SIDE * 60 // 80, LONG_SIDE, 3)


def test_errors(paths, tiny_model, tmp_path, only):
    only("prior")
    (tmp_path / "bad.jpg").write_bytes(b"not a photograph")
    (tmp_path / "file").touch()
    with pytest.raises(UnreadablePhotoError, match=r"bad\.jpg"):
        draw_figures(tmp_path / "out", [paths[0], tmp_path / "bad.jpg"], tiny_model)
    assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError):
        draw_figures(tmp_path / "out", [], tiny_model)
    with pytest.raises(OutputError, match="Choose a folder"):
        draw_figures(tmp_path / "file" / "out", paths[:1], tiny_model)


def test_a_model_without_a_distribution_is_refused(paths, tiny_model, tmp_path):
    model = shutil.copytree(tiny_model, tmp_path / "direct")
    manifest = json.loads((model / "manifest.json").read_text())
    manifest["decode"] |= {"kind": "direct", "prior": []}
    manifest["output"]["num_bins"] = 0
    manifest["parity"]["positions"] = [[0, 0, 0] for _ in manifest["parity"]["positions"]]
    (model / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="no distribution"):
        draw_figures(tmp_path / "out", paths[:1], model)
    assert not (tmp_path / "out").exists()
