"""Back from the ONNX graph that ships to a system that torch runs, so that a release can teach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from torch import Tensor

from autochrome.errors import ModelError, UsageError
from autochrome.models import ModelFiles, check_parity
from autochrome.nn import HeadSettings, System, build_system
from autochrome.train.export import fuse_batch_norms, stored_weights
from autochrome.train.release import parity_answer


def load_released(model: ModelFiles) -> System:
    """Build the system that answers as a model does, in evaluation mode.

    Parameters
    ----------
    model : exported from a system of its paper's width, with a distribution over the ab gamut.

    Raises
    ------
    ModelError
        If the system that its manifest names, with the weights of its graph, does not answer as
        the manifest says.
    """
    manifest = model.manifest
    try:
        system = build_system(manifest.system, HeadSettings(prior=np.array(manifest.decode.prior)))
        fuse_batch_norms(system.eval())
        # What is missing, but for a prior, shows in the answer.
        system.load_state_dict(_tensors(model.weights_path), strict=False)
    except RuntimeError as error:  # of torch, a line for each of them
        raise _another(model, "its weights have other shapes") from error
    except (DecodeError, UsageError) as error:
        raise _another(model, str(error)) from error
    difference = check_parity(manifest.parity, parity_answer(system, manifest.parity.side))
    if not difference <= manifest.parity.tolerance:
        raise _another(model, f"its answer differs by {difference:.2g}")
    return system


def _tensors(graph: Path) -> dict[str, Tensor]:
    return {
        name.removeprefix("system."): torch.from_numpy(values.copy())
        for name, values in stored_weights(onnx.load(graph)).items()
    }


def _another(model: ModelFiles, reason: str) -> ModelError:
    return ModelError(
        f"{model.weights_path} does not hold the weights of a {model.manifest.system}: {reason}",
        "Give the weights.safetensors that it was exported from",
    )
