import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from autochrome.errors import ModelError
from autochrome.models import find_model
from autochrome.pipeline.session import Session
from autochrome.train.released import load_released

ZHANG2016 = Path(__file__).parents[2] / "weights" / "zhang2016"


def named(model, system):
    return model._replace(manifest=replace(model.manifest, system=system))


@pytest.mark.parametrize("name", ["lumiere", ZHANG2016], ids=str)
def test_a_release_answers_in_torch_as_it_does_in_onnx_runtime(name):
    """Weights stored as int8, fp16 and float32, batch norms folded into them and others not."""
    model = find_model(name)
    lightness = np.random.default_rng(0).uniform(0, 100, (48, 64)).astype(np.float32)
    expected = Session(model.weights_path, device="cpu", num_threads=1).run(lightness)
    system = load_released(model)
    with torch.no_grad():
        logits = system(torch.from_numpy(lightness)[None, None])[0]
    np.testing.assert_allclose(logits.permute(1, 2, 0), expected, rtol=0, atol=1e-3)
    np.testing.assert_allclose(system.head.prior, model.manifest.decode.prior, rtol=1e-6)


@pytest.mark.parametrize("system", ["lumiere", "unknown"])
def test_a_graph_from_elsewhere_is_refused(tiny_model, system):
    with pytest.raises(ModelError, match=f"does not hold the weights of a {system}"):
        load_released(named(find_model(tiny_model), system))


@pytest.mark.parametrize("system", ["zhang2016", "lumiere_plain"])
def test_another_network_than_the_manifest_names_is_refused(system):
    """Even if all weights of the one have the shapes of the other's."""
    with pytest.raises(ModelError, match=f"does not hold the weights of a {system}"):
        load_released(named(find_model(), system))


def test_what_is_no_graph_is_refused(tmp_path):
    (tmp_path / "lumiere.onnx").write_bytes(hashlib.sha256(b"").digest())
    model = find_model()._replace(weights_path=tmp_path / "lumiere.onnx")
    with pytest.raises(ModelError, match="does not hold the weights of a lumiere"):
        load_released(model)
