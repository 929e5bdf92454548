"""A network read from itself: its layers in the order they run, and its skips."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import fx, nn
from torch.fx.passes.shape_prop import ShapeProp

from autochrome.color import ab_gamut
from autochrome.nn import HeadSettings, System, build_system


class Layer(NamedTuple):
    """A convolution, and the size of what comes out of it.

    ``kernel``, ``stride`` and ``dilation`` are those of a side; ``transposed`` says that the
    stride enlarges.
    """

    block: str
    channels: int
    height: int
    width: int
    kernel: int
    stride: int
    dilation: int
    transposed: bool


class Skip(NamedTuple):
    """Features of a block that are added to those of a later one, past others."""

    source: str
    target: str


class Network(NamedTuple):
    """What a figure shows of a network."""

    name: str
    layers: tuple[Layer, ...]
    skips: tuple[Skip, ...]
    num_parameters: int

    @property
    def blocks(self) -> dict[str, list[Layer]]:
        """The layers by block, in the order in which they run."""
        blocks: dict[str, list[Layer]] = {}
        for layer in self.layers:
            blocks.setdefault(layer.block, []).append(layer)
        return blocks


def describe(name: str, side: int = 256) -> Network:
    """Trace a system on a square photograph of `side` pixels.

    Parameters
    ----------
    name : a key of `autochrome.nn.SYSTEMS`.
    side : a multiple of what the backbone needs.

    Returns
    -------
    Its convolutions; a block is a part of the backbone, or the head. Skips are the additions
    that go past a block.
    """
    prior = np.full(ab_gamut().num_bins, 1 / ab_gamut().num_bins)
    with torch.device("meta"):  # shapes without numbers: no memory, no work
        system = build_system(name, HeadSettings(prior=prior)).eval()
        graph = fx.symbolic_trace(system)
        ShapeProp(graph).propagate(torch.zeros(1, 1, side, side))
    layers = [_layer(node, system) for node in graph.graph.nodes if _is_convolution(node, system)]
    total = sum(parameter.numel() for parameter in system.parameters())
    return Network(name, tuple(layers), _skips(graph.graph, layers, system), total)


def _is_convolution(node: fx.Node, system: System) -> bool:
    return node.op == "call_module" and isinstance(
        system.get_submodule(str(node.target)), (nn.Conv2d, nn.ConvTranspose2d)
    )


def _layer(node: fx.Node, system: System) -> Layer:
    module = system.get_submodule(str(node.target))
    assert isinstance(module, (nn.Conv2d, nn.ConvTranspose2d))
    _, channels, height, width = node.meta["tensor_meta"].shape
    return Layer(
        _block(node),
        channels,
        height,
        width,
        module.kernel_size[0],
        module.stride[0],
        module.dilation[0],
        isinstance(module, nn.ConvTranspose2d),
    )


def _block(node: fx.Node) -> str:
    part, name = str(node.target).split(".")[:2]
    return name if part == "backbone" else part


def _skips(graph: fx.Graph, layers: list[Layer], system: System) -> tuple[Skip, ...]:
    order = list(dict.fromkeys(layer.block for layer in layers))
    reached: dict[fx.Node, int] = {}  # the last block that a value has come through
    skips = []
    for node in graph.nodes:
        inputs = [reached.get(source, -1) for source in node.all_input_nodes]
        reached[node] = max(inputs, default=-1)
        if _is_convolution(node, system):
            reached[node] = order.index(_block(node))
        # One block on is the block's own identity.
        elif node.op == "call_function" and len(inputs) > 1 and min(inputs) < max(inputs) - 1:
            skips.append(Skip(order[min(inputs)], order[max(inputs)]))
    return tuple(skips)
