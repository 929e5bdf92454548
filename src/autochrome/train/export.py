"""From the training form to the ONNX graph that ships: lightness in; logits, or ab, out."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from autochrome.nn import System
from autochrome.nn.heads.ab_classification import AbClassification
from autochrome.train.precision import LARGE_FROM, Precision, as_half, as_int8, round_weights

OPSET = 18


def fuse_batch_norms(network: nn.Module) -> None:
    """Fold each batch norm that follows a layer in a Sequential into it, in place.

    Those left would be folded by the exporter, into weights that are rounded already.
    """
    for module in network.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for i in range(len(module) - 1):
            layer, norm = module[i], module[i + 1]
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module[i] = fuse_conv_bn_eval(layer, norm)
            elif isinstance(layer, nn.Linear) and isinstance(norm, nn.BatchNorm1d):
                module[i] = fuse_linear_bn_eval(layer, norm)
            else:
                continue
            module[i + 1] = nn.Identity()


def release_form(system: System, precision: Precision = "fp16") -> System:
    """Bring a system, in place, to the exact weights that ship: fused, the large ones rounded."""
    system.eval().requires_grad_(False)
    fuse_batch_norms(system)
    round_weights(system, precision)
    return system


class ReleasedNetwork(nn.Module):
    """What ships of a system: up to the logits over the ab gamut if it has them, else up to ab.

    Parameters
    ----------
    system : brought to `release_form` in place.
    precision : of its large weights.
    """

    def __init__(self, system: System, precision: Precision = "fp16") -> None:
        super().__init__()
        self.system = release_form(system, precision)
        self.direct = not isinstance(system.head, AbClassification)

    def forward(self, lightness: Tensor) -> Tensor:
        """Map (N, 1, H, W) L* to (N, Q, H/4, W/4) logits, or (N, 2, H/4, W/4) ab if direct."""
        answer: Tensor = (
            self.system.predict_ab(lightness) if self.direct else self.system(lightness)
        )
        return answer


def onnx_graph(network: ReleasedNetwork) -> bytes:
    """Return a network's graph with its large weights as they were rounded, computing in float32.

    Parameters
    ----------
    network : with its one input ``lightness`` and its one output ``logits`` or ``ab``.

    Returns
    -------
    The content of an ``.onnx`` file; the same weights give the same bytes.
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
    _store_compactly(model)
    _forget_the_exporter(model.graph)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _forget_the_exporter(graph: Any) -> None:
    """Drop torch's notes of how it exported: folders of this machine, sets in any order."""
    for noted in (graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        kept = [note for note in noted.metadata_props if not note.key.startswith("pkg.torch.")]
        del noted.metadata_props[:]
        noted.metadata_props.extend(kept)


def _store_compactly(model: Any) -> None:
    """Store large float32 weights in fewer bits, where that loses nothing.

    Plain operations bring them back, which a runtime computes once, at load time.
    """
    graph = model.graph
    for tensor in list(graph.initializer):
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < LARGE_FROM:
            continue
        if (half := as_half(values)) is not None:
            _store(graph, tensor, half)
        elif (int8 := as_int8(values)) is not None:
            _store(graph, tensor, int8.steps, int8.scale)
    del graph.value_info[:]


def _store(
    graph: Any, tensor: Any, stored: NDArray[Any], scale: NDArray[np.float32] | None = None
) -> None:
    """Put `stored` in place of an initializer, cast back to float32 and scaled."""
    name = tensor.name
    stored_name, scale_name = f"{name}_{stored.dtype}", f"{name}_scale"
    tensor.CopyFrom(onnx.numpy_helper.from_array(stored, stored_name))
    cast_name = name
    if scale is not None:
        cast_name = f"{name}_steps"
        graph.initializer.append(onnx.numpy_helper.from_array(scale, scale_name))
        graph.node.insert(0, onnx.helper.make_node("Mul", [cast_name, scale_name], [name]))
    cast = onnx.helper.make_node("Cast", [stored_name], [cast_name], to=onnx.TensorProto.FLOAT)
    graph.node.insert(0, cast)


def stored_weights(model: Any) -> dict[str, NDArray[Any]]:
    """Read the weights of a model that `onnx_graph` has made: values by name, as computed with."""
    weights = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    for stored_name, values in list(weights.items()):
        name = stored_name.removesuffix(f"_{values.dtype}")
        if name != stored_name:
            scale = weights.pop(f"{name}_scale", np.float32(1))
            weights[name] = weights.pop(stored_name).astype(np.float32) * scale
    return weights
