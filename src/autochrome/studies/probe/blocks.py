"""The blocks of a backbone, whichever it is, and what they put out."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from autochrome.nn import HeadSettings, System, build_system
from autochrome.studies.classification import BATCH_SIZE, seeded
from autochrome.studies.labelled import to_lightness

_CALIBRATION_BATCHES = 16


def block_names(backbone: nn.Module) -> list[str]:
    """Name the blocks of a backbone, in the order in which they are run.

    A block is a child that puts out one map (N, C, h, w), and whose layers are not all
    linear: several convolutions, or one with its ReLU. A child that puts out something else
    is looked into, as VGG's list of blocks is.
    """
    maps: list[nn.Module] = []

    def remember(module: nn.Module, _: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4:
            maps.append(module)

    backbone = copy.deepcopy(backbone).cpu().eval()
    handles = [module.register_forward_hook(remember) for module in backbone.modules()]
    with torch.inference_mode():
        backbone(torch.zeros(1, 1, 64, 64))
    for handle in handles:
        handle.remove()
    blocks = [(maps.index(module), name) for name, module in _walk(backbone, "", maps)]
    return [name for _, name in sorted(blocks)]


def _walk(module: nn.Module, prefix: str, maps: list[nn.Module]) -> Iterator[tuple[str, nn.Module]]:
    for name, child in module.named_children():
        if child not in maps:
            yield from _walk(child, f"{prefix}{name}.", maps)
        elif _is_block(child):
            yield prefix + name, child


def _is_block(module: nn.Module) -> bool:
    modules = list(module.modules())
    num_convolutions = sum(isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)) for m in modules)
    has_relu = any(isinstance(m, nn.ReLU) for m in modules)
    return num_convolutions > 1 or (num_convolutions == 1 and has_relu)


class BlockOutputs(nn.Module):
    """(N, 1, H, W) L* to the outputs of some of a backbone's blocks, by name.

    Gradients flow; what comes after the last of the blocks is run in vain.
    """

    def __init__(self, backbone: nn.Module, blocks: list[str]) -> None:
        super().__init__()
        self.backbone = backbone
        self.blocks = blocks

    def forward(self, lightness: Tensor) -> dict[str, Tensor]:
        """Run the backbone."""
        outputs: dict[str, Tensor] = {}

        def keep(name: str, output: Tensor) -> None:
            outputs[name] = output.clone()  # the next layer may work in place on it

        handles = [
            self.backbone.get_submodule(name).register_forward_hook(
                lambda _module, _input, output, name=name: keep(name, output)
            )
            for name in self.blocks
        ]
        try:
            self.backbone(lightness)
        finally:
            for handle in handles:
                handle.remove()
        return outputs


def random_backbone(system: System, metadata: dict[str, Any], seed: int) -> nn.Module:
    """Build the backbone of a trained system as its training began, with fresh weights.

    Parameters
    ----------
    system, metadata : as `autochrome.train.checkpoint.load_weights` returns them.
    """
    settings = HeadSettings(
        prior=system.head.prior.double().cpu().numpy(),  # type: ignore[operator]
        num_classes=len(metadata.get("classes", ())),
    )
    width = metadata.get("recipe", {}).get("width", 1.0)
    fresh = seeded(seed, lambda: build_system(metadata["system"], settings, width).backbone)
    return fresh.to(next(system.parameters()).device)


@torch.no_grad()
def calibrate(backbone: nn.Module, pictures: Tensor) -> None:
    """Give the batch norms of a random network the statistics of photographs (N, 3, S, S).

    Else its features would be judged for their scale only.
    """
    norms = [m for m in backbone.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
    device = next(backbone.parameters()).device
    backbone.train()
    for batch in torch.split(pictures, BATCH_SIZE)[:_CALIBRATION_BATCHES]:
        if len(batch) > 1:
            backbone(to_lightness(batch.to(device)))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    backbone.eval()
