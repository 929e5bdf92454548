"""Back from the ONNX graph that ships to a system that torch runs, so that a release can teach."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from torch import Tensor

from autochrome.errors import ModelError
from autochrome.models import ModelFiles
from autochrome.nn import HeadSettings, System, build_system
from autochrome.train.export import fuse_batch_norms, stored_weights

_PREFIX = "system."  # of the parameters of a ReleasedNetwork
_PROJECTION = "head.projection.weight"
_NOT_SHIPPED = ("head.prior", "num_batches_tracked")  # the one is in the manifest


def load_released(model: ModelFiles) -> System:
    """Build the system that answers as a model does, in evaluation mode.

    Parameters
    ----------
    model : exported from a system that answers with a distribution over the ab gamut.

    Raises
    ------
    ModelError
        If its graph does not hold the weights of the network that its manifest names.
    """
    manifest = model.manifest
    settings = HeadSettings(prior=np.array(manifest.decode.prior))
    stored = stored_weights(onnx.load(model.weights_path))
    tensors = {
        name.removeprefix(_PREFIX): torch.from_numpy(values.copy())
        for name, values in stored.items()
        if name.startswith(_PREFIX)
    }
    try:
        whole = build_system(manifest.system, settings).state_dict()[_PROJECTION]
        width = tensors[_PROJECTION].shape[1] / whole.shape[1]
        system = build_system(manifest.system, settings, width).eval()
        fuse_batch_norms(system)
        _load(system, tensors)
    except (KeyError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{model.weights_path} does not hold the weights of a {manifest.system}: {error}",
            "Give the weights.safetensors that it was exported from",
        ) from error
    return system


def _load(system: System, tensors: dict[str, Tensor]) -> None:
    missing, unexpected = system.load_state_dict(tensors, strict=False)
    if wrong := [name for name in missing if not name.endswith(_NOT_SHIPPED)] + unexpected:
        raise ValueError(", ".join(wrong))
