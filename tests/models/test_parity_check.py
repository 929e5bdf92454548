import numpy as np

from autochrome.models import check_parity, find_model, parity_lightness, record_parity
from autochrome.pipeline.session import Session


def test_ramp():
    ramp = parity_lightness(32)
    assert (ramp[0, 0], ramp[-1, -1]) == (0, 100)
    assert ramp[3, 7] == np.float32(100 * 10 / 62)


def test_difference_is_measured():
    logits = np.random.default_rng(1).normal(size=(313, 8, 8)).astype(np.float32)
    parity = record_parity(logits, side=32)
    assert check_parity(parity, logits) == 0
    changed = logits.copy()
    changed[parity.positions[3]] += 0.25
    np.testing.assert_allclose(check_parity(parity, changed), 0.25, rtol=1e-5)


def test_onnx_answers_as_recorded(tiny_model):
    manifest, weights_path = find_model(tiny_model)
    logits = Session(weights_path, device="cpu").run(parity_lightness(manifest.parity.side))
    assert check_parity(manifest.parity, logits.transpose(2, 0, 1)) < 1e-4
