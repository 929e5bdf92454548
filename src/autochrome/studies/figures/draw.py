"""The list of figures, and how they become files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image  # comes with matplotlib

from autochrome.atomic import atomic_path
from autochrome.errors import DiskFullError, OutputError
from autochrome.models import DEFAULT_MODEL
from autochrome.photo.failure import disk_failure
from autochrome.progress import Progress, no_progress
from autochrome.studies.figures.annealed_mean import draw_annealed_mean
from autochrome.studies.figures.architecture import draw_architecture
from autochrome.studies.figures.before_after import draw_before_after
from autochrome.studies.figures.channels import draw_channels
from autochrome.studies.figures.gamut import draw_gamut
from autochrome.studies.figures.prior import draw_prior
from autochrome.studies.figures.rgb_grid import draw_rgb_grid
from autochrome.studies.figures.soft_encoding import draw_soft_encoding
from autochrome.studies.figures.subject import Subject, open_subject
from autochrome.studies.style import figure_style

FIGURES: dict[str, Callable[[Subject], Figure]] = {
    "rgb_grid": draw_rgb_grid,
    "channels": draw_channels,
    "gamut": draw_gamut,
    "prior": draw_prior,
    "architecture": draw_architecture,
    "soft_encoding": draw_soft_encoding,
    "annealed_mean": draw_annealed_mean,
    "before_after": draw_before_after,
}
"""Name of the file, without its suffix, to what draws it."""


_LARGE = 400_000  # bytes; a documentation holds several figures
_COARSE_DPI, _LEVELS = 150, 52


def draw_figures(
    output: Path,
    photographs: Sequence[Path],
    model: str | Path = DEFAULT_MODEL,
    *,
    progress: Progress = no_progress,
) -> list[Path]:
    """Draw every figure into a folder, as PNG; the same arguments give the same bytes.

    Parameters
    ----------
    output : folder; made if missing, files of an earlier run are replaced.
    photographs : the first is the subject of all figures, the others of ``before_after`` only.
    model : that colors them, and whose prior is shown.

    Returns
    -------
    The files.

    Raises
    ------
    UsageError, UnreadablePhotoError, ModelError
        Before anything is drawn; see `open_subject`.
    OutputError
        If the folder cannot be written.
    """
    subject = open_subject(photographs, model)
    return [
        _write(output / f"{name}.png", _png(draw, subject))
        for name, draw in progress(FIGURES.items(), total=len(FIGURES), description="Drawing")
    ]


@figure_style()
def _png(draw: Callable[[Subject], Figure], subject: Subject) -> bytes:
    """Draw a figure; one of photographs would be large, and gets fewer pixels and levels."""
    figure = draw(subject)
    content = _rendered(figure)
    return content if len(content) <= _LARGE else _fewer_levels(_rendered(figure, _COARSE_DPI))


def _rendered(figure: Figure, dpi: float | None = None) -> bytes:
    buffer = BytesIO()
    # Without the name of the program, which holds a version.
    figure.savefig(
        buffer, format="png", metadata={"Software": None}, dpi=dpi or mpl.rcParams["savefig.dpi"]
    )
    return buffer.getvalue()


def _fewer_levels(png: bytes) -> bytes:
    """Round the values to few levels, which compress well; black, white and gray stay so."""
    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB"), dtype=np.float32)
    rounded = np.rint(np.rint(pixels / 255 * (_LEVELS - 1)) * 255 / (_LEVELS - 1))
    reduced = BytesIO()
    Image.fromarray(rounded.astype(np.uint8)).save(reduced, "PNG", optimize=True)
    return reduced.getvalue()


def _write(path: Path, content: bytes) -> Path:
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        full: DiskFullError | None = disk_failure(path, error)
        raise full or OutputError(
            f"Cannot write {path}: {error.strerror}", "Choose a folder that can be written"
        ) from error
    return path
