import io
import struct
import zlib

import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from autochrome.photo import WriteOptions, encode, open_photo
from autochrome.photo.metadata.text import read_gif_xmp, read_png
from autochrome.photo.metadata.xmp import Xmp

GRAY = Image.new("L", (40, 30), 128)


def png(*chunks: tuple[bytes, bytes], **texts: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    for kind, data in chunks:
        info.add(kind, data)
    file = io.BytesIO()
    GRAY.save(file, "png", pnginfo=info)
    return file.getvalue()


def converted(data: bytes, suffix: str) -> bytes:
    photo = open_photo(data)
    return encode(photo.read(), photo, suffix, WriteOptions())


def test_text_survives_in_png():
    chunks = [(b"tEXt", b"K\xfcche\0gr\xfcn"), (b"zTXt", b"Old\0\0" + zlib.compress(b"1936"))]
    data = converted(png(*chunks, Title="Zürich", Plate="写真"), ".png")
    Image.open(io.BytesIO(data)).verify()  # checksums
    back = Image.open(io.BytesIO(data))
    assert back.text == {"Title": "Zürich", "Plate": "写真", "Küche": "grün", "Old": "1936"}


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".webp", ".avif"])
def test_text_goes_to_xmp(suffix, caplog):
    data = converted(png((b"tEXt", b"Author\0Stra\xdfe"), (b"tEXt", b"K\xfcche\0x")), suffix)
    assert Xmp.parse(open_photo(data).metadata.xmp).get("dc:creator") == ["Straße"]
    assert "text Küche" in caplog.text


@pytest.mark.parametrize(("kind", "name"), [("exif", "exif"), ("APP1", "exif"), ("iptc", "iptc")])
def test_profiles_as_text(kind, name):
    """As ImageMagick writes them: a name, a size, hexadecimal digits in lines."""
    content = b"Exif\0\0II*\0" if name == "exif" else b"\x1c\2\x5a\0\1B"
    digits = content.hex()
    text = f"\n{kind}\n{len(content):8}\n{digits[:6]}\n{digits[6:]}\n"
    texts, profiles = read_png(io.BytesIO(png(**{f"Raw profile type {kind}": text})))
    assert (texts, profiles) == ((), {name: content.removeprefix(b"Exif\0\0")})


def test_text_that_grows_without_end():
    bomb = zlib.compress(bytes(1 << 26))
    texts, _ = read_png(io.BytesIO(png((b"zTXt", b"Title\0\0" + bomb))))
    assert len(texts[0][1]) == 1 << 24


def test_xmp_in_gif():
    data = pyvips.Image.black(8, 8).gifsave_buffer()
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    block = b"!\xff\x0bXMP DataXMP" + packet + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    data = data[:-1] + block + data[-1:]
    assert read_gif_xmp(io.BytesIO(data)) == packet
    assert open_photo(data).metadata.xmp == packet


@given(st.binary(max_size=60), st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"IDAT"]))
def test_total(noise, kind):
    head = b"\x89PNG\r\n\x1a\n"
    read_png(io.BytesIO(head + noise))
    read_png(io.BytesIO(head + struct.pack(">I4s", len(noise), kind) + noise))
    read_png(io.BytesIO(noise))
    read_gif_xmp(io.BytesIO(noise))
