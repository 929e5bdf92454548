from dataclasses import replace

import numpy as np
import pytest

from autochrome.color import decode_logits
from autochrome.pipeline.highlights import spare_highlights


@pytest.fixture
def answer():
    return np.random.default_rng(0).normal(0, 3, (313,)).astype(np.float32)


@pytest.mark.parametrize(
    ("lightness", "share"), [(0, 1), (50, 1), (85, 1), (88, 0.8), (92.5, 0.5), (100, 0)]
)
@pytest.mark.parametrize("vividness", [-0.6, 0.7])
def test_vividness_falls_to_none_from_85_to_white(answer, lightness, share, vividness):
    temperature = 0.4
    spared = spare_highlights(answer, np.float32(lightness), temperature * vividness)
    np.testing.assert_allclose(
        decode_logits(spared, temperature=temperature, vividness=vividness),
        decode_logits(answer, temperature=temperature, vividness=share * vividness),
        atol=1e-3,
    )


def test_each_cell_by_its_own_lightness(answer):
    cells = np.stack([answer, answer])
    shade, white = spare_highlights(cells, np.float32([40, 100]), 0.3)
    np.testing.assert_array_equal(shade, answer)
    np.testing.assert_array_equal(white, spare_highlights(answer, np.float32(100), 0.3))


def test_where_nothing_is_favored_or_bright_nothing_changes(answer):
    assert spare_highlights(answer, np.float32(100), 0) is answer
    assert spare_highlights(answer, np.float32(85), 0.3) is answer


def test_a_colorizer_spares_them_by_its_own_vividness(colorizer):
    decode = replace(colorizer.manifest.decode, temperature=0.5, vividness=0.6)
    vivid = replace(colorizer, manifest=replace(colorizer.manifest, decode=decode))
    decode = replace(decode, vividness=0.0)
    plain = replace(colorizer, manifest=replace(colorizer.manifest, decode=decode))
    lightness = np.linspace(0, 100, 64, dtype=np.float32)[None].repeat(64, 0)
    predictions = [each.predict_lightness(lightness, (64, 64)) for each in (vivid, plain)]
    cells = predictions[1].cell_lightness
    expected = spare_highlights(predictions[1].answer, cells, 0.3)
    assert not np.array_equal(expected, predictions[1].answer)
    np.testing.assert_allclose(predictions[0].answer, expected, atol=1e-5)
