"""The folder that a run, or a release, writes into."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from autochrome.atomic import remove_abandoned
from autochrome.errors import OutputError


def prepare_folder(folder: Path) -> None:
    """Make a folder to write into, without what killed writers have left there.

    Raises
    ------
    OutputError
        If it cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_abandoned(folder)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write to {folder}: {error.strerror}", "Choose another folder"
        ) from error
