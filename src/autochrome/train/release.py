"""From ``weights.safetensors`` to a model folder: ONNX and manifest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from autochrome.color.prior import UNIFORM_MIXING
from autochrome.errors import UsageError
from autochrome.models import (
    Decode,
    Input,
    Licence,
    Manifest,
    Output,
    Source,
    Weights,
    parity_lightness,
    record_parity,
)
from autochrome.models.manifest import NAME_PATTERN
from autochrome.models.strict import Scalar, build
from autochrome.nn import STRIDE
from autochrome.train.checkpoint import check_trained, load_weights
from autochrome.train.export import ReleasedNetwork, onnx_graph
from autochrome.train.folder import prepare_folder
from autochrome.train.model_folder import place_model
from autochrome.train.precision import Precision, stored_as

CODE_LICENCE = "Apache-2.0"
_PARITY_SIDE = 64
_DETAILS = {
    "description": str,
    "weights_licence": str,
    "sources": Mapping[str, str],
    "training": Mapping[str, Scalar],
    "metrics": Mapping[str, Mapping[str, float]],
}


class Knobs(NamedTuple):
    """What a release answers by default; see `autochrome.models.Manifest` for each."""

    side: int
    temperature: float
    vividness: float
    smoothing: int = 0
    exposure: float = 0.0
    rebalancing: float = 0.0
    boldness: float = 0.0


def release(
    weights: Path,
    output: Path,
    *,
    name: str,
    version: str,
    knobs: Knobs,
    details: Path | None = None,
    precision: Precision = "fp16",
) -> Manifest:
    """Export weights as a model folder.

    Parameters
    ----------
    weights : a ``weights.safetensors``.
    output : folder of the model; ``NAME.onnx`` and ``manifest.json`` are written into it. A model
        that lies there is whole until the new one is.
    name, version : of the model.
    knobs : its defaults.
    details : JSON with what the weights do not know, any of ``description``,
        ``weights_licence``, ``sources`` (name to terms), ``training`` (``photographs``,
        ``hardware``, ...) and ``metrics`` (protocol to metric to value).
    precision : of the large weights as they are stored; what computes is float32.

    Raises
    ------
    ModelError
        If the weights cannot be read, or do not say how they were trained.
    UsageError
        If the name is none, the details cannot be read or hold an unknown key or a wrong value,
        or class rebalancing that the weights were not trained with is to be taken out.
    OutputError
        If the folder cannot be written to.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(f"{name!r} is no name for a model", "Use letters, digits, '.', '_', '-'")
    system, metadata = load_weights(weights)
    check_trained(weights, metadata, ("photographs_seen", "minutes"))
    _check_rebalancing(knobs, metadata["recipe"].get("uniform_mixing", UNIFORM_MIXING))
    described = _read_details(details) if details else {}
    prepare_folder(output)
    network = ReleasedNetwork(system, precision)
    graph = onnx_graph(network)
    manifest = Manifest(
        schema=1,
        name=name,
        version=version,
        system=metadata["system"],
        recipe=metadata["recipe"]["recipe"],
        description=described.get("description", f"{metadata['system']}, trained by its user"),
        input=Input(multiple=system.multiple, side=knobs.side, exposure=knobs.exposure),
        output=_output(network, knobs),
        decode=_decode(network, knobs),
        weights=Weights(
            file=f"{name}.onnx",
            sha256=hashlib.sha256(graph).hexdigest(),
            bytes=len(graph),
            precision=stored_as(network, precision),
        ),
        licence=_licence(described),
        training={
            "photographs": None,
            "photographs_seen": metadata["photographs_seen"],
            "minutes": metadata["minutes"],
            "hardware": None,
            **described.get("training", {}),
        },
        metrics=described.get("metrics", {}),
        parity=record_parity(parity_answer(network, _PARITY_SIDE), _PARITY_SIDE),
    )
    place_model(graph, manifest, output)
    return manifest


def _check_rebalancing(knobs: Knobs, uniform_mixing: float) -> None:
    """Refuse to undo what was not done: colorizing knows the weights of the paper's lambda only."""
    if (knobs.rebalancing or knobs.boldness) and uniform_mixing != UNIFORM_MIXING:
        raise UsageError(
            f"these weights were trained with lambda = {uniform_mixing:g} of class rebalancing",
            f"Leave rebalancing and boldness at 0: they are for lambda = {UNIFORM_MIXING:g}",
        )


def _output(network: ReleasedNetwork, knobs: Knobs) -> Output:
    if network.direct:
        return Output(stride=STRIDE, num_bins=0)
    num_bins = len(network.system.head.prior)  # type: ignore[arg-type]
    return Output(stride=STRIDE, num_bins=num_bins, boldness=knobs.boldness)


def _licence(described: dict[str, Any]) -> Licence:
    sources = described.get("sources", {})
    return Licence(
        code=CODE_LICENCE,
        weights=described.get("weights_licence", "as its trainer decides"),
        sources=tuple(Source(name=name, terms=terms) for name, terms in sources.items()),
    )


def _decode(network: ReleasedNetwork, knobs: Knobs) -> Decode:
    if network.direct:
        return Decode(
            kind="direct", temperature=1.0, vividness=0.0, prior=(), smoothing=knobs.smoothing
        )
    prior = network.system.head.prior.double().numpy()  # type: ignore[operator]
    return Decode(
        kind="annealed_mean",
        temperature=knobs.temperature,
        vividness=knobs.vividness,
        prior=tuple((prior / prior.sum()).tolist()),
        rebalancing=knobs.rebalancing,
        smoothing=knobs.smoothing,
    )


def parity_answer(network: nn.Module, side: int) -> NDArray[np.floating]:
    """Answer to the ramp of a side, (C, h, w), by a network in torch; see `record_parity`."""
    with torch.inference_mode():
        return np.asarray(network(torch.from_numpy(parity_lightness(side))[None, None])[0])


def _read_details(path: Path) -> dict[str, Any]:
    try:
        details = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    if not isinstance(details, dict) or not set(details) <= set(_DETAILS):
        raise UsageError(f"{path} must be a JSON object with keys among {', '.join(_DETAILS)}")
    try:
        for key, value in details.items():
            build(_DETAILS[key], value, key)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from error
    return details
