"""Turn the pixels of a photograph upright, whatever its size."""

from __future__ import annotations

import pyvips

from autochrome.photo.read import Photo

_MIRRORED = 2  # left and right trade places: no row leaves its place
_IN_MEMORY = 100 << 20


def turn_upright(image: pyvips.Image, photo: Photo) -> pyvips.Image:
    """Turn an image of all frames of `photo`, as stored, and let its orientation tag say so."""
    if photo.orientation == 1:
        return image
    if photo.orientation != _MIRRORED:
        image = _with_random_access(image)
    return photo.stack([frame.autorot() for frame in photo.split(image)])


def _with_random_access(image: pyvips.Image) -> pyvips.Image:
    """Compute an image, into a temporary file if it is large."""
    num_bytes = image.width * image.height * image.bands * (2 if image.format == "ushort" else 1)
    if num_bytes <= _IN_MEMORY:
        return image.copy_memory()
    # libvips removes the file with the image. It lies in the folder that TMPDIR names.
    file = pyvips.Image.new_temp_file("%s.v")
    image.write(file)
    return file
