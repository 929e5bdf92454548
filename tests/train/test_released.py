from dataclasses import replace

import numpy as np
import pytest
import torch

from autochrome.errors import ModelError
from autochrome.models import find_model
from autochrome.pipeline.session import Session
from autochrome.train.released import load_released


def test_a_release_answers_in_torch_as_it_does_in_onnx_runtime():
    """The bundled one, whose weights are stored as int8, fp16 and float32."""
    model = find_model()
    lightness = np.random.default_rng(0).uniform(0, 100, (64, 96)).astype(np.float32)
    expected = Session(model.weights_path, device="cpu", num_threads=1).run(lightness)
    with torch.no_grad():
        logits = load_released(model)(torch.from_numpy(lightness)[None, None])[0]
    np.testing.assert_allclose(logits.permute(1, 2, 0), expected, rtol=0, atol=1e-3)
    prior = load_released(model).head.prior
    np.testing.assert_allclose(prior, model.manifest.decode.prior, rtol=1e-6)


@pytest.mark.parametrize("system", ["lumiere", "unknown"])
def test_a_graph_from_elsewhere_is_refused(tiny_model, system):
    model = find_model(tiny_model)
    named = model._replace(manifest=replace(model.manifest, system=system))
    with pytest.raises(ModelError, match=f"does not hold the weights of a {system}"):
        load_released(named)


def test_another_network_than_the_manifest_names_is_refused():
    model = find_model()
    named = model._replace(manifest=replace(model.manifest, system="zhang2016"))
    with pytest.raises(ModelError, match="does not hold the weights of a zhang2016"):
        load_released(named)
