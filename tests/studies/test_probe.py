import copy
import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch import nn

from autochrome.cli.main import cli
from autochrome.color import ab_gamut
from autochrome.errors import UsageError
from autochrome.nn import HeadSettings, build_system
from autochrome.nn.backbones.lumiere import Lumiere
from autochrome.nn.backbones.vgg16 import Vgg16
from autochrome.nn.backbones.zhang2016 import Zhang2016
from autochrome.shards import Photograph, encode_webp, write_shards
from autochrome.studies.classification import hits, random_windows, seeded
from autochrome.studies.labelled import (
    LabelledPhotographs,
    LabelledSet,
    to_lightness,
)
from autochrome.studies.overlap import refuse_overlap
from autochrome.studies.probe.blocks import BlockOutputs, block_names, calibrate, random_backbone
from autochrome.studies.probe.fine_tuning import affordable, few_labels, fine_tune
from autochrome.studies.probe.linear import PIXELS, pooled, pooled_outputs, probe
from autochrome.studies.probe.localization import constant_box, iou, localize_frozen
from autochrome.studies.probe.pasting import blend, paste, random_boxes
from autochrome.train.checkpoint import load_weights, save_weights

WIDTH = 0.125


def stripes(rng, *, upright):
    """Stripes of a period of 8 pixels, anywhere: only their direction tells the classes apart."""
    wave = 128 + 90 * np.sin(2 * np.pi * (np.arange(32) / 8 + rng.random()))
    picture = np.tile(wave, (32, 1)) + rng.normal(0, 10, (32, 32))
    grey = (picture if upright else picture.T).clip(0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def write(folder, count, seed, *, source="stripes", label=True):
    rng = np.random.default_rng(seed)
    rows = []
    for index in range(count):
        name = ("level", "upright")[index % 2]
        image = encode_webp(stripes(rng, upright=index % 2), 101)
        rows.append(Photograph(f"{seed}-{index}", source, name if label else None, image))
    return write_shards(rows, folder)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    return write(folder / "training", 120, 0), write(folder / "validation", 80, 1)


@pytest.fixture(scope="module")
def sets(shards):
    return tuple(LabelledPhotographs(paths).load(32) for paths in shards)


@pytest.fixture(scope="module")
def backbone(sets):
    network = seeded(0, lambda: Zhang2016(WIDTH))
    calibrate(network, sets[0].pictures)
    return network


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    count = ab_gamut().num_bins
    settings = HeadSettings(prior=np.full(count, 1 / count))
    system = seeded(1, lambda: build_system("lumiere", settings, WIDTH))
    save_weights(path, system, {"system": "lumiere", "recipe": {"width": WIDTH}})
    return path


class OnVgg(nn.Module):
    """A backbone as several are: VGG inside, which puts out a list, and a linear projection."""

    def __init__(self):
        super().__init__()
        self.vgg = Vgg16(WIDTH)
        self.projection = nn.Conv2d(64, 8, 1)
        self.merge = nn.Sequential(nn.Conv2d(8, 8, 3), nn.ReLU())

    def forward(self, lightness):
        return self.merge(self.projection(self.vgg(lightness)[-1]))


@pytest.mark.parametrize(
    ("network", "names"),
    [
        (Zhang2016(WIDTH), [f"conv{i}" for i in range(1, 9)]),
        (Lumiere(WIDTH), ["stem", "down8", "down16", "up8", "up4"]),
        (OnVgg(), [*(f"vgg.blocks.{i}" for i in range(5)), "merge"]),
    ],
    ids=["zhang2016", "lumiere", "on vgg"],
)
def test_blocks_are_found_in_the_order_they_run(network, names):
    assert block_names(network) == names


def test_block_outputs_are_those_of_the_blocks(backbone):
    lightness = 100 * torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        outputs = BlockOutputs(backbone, ["conv1", "conv2"])(lightness)
        by_hand = backbone.conv1((lightness - 50) / 100)
        torch.testing.assert_close(outputs["conv1"], by_hand)
        torch.testing.assert_close(outputs["conv2"], backbone.conv2(by_hand))
    assert not backbone.conv1._forward_hooks


def test_calibration_gives_batch_norms_the_statistics_of_the_photographs(backbone, sets):
    assert all(m.momentum == 0.1 for m in backbone.modules() if isinstance(m, nn.BatchNorm2d))
    conv1 = BlockOutputs(backbone, ["conv1"])
    with torch.inference_mode():
        normalized = conv1(to_lightness(sets[0].pictures))["conv1"]
    np.testing.assert_allclose(normalized.mean((0, 2, 3)), 0, atol=0.02)
    np.testing.assert_allclose(normalized.std((0, 2, 3)), 1, atol=0.05)


def test_pooling_leaves_the_means_of_a_grid():
    features = torch.arange(16.0).view(1, 1, 4, 4).expand(1, 375, 4, 4)
    assert pooled(features)[0, :4].tolist() == [2.5, 4.5, 10.5, 12.5]


def test_a_probe_reads_the_texture_that_pixels_hide(backbone, sets):
    training, validation = sets
    network = BlockOutputs(backbone, ["conv2", "conv4"])
    features = pooled_outputs(network, training.pictures)
    others = pooled_outputs(network, validation.pictures)
    accuracies = {
        name: hits(
            probe(features[name], training.labels, others[name], 2, seed=0).predicted,
            validation.labels,
        ).mean()
        for name in features
    }
    assert accuracies["conv2"] == 100
    assert accuracies["conv4"] > 95
    assert accuracies[PIXELS] < 70  # chance is 50, give or take 5.6


def test_few_labels_are_equally_many_of_each_class(sets):
    few = few_labels(sets[0], 10, seed=0)
    assert torch.bincount(few.labels).tolist() == [10, 10]
    assert affordable(sets[0]) == [10, 30]
    again = few_labels(sets[0], 10, seed=0)
    assert torch.equal(few.pictures, again.pictures)
    for picture, label in zip(few.pictures, few.labels, strict=True):
        (index,) = (sets[0].pictures == picture).all(dim=(1, 2, 3)).nonzero()
        assert sets[0].labels[index] == label


def test_fine_tuning_learns_and_leaves_the_backbone_as_it_was(backbone, sets):
    before = copy.deepcopy(backbone.state_dict())
    progress = lambda items, **_: items  # noqa: E731
    predicted = fine_tune(backbone, "conv2", *sets, 320, seed=0, progress=progress)
    assert hits(predicted, sets[1].labels).mean() > 95
    for name, value in backbone.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_the_random_backbone_is_that_of_the_untrained_system(weights):
    """The weights are fresh ones of seed 1, rounded to 16 bits."""
    system, metadata = load_weights(weights)
    first = dict(system.backbone.named_parameters())
    for name, value in random_backbone(system, metadata, 1).named_parameters():
        torch.testing.assert_close(value, first[name], rtol=1e-3, atol=1e-6)
    other = random_backbone(system, metadata, 2).state_dict()
    assert not torch.allclose(other["stem.0.0.weight"], first["stem.0.0.weight"])


def test_windows_keep_what_they_show():
    """A ramp to the right stays one, or its mirror image, and is never steeper."""
    ramp = torch.arange(0, 256, 8, dtype=torch.uint8).expand(20, 3, 32, 32)
    windows = random_windows(ramp, torch.Generator().manual_seed(0)).float()
    slopes = (windows[:, 0, 16, -4] - windows[:, 0, 16, 3]) / 25
    assert windows.shape == ramp.shape
    assert (slopes.abs() <= 8.1).all()
    assert (slopes.abs() >= 0.65 * 7.9).all()
    assert len(set(slopes.sign().tolist())) == 2


@pytest.mark.parametrize(
    ("box", "other", "expected"),
    [
        ((0, 0, 2, 2), (0, 0, 2, 2), 1),
        ((0, 0, 2, 2), (1, 0, 3, 2), 1 / 3),
        ((0, 0, 4, 4), (1, 1, 3, 3), 1 / 4),
        ((0, 0, 1, 1), (2, 2, 3, 3), 0),
        ((0, 0, 1, 1), (1, 0, 2, 1), 0),
        ((2, 2, 0, 0), (0, 0, 2, 2), 0),
    ],
    ids=["same", "shifted", "inside", "apart", "touching", "inside out"],
)
def test_iou_by_hand(box, other, expected):
    value = iou(torch.tensor(box, dtype=torch.float64), torch.tensor(other, dtype=torch.float64))
    assert float(value) == pytest.approx(expected)


def test_the_constant_box_of_one_box_is_that_box():
    box = torch.tensor([0.3, 0.3, 0.7, 0.7])
    torch.testing.assert_close(constant_box(box[None]), box)


def test_a_pasted_picture_counts_more_than_half_just_inside_its_box():
    boxes = random_boxes(8, torch.Generator().manual_seed(0))
    white, black = torch.full((8, 1, 64, 64), 100.0), torch.zeros(8, 1, 64, 64)
    for picture, box in zip(blend(white, black, boxes)[:, 0], 64 * boxes, strict=True):
        columns = (picture > 50).any(0).nonzero()[:, 0]
        rows = (picture > 50).any(1).nonzero()[:, 0]
        found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(found, box, atol=1)
        # The seam is soft: no step between neighbors comes near black to white.
        assert picture.diff(dim=1).abs().max() < 50
        changed = (picture > 0).nonzero()
        feather = 0.125 * (box[2:] - box[:2]).max()
        assert changed[:, 1].min() >= box[0] - feather - 1
        assert changed[:, 0].max() <= box[3] + feather
    assert (boxes >= 0).all()
    assert (boxes <= 1).all()


@pytest.fixture(scope="module")
def black_and_white():
    labels = torch.arange(60) % 2
    pictures = (255 * labels).to(torch.uint8).view(-1, 1, 1, 1).expand(60, 3, 32, 32)
    return LabelledSet(pictures.contiguous(), labels, ("black", "white"), "test")


def test_what_is_pasted_is_of_another_class(black_and_white):
    pasted = paste(black_and_white, 50, seed=0)
    centers = (32 * (pasted.boxes[:, :2] + pasted.boxes[:, 2:]) / 2).long()
    inside = pasted.lightness[torch.arange(50), 0, centers[:, 1], centers[:, 0]]
    corners = pasted.lightness[:, 0, [0, 0, -1, -1], [0, -1, 0, -1]]
    outside = (corners - inside[:, None]).abs().amax(1)
    np.testing.assert_allclose(outside, 100, atol=1e-3)
    assert torch.equal(pasted.lightness, paste(black_and_white, 50, seed=0).lightness)


def test_a_regressor_learns_where_the_pasted_picture_is(black_and_white, backbone):
    training, validation = paste(black_and_white, 300, 0), paste(black_and_white, 60, 1)
    progress = lambda items, **_: items  # noqa: E731
    boxes = localize_frozen(backbone, "conv2", training, validation, seed=0, progress=progress)
    constant = iou(constant_box(training.boxes), validation.boxes).mean()
    assert iou(boxes, validation.boxes).mean() > constant + 0.15


def test_labels_of_other_photographs_mean_the_same_classes(shards):
    training = LabelledPhotographs(shards[0])
    some = LabelledPhotographs(shards[1], classes=("absent", *training.classes), limit=4)
    assert some.load(32).classes == ("absent", "level", "upright")
    assert some.labels().tolist() == [1, 2, 1, 2]


def test_the_source_with_most_labels_is_chosen(tmp_path):
    many = write(tmp_path / "many", 6, 0, source="many")
    few = write(tmp_path / "few", 4, 1, source="few")
    assert LabelledPhotographs([*few, *many]).source == "many"
    assert len(LabelledPhotographs([*few, *many], source="few").photographs) == 4
    with pytest.raises(UsageError, match="Labelled: many, few"):
        LabelledPhotographs([*few, *many], source="none")


def test_photographs_without_labels_say_what_is_missing(tmp_path):
    with pytest.raises(UsageError, match=r"carries a label\. Give shards whose column 'label'"):
        LabelledPhotographs(write(tmp_path / "plain", 2, 0, label=False))


def test_photographs_learned_from_are_not_measured_on(shards):
    training, validation = map(LabelledPhotographs, shards)
    refuse_overlap(training.photographs, validation.photographs)
    both = LabelledPhotographs([*shards[1], *shards[0]], limit=82)
    with pytest.raises(UsageError, match="2 of the photographs in --validation"):
        refuse_overlap(training.photographs, both.photographs)


def test_one_class_is_not_enough(shards):
    with pytest.raises(UsageError, match="at least 2 are needed"):
        LabelledPhotographs(shards[0], limit=1)


def run(*arguments):
    return CliRunner().invoke(cli, ["probe", *map(str, arguments)])


def test_the_command_writes_the_same_for_a_seed(tmp_path, shards, weights):
    pages = []
    for name in ("first", "second"):
        result = run(
            *("-o", tmp_path / name, "--weights", weights, "--data", shards[0][0]),
            *("--validation", shards[1][0], "--limit", 30, "--side", 32, "--photographs", 64),
            *("--device", "cpu", "--threads", 1),
        )
        assert result.exit_code == 0, result.output
        pages.append((tmp_path / name / "probe.json").read_text())
    assert pages[0] == pages[1]
    found = json.loads(pages[0])
    assert found["settings"] == {"side": 32, "photographs_seen": 64, "seed": 0}
    assert set(found["linear"]) == {"colorization", "random weights"}
    assert list(found["fine_tuned"]["colorization"]) == ["10", "all"]
    assert found["fine_tuned"]["colorization"]["10"]["photographs"] == 20
    assert next(iter(found["localized"])) == "constant box"
    for block, (value, low, high) in (
        (b, e.values()) for b, e in found["linear"]["colorization"].items()
    ):
        assert low <= value <= high, block
    page = (tmp_path / "second" / "probe.md").read_text()
    assert "| down16 |" in page
    assert f"All that follows is about {found['best_block']}" in page
    assert (tmp_path / "second" / "probe.png").read_bytes().startswith(b"\x89PNG")


def test_the_side_must_suit_the_network(tmp_path, shards, weights):
    paths = [*("--data", shards[0][0]), *("--validation", shards[1][0])]
    result = run("-o", tmp_path, "--weights", weights, *paths, "--side", 40, "--device", "cpu")
    assert result.exit_code == 2
    assert "a multiple of 16" in result.output


def test_the_command_needs_labels(tmp_path, shards, weights):
    (plain,) = write(tmp_path / "plain", 2, 0, label=False)
    result = run("-o", tmp_path, "--weights", weights, "--data", plain, "--validation", plain)
    assert result.exit_code == 2
    assert "column 'label'" in result.output


def test_the_command_refuses_to_measure_on_what_it_learns_from(tmp_path, shards, weights):
    (data, *_), _ = shards
    result = run("-o", tmp_path, "--weights", weights, "--data", data, "--validation", data)
    assert result.exit_code == 2
    assert "120 of the photographs" in result.output
