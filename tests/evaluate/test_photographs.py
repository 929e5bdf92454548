from operator import length_hint

import numpy as np
import pytest

from autochrome.errors import UnreadablePhotoError, UsageError
from autochrome.evaluate import PhotographSet
from autochrome.shards import Photograph, encode_webp, write_shards

LOSSLESS = 101


@pytest.fixture
def pictures():
    return list(np.random.default_rng(0).integers(0, 256, (4, 20, 24, 3), dtype=np.uint8))


@pytest.fixture
def shards(pictures, tmp_path):
    rows = [
        Photograph(f"photo {i}", "tests", None, encode_webp(picture, LOSSLESS))
        for i, picture in enumerate(pictures)
    ]
    write_shards(rows, tmp_path / "shards", photographs_a_shard=3)
    return tmp_path / "shards"


@pytest.fixture
def folder(pictures, tmp_path):
    (tmp_path / "folder").mkdir()
    for i, picture in enumerate(pictures):
        (tmp_path / "folder" / f"{i}.webp").write_bytes(encode_webp(picture, LOSSLESS))
    return tmp_path / "folder"


@pytest.mark.parametrize("kind", ["shards", "folder"])
def test_it_can_be_walked_twice(kind, pictures, request):
    photographs = PhotographSet([request.getfixturevalue(kind)])
    for _ in range(2):
        assert np.array_equal(list(photographs), pictures)


def test_shards_and_folders_follow_each_other(shards, folder, pictures):
    paths = [shards / "shard-00001.parquet", folder]
    assert np.array_equal(list(PhotographSet(paths)), [pictures[3], *pictures])


@pytest.mark.parametrize(("limit", "expected"), [(None, 4), (2, 2), (9, 4)])
def test_a_limit_stops_it(shards, limit, expected):
    photographs = PhotographSet([shards], limit)
    assert len(list(photographs)) == length_hint(photographs) == expected


def test_a_folder_does_not_say_how_many(folder):
    assert length_hint(PhotographSet([folder]), -1) == -1


def test_a_damaged_photograph_is_an_error(folder):
    (folder / "0.webp").write_bytes(b"RIFF")
    with pytest.raises(UnreadablePhotoError, match=r"0\.webp"):
        list(PhotographSet([folder]))


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="no photograph"):
        list(PhotographSet([tmp_path]))
