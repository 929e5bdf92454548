"""The manifest: everything a program or a person must know about one trained model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from autochrome.atomic import atomic_path
from autochrome.errors import ModelError
from autochrome.models.strict import Scalar, build

SCHEMA = 1
NAME_PATTERN = r"\w[\w.-]*"
MAX_SMOOTHING = 5  # passes: 31 cells, half of a picture
_TRAINING_KEYS = ("photographs", "photographs_seen", "minutes", "hardware")


@dataclass(frozen=True, kw_only=True)
class Input:
    """What the graph takes: lightness (N, 1, H, W), raw L* in [0, 100].

    Parameters
    ----------
    multiple : H and W must be multiples of this.
    side : the short side the model works at by default, in pixels.
    exposure : the luminance in [0, 1) that the highlights of an underexposed photograph are
        brought to, by `autochrome.pipeline.exposure`; 0 shows it as it is.
    """

    multiple: int
    side: int
    exposure: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Output:
    """What the graph answers: logits (N, num_bins, H / stride, W / stride).

    A model that decodes itself answers ab (N, 2, H / stride, W / stride); its num_bins is 0.

    Parameters
    ----------
    boldness : the power of the class-rebalancing weights that the logits gain with each halving,
        below ``input.side``, of what the network sees of a photograph's short side;
        `autochrome.pipeline.boldness` takes it away. 0 if the decode is direct.
    """

    stride: int
    num_bins: int
    boldness: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Decode:
    """How the graph's answer becomes ab.

    Parameters
    ----------
    kind : "annealed_mean" of logits, by `autochrome.color.decode_logits`; "direct": the answer
        is ab, and neither temperature nor vividness nor a prior mean anything.
    temperature, vividness : the defaults for this model; 1 and 0 if direct.
    prior : (Q,) how common each bin was in training; empty if direct.
    rebalancing : the power of the class-rebalancing weights that is taken out of the logits before
        they are annealed, by `autochrome.pipeline.boldness`; 0 if direct.
    smoothing : passes of `autochrome.pipeline.smoothing`, the default for this model.
    """

    kind: Literal["annealed_mean", "direct"]
    temperature: float
    vividness: float
    prior: tuple[float, ...] = field(repr=False)
    rebalancing: float = 0.0
    smoothing: int = 0


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The ONNX file: a bare name beside the manifest, its hash, its size, its number format."""

    file: str
    sha256: str
    bytes: int
    precision: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """One collection of training photographs, and on which terms it may be used."""

    name: str
    terms: str


