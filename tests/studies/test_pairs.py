import base64
import json
import re
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import binomtest

from autochrome.cli.main import cli
from autochrome.color import rgb_to_lab
from autochrome.errors import OutputError, UsageError
from autochrome.evaluate import FULL
from autochrome.shards import decode_rgb, encode_webp
from autochrome.studies.pairs import score_answers, write_pairs
from autochrome.studies.pairs.key import CHECK, Key, Pair
from autochrome.studies.pairs.score import wilson
from autochrome.studies.pairs.write import draw_pairs, draw_photographs

SIDES = ("left", "right")


def photograph(index):
    rgb = np.random.default_rng(index).integers(0, 256, (2, 3, 3), np.uint8)
    return rgb.repeat(150, axis=0).repeat(100, axis=1)


def sepia(lightness):
    return np.full((*lightness.shape, 2), (5, 15), np.float32)


def gray(lightness):
    return np.zeros((*lightness.shape, 2), np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    output = tmp_path_factory.mktemp("study") / "pairs"
    photographs = (photograph(index) for index in range(14))
    write_pairs(output, {"sepia": sepia, "gray": gray}, photographs, count=12)
    return output


def lab_of(rgb):
    return rgb_to_lab(rgb.astype(np.float64) / 255)


def test_each_pair_is_a_photograph_and_itself_colorized(folder):
    key = Key.read(folder)
    truths = [FULL.prepare(photograph(index)) for index in range(14)]
    shown = set()
    for number, pair in enumerate(key.pairs, 1):
        pictures = {
            side: decode_rgb((folder / pair.picture(number, side)).read_bytes()) for side in SIDES
        }
        true = pictures.pop(pair.photograph)
        (other,) = pictures.values()
        (index,) = [i for i, truth in enumerate(truths) if np.array_equal(truth, true)]
        shown.add(index)
        assert not np.array_equal(true, other)
        # Same lightness, but for the rounding to 8 bits.
        np.testing.assert_allclose(lab_of(other)[..., 0], lab_of(true)[..., 0], atol=0.6)
        if pair.model == "gray":
            assert np.ptp(other, axis=-1).max() == 0
    assert len(shown) == len(key.pairs) == 12


def test_models_share_the_pairs_and_one_in_ten_is_a_check():
    pairs = draw_pairs(["one", "two", "three"], 100, np.random.default_rng(0))
    assert Counter(pair.model for pair in pairs) == {CHECK: 10, "one": 30, "two": 30, "three": 30}


def test_neither_side_nor_model_follows_from_the_place():
    pairs = draw_pairs(["one", "two"], 2000, np.random.default_rng(0))
    sides = np.array([pair.photograph == "left" for pair in pairs])
    models = np.array([pair.model == "one" for pair in pairs])
    places = np.arange(len(pairs))
    for what in (sides, models):
        assert abs(np.corrcoef(what, places)[0, 1]) < 0.1
        assert abs(np.corrcoef(what[1:], what[:-1])[0, 1]) < 0.1
    assert abs(np.corrcoef(sides, models)[0, 1]) < 0.1
    assert abs(sides.mean() - 0.5) < 0.05


def test_names_tell_nothing(folder):
    names = sorted(path.name for path in (folder / "pictures").iterdir())
    assert names == sorted(f"{number:04d}-{side}.webp" for number in range(1, 13) for side in SIDES)


def test_every_photograph_is_as_likely():
    stream = [np.full((256, 256, 3), index, np.uint8) for index in range(8)]
    generator = np.random.default_rng(0)
    drawn = Counter(
        int(rgb[0, 0, 0]) for _ in range(400) for rgb in draw_photographs(stream, 2, generator)
    )
    assert set(drawn) == set(range(8))
    assert max(drawn.values()) - min(drawn.values()) < 60  # 100 each, deviation 9


def test_the_same_arguments_give_the_same_folder(tmp_path):
    for name in ("one", "two"):
        write_pairs(tmp_path / name, {"sepia": sepia}, map(photograph, range(3)), count=2)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert one == two
    assert len(one) == 2 * 2 + 2


class _Page(HTMLParser):
    VOID = ("meta", "link", "input", "img")

    def __init__(self):
        super().__init__()
        self.open, self.addresses, self.ids, self.references = [], [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "action", "data", "srcset"):
                self.addresses.append(value)
            if name == "id":
                self.ids.append(value)
            if name in ("aria-labelledby", "for"):
                self.references.append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_asks_no_other_host(folder):
    text = (folder / "index.html").read_text("utf-8")
    page = _Page()
    page.feed(text)
    page.close()
    assert page.open == []
    assert set(page.addresses) <= {"data:,"}
    assert not re.search(r"https?:|//\w|@import|url\(|fetch\(|XMLHttp|WebSocket|sendBeacon", text)
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.references) <= set(page.ids)
    used = set(re.findall(r'byId\("([\w-]+)"\)', text))
    assert used <= set(page.ids)


