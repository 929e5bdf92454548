"""The API for the page: a photograph stays open, and the network runs once."""

import gc
import io

import numpy as np
import pytest
import pyvips
from PIL import Image

from autochrome.errors import OutputError
from autochrome.photo import open_photo
from autochrome.photo.decoded import Decoded
from autochrome.pipeline import ColorizeOptions, Variant, parse_hint
from autochrome.web import service
from autochrome.web.uploads import Upload
from autochrome.web.work import speaking_of

OPTIONS = {
    "none": ({}, ColorizeOptions()),
    "sliders": (
        {"preset": "natural", "temperature": "0.7", "saturation": "2", "strength": "0.3"},
        ColorizeOptions(preset="natural", temperature=0.7, saturation=2, strength=0.3),
    ),
    "hints": (
        {"hint": ["50%,30%=#6090c0", "10%,80%=#806040"], "vividness": "0.5"},
        ColorizeOptions(
            hints=(parse_hint("50%,30%=#6090c0"), parse_hint("10%,80%=#806040")), vividness=0.5
        ),
    ),
    "variant": ({"variant": "3", "variants": "5"}, ColorizeOptions(variant=Variant(3, 5))),
    "variants": ({"variant": "2"}, ColorizeOptions(variant=Variant(2, 4))),
}


@pytest.fixture
def turned(gray_image):
    """A photograph that is stored lying on its side."""
    image = gray_image.copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    return image.jpegsave_buffer()


def opened(client, data, name="old.jpg"):
    answer = client.post("/v1/photos", files={"file": (name, data)})
    assert answer.status_code == 201
    return answer.json()


def test_an_opened_photograph_is_described(client, turned):
    said = opened(client, turned, "folder/old.jpg")
    assert (said["name"], said["width"], said["height"]) == ("old.jpg", 64, 96)
    assert (said["depth"], said["pages"], said["warnings"]) == (8, 1, [])
    assert said["source_color"] == {"kind": "gray", "chroma": 0, "spread": 0}
    assert said["expires_in_s"] == 3600
    raw = client.post("/v1/photos?name=raw.jpg", content=turned).json()
    assert {**raw, "id": said["id"], "name": "old.jpg"} == said


@pytest.fixture
def bmp(gray_image):
    file = io.BytesIO()
    Image.fromarray(gray_image.numpy()).save(file, "BMP")
    return file.getvalue()


def test_what_is_decoded_as_a_whole_is_decoded_once(client, bmp, monkeypatch):
    decoded = []
    real = Decoded.image
    monkeypatch.setattr(Decoded, "image", lambda one: decoded.append(1) or real(one))
    answer = client.post("/v1/colorize", content=bmp)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert len(decoded) == 1


def num_images(like):
    """Count the images there are of the size of another."""
    gc.collect()
    images = [one for one in gc.get_objects() if type(one) is pyvips.Image]
    return sum((one.width, one.height) == (like.width, like.height) for one in images)


def test_what_is_decoded_as_a_whole_is_not_kept_in_memory(client, bmp, gray_image):
    before = num_images(gray_image)
    address = f"/v1/photos/{opened(client, bmp)['id']}"
    same = f"/v1/photos/{opened(client, gray_image.pngsave_buffer())['id']}"
    for query in ("", "?region=8,8,40,30"):
        preview = client.get(f"{address}/preview{query}")
        assert preview.content == client.get(f"{same}/preview{query}").content
    assert num_images(gray_image) == before


def test_a_photograph_of_ours_is_recognized(client, jpeg):
    colored = client.post("/v1/colorize", content=jpeg).content
    assert "use the original" in opened(client, colored)["warnings"][0]


def test_the_preview_is_gray_and_upright(client, turned):
    answer = client.get(f"/v1/photos/{opened(client, turned)['id']}/preview")
    assert answer.headers["content-type"] == "image/jpeg"
    preview = pyvips.Image.new_from_buffer(answer.content, "")
    assert (preview.width, preview.height, preview.bands) == (64, 96, 1)
    assert preview.get("orientation") == 1
    upright = pyvips.Image.new_from_buffer(turned, "").autorot()[0]
    assert np.abs(preview.numpy() * 1.0 - upright.numpy()).max() <= 4


def test_the_preview_fits_a_screen(client):
    large = pyvips.Image.black(2400, 1600).copy(interpretation="b-w").pngsave_buffer()
    answer = client.get(f"/v1/photos/{opened(client, large)['id']}/preview")
    preview = pyvips.Image.new_from_buffer(answer.content, "")
    assert 1.9e6 < preview.width * preview.height <= 2e6


@pytest.mark.parametrize(("query", "options"), OPTIONS.values(), ids=OPTIONS)
def test_color_is_that_of_the_library(client, colorizer, turned, query, options):
    photo_id = opened(client, turned)["id"]
    answer = client.get(f"/v1/photos/{photo_id}/color", params=query)
    assert answer.status_code == 200
    color = np.load(io.BytesIO(answer.content), allow_pickle=False)
    assert (color.dtype, color.flags.c_contiguous) == (np.dtype("<f2"), True)
    prediction = colorizer.predict_distribution(open_photo(turned))
    expected = colorizer.linear_color(prediction, options)
    assert color.shape == expected.shape
    assert np.isfinite(color).all()
    np.testing.assert_allclose(color, expected, rtol=2**-10, atol=1e-6)
    assert np.array_equal(color, expected.astype("<f2"))


