import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from autochrome.cli.main import cli
from autochrome.color import ab_gamut, rgb_to_lab
from autochrome.errors import OutputError, UsageError
from autochrome.evaluate import SHARDS, PhotographSet, bootstrap, evaluate, grey
from autochrome.evaluate.join import join
from autochrome.models import Decode
from autochrome.pipeline import ColorizeOptions, Colorizer
from autochrome.shards import Photograph, decode_rgb, encode_webp, write_shards
from autochrome.studies.examination.blotches import blotchiness
from autochrome.studies.examination.decodings import choose_decodings
from autochrome.studies.examination.kept_answers import KeptAnswers
from autochrome.studies.examination.photograph import METRICS, examine_photograph
from autochrome.studies.examination.skin import BANDS, COLUMNS, find_skin, measure_skin
from autochrome.studies.examination.skin_bands import skin_bands
from autochrome.studies.examination.study import examine, write_examination
from autochrome.studies.tiles import TILE

FILES = {
    "decode.json", "decode.md", "decode.png", "skin.json", "skin.md",
    "failures.json", "worst.jpg", "blotchy.jpg",
}  # fmt: skip
SKIN = (200, 150, 120)
RAMP = 3  # the photograph whose lightness, and with it the tiny model's color, changes slowly


def picture(index):
    """Two even colors; the fourth is a gray ramp, and the fifth a face."""
    if index == RAMP:
        row = np.linspace(80, 180, 128).astype(np.uint8)
        return np.repeat(np.tile(row, (128, 1))[..., None], 3, axis=2)
    if index == 4:
        return np.full((128, 128, 3), SKIN, np.uint8)
    colors = np.random.default_rng(index).integers(0, 256, (1, 2, 3), np.uint8)
    return colors.repeat(128, axis=0).repeat(64, axis=1)


@pytest.fixture(scope="module", autouse=True)
def few_resamples():
    """Intervals have tests of their own; here hundreds would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "NUM_RESAMPLES", 30)
        yield


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    rows = [
        Photograph(
            f"picture-{i}", "faces" if i == 4 else "test", None, encode_webp(picture(i), 101)
        )
        for i in range(5)
    ]
    (path,) = write_shards(rows, tmp_path_factory.mktemp("shards"))
    return path


@pytest.fixture(scope="module")
def colorizer(tiny_model):
    return Colorizer.open(tiny_model, device="cpu", num_threads=1)


@pytest.fixture(scope="module")
def examined(tmp_path_factory, colorizer, shard):
    folder = tmp_path_factory.mktemp("examined") / "new"
    results = write_examination(
        folder, colorizer, PhotographSet([shard]), SHARDS, skin_sources=["faces"], num_threads=2
    )
    return folder, results


def to_lab(rgb):
    return rgb_to_lab(np.asarray(rgb, np.float32) / 255).astype(np.float32)


# Decoding


def test_the_own_decoding_measures_as_evaluate_does(examined, colorizer, shard):
    results = examined[1]
    expected = evaluate(colorizer.predict, PhotographSet([shard]), SHARDS).metrics
    shared = set(METRICS) - {"blotchiness"}
    found = results.metrics[results.decodings.own]
    assert {name: found[name] for name in shared} == {name: expected[name] for name in shared}
    expected = evaluate(grey, PhotographSet([shard]), SHARDS).metrics
    assert all(results.grey_metrics[name] == expected[name] for name in shared)
    assert results.grey_metrics["blotchiness"].value == 0


@pytest.mark.parametrize("preset", ["natural", "balanced", "vivid"])
def test_presets_are_those_of_colorizing(colorizer, preset):
    """The size fits neither the network's multiple nor its working side."""
    lightness = np.random.default_rng(0).uniform(0, 100, (75, 101)).astype(np.float32)
    decodings = choose_decodings(colorizer.manifest, 75)
    found = dict(KeptAnswers(colorizer, lightness).decode(decodings.all))
    expected = colorizer.predict(lightness, ColorizeOptions(preset=preset))
    np.testing.assert_array_equal(found[decodings.presets[preset]], expected)


def test_working_sides_are_those_of_colorizing(colorizer):
    lightness = np.random.default_rng(0).uniform(0, 100, (75, 101)).astype(np.float32)
    sides = choose_decodings(colorizer.manifest, 75).sides
    found = {d.working_side: ab for d, ab in KeptAnswers(colorizer, lightness).decode(sides)}
    assert list(found) == [64, 128, 160, 192, 256]
    for side, ab in found.items():
        expected = colorizer.predict(lightness, ColorizeOptions(working_side=side))
        np.testing.assert_array_equal(ab, expected)
    assert np.abs(found[64] - found[256]).max() > 1


