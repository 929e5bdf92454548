"""One small photograph in every format that can be read, made here."""

from io import BytesIO

import numpy as np
import pillow_heif
import pytest
import pyvips
from imagecodecs import jpeg2k_encode
from PIL import Image


def _pixels():
    rows, columns = np.mgrid[:64, :96]
    return ((rows + columns) * 1.4 + 15 * ((rows // 4 + columns // 4) % 2)).astype(np.uint8)


def _pillow(format_, pixels, more=(), **how):
    file = BytesIO()
    rest = {"save_all": True, "append_images": [Image.fromarray(page) for page in more]}
    Image.fromarray(pixels).save(file, format_, **(rest if len(more) else {}), **how)
    return file.getvalue()


def _heic(pixels):
    file = BytesIO()
    made = pillow_heif.from_bytes("RGB", pixels.shape[1::-1], pixels.tobytes())
    made.save(file, quality=80)
    return file.getvalue()


@pytest.fixture(scope="session")
def samples():
    gray = _pixels()
    image = pyvips.Image.new_from_array(gray).copy(interpretation="b-w").colourspace("srgb")
    rgb = np.stack([gray] * 3, axis=-1)
    tile = {"tile": True, "tile_width": 32, "tile_height": 32}
    return {
        "baseline.jpg": image.jpegsave_buffer(),
        "progressive.jpg": image.jpegsave_buffer(interlace=True),
        "plain.png": image.pngsave_buffer(),
        "interlaced.png": image.pngsave_buffer(interlace=True),
        "raw.tif": image.tiffsave_buffer(),
        "lzw.tif": image.tiffsave_buffer(compression="lzw"),
        "jpeg.tif": image.tiffsave_buffer(compression="jpeg"),
        "tiled.tif": image.tiffsave_buffer(compression="deflate", **tile),
        "big.tif": image.tiffsave_buffer(compression="deflate", bigtiff=True),
        "fax.tif": (image[0] > 100).tiffsave_buffer(compression="ccittfax4", bitdepth=1),
        "pages.tif": _pillow("TIFF", gray, [gray[:30], gray[:, :40]]),
        "lossy.webp": image.webpsave_buffer(),
        "lossless.webp": image.webpsave_buffer(lossless=True),
        "moving.webp": _pillow("WEBP", rgb, [rgb[::-1], rgb[:, ::-1]], duration=50),
        "still.avif": image.heifsave_buffer(compression="av1", effort=0),
        "still.gif": image.gifsave_buffer(),
        "moving.gif": _pillow("GIF", gray, [gray[::-1], gray[:, ::-1]], duration=50),
        "gray.jp2": _pillow("JPEG2000", gray),
        "deep.jp2": _pillow("JPEG2000", gray.astype(np.uint16) * 257),
        "rgb.j2k": _pillow("JPEG2000", rgb, no_jp2=True),
        "deep_rgb.jp2": jpeg2k_encode(rgb.astype(np.uint16) * 257, level=0, codecformat="jp2"),
        "plain.heic": _heic(rgb),
        "plain.bmp": _pillow("BMP", gray),
        "gray.pgm": _pillow("PPM", gray),
        "rgb.ppm": _pillow("PPM", rgb),
    }
