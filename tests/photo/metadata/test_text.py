import io
import struct
import zlib

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from autochrome.photo import WriteOptions, encode, open_photo
from autochrome.photo.metadata.text import read_gif_xmp, read_png
from autochrome.photo.metadata.xmp import Xmp
from autochrome.photo.stream import open_stream

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
    texts, profiles, _ = read_png(io.BytesIO(png(**{f"Raw profile type {kind}": text})))
    assert (texts, profiles) == ((), {name: content.removeprefix(b"Exif\0\0")})


def packed(keyword: bytes, num_bytes: int) -> tuple[bytes, bytes]:
    return b"zTXt", keyword + b"\0\0" + zlib.compress(bytes(num_bytes), 9)


XMP_BOMB = (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(1 << 24), 9))
BOMBS = {
    "one": [packed(b"Title", 1 << 25)],
    "many": [packed(b"Title", 2_000_000)] * 9,
    "plain": [(b"tEXt", b"Title\0" + b"a" * (1 << 23))],
    "xmp": [XMP_BOMB],
    "damaged": [(kind, data[:-4] + b"\0" * 4) for kind, data in [packed(b"Title", 1 << 25)]],
}


@pytest.mark.parametrize("kind", BOMBS)
@pytest.mark.parametrize("as_file", [True, False])
def test_text_that_grows_without_end(kind, as_file, tmp_path, caplog):
    """It is left out and said to be, and libvips, which would unpack it, does not see it."""
    data = png(*BOMBS[kind], (b"tEXt", b"Author\0me"))
    source = tmp_path / "bomb.png" if as_file else data
    (tmp_path / "bomb.png").write_bytes(data)
    texts, _, num_too_long = read_png(io.BytesIO(data))
    assert texts[-1] == ("Author", "me")
    assert len(texts) - 1 + num_too_long == len(BOMBS[kind])
    assert num_too_long

    seen = pyvips.Image.new_from_source(open_stream(source), "", fail_on="warning")
    assert sum(len(seen.get(name)) for name in seen.get_fields() if "png-comment" in name) < 5e6
    assert not seen.get_typeof("xmp-data")
    assert np.array_equal(seen.numpy(), np.asarray(GRAY))

    photo = open_photo(source)
    result = encode(photo.read(), photo, ".png", WriteOptions())
    assert len(result) < 5_000_000
    assert Image.open(io.BytesIO(result)).text["Author"] == "me"
    assert f"text ({num_too_long} too long)" in caplog.text
    assert (tmp_path / "bomb.png").read_bytes() == data


def test_text_behind_the_pixels_counts_as_well():
    """There libvips does not look, and we do."""
    data = png()
    chunks = png(*BOMBS["many"])[33 : 33 - len(data)]
    texts, _, num_too_long = read_png(io.BytesIO(data[:-12] + chunks + data[-12:]))
    assert (len(texts), num_too_long) == (2, 7)


def test_as_much_text_as_photographs_have_is_kept():
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b" " * 2_000_000 + b"</x:xmpmeta>"
    xmp = (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)
    photo = open_photo(png(xmp, *[(b"tEXt", b"exif:%d\0x" % number) for number in range(300)]))
    assert photo.metadata.xmp == packet
    assert len(photo.metadata.texts) == 300
    assert photo.metadata.lost == ()


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