class Lopsided:
    """A network that tells left from right, and counts how often it is asked."""

    def __init__(self, session):
        self.session, self.runs = session, 0

    def run(self, lightness):
        self.runs += 1
        answer = self.session.run(lightness).copy()
        reddish = ab_gamut().centers[:, 0] > 0
        answer[..., reddish] += np.linspace(-4, 4, answer.shape[1], dtype=np.float32)[:, None]
        return answer


def test_with_the_mirror_image_left_and_right_are_alike(colorizer):
    lopsided = replace(colorizer, session=Lopsided(colorizer.session))
    lightness = np.random.default_rng(1).uniform(0, 100, (64, 96)).astype(np.float32)
    decodings = choose_decodings(colorizer.manifest, 75)
    (mirrored,) = (d for d in decodings.mirrored if d.vividness == decodings.own.vividness)

    def asymmetry(decoding):
        ((_, ab),) = KeptAnswers(lopsided, lightness).decode([decoding])
        ((_, other),) = KeptAnswers(lopsided, lightness[:, ::-1].copy()).decode([decoding])
        return np.abs(ab - other[:, ::-1]).max()

    assert asymmetry(decodings.own) > 10
    assert asymmetry(mirrored) < 0.01


def test_the_network_looks_once_at_each_size_and_at_the_mirror_image(colorizer):
    lopsided = replace(colorizer, session=Lopsided(colorizer.session))
    photograph = Photograph("key", "test", None, encode_webp(picture(0), 101))
    decodings = choose_decodings(colorizer.manifest, 75)
    found = examine_photograph(photograph, lopsided, decodings, SHARDS, ())
    assert lopsided.session.runs == len(decodings.sides) + 1
    assert found.parts.shape == (len(decodings.all), len(METRICS), 2)


def test_the_grid_has_the_models_own_decoding_and_its_presets(colorizer):
    decode = replace(colorizer.manifest.decode, temperature=0.41, vividness=0.95)
    decodings = choose_decodings(replace(colorizer.manifest, decode=decode), 75)
    assert {decodings.own, *decodings.presets.values()} <= set(decodings.grid)
    assert [d.vividness for d in decodings.presets.values()] == [0.85, 0.95, 1.0]
    assert len(decodings.grid) == 7 * 6  # 0.95 with the steps up to 1
    assert len(set(decodings.all)) == len(decodings.all)


def test_a_model_without_a_distribution_is_refused(colorizer):
    direct = Decode(kind="direct", temperature=1, vividness=0, prior=())
    with pytest.raises(UsageError, match="no decoding to choose"):
        choose_decodings(replace(colorizer.manifest, decode=direct), 75)


def test_a_difference_is_that_of_the_metrics(examined):
    results = examined[1]
    own, other = results.decodings.own, results.decodings.grid[0]
    found = results.difference("auc", other, own)
    expected = results.metrics[other]["auc"].value - results.metrics[own]["auc"].value
    assert found.value == pytest.approx(expected)
    assert abs(found.value) > 0.01
    assert results.difference("auc", own, own) == (0, 0, 0)


# Skin


def face(lightness=60.0, chroma=25.0, hue=50.0):
    lab = np.empty((64, 64, 3))
    lab[...] = lightness, *chroma * np.array([np.cos(np.radians(hue)), np.sin(np.radians(hue))])
    return lab


def skin_figures(lab, true_lab):
    """All bands together, of one photograph."""
    return skin_bands([measure_skin(lab, true_lab).by_pixel])[-1].figures


def test_the_truth_has_no_error_on_skin():
    found = {name: figure.value for name, figure in skin_figures(face(), face()).items()}
    assert found == {
        "chroma_ratio": 1, "chroma_error": 0, "absolute_chroma_error": 0,
        "hue_error": 0, "absolute_hue_error": 0, "bleached": 0, "skin_colored": 1,
    }  # fmt: skip


def test_known_errors_on_skin_are_found():
    true = face()
    true[:, 32:] = face(hue=40)[:, 32:]
    found = skin_figures(face(chroma=15, hue=44), true)
    assert found["chroma_ratio"].value == pytest.approx(15 / 25)
    assert found["chroma_error"].value == pytest.approx(-10)
    assert found["hue_error"].value == pytest.approx((-6 + 4) / 2)
    assert found["absolute_hue_error"].value == pytest.approx(5)
    assert found["bleached"].value == 0
    assert skin_figures(face(chroma=12), face())["bleached"].value == 1
    assert skin_figures(face(chroma=60), face())["skin_colored"].value == 0


