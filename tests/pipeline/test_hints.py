import pytest
from skimage.color import rgb2lab

from autochrome import UsageError
from autochrome.pipeline import ColorizeOptions, Hint, parse_hint, read_hints


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("10,20=#a1B2c3", Hint(10, 20, "#a1B2c3")),
        (" 10 , 20.5 = #000000 ", Hint(10, 20.5, "#000000")),
        ("50%,33.3%=#ffffff", Hint(50, 33.3, "#ffffff", percent=True)),
        ("0,0=#808080", Hint(0, 0, "#808080")),
    ],
)
def test_written_hints(text, hint):
    assert parse_hint(text) == hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10,20",
        "10=#aabbcc",
        "10,20=aabbcc",
        "10,20=#abc",
        "10,20=#aabbcg",
        "10,20=#aabbccdd",
        "-1,20=#aabbcc",
        "nan,20=#aabbcc",
        "1e3,2=#aabbcc",
        "10%,20=#aabbcc",
        "101%,20%=#aabbcc",
        "10,20,30=#aabbcc",
        "1٣,20=#aabbcc",
        "10,20=#aabbcc 30,40=#aabbcc",
    ],
)
def test_malformed_hints(text):
    with pytest.raises(UsageError):
        parse_hint(text)


@pytest.mark.parametrize(
    "wrong",
    [(-1, 0, "#000000"), (0, float("nan"), "#000000"), (float("inf"), 0, "#000000"), (0, 0, "red")],
)
def test_hints_that_make_no_sense(wrong):
    with pytest.raises(UsageError):
        Hint(*wrong)


@pytest.mark.parametrize("color", ["#ff0000", "#00ff00", "#0000ff", "#123456", "#808080"])
def test_ab_is_that_of_the_color(color):
    rgb = [[[int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]]]
    assert Hint(0, 0, color).ab == pytest.approx(rgb2lab(rgb)[0, 0, 1:], abs=0.1)


def test_position_is_the_middle_of_a_pixel():
    assert Hint(0, 0, "#808080").position(10, 20) == (0.05, 0.025)
    assert Hint(19, 9, "#808080").position(10, 20) == (0.95, 0.975)
    assert Hint(25, 75, "#808080", percent=True).position(10, 20) == (0.75, 0.25)


@pytest.mark.parametrize("place", [(20, 0), (0, 10), (5000, 5000)])
def test_position_outside_the_photograph(place):
    with pytest.raises(UsageError, match=r"outside old\.jpg, 20 x 10 pixels"):
        Hint(*place, "#808080").position(10, 20, "old.jpg")


class TestFile:
    def test_is_replayed(self, tmp_path):
        (tmp_path / "hints.txt").write_text("# the sky\n10,20=#6090c0\n\n  50%,5%=#808080\r\n")
        assert read_hints(tmp_path / "hints.txt") == (
            Hint(10, 20, "#6090c0"),
            Hint(50, 5, "#808080", percent=True),
        )

    def test_names_the_line_that_is_wrong(self, tmp_path):
        (tmp_path / "hints.txt").write_text("10,20=#6090c0\n10,20=blue\n")
        with pytest.raises(UsageError, match=r"hints\.txt, line 2"):
            read_hints(tmp_path / "hints.txt")

    def test_that_cannot_be_read(self, tmp_path):
        (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
        for path in (tmp_path / "missing", tmp_path, tmp_path / "binary"):
            with pytest.raises(UsageError, match="Cannot read the hints"):
                read_hints(path)


def test_options_take_a_tuple_of_hints():
    hints = (Hint(1, 2, "#808080"),)
    assert ColorizeOptions(hints=hints).hints == hints