@dataclass(frozen=True, kw_only=True)
class Licence:
    """Terms of the code and of the weights, stated apart."""

    code: str
    weights: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class Parity:
    """What the model must answer for a known input; see `autochrome.models.parity`.

    Parameters
    ----------
    lightness : what the input is, in words.
    side : height and width of the input in pixels.
    positions : (bin, row, column) into the answer, or (channel, row, column) if it is ab.
    logits : the values expected there.
    tolerance : the largest absolute difference allowed.
    """

    lightness: str
    side: int
    positions: tuple[tuple[int, ...], ...]
    logits: tuple[float, ...]
    tolerance: float


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One trained model.

    Parameters
    ----------
    schema : version of this format; 1.
    name : what a person calls the model; ``version`` tells its trainings apart.
    system : architecture, a name in the registry of networks.
    recipe : how it was trained, a name among the training recipes.
    training : at least ``photographs``, ``photographs_seen``, ``minutes`` and ``hardware``.
    metrics : protocol to metric to value.
    """

    schema: int
    name: str
    version: str
    system: str
    recipe: str
    description: str
    input: Input
    output: Output
    decode: Decode
    weights: Weights
    licence: Licence
    training: Mapping[str, Scalar]
    metrics: Mapping[str, Mapping[str, float]]
    parity: Parity

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read and check a ``manifest.json``.

        Raises
        ------
        ModelError
            If the file is missing, is not JSON, or a key is missing, unknown or wrong; the
            message names the file and the key.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"Cannot read the manifest {path}: {error}") from error
        try:
            manifest: Manifest = build(cls, content)
            _check(manifest)
        except ValueError as error:
            raise ModelError(f"The manifest {path} is not valid: {error}") from error
        return manifest

    def write(self, path: Path) -> None:
        """Write ``manifest.json``: whole or not at all.

        Raises
        ------
        ModelError
            If a value is not one that `read` would take.
        OSError
            If the file cannot be written.
        """
        text = self.to_json()
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def to_json(self) -> str:
        """Return the text of a ``manifest.json``; raises ModelError as `write` does."""
        try:
            text = json.dumps(asdict(self), indent=2) + "\n"
            _check(build(Manifest, json.loads(text)))
        except (TypeError, ValueError) as error:
            raise ModelError(f"The manifest of {self.name} would not be valid: {error}") from error
        return text


def _check(manifest: Manifest) -> None:
    """Raise ValueError, naming the key, where a value cannot be."""
    parity = manifest.parity
    side, multiple, stride = manifest.input.side, manifest.input.multiple, manifest.output.stride
    direct = manifest.decode.kind == "direct"
    num_channels = 2 if direct else manifest.output.num_bins
    in_range = all(
        len(p) == 3
        and 0 <= p[0] < num_channels
        and all(0 <= i < parity.side // max(stride, 1) for i in p[1:])
        for p in parity.positions
    )
    rules = {
        f"schema: expected {SCHEMA}": manifest.schema == SCHEMA,
        "name: must be letters, digits, '.', '_' or '-'": bool(
            re.fullmatch(NAME_PATTERN, manifest.name)
        ),
        "output.stride: must be positive": stride > 0,
        "output.num_bins: must be positive, and 0 if the decode is direct": (
            manifest.output.num_bins == 0 if direct else manifest.output.num_bins > 0
        ),
        "output.boldness: must be in [0, 1], and 0 if the decode is direct": (
            0 <= manifest.output.boldness <= (0 if direct else 1)
        ),
        "decode.rebalancing: must be in [0, 1], and 0 if the decode is direct": (
            0 <= manifest.decode.rebalancing <= (0 if direct else 1)
        ),
        "input.multiple: must be a multiple of output.stride": multiple > 0
        and multiple % max(stride, 1) == 0,
        "input.side: must be at least input.multiple": side >= multiple,
        "input.exposure: must be in [0, 1)": 0 <= manifest.input.exposure < 1,
        "decode.temperature: must be in (0, 1]": 0 < manifest.decode.temperature <= 1,
        "decode.vividness: must be in [-1, 1]": -1 <= manifest.decode.vividness <= 1,
        f"decode.smoothing: must be in [0, {MAX_SMOOTHING}]": (
            0 <= manifest.decode.smoothing <= MAX_SMOOTHING
        ),
        "decode.prior: must have one probability for each bin and sum to 1": (
            len(manifest.decode.prior) == manifest.output.num_bins
            and min(manifest.decode.prior, default=0) >= 0
            and (direct or abs(sum(manifest.decode.prior) - 1) < 1e-3)
        ),
        "weights.file: must be a file name without a folder": bool(
            re.fullmatch(r"[^/\\]+\.onnx", manifest.weights.file)
        ),
        "weights.sha256: must be 64 hexadecimal digits": bool(
            re.fullmatch(r"[0-9a-f]{64}", manifest.weights.sha256)
        ),
        "parity: needs as many logits as positions, at least one": (
            len(parity.logits) == len(parity.positions) > 0
        ),
        "parity.positions: must be (bin, row, column) inside the logits": in_range,
        "parity.side: must be a multiple of input.multiple": (
            parity.side > 0 and parity.side % max(multiple, 1) == 0
        ),
        "parity.tolerance: must be positive": parity.tolerance > 0,
        **{f"training.{key}: missing": key in manifest.training for key in _TRAINING_KEYS},
    }
    for rule, holds in rules.items():
        if not holds:
            raise ValueError(rule)