@pytest.mark.parametrize(("query", "options"), OPTIONS.values(), ids=OPTIONS)
def test_the_file_is_that_of_the_library(client, colorizer, turned, tmp_path, query, options):
    (tmp_path / "old.jpg").write_bytes(turned)
    photo_id = opened(client, turned)["id"]
    asked = query | {"provenance": "false", "format": "png", "autorotate": "true"}
    answer = client.get(f"/v1/photos/{photo_id}/file", params=asked)
    assert answer.headers["content-disposition"] == 'attachment; filename="old.color.png"'
    written = pyvips.Image.new_from_buffer(answer.content, "")
    assert (written.width, written.height) == (64, 96)
    same = ColorizeOptions(**{**vars(options), "provenance": False, "autorotate": True})
    colorizer.colorize_file(tmp_path / "old.jpg", tmp_path / "new.png", same)
    assert answer.content == (tmp_path / "new.png").read_bytes()


def test_the_file_keeps_the_format_by_default(client, gray_image):
    photo_id = opened(client, gray_image.webpsave_buffer(), "été.webp")["id"]
    answer = client.get(f"/v1/photos/{photo_id}/file")
    assert answer.headers["content-type"] == "image/webp"
    disposition = answer.headers["content-disposition"]
    assert disposition == "attachment; filename*=utf-8''%C3%A9t%C3%A9.color.webp"


def test_the_network_runs_once_while_sliders_move(client_of, gated, gate, jpeg):
    with client_of(gated) as client:
        photo_id = opened(client, jpeg)["id"]
        assert gate.runs == 1
        for query, _ in OPTIONS.values():
            assert client.get(f"/v1/photos/{photo_id}/color", params=query).status_code == 200
        client.get(f"/v1/photos/{photo_id}/preview")
        assert gate.runs == 1


@pytest.mark.parametrize("what", ["preview", "color", "file"])
def test_what_is_closed_or_unknown_is_gone(client, jpeg, files_left, what):
    photo_id = opened(client, jpeg)["id"]
    assert files_left() == 1
    assert client.delete(f"/v1/photos/{photo_id}").status_code == 204
    assert files_left() == 0
    assert client.delete(f"/v1/photos/{photo_id}").status_code == 204
    answer = client.get(f"/v1/photos/{photo_id}/{what}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/docs/problems#gone"


def test_what_nobody_uses_goes_by_itself(
    client_of, colorizer, jpeg, files_left, eventually, monkeypatch
):
    monkeypatch.setattr(service, "_SWEEP_S", 0.01)
    with client_of(colorizer, kept_s=0.05) as client:
        client.post("/v1/colorize", content=jpeg, headers={"accept": "application/json"})
        opened(client, jpeg)
        eventually(lambda: files_left() == 0)  # with nobody asking


def test_only_so_many_stay_open(client_of, colorizer, jpeg, files_left):
    with client_of(colorizer, kept_photos=2) as client:
        ids = [opened(client, jpeg)["id"] for _ in range(3)]
        answers = [client.get(f"/v1/photos/{one}/color").status_code for one in ids]
        assert answers == [404, 200, 200]
        assert files_left() == 2


def test_options_of_the_file_are_none_of_the_color(client, jpeg):
    photo_id = opened(client, jpeg)["id"]
    for query in ("quality=50", "format=png", "skip_color=true", "working_side=64", "name=x"):
        assert client.get(f"/v1/photos/{photo_id}/color?{query}").status_code == 422
    assert client.get(f"/v1/photos/{photo_id}/file?skip_color=true").status_code == 422


def test_a_hint_outside_the_photograph_is_told(client, jpeg):
    answer = client.get(
        f"/v1/photos/{opened(client, jpeg)['id']}/color", params={"hint": "500,500=#6090c0"}
    )
    assert answer.status_code == 422
    assert "old.jpg" in answer.json()["detail"]


def test_a_part_outside_the_photograph_is_told(client, jpeg):
    photo_id = opened(client, jpeg)["id"]
    answer = client.get(f"/v1/photos/{photo_id}/preview?left=90&top=0&width=9&height=9")
    assert answer.status_code == 422
    assert answer.json()["advice"] == "old.jpg has 96 x 64 pixels"


def test_no_name_gets_into_the_log(client, caplog):
    """Not even when there is something to say of a photograph."""
    caplog.set_level("DEBUG")
    dark = pyvips.Image.black(96, 64).copy(interpretation="b-w").pngsave_buffer()
    photo_id = opened(client, dark, "secret.png")["id"]
    for what in ("color", "file"):
        client.get(f"/v1/photos/{photo_id}/{what}?variant=2")
    client.post("/v1/colorize?variant=2&name=secret.png", content=dark)
    assert caplog.text.count("the versions of") == 3
    logged = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]  # clients
    assert not any("secret" in record.getMessage() for record in logged)


def test_no_folder_of_the_server_is_told(tmp_path):
    upload = Upload(tmp_path / "one" / "upload", "old.jpg")
    with pytest.raises(OutputError) as told, speaking_of(upload):
        raise OutputError(f"{upload.path}: no", f"Write {tmp_path / 'two' / 'result.png'}, not")
    assert (told.value.message, told.value.advice) == (
        "old.jpg: no",
        "Write a file of the server, not",
    )


def test_what_is_no_photograph_is_named_as_its_client_does(client, jpeg, files_left):
    for data in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", jpeg[: len(jpeg) // 2], b"\0"):
        answer = client.post("/v1/photos", files={"file": ("gran.jpg", data)})
        assert answer.status_code == 422
        assert answer.json()["type"] == "/docs/problems#unreadable-photo"
        assert "gran.jpg" in answer.json()["detail"]
        assert "/" not in answer.json()["detail"]
        assert files_left() == 0