def test_the_page_has_the_key_but_does_not_show_it(folder):
    text = (folder / "index.html").read_text("utf-8")
    encoded = re.search(r'id="key">([^<]+)<', text).group(1)
    assert json.loads(base64.b64decode(encoded)) == json.loads((folder / "key.json").read_text())
    assert "sepia" not in text


def answers_file(path, study, chosen):
    answers = [{"pair": number, "chosen": side} for number, side in chosen.items()]
    path.write_text(json.dumps({"study": study, "answers": answers}))
    return path


@pytest.fixture
def scored(tmp_path):
    """Five pairs whose photograph is on the left, and two people's answers."""
    makers = ("one", "one", "two", "two", CHECK)
    key = Key("abc", tuple(Pair("left", maker) for maker in makers))
    (tmp_path / "key.json").write_text(key.to_json())
    first = dict(enumerate(("right", "left", "right", "right", "left"), 1))
    return tmp_path, [
        answers_file(tmp_path / "first.json", "abc", first),
        answers_file(tmp_path / "second.json", "abc", {1: "left", 3: "left"}),
    ]


def test_score_by_hand(scored):
    folder, files = scored
    scores = score_answers(files, folder)
    assert {name: score[:2] for name, score in scores.items()} == {
        "one": (1, 3),
        "two": (2, 3),
        CHECK: (0, 1),
    }
    assert scores["two"].share == 2 / 3


@pytest.mark.parametrize(("hits", "total"), [(0, 7), (7, 7), (1, 3), (323, 1000)])
def test_wilson_is_that_of_scipy(hits, total):
    interval = binomtest(hits, total).proportion_ci(method="wilson")
    assert wilson(hits, total) == pytest.approx((interval.low, interval.high), abs=1e-6)


def test_the_command_scores(scored):
    folder, files = scored
    arguments = [part for path in files for part in ("--score", str(path))]
    result = CliRunner().invoke(cli, ["pairs", *arguments, str(folder)])
    assert result.exit_code == 0, result.output
    one, two, checks = result.stdout.splitlines()
    assert one.startswith("one: taken for the photograph in 1 of 3, 33.3% [6.1%, 79.2%]")
    assert two.startswith("two: ")
    assert checks == "checks seen through: 1 of 1"


@pytest.mark.parametrize(
    ("study", "chosen"), [("other", {1: "left"}), ("abc", {6: "left"}), ("abc", {1: "up"})]
)
def test_answers_to_other_pairs_are_refused(scored, study, chosen):
    folder, _ = scored
    wrong = answers_file(folder / "wrong.json", study, chosen)
    with pytest.raises(UsageError, match=r"wrong\.json"):
        score_answers([wrong], folder)


