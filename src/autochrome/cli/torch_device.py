"""What torch works on: a device, and threads."""

from __future__ import annotations

import os

import click

from autochrome.cli.options import group
from autochrome.errors import DeviceUnavailableError

torch_options = group(
    click.option("--threads", type=click.IntRange(min=1), show_default="all cores"),
    click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto"),
    click.option("-q", "--quiet", is_flag=True, help="Show no progress."),
)


def torch_device(name: str, threads: int | None = None) -> str:
    """Choose torch's device for auto, cpu or cuda, and how many threads it has on a processor.

    Raises
    ------
    DeviceUnavailableError
        If CUDA is asked for and there is none.
    """
    import torch

    if threads:
        torch.set_num_threads(threads)
    if name == "cuda" and not torch.cuda.is_available():
        raise DeviceUnavailableError(
            "no CUDA device for torch", "Install a CUDA build of torch, or use --device cpu"
        )
    if name == "cpu" or not torch.cuda.is_available():
        return "cpu"
    # torchrun gives each process of a machine its own card.
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
