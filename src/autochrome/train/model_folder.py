"""Put an exported model into its folder, where an older one may lie.

A model is what its manifest says, and the manifest names one file of weights, by its hash. Where
that file has the name of an older one, the new weights lie beside it under a name of their own
until the new manifest is there: at any moment the folder holds the old model or the new one, whole.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autochrome.atomic import atomic_path, discard
from autochrome.errors import OutputError
from autochrome.models import Manifest
from autochrome.models.catalog import MANIFEST_FILE


def place_model(graph: bytes, manifest: Manifest, folder: Path) -> None:
    """Write a model's graph, as the file that its manifest names, and ``manifest.json``.

    Raises
    ------
    ModelError
        If the manifest would not be valid; nothing is written then.
    OutputError
        If the folder cannot be written to; the older model, or the new one, is whole then.
    """
    manifest.to_json()
    path = folder / manifest.weights.file
    beside = f"{path.stem}-{manifest.weights.sha256[:12]}.onnx"
    try:
        if path.exists():
            _write(graph, _naming(beside, manifest), folder)
        _write(graph, manifest, folder)
    except OSError as error:
        raise _failure(path, error) from error
    # The one beside, and those of exports that were killed.
    for stale in folder.glob(f"{path.stem}-{12 * '[0-9a-f]'}.onnx"):
        discard(stale)


def _naming(file: str, manifest: Manifest) -> Manifest:
    return replace(manifest, weights=replace(manifest.weights, file=file))


def _write(graph: bytes, manifest: Manifest, folder: Path) -> None:
    path = folder / manifest.weights.file
    was_there = path.exists()
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(graph)
        manifest.write(folder / MANIFEST_FILE)
    except BaseException:
        if not was_there:
            discard(path)
        raise


def _failure(path: Path, error: OSError) -> OutputError:
    from autochrome.photo.failure import disk_failure

    full: OutputError | None = disk_failure(path, error)
    return full or OutputError(
        f"cannot write the model to {path.parent}: {error.strerror}", "Choose another folder"
    )
