"""Open a photograph: the header now, the pixels later and as often as needed.

A photograph is read twice: small, for the network, and in full, row by row, for the result.
It never lies in memory whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyvips
from numpy.typing import NDArray

from autochrome.errors import UnreadablePhotoError
from autochrome.photo.arrays import named_array, resize_image, to_array
from autochrome.photo.damage import read_sound
from autochrome.photo.failure import memory_failure, reading
from autochrome.photo.fields import stored_orientation
from autochrome.photo.foreign import HEAD, is_foreign, not_a_photo, open_foreign
from autochrome.photo.limits import check_decoding, check_megapixels
from autochrome.photo.metadata import Metadata, read_metadata
from autochrome.photo.orientation import is_turned, to_upright
from autochrome.photo.pages import Pages, find_pages, without_spare_bands
from autochrome.photo.profile import is_gray, lightness, split_alpha, to_srgb
from autochrome.photo.stop import watched
from autochrome.photo.stream import is_special_file, open_stream
from autochrome.photo.threads import begin_work

MAX_MEGAPIXELS = 2000.0

# The loaders of libvips we trust, and the suffix of the same format, or of a lossless one
# where libvips cannot write it. libvips would also take tables, drawings and raw numbers.
_SUFFIX_OF_LOADER = {
    "jpegload": ".jpg",
    "pngload": ".png",
    "tiffload": ".tif",
    "webpload": ".webp",
    "heifload": ".avif",
    "gifload": ".png",
}

# Numbers whose white is known: of signed integers and those of 32 bits nobody can tell.
_PHOTOGRAPHIC = ("uchar", "ushort", "float", "double")

_FAR_BEYOND_WHITE = 2.0  # for half of the pixels; lights of a scene may well lie there

# Read from top to bottom, and not tolerate missing pixels.
_ONCE: dict[str, Any] = {"access": "sequential", "fail_on": "truncated"}


@dataclass(frozen=True)
class Photo:
    """A photograph whose header has been read and found sound.

    Parameters
    ----------
    name : for messages.
    source : a path, the bytes of a file, or an image in memory.
    height, width : in pixels, as stored.
    orientation : EXIF orientation, 1 to 8, of the stored pixels.
    suffix : of its format, or ``.png`` (animations ``.webp``) for formats that can only be read.
    depth : 8 or 16 bits; `read` may return 16 for 8, to be rounded once at the end.
    page : the page or frame of the file that this is.
    found : the pages that the file has.
    frames : how many frames of an animation `read` returns, one below the other.
    writable : whether files of its own format can be written.
    """

    name: str
    source: Path | bytes | pyvips.Image
    height: int
    width: int
    orientation: int
    suffix: str
    depth: int = 8
    page: int = 0
    found: Pages = field(default_factory=Pages)
    frames: int = 1
    writable: bool = True

    @property
    def pages(self) -> tuple[int, ...]:
        """Numbers of the pages or frames that the file has."""
        return self.found.numbers

    @property
    def upright_size(self) -> tuple[int, int]:
        """Height and width of the photograph as it is looked at."""
        turned = is_turned(self.orientation)
        return (self.width, self.height) if turned else (self.height, self.width)

    @cached_property
    def metadata(self) -> Metadata:
        """What the file says about the photograph.

        Raises
        ------
        UnreadablePhotoError
            If the file is no longer there, or no longer what it was.
        """
        try:
            with reading(self.name):
                return read_metadata(self.source, self._opened(), self.page)
        except OSError as error:
            raise UnreadablePhotoError(f"Cannot read {self.name}: {error.strerror}") from error

    def read(self, *, deep: bool = False) -> pyvips.Image:
        """Return the stored pixels in sRGB, to be read once from top to bottom; see `to_srgb`.

        Parameters
        ----------
        deep : at 16 bits, whatever the depth of the photograph.

        Raises
        ------
        UnreadablePhotoError
            If the pixels cannot be decoded; a fault further down shows only when they are
            computed, as `pyvips.Error`.
        """
        with reading(self.name):
            return to_srgb(self._opened(), deep=deep)

    def read_lightness(self, height: int, width: int) -> NDArray[np.float32]:
        """Read L* (height, width) of the upright photograph; see `read_lab`."""
        return self.read_lab(height, width)[..., 0]

    def read_lab(self, height: int, width: int) -> NDArray[np.float32]:
        """Read Lab (height, width, 3) of the upright photograph, decoding no more than needed.

        An animation of several `frames` gives those of all, one below the other.

        Raises
        ------
        UnreadablePhotoError
            If the photograph is damaged or cut short.
        PhotoMemoryError
            If there is not enough memory.
        """
        if is_turned(self.orientation):
            height, width = width, height
        with reading(self.name):
            self._check_white(height, width)
            frames = read_sound(
                partial(self._lab, height, width), self.suffix, self._read_first_line
            )
        return np.concatenate([to_upright(frame, self.orientation) for frame in frames])

    def split(self, image: pyvips.Image) -> list[pyvips.Image]:
        """Split an image of all frames, one below the other, into the frames."""
        if self.frames == 1:
            return [image]
        tops = range(0, self.frames * self.height, self.height)
        return [image.crop(0, top, self.width, self.height) for top in tops]

    def stack(self, frames: list[pyvips.Image]) -> pyvips.Image:
        """Undo `split`; the frames may have been turned."""
        if self.frames == 1:
            return frames[0]
        stacked = pyvips.Image.arrayjoin(frames, across=1).copy()
        stacked.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
        return stacked

    def profile(self) -> bytes | None:
        """Return the ICC profile of the file, if it has one."""
        image = self._opened()
        if not image.get_typeof("icc-profile-data"):
            return None
        return cast("bytes", image.get("icc-profile-data"))

    def _lab(self, height: int, width: int, fail_on: str) -> list[NDArray[np.float32]]:
        image = to_srgb(self._shrunk(height, width, fail_on))
        # One after the other: their common source can be read once, from top to bottom.
        return [self._lab_of(frame, height, width) for frame in self.split(image)]

    def _read_first_line(self, fail_on: str) -> Any:
        image = self._opened(fail_on=fail_on)
        return image.crop(0, 0, image.width, 1).write_to_memory()

    def _lab_of(self, image: pyvips.Image, height: int, width: int) -> NDArray[np.float32]:
        color, _ = split_alpha(_resized(image, height, width))
        # Of a gray photograph, exactly gray.
        ab = color.colourspace("lab").extract_band(1, n=2) * (0 if is_gray(color) else 1)
        return to_array(lightness(color).bandjoin(ab).cast("float"))

    def _check_white(self, height: int, width: int) -> None:
        """Refuse floating point of which most would be cut off at white."""
        image = self._opened()
        if image.format not in ("float", "double") or image.interpretation in ("lab", "xyz"):
            return
        first = image[0].resize(width / image.width, vscale=height / self.height)
        if np.median(to_array(first.cast("float"))) > _FAR_BEYOND_WHITE:
            raise UnreadablePhotoError(
                f"{self.name} has floating point values far beyond 1, which is white",
                "Divide them by that of white, or save it with 16 bits",
            )

    def _shrunk(self, height: int, width: int, fail_on: str) -> pyvips.Image:
        """Open at twice the size needed or more: JPEG can be decoded at a fraction of its size.

        (The one-step thumbnail of libvips does the same, but says nothing of damaged files.)
        """
        if self.suffix != ".jpg" or isinstance(self.source, pyvips.Image):
            return self._opened(fail_on=fail_on)
        spare = min(self.height / height, self.width / width) / 2
        shrink = max(factor for factor in (1, 2, 4, 8) if factor <= max(spare, 1))
        return _open(self.source, **_ONCE | {"fail_on": fail_on}, shrink=shrink)

    def _opened(self, **how: Any) -> pyvips.Image:
        which = {"n": self.frames} if self.frames > 1 else {}
        image = _open(self.source, **_ONCE | how, **_page_option(self.page), **which)
        is_spare = self.page in self.found.with_spare_bands
        return without_spare_bands(image) if is_spare else image

    def check_pixels(self) -> None:
        """Decode everything and keep nothing: raises UnreadablePhotoError if it is damaged."""
        with reading(self.name):
            self.read().avg()


def open_photo(
    source: Path | bytes,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    page: int | None = None,
    known: Pages | None = None,
) -> Photo:
    """Read the header of a photograph.

    Parameters
    ----------
    source : a path, or the bytes of a file.
    max_megapixels : refuse more pixels than this before decoding any.
    page : one of the `Photo.pages`; None takes the first.
    known : `Photo.found` of another page, to not look for them again.

    Raises
    ------
    UnreadablePhotoError
        If it is missing, empty, or not a photograph.
    PhotoTooLargeError
        If it has too many pixels.
    PhotoMemoryError
        If its format has to be decoded as a whole, and there is not enough memory for that.
    MissingExtraError
        If a library of the extra ``formats`` is needed to read it and not installed.
    """
    name = str(source) if isinstance(source, Path) else "the photograph"
    head = _head(source, name)
    if is_foreign(head):  # libvips may know the format, but hold no decoder: HEIC
        image = open_foreign(source, name, max_megapixels)
        return replace(_checked(name, image, image, ".png", max_megapixels), writable=False)
    try:
        image = _open(source, **_page_option(page or 0))
    except MemoryError as error:
        raise memory_failure(name) from error
    except pyvips.Error as error:
        raise not_a_photo(name, head) from error
    loader = str(image.get("vips-loader")).removesuffix("_source")
    if loader not in _SUFFIX_OF_LOADER:
        raise not_a_photo(name, head)
    found = known or find_pages(image, source, loader, name)
    if page is None and found.numbers[0]:
        return open_photo(source, max_megapixels=max_megapixels, page=found.numbers[0], known=found)
    suffix = _SUFFIX_OF_LOADER[loader]
    if loader == "gifload" and len(found.numbers) > 1:
        suffix = ".webp"
    if (page or 0) in found.with_spare_bands:
        image = without_spare_bands(image)
    photo = _checked(name, source, image, suffix, max_megapixels)
    check_decoding(name, image, loader)
    return replace(photo, page=page or 0, found=found, writable=loader != "gifload")


def is_decoded_at_once(source: Path) -> bool:
    """Return whether a file is decoded whole as soon as it is opened; its result is a PNG.

    Raises
    ------
    UnreadablePhotoError
        If it is missing or empty.
    """
    return is_foreign(_head(source, str(source)))


def _page_option(page: int) -> dict[str, Any]:
    return {"page": page} if page else {}  # most formats know no such option


def photo_from_array(
    pixels: NDArray[Any],
    *,
    orientation: int = 1,
    icc_profile: bytes | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Photo:
    """Take (H, W) or (H, W, 1 to 4) uint8 or uint16 pixels as a photograph; see `open_photo`."""
    image = named_array(pixels, orientation, icc_profile)
    return _checked("the array", image, image, ".png", max_megapixels)


def _checked(
    name: str,
    source: Path | bytes | pyvips.Image,
    image: pyvips.Image,
    suffix: str,
    max_megapixels: float,
) -> Photo:
    check_megapixels(name, image.height, image.width, max_megapixels)
    is_known = image.format in _PHOTOGRAPHIC or image.interpretation == "labs"
    if not is_known or image.bands > 5:
        raise UnreadablePhotoError(
            f"{name} is not a photograph: {image.bands} bands of {image.format}",
            "Save it as gray, RGB or CMYK of 8 or 16 bits without sign",
        )
    return Photo(
        name,
        source,
        image.height,
        image.width,
        stored_orientation(image),
        suffix,
        8 if image.format == "uchar" else 16,
    )


def _resized(image: pyvips.Image, height: int, width: int) -> pyvips.Image:
    """Resize an image from `to_srgb` lazily; what is transparent does not shine through."""
    if not image.hasalpha():
        return _scaled(image, height, width)
    small = _scaled(image.premultiply(), height, width).unpremultiply()
    return small.rint().cast(image.format).copy(interpretation=image.interpretation)


def _scaled(image: pyvips.Image, height: int, width: int) -> pyvips.Image:
    # Not thumbnail_image(), which makes 8 bits of 16.
    across, down = min(width / image.width, 1), min(height / image.height, 1)
    return resize_image(image.resize(across, vscale=down), height, width)


def _head(source: Path | bytes, name: str) -> bytes:
    """Return the first bytes of a file that is not empty."""
    try:
        if isinstance(source, bytes):
            head = source[:HEAD]
        elif is_special_file(source):
            # It could be read once only, and might never be written to.
            raise UnreadablePhotoError(
                f"{name} is a pipe, not a file", "Pass what comes from it to '-' as the input"
            )
        else:
            with source.open("rb") as file:
                head = file.read(HEAD)
    except OSError as error:
        raise UnreadablePhotoError(
            f"Cannot read {name}: {error.strerror}", "Check the path and its permissions"
        ) from error
    if not head:
        raise UnreadablePhotoError(f"{name} is empty", "Copy or scan it again")
    return head


def _open(source: Path | bytes | pyvips.Image, **options: Any) -> pyvips.Image:
    begin_work()
    if isinstance(source, pyvips.Image):
        return watched(source)
    return watched(pyvips.Image.new_from_source(open_stream(source), "", **options))
