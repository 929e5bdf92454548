import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.photo.metadata.iptc import as_xmp, read_iptc
from autochrome.photo.metadata.photoshop import read_resources, split_iptc, write_resources
from autochrome.photo.metadata.xmp import Property


def dataset(record: int, number: int, value: bytes) -> bytes:
    return b"\x1c" + struct.pack(">BBH", record, number, len(value)) + value


UTF8 = dataset(1, 90, b"\x1b%G")


def test_extended_datasets():
    """IIM 4.2, 1.5: a size with its high bit set says how many bytes hold the size."""
    long = b"\x1c\2\x78\x80\x04" + struct.pack(">I", 40_000) + b"a" * 40_000
    assert read_iptc(long + dataset(2, 90, b"B")) == {(2, 120): ["a" * 40_000], (2, 90): ["B"]}


@pytest.mark.parametrize(
    ("head", "raw"), [(UTF8, "Zürich".encode()), (b"", "Zürich".encode()), (b"", b"Z\xfcrich")]
)
def test_character_sets(head, raw):
    assert read_iptc(head + dataset(2, 90, raw))[(2, 90)] == ["Zürich"]


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        (b"19360301", b"120000+0100", "1936-03-01T12:00:00+01:00"),
        (b"19360301", b"", "1936-03-01"),
        (b"19360301", b"120000", "1936-03-01T12:00:00"),
        (b"19360000", b"", "1936"),
        (b"19360300", b"120000+0100", "1936-03"),
        (b"around 1936", b"", "around 1936"),
    ],
)
def test_dates(date, time, expected):
    data = dataset(2, 55, date) + (dataset(2, 60, time) if time else b"")
    assert as_xmp(data) == (
        [("DateCreated", Property("photoshop:DateCreated"), [expected])],
        [],
    )


def test_translation_names_what_has_no_place():
    data = UTF8 + dataset(2, 0, b"\0\4") + dataset(2, 25, b"one") + dataset(2, 25, b"two")
    data += dataset(2, 118, b"me") + dataset(2, 77, b"?") + dataset(2, 60, b"120000")
    translated, lost = as_xmp(data)
    assert translated == [("Keywords", Property("dc:subject", "unordered"), ["one", "two"])]
    assert lost == ["Contact", "2:77", "TimeCreated"]


@given(st.binary(max_size=80))
def test_total(noise):
    read_iptc(b"\x1c\2" + noise)
    as_xmp(noise)
    read_resources(b"8BIM" + noise)


resources = st.lists(
    st.tuples(st.integers(2000, 3000), st.sampled_from([b"\0\0", b"\3abc"]), st.binary()),
    max_size=5,
).map(tuple)


@given(resources, st.binary(max_size=9))
def test_photoshop_resources_survive(others, iptc):
    assert split_iptc(write_resources(others, iptc)) == (others, iptc)


def test_resources_of_the_uncolored_picture_go():
    data = write_resources(((1036, b"\0\0", b"thumbnail"), (1034, b"\0\0", b"\1")), b"")
    assert split_iptc(data) == (((1034, b"\0\0", b"\1"),), b"")
