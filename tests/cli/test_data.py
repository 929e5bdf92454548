import numpy as np
import pytest
from click.testing import CliRunner

from autochrome.cli.main import cli
from autochrome.shards import count_photographs, encode_webp


@pytest.fixture
def album(tmp_path):
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "broken.jpg").write_bytes(b"no photograph")
    return tmp_path / "album"


def pack(album):
    output = album.parent / "out"
    return CliRunner().invoke(cli, ["data", "pack", str(album), "-o", str(output)])


def test_what_is_left_out_is_named_and_the_rest_is_packed(album):
    (album / "a.webp").write_bytes(encode_webp(np.zeros((64, 64, 3), np.uint8)))
    result = pack(album)
    assert result.exit_code == 8
    assert "1 photograph in 1 shard in" in result.stderr
    assert "left out:" in result.stderr
    assert "broken.jpg" in result.stderr
    assert "Error: 1 file could not be read; the others are packed" in result.stderr
    assert count_photographs([album.parent / "out"]) == 1


def test_images_of_other_formats_are_counted(album):
    (album / "a.webp").write_bytes(encode_webp(np.zeros((64, 64, 3), np.uint8)))
    for name in ("b.heic", "c.HEIC", "sub/d.gif", "notes.txt", ".e.gif"):
        (album / name).parent.mkdir(exist_ok=True)
        (album / name).touch()
    assert "Left out, not read: 2 .heic, 1 .gif\n" in pack(album).stderr


def test_nothing_that_could_be_read_is_an_error_that_says_so(album):
    result = pack(album)
    assert result.exit_code == 3
    assert "broken.jpg" in result.stderr
    assert "nothing is packed" in result.stderr
    assert "others" not in result.stderr
    assert not (album.parent / "out").exists()
