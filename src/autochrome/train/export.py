"""From the training form to the ONNX graph that ships: lightness in; logits, or ab, out."""

from __future__ import annotations

import hashlib
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from autochrome.atomic import atomic_path
from autochrome.nn import System
from autochrome.nn.heads.ab_classification import AbClassification

OPSET = 18
HALF_FROM = 100_000
"""Tensors of at least so many values are stored as fp16.

Rounding the small ones too, those near the answer above all, moves ab by up to 0.1 instead
of 0.005 and saves less than a tenth of the file.
"""


def fuse_batch_norms(network: nn.Module) -> None:
    """Fold each batch norm that follows a convolution in a Sequential into it, in place."""
    for module in network.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for i in range(len(module) - 1):
            convolution, norm = module[i], module[i + 1]
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module[i] = fuse_conv_bn_eval(convolution, norm)
                module[i + 1] = nn.Identity()


def round_to_half(network: nn.Module) -> None:
    """Round the large weights to the nearest fp16 value, in place, keeping float32 storage."""
    for parameter in network.parameters():
        if parameter.numel() >= HALF_FROM:
            parameter.data = parameter.data.half().float()


def release_form(system: System) -> System:
    """Bring a system, in place, to the exact weights that ship: fused, the large ones rounded."""
    system.eval().requires_grad_(False)
    fuse_batch_norms(system)
    round_to_half(system)
    return system


class ReleasedNetwork(nn.Module):
    """What ships of a system: up to the logits over the ab gamut if it has them, else up to ab.

    Parameters
    ----------
    system : brought to `release_form` in place.
    """

    def __init__(self, system: System) -> None:
        super().__init__()
        self.system = release_form(system)
        self.direct = not isinstance(system.head, AbClassification)

    def forward(self, lightness: Tensor) -> Tensor:
        """Map (N, 1, H, W) L* to (N, Q, H/4, W/4) logits, or (N, 2, H/4, W/4) ab if direct."""
        answer: Tensor = (
            self.system.predict_ab(lightness) if self.direct else self.system(lightness)
        )
        return answer


def export_onnx(network: ReleasedNetwork, path: Path) -> str:
    """Write a network's graph with its large weights as fp16, computing in float32.

    Parameters
    ----------
    network : with its one input ``lightness`` and its one output ``logits`` or ``ab``.
    path : the ``.onnx`` file to write.

    Returns
    -------
    sha256 of the file, hexadecimal.
    """
    multiple = network.system.multiple
    sample = torch.rand(2, 1, 8 * multiple, 6 * multiple) * 100
    height = torch.export.Dim("height_cells", min=1) * multiple
    width = torch.export.Dim("width_cells", min=1) * multiple
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter about itself
        program = torch.onnx.export(
            network,
            (sample,),
            dynamo=True,
            opset_version=OPSET,
            input_names=["lightness"],
            output_names=["ab" if network.direct else "logits"],
            dynamic_shapes=({0: torch.export.Dim("batch"), 2: height, 3: width},),
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    _store_half(model)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def _store_half(model: Any) -> None:
    """Store large float32 weights as fp16, each cast back at load time."""
    graph = model.graph
    for tensor in list(graph.initializer):
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < HALF_FROM:
            continue
        stored = tensor.name + "_fp16"
        cast = onnx.helper.make_node("Cast", [stored], [tensor.name], to=onnx.TensorProto.FLOAT)
        graph.node.insert(0, cast)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), stored))
    del graph.value_info[:]
