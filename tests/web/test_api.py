"""The API for programs does what the library does."""

import dataclasses
import re
from datetime import datetime

import numpy as np
import pytest
import pyvips

from autochrome.photo.metadata import provenance
from autochrome.pipeline import ColorizeOptions, Variant, parse_hint
from autochrome.web.options import ColorizeQuery, ColorQuery, FileQuery
from autochrome.web.problems import KINDS

QUERY = {
    "preset": "vivid",
    "temperature": "0.5",
    "vividness": "-0.25",
    "smoothing": "2",
    "saturation": "1.5",
    "strength": "0.75",
    "working_side": "96",
    "flip_averaging": "true",
    "hint": ["50%,30%=#6090c0", "10,20=#806040"],
    "variant": "2",
    "variants": "3",
    "skip_color": "true",
    "quality": "80",
    "profile": "p3",
    "autorotate": "true",
    "provenance": "false",
    "mark": "true",
}
OPTIONS = ColorizeOptions(
    preset="vivid",
    temperature=0.5,
    vividness=-0.25,
    smoothing=2,
    saturation=1.5,
    strength=0.75,
    working_side=96,
    flip_averaging=True,
    hints=(parse_hint("50%,30%=#6090c0"), parse_hint("10,20=#806040")),
    variant=Variant(2, 3),
    skip_color=True,
    quality=80,
    profile="p3",
    autorotate=True,
    provenance=False,
    mark=True,
)


class _Noon(datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2026, 1, 1, 12, tzinfo=tz)


@pytest.fixture
def expected(colorizer, tmp_path, monkeypatch):
    """What the library makes of a photograph, at a time of day that stands still."""
    monkeypatch.setattr(provenance, "datetime", _Noon)

    def color(data, suffix, options=OPTIONS):
        source, destination = tmp_path / "photo", tmp_path / f"expected{suffix}"
        source.write_bytes(data)
        colorizer.colorize_file(source, destination, options, overwrite=True)
        return destination.read_bytes()

    return color


def test_every_option_of_the_library_can_be_asked_for():
    """The test below gives each another value than its default, so none can be forgotten."""
    fields = dataclasses.fields(ColorizeOptions)
    for option in fields:
        assert getattr(OPTIONS, option.name) != option.default, option.name
    assert ColorizeQuery(**QUERY).options() == OPTIONS
    assert ColorizeQuery().options() == ColorizeOptions()
    # The page never runs the network again, and a person looking at a photograph decides.
    left_out = set(ColorizeQuery.model_fields) - set(FileQuery.model_fields)
    assert left_out == {"name", "working_side", "flip_averaging", "skip_color"}
    assert set(ColorQuery.model_fields) < set(FileQuery.model_fields)


@pytest.mark.parametrize("query", [{}, QUERY])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif"])
def test_the_same_bytes_as_from_the_library(client, gray_image, expected, query, suffix):
    data = gray_image.write_to_buffer(suffix)
    options = OPTIONS if query else ColorizeOptions()
    answer = client.post("/v1/colorize", params=query, content=data)
    assert answer.status_code == 200
    assert answer.content == expected(data, suffix, options)
    named = {"name": f"old{suffix}"} | query
    named = client.post("/v1/colorize", params=named, content=data).headers
    assert named["content-disposition"] == f'attachment; filename="old.color{suffix}"'
    media_type = {".jpg": "jpeg", ".tif": "tiff"}.get(suffix, suffix[1:])
    assert named["content-type"] == f"image/{media_type}"


@pytest.mark.parametrize("format_", ["jpg", "png", "tif", "webp", "avif"])
def test_the_format_can_be_chosen(client, jpeg, expected, format_):
    answer = client.post("/v1/colorize", params={"format": format_, "name": "a.jpg"}, content=jpeg)
    options = ColorizeOptions()
    assert answer.content == expected(jpeg, f".{format_}", options)
    assert f"a.color.{format_}" in answer.headers["content-disposition"]


