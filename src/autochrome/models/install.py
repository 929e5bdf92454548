"""Put a model into the user's folder, and take it out again.

Its weights are named by their content: where a model replaces another, the old one is whole until
the new one is.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from autochrome.atomic import discard, remove_abandoned
from autochrome.errors import ModelError, OutputError
from autochrome.models.catalog import (
    MANIFEST_FILE,
    ModelFiles,
    check_weights,
    find_model,
    is_bundled,
    list_models,
    manifest_at,
    manifests_in,
    user_folder,
)
from autochrome.models.folder import named_by_content, write_model
from autochrome.models.manifest import Manifest


def add_model(path: str | Path, *, overwrite: bool = False) -> ModelFiles:
    """Copy a model into the user's folder, from where `find_model` knows it by name.

    Parameters
    ----------
    path : the folder of a model, or its ``manifest.json``.
    overwrite : replace an installed model of the same name; never one of the package.

    Returns
    -------
    The model where it is now.

    Raises
    ------
    ModelError
        If there is no model, or its manifest or weights are damaged; nothing is copied then.
    OutputError
        If there is a model of that name, or the folder cannot be written.
    DiskFullError
        If there is no room for it.
    """
    source = manifest_at(Path(path))
    if source is None:
        raise ModelError(
            f"There is no model in {path}",
            f"Give the folder that 'autochrome export' has written, or its {MANIFEST_FILE}",
        )
    manifest, weights_path = find_model(source)
    folder, old = _place(manifest.name, overwrite=overwrite)
    added = named_by_content(manifest)

    def copy_weights(place: Path) -> None:
        shutil.copyfile(weights_path, place)
        check_weights(place, manifest)  # they may have changed since they were looked at

    remove_abandoned(folder)
    try:
        write_model(folder, added, copy_weights)
    except BaseException as error:
        _remove_if_empty(folder)
        if isinstance(error, OSError):
            raise _failure("install", folder, error) from error
        raise
    if old and old.weights.file != added.weights.file:
        discard(folder / old.weights.file)
    return ModelFiles(added, folder / added.weights.file)


def remove_model(name: str) -> Path:
    """Remove a model from the user's folder.

    Returns
    -------
    The folder in which it was; other files in it stay.

    Raises
    ------
    ModelError
        If no such model is installed.
    OutputError
        If it is one of the package, or its files cannot be removed.
    """
    for path, manifest in manifests_in(user_folder()):
        if manifest.name == name:
            try:
                path.unlink()
                (path.parent / manifest.weights.file).unlink(missing_ok=True)
            except OSError as error:
                raise _failure("remove", path.parent, error) from error
            remove_abandoned(path.parent)
            _remove_if_empty(path.parent)
            return path.parent
    if is_bundled(name):
        raise OutputError(f"The model {name} comes with the package and cannot be removed")
    known = ", ".join(manifest.name for manifest in list_models()) or "none"
    raise ModelError(f"There is no model {name!r} in {user_folder()}", f"Models present: {known}")


def _place(name: str, *, overwrite: bool) -> tuple[Path, Manifest | None]:
    """Choose the folder of a model, and return the manifest of the one to be replaced there."""
    if is_bundled(name):
        raise OutputError(
            f"A model {name} comes with the package", "Export yours under another --name"
        )
    for path, manifest in manifests_in(user_folder()):
        if manifest.name == name:
            if not overwrite:
                raise OutputError(
                    f"There is a model {name} already, in {path.parent}",
                    f"Give --overwrite, or run 'autochrome models remove {name}' first",
                )
            return path.parent, manifest
    folder = user_folder() / name
    if (folder / MANIFEST_FILE).exists():
        raise OutputError(f"{folder} holds a model of another name", "Rename that folder")
    return folder, None


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _failure(what: str, folder: Path, error: OSError) -> OutputError:
    from autochrome.photo.failure import disk_failure

    full: OutputError | None = disk_failure(folder, error)
    return full or OutputError(
        f"Cannot {what} the model in {folder}: {error.strerror}",
        "See who owns the folder, or choose another one by AUTOCHROME_MODELS",
    )
