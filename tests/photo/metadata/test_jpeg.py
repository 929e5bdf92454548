import io
import sys

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from autochrome.photo.metadata.jpeg import (
    LARGEST_PHOTOSHOP,
    JpegError,
    guid,
    insert_segments,
    read_jpeg,
    read_segments,
)

PLAIN = pyvips.Image.black(16, 16).jpegsave_buffer()
EXTENSION = bytes(range(256)) * 600


def test_pixels_are_untouched_by_what_is_inserted():
    file = io.BytesIO(PLAIN)
    main = b"<x>" + guid(EXTENSION) + b"</x>"
    insert_segments(file, xmp=(main, EXTENSION), comments=(b"one", b"two"))
    exif, xmp, extension, resources, comments = read_jpeg(file)
    assert (xmp, extension, comments) == (main, EXTENSION, (b"one", b"two"))
    assert exif
    assert not resources
    before, after = (pyvips.Image.new_from_buffer(data, "") for data in (PLAIN, file.getvalue()))
    assert np.array_equal(before.numpy(), after.numpy())
    assert after.get("xmp-data") == main


def test_order_of_pieces_does_not_matter_and_a_lost_one_does():
    file = io.BytesIO(PLAIN)
    main = guid(EXTENSION)
    insert_segments(file, xmp=(main, EXTENSION))
    parts = [(marker, data) for marker, data in read_segments(file)]
    pieces = [data for _, data in parts if data.startswith(b"http://ns.adobe.com/xmp/ext")]
    assert len(pieces) == 3
    for chosen, expected in ((pieces[::-1], EXTENSION), (pieces[:2], b"")):
        segments = b"".join(b"\xff\xe1" + (len(d) + 2).to_bytes(2, "big") + d for d in chosen)
        first = b"http://ns.adobe.com/xap/1.0/\0" + main
        segments += b"\xff\xe1" + (len(first) + 2).to_bytes(2, "big") + first
        assert read_jpeg(io.BytesIO(b"\xff\xd8" + segments + PLAIN[2:]))[2] == expected


def test_long_photoshop_resources_take_several_segments():
    file = io.BytesIO(PLAIN)
    resources = bytes(range(256)) * 300
    assert len(resources) > LARGEST_PHOTOSHOP
    insert_segments(file, resources=resources)
    assert read_jpeg(file)[3] == resources


def test_insertion_larger_than_the_blocks_it_moves(monkeypatch):
    monkeypatch.setattr(sys.modules["autochrome.photo.metadata.insert"], "_BLOCK", 7)
    file = io.BytesIO(PLAIN)
    insert_segments(file, comments=(b"c" * 60,))
    assert len(file.getvalue()) == len(PLAIN) + 64
    assert pyvips.Image.new_from_buffer(file.getvalue(), "").avg() == 0


def test_too_long_a_main_packet():
    with pytest.raises(JpegError, match="too many"):
        insert_segments(io.BytesIO(PLAIN), xmp=(bytes(70_000), b""))


@given(st.data())
def test_total_on_damaged_files(data):
    file = io.BytesIO(PLAIN)
    insert_segments(file, xmp=(guid(b"more"), b"more"), comments=(b"comment",))
    whole = bytearray(file.getvalue())
    for position in data.draw(st.lists(st.integers(0, 900), max_size=12)):
        whole[min(position, len(whole) - 1)] = data.draw(st.sampled_from([0, 1, 0xE1, 0xFF, 0x7F]))
    damaged = io.BytesIO(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    read_jpeg(damaged)
    try:
        list(read_segments(damaged))
        insert_segments(damaged, comments=(b"more",))
    except JpegError:
        pass


@given(st.binary(max_size=200))
def test_total_on_noise(noise):
    read_jpeg(io.BytesIO(noise))
    read_jpeg(io.BytesIO(b"\xff\xd8" + noise))