def test_it_is_told_what_made_the_color(client, jpeg):
    told = client.post("/v1/colorize", content=jpeg).content
    assert b"compositeWithTrainedAlgorithmicMedia" in told
    assert b"tiny" in told
    untold = client.post("/v1/colorize?provenance=false", content=jpeg).content
    assert b"tiny" not in untold


def test_metadata_and_depth_are_kept(client, gray_image):
    deep = (gray_image.cast("ushort") * 257).cast("ushort").copy(interpretation="grey16")
    deep.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Artist", "Dorothea (Dorothea, ASCII)")
    answer = client.post("/v1/colorize", content=deep.pngsave_buffer())
    colored = pyvips.Image.new_from_buffer(answer.content, "")
    assert colored.format == "ushort"
    assert "Dorothea" in colored.get("exif-ifd0-Artist")


def test_lightness_is_kept(client, gray_image):
    answer = client.post("/v1/colorize", content=gray_image.pngsave_buffer())
    colored = pyvips.Image.new_from_buffer(answer.content, "").colourspace("lab").numpy()
    before = gray_image.colourspace("srgb").colourspace("lab").numpy()
    assert np.abs(colored[..., 0] - before[..., 0]).max() < 0.7
    assert np.abs(colored[..., 1:]).max() > 5


def test_json_says_what_was_done_and_where_the_result_is(client, jpeg):
    json = {"accept": "application/json"}
    answer = client.post("/v1/colorize?name=old.jpg", content=jpeg, headers=json)
    assert answer.status_code == 200
    said = answer.json()
    assert said["url"].startswith("/v1/results/")
    assert (said["name"], said["media_type"]) == ("old.color.jpg", "image/jpeg")
    assert (said["width"], said["height"], said["pages"]) == (96, 64, 1)
    assert (said["model"], said["skipped"], said["warnings"]) == ("tiny", "", [])
    assert said["source_color"]["kind"] == "gray"
    for _ in range(2):  # it stays there
        result = client.get(said["url"])
        assert len(result.content) == said["bytes"]
        assert result.headers["content-disposition"] == 'attachment; filename="old.color.jpg"'
    part = client.get(said["url"], headers={"range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, result.content[2:6])
    assert client.get(said["url"] + "x").status_code == 404


@pytest.mark.parametrize(
    ("accept", "is_json"),
    [
        ("*/*", False),
        ("image/*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/json;q=0, image/*", False),
        ("application/json", True),
        ("image/*;q=0.1, Application/JSON ; q=0.9", True),
    ],
)
def test_json_is_for_those_who_ask_for_it(client, jpeg, accept, is_json):
    answer = client.post("/v1/colorize", content=jpeg, headers={"accept": accept})
    assert (answer.headers["content-type"] == "application/json") is is_json


def test_a_result_nobody_has_the_address_of_is_not_kept(client, jpeg, files_left):
    assert client.post("/v1/colorize", content=jpeg).status_code == 200
    assert files_left() == 0
    client.post("/v1/colorize", content=jpeg, headers={"accept": "application/json"})
    assert files_left() == 1


@pytest.mark.parametrize("form", [False, True])
def test_a_color_photograph_can_be_left_alone(client, in_color, form):
    data = in_color.jpegsave_buffer()
    query = {"skip_color": "true"} | ({"format": "png"} if form else {})
    answer = client.post("/v1/colorize", params=query, content=data)
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    if form:
        kept = pyvips.Image.new_from_buffer(answer.content, "")
        before = pyvips.Image.new_from_buffer(data, "")
        assert np.array_equal(kept.numpy(), before.numpy())
    else:
        assert answer.content == data
    query["skip_color"] = "false"
    assert client.post("/v1/colorize", params=query, content=data).content != answer.content


@pytest.mark.parametrize(
    "query",
    [
        {"temperature": "0"},
        {"temperature": "nan"},
        {"vividness": "inf"},
        {"strength": "2"},
        {"quality": "0"},
        {"preset": "bold"},
        {"format": "svg"},
        {"hint": "50%,30=#6090c0"},
        {"hint": "1000,1000=#6090c0"},
        {"hint": "٣,٣=#6090c0"},
        {"variant": "5"},
        {"variants": "3"},
        {"working_side": "100000"},
        {"unknown": "1"},
        {"name": "x" * 301},
    ],
)
def test_an_option_that_makes_no_sense_is_named(client, jpeg, query):
    answer = client.post("/v1/colorize", params=query, content=jpeg)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (422, 422)
    assert problem["type"] == "/docs/problems#invalid-option"
    assert next(iter(query)).removesuffix("s") in problem["detail"].lower()
    assert not re.search(r"pattern|[Ee]xtra inputs", problem["detail"])  # what only a program says


def test_every_type_of_problem_is_explained(client):
    page = client.get("/docs/problems").text
    for kind, (status, title) in KINDS.items():
        assert f'id="{kind}"' in page
        assert title in page
        assert 400 <= status < 600


def test_a_fault_of_ours_is_a_problem_too(client_of, gated, gate, jpeg, caplog, files_left):
    def fail(_):
        raise RuntimeError("broken")

    gate.run = fail
    with client_of(gated) as client:
        for route in ("/v1/colorize", "/v1/photos"):
            answer = client.post(route, content=jpeg)
            assert answer.status_code == 500
            assert answer.json()["type"] == "/docs/problems#internal-error"
            assert "broken" not in answer.text
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert files_left() == 0
    assert "broken" in caplog.text


def test_no_memory_is_a_problem_too(client_of, gated, gate, jpeg, caplog):
    def fail(_):
        raise MemoryError

    gate.run = fail
    with client_of(gated) as client:
        answer = client.post("/v1/colorize", content=jpeg)
        assert answer.status_code == 507
        assert answer.json()["type"] == "/docs/problems#no-memory"


def test_the_models_and_the_limits(client_of, colorizer):
    with client_of(colorizer, max_megabytes=3, max_megapixels=5) as client:
        said = client.get("/v1/models").json()
    (model,) = said["models"]
    decode = colorizer.manifest.decode
    assert (model["name"], model["version"], model["default"]) == ("tiny", "1", True)
    assert (model["decode"], model["temperature"], model["vividness"]) == (
        decode.kind,
        decode.temperature,
        decode.vividness,
    )
    assert said["limits"] == {"megabytes": 3, "megapixels": 5}


def test_health_is_told_to_both_methods(client):
    for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
        assert client.get(path).json() == {"status": status}
        assert client.head(path).status_code == 200


def test_what_is_counted(client, jpeg, metric, caplog):
    caplog.set_level("INFO", "autochrome")
    client.post("/v1/colorize?name=secret-name.jpg", content=jpeg)
    client.post("/v1/colorize", content=b"no photograph")
    client.get("/v1/results/secret-id")
    client.request("SECRET-METHOD", "/secret-path")
    text = client.get("/metrics").text
    assert metric(client, "autochrome_photographs_total") == 1
    assert metric(client, "autochrome_megapixels_total") == pytest.approx(96 * 64 / 1e6)
    assert metric(client, "autochrome_queue_taken") == 0
    request = 'autochrome_requests_total{method="POST",route="/v1/colorize",status="%d"} 1.0'
    assert request % 200 in text
    assert request % 422 in text
    assert "secret" not in (text + caplog.text).lower()
    assert re.search(r"POST /v1/colorize 200 \d+\.\d{3} s\n", caplog.text)
    assert re.search(r"GET /v1/results/\{result_id\} 404 \d+\.\d{3} s\n", caplog.text)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/colorize", "POST"),
        ("PUT", "/v1/photos", "POST"),
        ("POST", "/v1/models", "GET"),
        ("OPTIONS", "/v1/models", "GET"),
        ("TRACE", "/v1/photos/x", "DELETE"),
        ("BREW", "/v1/photos/x/preview", "GET"),
    ],
)
def test_another_method_is_refused_with_those_there_are(client, method, path, allowed):
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "about:blank"
    assert "/docs" in answer.json()["advice"]