def test_hues_are_compared_the_short_way_round():
    assert skin_figures(face(hue=-170), face(hue=30))["hue_error"].value == pytest.approx(160)


def test_what_has_hardly_any_chroma_has_no_hue():
    found = skin_figures(face(chroma=1, hue=200), face())
    assert "hue_error" not in found
    assert found["chroma_ratio"].value == pytest.approx(1 / 25)


@pytest.mark.parametrize(("hue", "chroma"), [(10, 25), (95, 25), (50, 5), (50, 60), (230, 25)])
def test_what_is_not_of_the_color_of_skin_is_left_out(hue, chroma):
    assert measure_skin(face(), face(hue=hue, chroma=chroma)) is None


def test_skin_is_looked_for_in_the_middle():
    true = face(hue=230)
    true[16:48, 16:48] = face()[16:48, 16:48]
    assert find_skin(true).sum() == 32 * 32
    assert find_skin(face()).sum() == 32 * 32
    true[16:48, 20:48] = face(hue=230)[16:48, 20:48]
    assert find_skin(true).sum() == 4 * 32
    true[16:48, 18:48] = face(hue=230)[16:48, 18:48]
    assert not find_skin(true).any()  # less than a tenth


def test_bands_are_of_the_pixel_and_of_the_face():
    true = face(lightness=40)
    true[:, :28] = face(lightness=80)[:, :28]  # 12 of the 32 columns in the middle
    sums = measure_skin(true, true)
    pixels = COLUMNS.index("pixels")
    assert sums.by_pixel[:, pixels].tolist() == [0, 20 * 32, 0, 0, 12 * 32]
    assert sums.by_face[:, pixels].tolist() == [0, 32 * 32, 0, 0, 0]
    bands = skin_bands([sums.by_pixel, sums.by_pixel])
    assert [band.num_photographs for band in bands] == [0, 2, 0, 0, 2, 2]
    assert [band.num_pixels for band in bands][-1] == 2 * 32 * 32
    assert not bands[0].figures
    assert len(bands) == len(BANDS)


def test_skin_is_measured_in_the_named_collections_only(examined, colorizer):
    (sums,) = examined[1].skin
    assert sums.by_pixel[:, 0].sum() == 64 * 64
    found = json.loads((examined[0] / "skin.json").read_text())
    assert found["num_faces"] == 1
    (band,) = (b for b in found["by_face"] if b["lightness"] == "60 to 75")
    assert band["num_pixels"] == 64 * 64
    photograph = to_lab(picture(4))
    seen = to_lab(join(photograph[..., 0], colorizer.predict(photograph[..., 0])))
    expected = np.hypot(*seen[64, 64, 1:]) / np.hypot(*photograph[64, 64, 1:])
    assert band["chroma_ratio"]["value"] == pytest.approx(expected, rel=1e-4)
    assert "| all | 1 | 4,096 |" in (examined[0] / "skin.md").read_text()


# Failures


def blotched(true_lab, amount):
    rows, columns = np.mgrid[:128, :128]
    lab = true_lab.copy()
    spot = np.exp(-((rows - 60) ** 2 + (columns - 70) ** 2) / (2 * 15**2))
    lab[..., 1] += amount * spot
    return lab


def test_a_blotch_is_measured_by_its_strength():
    true = to_lab(np.full((128, 128, 3), 150))
    found = [blotchiness(blotched(true, amount)[..., 1:], true) for amount in (0, 5, 10, 20)]
    assert found[0] == 0
    np.testing.assert_allclose(np.array(found[2:]) / found[1], [2, 4], rtol=1e-3)


@pytest.mark.parametrize("case", ["truth", "gray", "cast", "edge"])
def test_what_is_not_a_blotch_counts_nothing(case):
    true = to_lab(np.full((128, 128, 3), 90))
    true[:, 64:, 0] += 30
    true[:, 64:, 1:] = 10, 20
    lab = true.copy()
    if case == "gray":
        lab[..., 1:] = 0
    elif case == "cast":
        lab[..., 1:] += 15
    elif case == "edge":
        lab[:, 64:, 1:] = -30, 5
    assert blotchiness(lab[..., 1:], true) == pytest.approx(0, abs=1e-5)


def test_color_that_does_change_in_the_photograph_is_no_blotch():
    flat = to_lab(np.full((128, 128, 3), 150))
    colored = blotched(flat, 20)
    assert blotchiness(colored[..., 1:], colored) == 0
    assert blotchiness(flat[..., 1:], colored) == 0


