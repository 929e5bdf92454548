import numpy as np
import pytest

from autochrome.color import rgb_to_lab
from autochrome.errors import ModelError, UsageError
from autochrome.evaluate import SHARDS, Protocol, evaluate, evaluate_truth, grey
from autochrome.evaluate.report import COLUMNS
from autochrome.metrics import auc_sums, class_probabilities, colorfulness

SMALL = Protocol("small", 16)
GREY, RED = (120, 120, 120), (200, 40, 30)


def flat(color, shape=(16, 16)):
    return np.full((*shape, 3), color, np.uint8)


def noise(num_photographs):
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (num_photographs, 16, 16, 3), dtype=np.uint8))


def values(report):
    return {name: estimate.value for name, estimate in report.metrics.items()}


def test_the_truth_is_without_error():
    photographs = noise(3)
    found = values(evaluate_truth(photographs, SMALL))
    own = np.mean([colorfulness(photograph) for photograph in photographs])
    assert found == pytest.approx(
        {
            "auc": 100,
            "auc_rebalanced": 100,
            "psnr": 100,
            "ssim": 1,
            "ciede2000": 0,
            "colorfulness": own,
            "true_colorfulness": own,
            "colorfulness_difference": 0,
        },
        abs=1e-6,
    )


def test_grey_is_right_about_grey():
    found = values(evaluate(grey, [flat(GREY)], SMALL))
    assert found["auc"] == found["psnr"] == 100
    assert found["colorfulness"] == found["true_colorfulness"] == 0


def test_grey_misses_a_flat_color_by_its_chroma():
    found = values(evaluate(grey, [flat(RED)], SMALL))
    chroma = np.hypot(*rgb_to_lab(np.array(RED) / 255)[1:])
    assert found["auc"] == pytest.approx(100 * (151 - np.ceil(chroma)) / 151)
    assert found["auc_rebalanced"] == pytest.approx(found["auc"])
    assert found["colorfulness"] == 0
    assert found["colorfulness_difference"] == pytest.approx(colorfulness(flat(RED)))


def test_rare_colors_weigh_over_the_whole_set():
    photographs = [flat(GREY), flat(RED)]
    truths = [rgb_to_lab(p.astype(np.float32) / 255)[..., 1:] for p in photographs]
    sums = [auc_sums(np.zeros_like(ab), ab, class_probabilities()) for ab in truths]
    hits, weight = np.sum(sums, axis=0)
    found = values(evaluate(grey, photographs, SMALL))
    assert found["auc_rebalanced"] == pytest.approx(100 * hits / weight)
    assert found["auc_rebalanced"] < found["auc"] - 10


def test_colorfulness_differs_between_means_not_photographs():
    # Swapping the colors of two photographs leaves the mean as it is.
    photographs = [flat(GREY), flat(RED)]
    answers = [rgb_to_lab(p.astype(np.float32) / 255)[..., 1:] for p in reversed(photographs)]
    report = evaluate(lambda _: answers.pop(0), photographs, SMALL)
    red = colorfulness(flat(RED))
    assert report.metrics["true_colorfulness"].value == pytest.approx(red / 2)
    assert report.metrics["colorfulness_difference"].value < red / 10


def test_the_model_sees_lightness_and_no_more():
    seen = []

    def predict(lightness):
        seen.append(lightness.copy())
        lightness[:] = 0  # spoiling the argument must not spoil the truth
        return grey(lightness)

    report = evaluate(predict, [flat(RED, (200, 300))], SHARDS)
    assert seen[0].shape == (128, 128)
    assert seen[0].dtype == np.float32
    assert seen[0] == pytest.approx(rgb_to_lab(np.array(RED) / 255)[0], abs=1e-3)
    assert report.metrics["psnr"] == evaluate(grey, [flat(RED, (200, 300))], SHARDS).metrics["psnr"]


def test_a_report_has_every_column_and_sound_intervals():
    report = evaluate(grey, noise(5), SMALL)
    assert report.protocol == SMALL
    assert report.num_photographs == 5
    assert list(report.metrics) == list(COLUMNS)
    for value, low, high in report.metrics.values():
        assert low <= value <= high


def test_photographs_may_be_an_iterator_and_progress_sees_each():
    watched = []

    def watch(items, *, total, description):
        watched.append((total, description))
        for item in items:
            watched.append(item)
            yield item

    photographs = noise(2)
    assert evaluate(grey, iter(photographs), SMALL, progress=watch).num_photographs == 2
    assert watched[0] == (2, "small")
    assert len(watched) == 3


def test_no_photograph_is_refused():
    with pytest.raises(UsageError, match="no photograph"):
        evaluate(grey, [], SMALL)


@pytest.mark.parametrize(
    ("predict", "message"),
    [
        (lambda lightness: grey(lightness)[:-1], "shape"),
        (lambda lightness: grey(lightness)[..., 0], "shape"),
        (lambda lightness: grey(lightness) * np.nan, "finite"),
    ],
)
def test_a_faulty_model_is_named(predict, message):
    with pytest.raises(ModelError, match=message):
        evaluate(predict, noise(1), SMALL)
