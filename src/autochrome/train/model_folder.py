"""Put an exported model into its folder, where an older one may lie.

Where the older one's weights have the same name, the new ones lie beside them, named by their
content, until the new manifest is there: at any moment the folder holds one of the two, whole.
"""

from __future__ import annotations

from pathlib import Path

from autochrome.errors import OutputError
from autochrome.models import Manifest
from autochrome.models.folder import named_by_content, write_model


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

    def write_graph(place: Path) -> None:
        place.write_bytes(graph)

    try:
        if path.exists():
            write_model(folder, named_by_content(manifest), write_graph)
        write_model(folder, manifest, write_graph)
    except OSError as error:
        raise _failure(path, error) from error


def _failure(path: Path, error: OSError) -> OutputError:
    from autochrome.photo.failure import disk_failure

    full: OutputError | None = disk_failure(path, error)
    return full or OutputError(
        f"cannot write the model to {path.parent}: {error.strerror}", "Choose another folder"
    )
