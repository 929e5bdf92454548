"""Write a model's folder: its weights, and last the manifest, which says what the model is.

Named by their content, weights can lie beside those of an older model, which is whole until the
new manifest is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from autochrome.atomic import atomic_path, discard
from autochrome.models.catalog import MANIFEST_FILE
from autochrome.models.manifest import Manifest


def named_by_content(manifest: Manifest) -> Manifest:
    """Name the weights by their hash."""
    file = f"{manifest.name}-{manifest.weights.sha256[:12]}.onnx"
    return replace(manifest, weights=replace(manifest.weights, file=file))


def write_model(folder: Path, manifest: Manifest, write_weights: Callable[[Path], object]) -> None:
    """Write the weights, by a function that is given a path, and ``manifest.json``.

    Then other weights that are named by their content go: those replaced, and those of a
    replacement that was killed. After an error there are no new files.

    Raises
    ------
    ModelError
        If the manifest would not be valid.
    OSError
        If the folder cannot be written to.
    """
    path = folder / manifest.weights.file
    was_there = path.exists()
    try:
        with atomic_path(path) as temporary:
            write_weights(temporary)
        manifest.write(folder / MANIFEST_FILE)
    except BaseException:
        if not was_there:
            discard(path)
        raise
    for stale in folder.glob(f"{manifest.name}-{12 * '[0-9a-f]'}.onnx"):
        if stale != path:
            discard(stale)
