import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.photo.ifd import (
    EXIF,
    GPS,
    Directory,
    IfdError,
    Layout,
    Value,
    read_directory,
    read_header,
    swapped,
    write_directory,
)
from autochrome.photo.metadata.exif import (
    PREFIX,
    Picture,
    describe,
    read_block,
    resolution,
    shorten,
    write_block,
)

MAKER_NOTE, USER_COMMENT, COLOR_SPACE = 37500, 37510, 40961
PICTURE = Picture(width=640, height=480, orientation=3)


def text(words: str) -> Value:
    data = words.encode() + b"\0"
    return Value(2, len(data), data)


def short(number: int, order: str = "<") -> Value:
    return Value(3, 1, struct.pack(order + "H", number))


def block(order: str = "<", **values: Value) -> bytes:
    inner = {MAKER_NOTE: Value(7, 9, b"Agfa\0\1\2\3\4"), COLOR_SPACE: short(2, order)}
    root = {271: text("Agfa"), 274: short(1, order)}
    root |= {int(tag[1:]): value for tag, value in values.items()}
    gps = Directory({1: Value(2, 2, b"N\0")})
    return write_block(Directory(root, {EXIF: Directory(inner), GPS: gps}), order)


def with_thumbnail(data: bytes, thumbnail: bytes) -> bytes:
    """Add a second directory, of a thumbnail, as cameras do."""
    start = len(data)
    ifd1 = struct.pack("<HHHII", 2, 513, 4, 1, start + 30) + struct.pack(
        "<HHII", 514, 4, 1, len(thumbnail)
    )
    (count,) = struct.unpack_from("<H", data, 8)
    out = bytearray(data + ifd1.ljust(30, b"\0") + thumbnail)
    struct.pack_into("<I", out, 10 + 12 * count, start)
    return bytes(out)


def test_layout_is_the_specification():
    """TIFF 6.0, section 2, byte for byte."""
    expected = b"II*\0\x08\0\0\0" + b"\1\0" + b"\x12\1\3\0\1\0\0\0\6\0\0\0" + bytes(4)
    assert write_block(Directory({274: short(6)}), "<") == expected


@pytest.mark.parametrize("order", ["<", ">"])
def test_block_is_made_true_in_place(order):
    before = block(order)
    after = describe(before, PICTURE)
    layout, directory = read_block(after)
    assert directory.values[274] == short(3, layout.order)
    assert directory.children[EXIF].values[COLOR_SPACE] == short(1, order)
    assert after.index(b"Agfa\0\1\2\3\4") == before.index(b"Agfa\0\1\2\3\4")
    assert len(after) == len(before)
    uncalibrated = describe(before, Picture(width=1, height=1, srgb=False))
    assert read_block(uncalibrated)[1].children[EXIF].values[COLOR_SPACE].data == b"\xff\xff"


@pytest.mark.parametrize("trailing", [b"", b"more"])
def test_thumbnail_of_the_uncolored_photograph_is_erased(trailing):
    before = with_thumbnail(block(), b"\xff\xd8JPEG of before\xff\xd9") + trailing
    after = describe(before, PICTURE)
    assert b"JPEG of before" not in after
    assert after.endswith(trailing)
    (count,) = struct.unpack_from("<H", after, 8)
    assert struct.unpack_from("<I", after, 10 + 12 * count) == (0,)


def test_what_is_missing_is_added():
    bare = write_block(Directory({271: text("Agfa")}), ">")
    picture = Picture(width=1, height=1, orientation=6, resolution=(300 / 25.4, 600 / 25.4))
    after = describe(bare, picture)
    assert resolution(after) == pytest.approx((300 / 25.4, 600 / 25.4))
    assert read_block(after)[1].values[274] == short(6, ">")
    assert describe(bare, Picture(width=1, height=1)) == bare


def test_resolution_in_centimeters():
    ten = Value(5, 1, struct.pack("<II", 100, 1))
    data = block(_282=ten, _283=ten, _296=short(3))
    assert resolution(data) == (10, 10)
    assert resolution(block()) is None
    assert resolution(block(_282=ten, _283=Value(5, 1, bytes(8)))) is None


def test_too_long_drops_the_longest_by_name():
    data = block(_50341=Value(7, 70_000, bytes(70_000)), _65000=Value(7, 66_000, bytes(66_000)))
    shorter, dropped = shorten(data, 65_000)
    assert dropped == ["EXIF PrintIM (70000 bytes)", "EXIF tag 0xFDE8 (66000 bytes)"]
    assert b"Agfa\0\1\2\3\4" in shorter
    assert len(shorter) < 65_000


numbers = st.binary(min_size=0, max_size=40)
values = st.one_of(
    numbers.filter(len).map(lambda data: Value(7, len(data), data)),
    st.lists(st.integers(0, 65535), min_size=1, max_size=9).map(
        lambda found: Value(3, len(found), struct.pack(f"<{len(found)}H", *found))
    ),
    st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=2).map(
        lambda found: Value(5, 1, struct.pack("<2I", *found))
    ),
)
plain = st.dictionaries(st.integers(256, 34000), values, max_size=12)
directories = st.builds(
    lambda root, inner, gps: Directory(
        root, {EXIF: Directory(inner), GPS: Directory(gps)} if inner else {}
    ),
    plain,
    plain,
    plain,
)


