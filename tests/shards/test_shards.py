import numpy as np
import pytest

from autochrome.errors import OutputError, UnreadablePhotoError, UsageError
from autochrome.shards import (
    Photograph,
    count_photographs,
    decode_rgb,
    encode_webp,
    pack_folder,
    read_folder,
    read_photographs,
    write_shards,
)


def noise(height=20, width=30, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def photographs(count):
    return [Photograph(f"p{i}", "test", "dog" if i % 2 else None, bytes([i])) for i in range(count)]


def test_lossless_encoding_round_trip():
    rgb = noise()
    np.testing.assert_array_equal(decode_rgb(encode_webp(rgb, 101)), rgb)


def test_decodes_what_pillow_encodes(tmp_path):
    from PIL import Image

    rgb = noise()
    Image.fromarray(rgb).save(tmp_path / "a.png")
    np.testing.assert_array_equal(decode_rgb((tmp_path / "a.png").read_bytes()), rgb)
    Image.fromarray(rgb[..., 0]).save(tmp_path / "grey.png")
    grey = decode_rgb((tmp_path / "grey.png").read_bytes())
    np.testing.assert_array_equal(grey, rgb[..., :1].repeat(3, axis=2))


@pytest.mark.parametrize("data", [b"", b"not an image"])
def test_what_is_no_image_is_named(data):
    with pytest.raises(UnreadablePhotoError, match=r"portrait\.jpg"):
        decode_rgb(data, "portrait.jpg")


def test_shards_round_trip_in_order(tmp_path):
    written = write_shards(photographs(7), tmp_path / "out", photographs_a_shard=3)
    assert [path.name for path in written] == [f"shard-0000{i}.parquet" for i in range(3)]
    assert list(read_photographs([tmp_path / "out"])) == photographs(7)
    assert count_photographs(written) == 7
    assert not list((tmp_path / "out").glob("*.part"))


def test_existing_shards_are_not_mixed_with_new_ones(tmp_path):
    write_shards(photographs(1), tmp_path)
    with pytest.raises(OutputError, match="already holds shards"):
        write_shards(photographs(1), tmp_path)


def test_output_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"):
        write_shards(photographs(1), tmp_path / "file" / "out")


def test_damaged_shard_is_named(tmp_path):
    (path,) = write_shards(photographs(5), tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(UnreadablePhotoError, match="shard-00000"):
        list(read_photographs([path]))


def test_damage_inside_a_shard_is_named(tmp_path):
    (path,) = write_shards(photographs(5), tmp_path)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(content)
    with pytest.raises(UnreadablePhotoError, match="shard-00000"):
        list(read_photographs([path]))


def test_shard_without_images_is_named(tmp_path):
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"key": ["a"]}), tmp_path / "a.parquet")
    with pytest.raises(UnreadablePhotoError, match="image"):
        list(read_photographs([tmp_path / "a.parquet"]))


def write_table(path, **columns):
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), path)
    return path


@pytest.mark.parametrize(
    ("column", "values", "found", "wanted"),
    [
        ("image", [{"bytes": b"a", "path": "a.jpg"}], "struct", "binary"),
        ("image", ["a.jpg"], "string", "binary"),
        ("label", [["cat", "dog"]], "list", "text"),
        ("label", [0.5], "double", "text"),
        ("source", [b"a"], "binary", "text"),
        ("key", [{"id": 1}], "struct", "text"),
    ],
)
def test_a_column_of_another_type_is_named(tmp_path, column, values, found, wanted):
    columns = {"key": ["a"], "image": [b"a"], column: values}
    path = write_table(tmp_path / "a.parquet", **columns)
    for read in (count_photographs, lambda paths: list(read_photographs(paths))):
        with pytest.raises(UnreadablePhotoError, match=rf"{column}.* is {found}.*{wanted}"):
            read([path])


def test_columns_of_the_same_meaning_are_read(tmp_path):
    import pyarrow

    path = write_table(
        tmp_path / "a.parquet",
        key=pyarrow.array(["a", "b"], pyarrow.large_string()),
        source=[None, None],
        label=pyarrow.array(["cat", None]).dictionary_encode(),
        image=pyarrow.array([b"1", b"2"], pyarrow.large_binary()),
    )
    assert list(read_photographs([path])) == [
        Photograph("a", "a", "cat", b"1"),
        Photograph("b", "a", None, b"2"),
    ]


def test_numbers_become_their_text(tmp_path):
    path = write_table(
        tmp_path / "a.parquet", key=[7, 8, 9], label=[0, 1, None], image=[b"1", b"2", b"3"]
    )
    read = list(read_photographs([path]))
    assert [photograph.key for photograph in read] == ["7", "8", "9"]
    assert [photograph.label for photograph in read] == ["0", "1", None]


def test_an_image_that_is_missing_is_empty(tmp_path):
    path = write_table(tmp_path / "a.parquet", key=["a", "b"], image=[None, b"1"])
    assert [photograph.image for photograph in read_photographs([path])] == [b"", b"1"]


def interrupted():
    yield from photographs(4)
    raise KeyboardInterrupt


def test_stopped_there_is_nothing_and_the_same_command_does_it(tmp_path):
    output = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        write_shards(interrupted(), output, photographs_a_shard=2)
    assert list(tmp_path.iterdir()) == []
    write_shards(photographs(4), output, photographs_a_shard=2)
    assert list(read_photographs([output])) == photographs(4)


def test_a_folder_with_something_in_it_is_refused_before_any_work(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="empty"):
        write_shards(interrupted(), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_nothing_to_pack_makes_no_folder(tmp_path):
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "broken.jpg").write_bytes(b"no")
    shards, failures = pack_folder(tmp_path / "album", tmp_path / "out")
    assert shards == []
    assert len(failures) == 1
    assert not (tmp_path / "out").exists()


def test_missing_and_empty_places(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        list(read_photographs([tmp_path / "nowhere"]))
    with pytest.raises(UsageError, match="data pack"):
        list(read_photographs([tmp_path]))
    with pytest.raises(UsageError, match="no photograph"):
        list(read_folder(tmp_path))


def test_pack_reduces_and_names_what_it_cannot_read(tmp_path):
    from PIL import Image

    folder = tmp_path / "album" / "1907"
    folder.mkdir(parents=True)
    Image.fromarray(noise(300, 200)).save(folder / "large.png")
    Image.fromarray(noise(50, 40)).save(folder / "small.png")
    (folder / "broken.jpg").write_bytes(b"no")
    (folder / "folder.jpg").mkdir()
    Image.fromarray(noise(20, 20000)).save(folder / "wide.png")
    Image.fromarray(noise()).save(folder / "small.color.png")
    Image.fromarray(noise()).save(folder / "small.color-2.png")
    Image.fromarray(noise()).save(folder / "SMALL.COLOR.PNG")
    Image.fromarray(noise()).save(folder / ".hidden.png")
    shards, failures = pack_folder(tmp_path / "album", tmp_path / "out", short_side=100)
    sizes = {p.key: decode_rgb(p.image).shape[:2] for p in read_photographs(shards)}
    assert sizes == {"1907/large.png": (150, 100), "1907/small.png": (50, 40)}
    assert "broken.jpg" in str(failures[0])
    assert "too many for WebP" in str(failures[1])
    assert len(failures) == 2
