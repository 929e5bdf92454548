"""What must be the same for a film to be continued: the input, the model, what was asked for."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import av

import autochrome
from autochrome.pipeline import Colorizer
from autochrome.video.options import VideoOptions

_SAMPLES = 64
_SAMPLE_BYTES = 2**16


def fingerprint(source: Path, options: VideoOptions, colorizer: Colorizer) -> dict[str, Any]:
    """Describe a run in what JSON can hold; two that are equal give the same frames."""
    manifest = colorizer.manifest
    return {
        "input": {"bytes": source.stat().st_size, "sha256_of_samples": _sample(source)},
        "options": _plain(dataclasses.asdict(options)),
        "references": [_sample(reference.photo) for reference in options.references],
        "model": [manifest.name, manifest.version, manifest.weights.sha256],
        "autochrome": autochrome.__version__,
        "ffmpeg": av.ffmpeg_version_info,
    }


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Name what differs between two fingerprints."""
    return [name for name in one if one[name] != other.get(name)]


def _sample(path: Path) -> str:
    """Hash pieces of a file from all over it: a copy is the same film, whatever its date."""
    digest = hashlib.sha256()
    size = path.stat().st_size
    with path.open("rb") as file:
        for index in range(_SAMPLES):
            file.seek(max(0, size - _SAMPLE_BYTES) * index // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)