def test_nobody_counts_twice(scored):
    folder, (first, second) = scored
    with pytest.raises(UsageError, match=r"first\.json holds the answers of .*first\.json"):
        score_answers([first, second, first], folder)
    copy = folder / "answers (1).json"
    copy.write_bytes(second.read_bytes())
    with pytest.raises(UsageError, match=r"\(1\)\.json holds the answers of .*second\.json"):
        score_answers([first, second, copy], folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"study": "abc", "answers": [1]}',
        "\0",
        "[" * 10**5,
        '{"study": "abc", "answers": [{"pair": 1e999, "chosen": "left"}]}',
    ],
    ids=["empty", "list", "object", "number", "binary", "deep", "infinite"],
)
def test_damaged_answers_are_refused(scored, text):
    folder, _ = scored
    (folder / "bad.json").write_text(text)
    with pytest.raises(UsageError, match=r"bad\.json"):
        score_answers([folder / "bad.json"], folder)
    with pytest.raises(UsageError, match=r"key\.json"):
        score_answers([folder / "bad.json"], folder / "nowhere")


def test_a_damaged_key_is_refused(scored):
    folder, files = scored
    key = (folder / "key.json").read_text()
    (folder / "key.json").write_text(key.replace("left", "up", 1))
    with pytest.raises(UsageError, match=r"key\.json.*no side 'up'"):
        score_answers(files, folder)


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("mine")
    photographs = map(photograph, range(3))
    with pytest.raises(OutputError, match="not empty"):
        write_pairs(tmp_path, {"gray": gray}, photographs)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    with pytest.raises(OutputError, match="cannot be a folder"):
        write_pairs(tmp_path / "mine", {"gray": gray}, photographs)
    assert len(list(photographs)) == 3  # refused before any was read


def gray_photograph(index):
    return photograph(index)[..., :1].repeat(3, axis=-1)


def test_gray_photographs_are_left_out(tmp_path):
    """Beside themselves colorized they would be found at once."""
    for name, stream in (
        ("mixed", [gray_photograph(9), photograph(0), gray_photograph(8), photograph(1)]),
        ("color", [photograph(0), photograph(1)]),
    ):
        _, num_gray = write_pairs(tmp_path / name, {"sepia": sepia}, stream)
        assert num_gray == (2 if name == "mixed" else 0)
    assert Key.read(tmp_path / "mixed") == Key.read(tmp_path / "color")  # of the same pictures
    with pytest.raises(UsageError, match="gray ones left out: 4"):
        write_pairs(tmp_path / "gray", {"sepia": sepia}, map(gray_photograph, range(4)))


@pytest.mark.parametrize(("photographs", "models"), [(1, 1), (10, 10)])
def test_too_few_photographs(tmp_path, photographs, models):
    """Of ten, one is a check: it leaves nothing for the tenth model."""
    with pytest.raises(UsageError, match="too few"):
        write_pairs(
            tmp_path / "out", {str(i): gray for i in range(models)}, [photograph(0)] * photographs
        )
    assert not (tmp_path / "out").exists()


def test_the_command_makes_pairs_with_a_model(tmp_path, tiny_model):
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for index in range(3):
        (photographs / f"{index}.webp").write_bytes(encode_webp(photograph(index)))
    (photographs / "gray.webp").write_bytes(encode_webp(gray_photograph(3)))
    (photographs / "other.heic").touch()
    output = tmp_path / "out"
    arguments = ["pairs", "-o", str(output), "--model", str(tiny_model), "--count", "2"]
    result = CliRunner().invoke(cli, [*arguments, str(photographs)])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("2 pairs: ")
    assert result.stderr == "Left out: 1 gray photograph\nLeft out, not read: 1 .heic\n"
    assert len(Key.read(output).pairs) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["."],
        ["-o", "out", "."],
        ["--model", "lumiere", "."],
        ["--model", "lumiere"],
        ["-o", "out", "--model", "lumiere", "--seed", "-1", "."],
    ],
)
def test_wrong_usage(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["pairs", *arguments]).exit_code == 2
