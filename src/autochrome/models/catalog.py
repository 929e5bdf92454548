"""Where models live: inside the package, and in a folder of the user's own."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from autochrome.errors import ModelError
from autochrome.models.manifest import Manifest

DEFAULT_MODEL = "lumiere"
MANIFEST_FILE = "manifest.json"
MODELS_VARIABLE = "AUTOCHROME_MODELS"

_BUNDLED = Path(__file__).parent / "bundled"


class ModelFiles(NamedTuple):
    """A model that is present: its manifest, and its weights with the hash checked."""

    manifest: Manifest
    weights_path: Path


def user_folder() -> Path:
    """Return the folder of the user's own models: ``$AUTOCHROME_MODELS``, or the platform's."""
    if chosen := os.environ.get(MODELS_VARIABLE):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    return base / "autochrome" / "models"


def list_models() -> list[Manifest]:
    """Read the manifests of all models present, by name; a bundled one wins over a user's.

    Raises
    ------
    ModelError
        If a manifest is damaged.
    """
    found: dict[str, Manifest] = {}
    for folder in (_BUNDLED, user_folder()):
        for _, manifest in manifests_in(folder):
            found.setdefault(manifest.name, manifest)
    return [found[name] for name in sorted(found)]


def manifests_in(folder: Path) -> Iterator[tuple[Path, Manifest]]:
    """Read the manifests of the models in a folder, each after its path; see `list_models`."""
    for path in sorted(folder.glob(f"*/{MANIFEST_FILE}")):
        yield path, Manifest.read(path)


def manifest_at(path: Path) -> Path | None:
    """Return the ``manifest.json`` of a model's folder, or `path` if it is one itself."""
    for candidate in (path / MANIFEST_FILE, path):
        if candidate.name == MANIFEST_FILE and candidate.is_file():
            return candidate
    return None


def is_bundled(name: str) -> bool:
    """Tell whether a model comes with the package."""
    return any(manifest.name == name for _, manifest in manifests_in(_BUNDLED))


def find_model(name_or_path: str | Path = DEFAULT_MODEL) -> ModelFiles:
    """Find a model and check its weights.

    Parameters
    ----------
    name_or_path : a model's name, its folder, or its ``manifest.json``.

    Raises
    ------
    ModelError
        If the model is unknown, or its manifest or weights are missing or damaged.
    """
    manifest_path = _find_manifest(name_or_path)
    manifest = Manifest.read(manifest_path)
    weights_path = manifest_path.parent / manifest.weights.file
    check_weights(weights_path, manifest)
    return ModelFiles(manifest, weights_path)


def _find_manifest(name_or_path: str | Path) -> Path:
    if path := manifest_at(Path(name_or_path)):
        return path
    for folder in (_BUNDLED, user_folder()):
        for path, manifest in manifests_in(folder):
            if manifest.name == str(name_or_path):
                return path
    known = ", ".join(manifest.name for manifest in list_models()) or "none"
    raise ModelError(
        f"There is no model {str(name_or_path)!r}",
        f"Models present: {known}. Give one of these, or the folder of a model; "
        f"folders are looked for in {user_folder()}; 'autochrome models add' puts one there",
    )


def check_weights(path: Path, manifest: Manifest) -> None:
    """Compare a file of weights with the hash in a manifest.

    Raises
    ------
    ModelError
        If it cannot be read, or differs.
    """
    advice = "Install the model again, or export it again"
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"Cannot read the weights of {manifest.name}: {path}: {error.strerror}", advice
        ) from error
    if digest != manifest.weights.sha256:
        raise ModelError(
            f"The weights {path} are damaged: weights.sha256 of the manifest does not match", advice
        )