@given(directories, st.booleans(), st.integers(0, 50))
def test_directories_survive(directory, big, ahead):
    layout = Layout("<", big)
    base = 16 + 2 * ahead
    head = struct.pack("<HHHHQ", 0x4949, 43, 8, 0, base) if big else b""
    head = head or struct.pack("<HHI", 0x4949, 42, base)
    file = io.BytesIO(head.ljust(base, b"\0") + write_directory(directory, layout, base))
    assert read_header(file) == (layout, base)
    assert read_directory(file, layout, base) == directory


@given(directories)
def test_swapping_twice_changes_nothing(directory):
    assert swapped(swapped(directory)) == directory


@given(st.data())
def test_damage_raises_nothing_but_typed_errors(data):
    density = Value(5, 1, struct.pack("<II", 300, 1))
    said = block(_282=density, _283=density, _296=short(2))
    whole = bytearray(with_thumbnail(said, b"thumbnail"))
    for position in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=8)):
        whole[position] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        describe(cut, PICTURE)
        shorten(cut, 60)
    except IfdError:
        pass
    assert resolution(cut) is None or all(number > 0 for number in resolution(cut))


def test_directory_that_points_to_itself():
    data = bytearray(block())
    (count,) = struct.unpack_from("<H", data, 8)
    for entry in range(10, 10 + 12 * count, 12):
        if struct.unpack_from("<H", data, entry) == (EXIF,):
            struct.pack_into("<I", data, entry + 8, 8)
    read_block(bytes(data))


def test_entries_with_the_same_tag_stay():
    """The zeros for the thumbnail's pointer belong behind the table, however often a tag comes."""
    entries = [(270, 2, 2, b"A\0"), (270, 2, 2, b"B\0"), (274, 3, 1, b"\6"), (305, 2, 3, b"me\0")]
    table = b"".join(struct.pack("<HHI4s", *entry) for entry in entries)
    before = with_thumbnail(b"II*\0\x08\0\0\0\4\0" + table + bytes(4), b"thumbnail")
    after = describe(before, PICTURE)
    assert after[10:58] == table.replace(b"\6\0\0\0", b"\3\0\0\0")
    assert after[58:62] == bytes(4)
    assert b"thumbnail" not in after


def test_thumbnail_that_lies_upon_the_tags():
    data = bytearray(with_thumbnail(block(), b""))
    struct.pack_into("<I", data, len(block()) + 10, 8)
    struct.pack_into("<I", data, len(block()) + 22, 10_000)
    with pytest.raises(IfdError, match="upon the tags"):
        describe(bytes(data), PICTURE)


def overlapping(num_entries: int, size: int) -> bytes:
    """A block of entries that all have the same bytes for their value."""
    entries = [struct.pack("<HHII", 0x1000 + tag, 7, size, 8) for tag in range(num_entries)]
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", num_entries) + b"".join(entries) + bytes(4)
    return data.ljust(8 + size, b"\0")


def test_values_that_lie_upon_each_other_are_damage():
    """A small block of a thousand large values would be a large one."""
    assert len(read_block(overlapping(1, 50_000))[1].values) == 1
    for inner in (False, True):
        data = overlapping(900, 60_000)
        if inner:  # in a directory that the first one points to
            first = struct.pack("<HHHII", 1, EXIF, 4, 1, 8) + bytes(4)
            data = data[:4] + struct.pack("<I", len(data)) + data[8:] + first
        with pytest.raises(IfdError, match="upon each other"):
            read_block(data)
        with pytest.raises(IfdError):
            shorten(data, 65_000)


def test_more_entries_than_anybody_writes_are_damage():
    layout, entries = Layout("<", big=True), 200_000
    table = struct.pack("<Q", entries) + bytes(20 * entries + 8)
    with pytest.raises(IfdError, match="entries"):
        read_directory(io.BytesIO(table), layout, 0)


def test_values_have_room_together(monkeypatch):
    """What comes after those that fill it is left out."""
    monkeypatch.setattr("autochrome.photo.ifd._MOST_BYTES", 1000)
    values = {1: Value(7, 900, bytes(900)), 2: Value(7, 200, bytes(200)), 3: Value(7, 9, bytes(9))}
    assert set(read_block(write_block(Directory(values), "<"))[1].values) == {1, 3}


def test_dropping_many_values_writes_the_block_no_more_often(monkeypatch):
    written = []

    def write(*arguments):
        written.append(arguments)
        return write_block(*arguments)

    monkeypatch.setattr("autochrome.photo.metadata.exif.write_block", write)
    values = {0x1000 + tag: Value(7, 100 + tag, bytes(100 + tag)) for tag in range(300)}
    shorter, dropped = shorten(write_block(Directory(values), "<"), 10_000)
    assert len(written) <= 2
    assert 9_800 < len(shorter) <= 10_000  # one more would not fit
    assert dropped[0] == "EXIF tag 0x112B (399 bytes)"
    assert set(read_block(shorter)[1].values) == set(range(0x1000, 0x112C - len(dropped)))


@pytest.mark.parametrize(
    "data", [b"", b"II*\0", PREFIX, b"MM\0\x2a\xff\xff\xff\xff", b"II\x2c\0" * 4]
)
def test_what_is_no_block(data):
    with pytest.raises(IfdError):
        read_block(data)
