"""Two files a run leaves: a checkpoint to go on from exactly, and weights to use."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from autochrome.atomic import atomic_path
from autochrome.errors import ModelError
from autochrome.nn import HeadSettings, System, build_system
from autochrome.train.parts import open_whole, remove_other_parts, write_parts

# Probabilities below fp16's range matter; variances of a network without early norms exceed it.
_FULL_PRECISION = ("head.prior", "running_mean", "running_var")


def save_checkpoint(path: Path, state: dict[str, Any], max_file_mib: int | None = None) -> None:
    """Save everything an exact resume needs; in parts of at most so many MiB if asked for.

    Raises
    ------
    OSError
        If it cannot be written; what was there before is whole then.
    """
    # Through memory: torch says of a full disk only that a file's position is unexpected.
    content = io.BytesIO()
    torch.save(state, content)
    if max_file_mib is None:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content.getbuffer())
        remove_other_parts(path)
    else:
        write_parts(content.getvalue(), path, max_file_mib * 2**20)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint, in parts or not, to the CPU: its tensors are copied to where they belong.

    Raises
    ------
    ModelError
        If the file, or a part of it, is missing or damaged, or holds something else.
    """
    if not path.exists():
        raise ModelError(f"no checkpoint at {path}", "Start without --resume")
    try:
        with open_whole(path) as file:
            state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds
        raise ModelError(f"{path} is not a readable checkpoint: {error}") from error
    if not isinstance(state, dict):
        raise ModelError(f"{path} is not the checkpoint of a run", "Start without --resume")
    return state


def save_weights(path: Path, system: System, metadata: dict[str, Any]) -> None:
    """Save the training form: fp16 safetensors with a JSON description.

    Parameters
    ----------
    metadata : must hold ``system``, the name in `autochrome.nn.SYSTEMS`.

    Raises
    ------
    OSError
        If it cannot be written; what was there before is whole then.
    """
    tensors = {
        name: (value.half() if _fits_half(name, value) else value).cpu().contiguous()
        for name, value in system.state_dict().items()
    }
    header = {"autochrome": json.dumps(metadata)}
    with atomic_path(path) as temporary:
        # Not save_file: of a full disk it raises what is no OSError, and none else may read it.
        temporary.write_bytes(save(tensors, header))


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
    with _refusing(path):
        with safe_open(path, "pt") as file:
            metadata = _metadata(file)
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if settings is None:
            settings = _settings(tensors["head.prior"], metadata)
        tensors["head.prior"] = torch.tensor(settings.prior, dtype=torch.float32)
        width = metadata.get("recipe", {}).get("width", 1.0)
        system = build_system(metadata["system"], settings, width)
        system.load_state_dict(tensors)
    return system, metadata


def load_metadata(path: Path) -> dict[str, Any]:
    """Read only the metadata of a weights file; see `load_weights`."""
    with _refusing(path), safe_open(path, "pt") as file:
        return _metadata(file)


def check_trained(path: Path, metadata: dict[str, Any], numbers: Iterable[str]) -> None:
    """Refuse weights that do not say how they were trained.

    Parameters
    ----------
    path, metadata : the file, and what it says.
    numbers : which ones it must hold, such as ``photographs_seen``.

    Raises
    ------
    ModelError
        If it lacks one of them, or the name of the recipe.
    """
    lacks = [name for name in numbers if not isinstance(metadata.get(name), int | float)]
    if not isinstance(metadata.get("recipe", {}).get("recipe"), str):
        lacks.append("recipe")
    if lacks:
        raise ModelError(
            f"{path} does not say how it was trained: it lacks {', '.join(lacks)}",
            "Give the weights.safetensors that 'autochrome train' has written",
        )


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn whatever a file of something else leads to into a ModelError."""
    try:
        yield
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise ModelError(
            f"{path} is not a usable weights file: {error}",
            "Weights of another version of a network cannot be used; train again",
        ) from error


def _metadata(file: Any) -> dict[str, Any]:
    metadata = json.loads((file.metadata() or {})["autochrome"])
    if not isinstance(metadata, dict):
        raise ValueError("its description is not an object")
    for key, kind in {"recipe": dict, "classes": list}.items():
        if not isinstance(metadata.get(key, kind()), kind):
            raise ValueError(f"{key} of its description is not a {kind.__name__}")
    return metadata


def _settings(prior: Tensor, metadata: dict[str, Any]) -> HeadSettings:
    """Restore what the head was told in training."""
    recipe = metadata.get("recipe", {})
    told = {name: recipe[name] for name in ("uniform_mixing", "num_neighbors") if name in recipe}
    classes = metadata.get("classes", ())
    return HeadSettings(prior=prior.double().numpy(), num_classes=len(classes), **told)
