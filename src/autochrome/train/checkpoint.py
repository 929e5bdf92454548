"""Two files a run leaves: a checkpoint to go on from exactly, and weights to use."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from autochrome.atomic import atomic_path
from autochrome.errors import ModelError
from autochrome.nn import HeadSettings, System, build_system
from autochrome.train.parts import open_whole, remove_other_parts, write_parts

# Probabilities below fp16's range matter; variances of a network without early norms exceed it.
_FULL_PRECISION = ("head.prior", "running_mean", "running_var")


def save_checkpoint(path: Path, state: dict[str, Any], max_file_mib: int | None = None) -> None:
    """Save everything an exact resume needs; in parts of at most so many MiB if asked for."""
    if max_file_mib is None:
        with atomic_path(path) as temporary:
            torch.save(state, temporary)
        remove_other_parts(path)
    else:
        content = io.BytesIO()
        torch.save(state, content)
        write_parts(content.getvalue(), path, max_file_mib * 2**20)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint, in parts or not, to the CPU: its tensors are copied to where they belong.

    Raises
    ------
    ModelError
        If the file, or a part of it, is missing or damaged.
    """
    if not path.exists():
        raise ModelError(f"no checkpoint at {path}", "Start without --resume")
    try:
        with open_whole(path) as file:
            state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
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
        name: (value.half() if _fits_half(name, value) else value).cpu().contiguous()
        for name, value in system.state_dict().items()
    }
    header = {"autochrome": json.dumps(metadata)}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, header)


def _fits_half(name: str, value: Tensor) -> bool:
    return value.is_floating_point() and not name.endswith(_FULL_PRECISION)


def load_weights(path: Path, settings: HeadSettings | None = None) -> tuple[System, dict[str, Any]]:
    """Build the system that a weights file describes.

    Parameters
    ----------
    path : a ``weights.safetensors``.
    settings : to train it further, by other photographs or another recipe; those it was
        trained with by default.

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
        if settings is None:
            settings = _settings(tensors["head.prior"], metadata)
        tensors["head.prior"] = torch.tensor(settings.prior, dtype=torch.float32)
        width = metadata.get("recipe", {}).get("width", 1.0)
        system = build_system(metadata["system"], settings, width)
        system.load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{path} is not a usable weights file: {error}",
            "Weights of another version of a network cannot be used; train again",
        ) from error
    return system, metadata


def _settings(prior: Tensor, metadata: dict[str, Any]) -> HeadSettings:
    """Restore what the head was told in training."""
    recipe = metadata.get("recipe", {})
    told = {name: recipe[name] for name in ("uniform_mixing", "num_neighbors") if name in recipe}
    classes = metadata.get("classes", ())
    return HeadSettings(prior=prior.double().numpy(), num_classes=len(classes), **told)