def test_color_that_cannot_be_shown_is_no_blotch():
    black = np.zeros((128, 128, 3), np.float32)
    assert blotchiness(blotched(black, 30)[..., 1:], black) < 0.01


def test_the_planted_blotch_is_ranked_first(examined):
    found = json.loads((examined[0] / "failures.json").read_text())
    assert found["blotchy"][0]["key"] == f"picture-{RAMP}"
    assert found["blotchy"][0]["blotchiness"] > 10 * found["blotchy"][1]["blotchiness"] > 0
    values = [f["ciede2000"] for f in found["worst"]]
    assert values == sorted(values, reverse=True)
    assert len({f["key"] for f in found["worst"]}) == 5
    results = examined[1]
    mean = np.mean([f["blotchiness"] for f in found["blotchy"]])
    assert results.metrics[results.decodings.own]["blotchiness"].value == pytest.approx(mean)


def test_the_sheets_show_gray_colorized_and_photograph(examined):
    sheet = decode_rgb((examined[0] / "blotchy.jpg").read_bytes()).astype(int)
    (tile,) = (sheet[26 : 26 + TILE, 6 + (TILE + 6) * i :][:, :TILE] for i in [1])
    gray, true = sheet[26 : 26 + TILE, 6 : 6 + TILE], sheet[26 : 26 + TILE, 338 : 338 + TILE]
    expected = np.linspace(80, 180, TILE)
    for shown in (gray, true):
        np.testing.assert_allclose(shown.mean(axis=(0, 2)), expected, atol=4)
    # The tiny model's: cool where dark, warm where light.
    assert tile[:, 5].mean(axis=0)[2] - tile[:, 5].mean(axis=0)[0] > 20
    assert tile[:, -5].mean(axis=0)[0] - tile[:, -5].mean(axis=0)[2] > 20


def test_the_plot_marks_the_presets_in_both_panels(examined):
    """The only vermilion ink is theirs."""
    plot = decode_rgb((examined[0] / "decode.png").read_bytes()).astype(int)
    height, width = plot.shape[:2]
    red = (plot[..., 0] > 190) & (plot[..., 1] < 120) & (plot[..., 2] < 60)
    panels = red[: int(0.85 * height)]
    assert panels[:, : width // 2].sum() > 30
    assert panels[:, width // 2 :].sum() > 30


# The study and its command


def test_results_do_not_depend_on_the_number_of_threads(examined, colorizer, shard):
    alone = examine(colorizer, PhotographSet([shard], 1), SHARDS, skin_sources=[])
    np.testing.assert_array_equal(alone.parts, examined[1].parts[:1])


def test_an_existing_folder_is_refused_before_any_work(tmp_path):
    with pytest.raises(OutputError, match="there already"):
        write_examination(tmp_path, None, None, SHARDS)


def run(*arguments):
    return CliRunner().invoke(cli, ["examine", "-q", "--threads", "1", *map(str, arguments)])


def test_the_command_writes_a_folder_and_says_why_there_is_no_skin(tmp_path, tiny_model):
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "one.webp").write_bytes(encode_webp(picture(1), 101))
    folder = tmp_path / "new"
    result = run("-o", folder, "--model", tiny_model, "--data", tmp_path / "photographs")
    assert result.exit_code == 0, result.output
    assert {path.name for path in folder.iterdir()} == FILES
    assert (folder / "decode.md").read_text() in result.output
    assert "Not measured" in (folder / "skin.md").read_text()
    assert json.loads((folder / "skin.json").read_text())["by_pixel"] == []
    decoded = json.loads((folder / "decode.json").read_text())
    assert decoded["own"] == {
        "temperature": 0.38, "vividness": 0, "working_side": 64, "mirrored": False
    }  # fmt: skip
    assert len(decoded["decodings"]) == 6 * 7 + 4 + 3
    assert run("-o", folder, "--model", tiny_model, "--data", tmp_path).exit_code == 4


def test_nothing_is_left_of_a_run_that_fails(tmp_path, tiny_model):
    rows = [Photograph("broken", "test", None, b"no picture")]
    (shard,) = write_shards(rows, tmp_path / "shards")
    (tmp_path / "out").mkdir()
    result = run("-o", tmp_path / "out" / "new", "--model", tiny_model, "--data", shard)
    assert result.exit_code == 3
    assert "broken" in result.output
    assert not list((tmp_path / "out").iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_examination(tmp_path / "file" / "new", None, None, SHARDS)
