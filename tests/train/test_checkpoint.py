import numpy as np
import pytest
import torch

from autochrome.color import ab_gamut
from autochrome.errors import ModelError
from autochrome.nn import HeadSettings, build_system
from autochrome.train.averaging import AveragedWeights
from autochrome.train.checkpoint import load_weights, save_checkpoint, save_weights

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


@pytest.mark.parametrize(
    "save",
    [
        lambda path, system: save_weights(path, system, {"system": "lumiere"}),
        lambda path, system: save_checkpoint(path, system.state_dict()),
        lambda path, system: save_checkpoint(path, system.state_dict(), max_file_mib=1),
    ],
    ids=["weights", "checkpoint", "checkpoint in parts"],
)
def test_failed_save_keeps_the_old_files(system, tmp_path, full_disk, save):
    def files():
        return {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    save(tmp_path / "saved", system)
    before = files()
    system.head.projection.bias.data += 1
    with full_disk(), pytest.raises(OSError, match="File too large"):
        save(tmp_path / "saved", system)
    assert files() == before


def test_files_are_for_whom_the_umask_says(system, tmp_path):
    (tmp_path / "other").touch()
    save_weights(tmp_path / "weights.safetensors", system, {"system": "lumiere"})
    save_checkpoint(tmp_path / "checkpoint.pt", {})
    modes = {file.stat().st_mode for file in tmp_path.iterdir()}
    assert modes == {(tmp_path / "other").stat().st_mode}


@pytest.mark.parametrize(
    "description",
    [[], 3, None, {"system": "lumiere", "recipe": []}, {"system": "lumiere", "classes": 3},
     {"system": "lumiere", "recipe": {"width": "wide"}}, {"system": []}],
)  # fmt: skip
def test_weights_from_elsewhere(system, tmp_path, description):
    path = tmp_path / "weights.safetensors"
    save_weights(path, system, description)
    with pytest.raises(ModelError, match="not a usable weights file"):
        load_weights(path)


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
