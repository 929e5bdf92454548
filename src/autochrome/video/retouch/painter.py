"""All that a person asks of a scene's color: first a reference, then hints upon it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autochrome.pipeline import Colorizer, Prediction
from autochrome.video.container.source import Clip, open_input, read_frames
from autochrome.video.options import VideoOptions
from autochrome.video.retouch.hints import HintPainter
from autochrome.video.retouch.reference import ReferencePainter
from autochrome.video.retouch.survey import find_scenes
from autochrome.video.steady.memory import KeyFrame
from autochrome.video.steady.scene import Retouch


def open_painter(
    source: Path, clip: Clip, options: VideoOptions, colorizer: Colorizer, warnings: list[str]
) -> Retouch | None:
    """Prepare what the options ask for; None if that is nothing.

    With references, the film is looked through up to the last of their frames.

    Parameters
    ----------
    warnings : gets what is asked for in vain.

    Raises
    ------
    UnreadablePhotoError
        If a reference cannot be read.
    UsageError
        If it is not in color, or of no frame of the film.
    """
    hints = HintPainter(options.hints) if options.hints else None
    if not options.references:
        return hints
    size = colorizer.working_size(clip.height, clip.width, options.color.working_side)
    with open_input(source) as container:
        photos = find_scenes(read_frames(container), clip, options, size, warnings)
    references = ReferencePainter(colorizer, options.color, photos)

    def paint(
        scene: int, prediction: Prediction, ab: NDArray[np.float32], first: KeyFrame
    ) -> NDArray[np.float32]:
        ab = references(scene, prediction, ab, first)
        return hints(scene, prediction, ab, first) if hints else ab

    return paint
