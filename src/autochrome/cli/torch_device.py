"""The device that torch works on."""

from __future__ import annotations

import os

from autochrome.errors import DeviceUnavailableError


def torch_device(name: str) -> str:
    """Choose torch's device for auto, cpu or cuda.

    Raises
    ------
    DeviceUnavailableError
        If CUDA is asked for and there is none.
    """
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise DeviceUnavailableError(
            "no CUDA device for torch", "Install a CUDA build of torch, or use --device cpu"
        )
    if name == "cpu" or not torch.cuda.is_available():
        return "cpu"
    # torchrun gives each process of a machine its own card.
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
