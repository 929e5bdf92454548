import numpy as np
import pytest
import torch

from autochrome.color import ab_gamut
from autochrome.errors import ModelError
from autochrome.nn import HeadSettings, build_system
from autochrome.train.averaging import AveragedWeights
from autochrome.train.checkpoint import load_weights, save_weights

PRIOR = np.random.default_rng(0).dirichlet(np.full(ab_gamut().num_bins, 0.1))


@pytest.fixture
def system():
    torch.manual_seed(0)
    return build_system("lumiere", HeadSettings(prior=PRIOR)).eval()


def test_weights_round_trip_at_half_precision(system, tmp_path):
    save_weights(tmp_path / "weights.safetensors", system, {"system": "lumiere", "steps": 3})
    loaded, metadata = load_weights(tmp_path / "weights.safetensors")
    assert metadata["steps"] == 3
    for name, value in system.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], value, rtol=1e-3, atol=1e-7)
    torch.testing.assert_close(loaded.head.prior, system.head.prior, rtol=0, atol=0)


@pytest.mark.parametrize("keep", [0, 100, 100_000])
def test_truncated_weights(system, tmp_path, keep):
    path = tmp_path / "weights.safetensors"
    save_weights(path, system, {"system": "lumiere"})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match="not a usable weights file"):
        load_weights(path)


def test_weights_of_another_system(system, tmp_path):
    path = tmp_path / "weights.safetensors"
    save_weights(path, system, {"system": "zhang2016"})
    with pytest.raises(ModelError, match="not a usable weights file"):
        load_weights(path)


def test_failed_save_keeps_the_old_file(system, tmp_path, monkeypatch):
    path = tmp_path / "weights.safetensors"
    save_weights(path, system, {"system": "lumiere"})
    before = path.read_bytes()

    def disk_full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autochrome.train.checkpoint.save_file", disk_full)
    with pytest.raises(OSError, match="No space"):
        save_weights(path, system, {"system": "lumiere"})
    assert path.read_bytes() == before


def test_average_by_hand(system):
    averaged = AveragedWeights(system, decay=0.9)
    bias = system.head.projection.bias
    start = bias.detach().clone()
    with torch.no_grad():
        bias += 1
    averaged.update(step=0)  # early: decay 1 / 10
    torch.testing.assert_close(averaged.network.head.projection.bias, start + 0.9)
    averaged.update(step=10_000)
    torch.testing.assert_close(averaged.network.head.projection.bias, start + 0.91)


def test_average_with_the_initial_weights_by_hand(system):
    averaged = AveragedWeights(system, decay=0.9, initial_share=0.25)
    bias = system.head.projection.bias
    start = bias.detach().clone()
    with torch.no_grad():
        bias += 1
    averaged.update(step=0)
    torch.testing.assert_close(averaged.network.head.projection.bias, start + 0.75 * 0.9)
    averaged.update(step=10_000)
    torch.testing.assert_close(averaged.network.head.projection.bias, start + 0.75 * 0.91)


def test_variances_beyond_fp16_are_kept(system, tmp_path):
    variance = system.backbone.stem[0][1].running_var
    variance.fill_(3e8)
    save_weights(tmp_path / "weights.safetensors", system, {"system": "lumiere"})
    loaded, _ = load_weights(tmp_path / "weights.safetensors")
    torch.testing.assert_close(loaded.backbone.stem[0][1].running_var, variance)
