"""Two files a run leaves: a checkpoint to go on from exactly, and weights to use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from autochrome.atomic import atomic_path
from autochrome.color.prior import UNIFORM_MIXING
from autochrome.errors import ModelError
from autochrome.nn import System, build_system

_FULL_PRECISION = ("head.prior",)  # probabilities below fp16's range matter


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Save everything an exact resume needs."""
    with atomic_path(path) as temporary:
        torch.save(state, temporary)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint, to the CPU: its tensors are copied to where they belong.

    Raises
    ------
    ModelError
        If the file is missing or damaged.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(f"no checkpoint at {path}", "Start without --resume") from error
    except Exception as error:  # torch raises many kinds
        raise ModelError(f"{path} is not a readable checkpoint: {error}") from error
    return state


def save_weights(path: Path, system: System, metadata: dict[str, Any]) -> None:
    """Save the training form: fp16 safetensors with a JSON description.

    Parameters
    ----------
    metadata : must hold ``system``, the name in `autochrome.nn.SYSTEMS`.
    """
    tensors = {
        name: (value.half() if value.is_floating_point() and name not in _FULL_PRECISION else value)
        .cpu()
        .contiguous()
        for name, value in system.state_dict().items()
    }
    header = {"autochrome": json.dumps(metadata)}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, header)


def load_weights(
    path: Path, prior: NDArray[np.floating] | None = None, uniform_mixing: float = UNIFORM_MIXING
) -> tuple[System, dict[str, Any]]:
    """Build the system that a weights file describes.

    Parameters
    ----------
    path : a ``weights.safetensors``.
    prior : (Q,) of the photographs to train on now; the file's own by default.
    uniform_mixing : lambda of class rebalancing, if it is trained further.

    Returns
    -------
    The system with its weights in float32, and the file's metadata.

    Raises
    ------
    ModelError
        If the file is missing, damaged, or does not fit its system.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata: dict[str, Any] = json.loads((file.metadata() or {})["autochrome"])
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if prior is not None:
            tensors["head.prior"] = torch.tensor(prior, dtype=torch.float32)
        own_prior = tensors["head.prior"].double().numpy()
        system = build_system(metadata["system"], own_prior, uniform_mixing)
        system.load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path} is not a usable weights file: {error}") from error
    return system, metadata
