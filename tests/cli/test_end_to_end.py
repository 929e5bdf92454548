"""The real pipeline with a tiny model, through the command line."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

RAMP = np.tile(np.linspace(0, 255, 80, dtype=np.uint8), (48, 1))


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(RAMP).save(tmp_path / "old.png")
    return tmp_path / "old.png"


@pytest.fixture
def colorize(run, tiny_model):
    def invoke(*arguments, **how):
        return run("colorize", "--model", str(tiny_model), "--device", "cpu", *arguments, **how)

    return invoke


def pixels(path, mode="RGB") -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert(mode)).astype(int)


def is_color(path) -> bool:
    return bool(np.ptp(pixels(path), axis=-1).max() > 10)


def test_photo_gets_color_and_keeps_its_size(colorize, photo, tmp_path):
    result = colorize("old.png")
    assert (result.exit_code, result.stdout) == (0, "")
    assert pixels(tmp_path / "old.color.png").shape == (48, 80, 3)
    assert is_color(tmp_path / "old.color.png")
    assert not is_color(photo)


def test_saturation_zero_is_gray(colorize, photo, tmp_path):
    assert colorize("--saturation", "0", "old.png").exit_code == 0
    difference = pixels(tmp_path / "old.color.png") - RAMP[..., None].astype(int)
    assert np.abs(difference).max() <= 1


def test_control(colorize, photo, tmp_path):
    """All that a person may choose, at once, in each of two versions."""
    (tmp_path / "hints.txt").write_text("75%,50%=#3060b0\n")
    choice = ["--preset", "vivid", "--saturation", "1.2", "--strength", "0.9", "--size", "64"]
    hints = ["--hints", "hints.txt", "--hint", "10,20=#b03030"]
    result = colorize("old.png", *choice, *hints, "--variants", "2", "--temperature", "0.5")
    assert result.exit_code == 0, result.stderr
    versions = [pixels(tmp_path / f"old.color-{i}.png") for i in (1, 2)]
    for version in versions:
        assert version[20, 10, 0] > version[20, 10, 2] + 10  # red where it was said
        assert version[24, 60, 2] > version[24, 60, 0] + 10  # and blue
    assert (versions[0] != versions[1]).any()


def test_hint_outside_the_photo(colorize, photo, tmp_path):
    result = colorize("old.png", "--hint", "80,0=#b03030")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "lies outside old.png, 80 x 48 pixels" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["old.png"]


def test_bad_files_are_named_and_the_others_done(colorize, photo, tmp_path):
    (tmp_path / "text.jpg").write_text("no photograph")
    (tmp_path / "empty.tif").touch()
    (tmp_path / "cut.png").write_bytes(photo.read_bytes()[:60])
    result = colorize("--json", ".", "missing.jpg")
    assert result.exit_code == 8
    failed = {}
    for line in map(json.loads, result.stdout.splitlines()):
        failed[line["source"]] = line["error"] and line["error"]["exit_code"]
    expected = {"text.jpg": 3, "empty.tif": 3, "cut.png": 3, "missing.jpg": 3, "old.png": None}
    assert failed == expected
    assert [path.name for path in tmp_path.glob("*.color.*")] == ["old.color.png"]
    assert not list(tmp_path.glob(".*"))  # nothing half written


def test_our_own_result_is_told_from_an_original(colorize, photo):
    assert "Warning" not in colorize("old.png", "-o", "a.jpg").stderr
    result = colorize("a.jpg", "-o", "b.jpg")
    assert "Warning: a.jpg was colored by Autochrome before" in result.stderr
    (line,) = colorize("--json", "a.jpg", "-o", "c.jpg").stdout.splitlines()
    assert json.loads(line)["warnings"][0].startswith("a.jpg was colored")
    assert colorize("old.png", "-o", "d.jpg", "--no-provenance").exit_code == 0
    assert "Warning" not in colorize("d.jpg", "-o", "e.jpg").stderr


def test_lost_metadata_are_named(colorize, photo, tmp_path):
    with Image.open(photo) as image:
        image.save(tmp_path / "said.png", pnginfo=_text({"Disclaimer": "a", "Plate": "b"}))
    assert "Not kept" not in colorize("said.png").stderr
    result = colorize("said.png", "--format", "jpg")
    assert "Not kept, .jpg has no place for it: text Disclaimer, text Plate" in result.stderr
    many = _text({f"Note {number}": "a" for number in range(9)})
    with Image.open(photo) as image:
        image.save(tmp_path / "many.png", pnginfo=many)
    assert (
        "text Note 3 and 5 more (--json lists them)" in colorize("many.png", "-o", "m.jpg").stderr
    )
    (line,) = colorize("--json", "many.png", "-o", "n.jpg").stdout.splitlines()
    assert len(json.loads(line)["lost_metadata"]) == 9


def _text(chunks):
    info = PngImagePlugin.PngInfo()
    for keyword, text in chunks.items():
        info.add_text(keyword, text)
    return info


def test_mark(colorize, photo, tmp_path):
    for name, options in (("a.png", []), ("b.png", ["--mark"])):
        assert colorize("old.png", "-o", name, *options).exit_code == 0
    difference = np.abs(pixels(tmp_path / "a.png") - pixels(tmp_path / "b.png")).max(axis=-1)
    assert difference[30:, 62:].max() > 40
    assert difference[:30].max() == 0


@pytest.mark.parametrize("limit", ["0.001", "0"])
def test_too_many_megapixels(colorize, photo, limit):
    result = colorize("--max-megapixels", limit, "old.png")
    assert result.exit_code == 3


def test_cuda_is_never_replaced_by_the_cpu(run, photo, tiny_model, monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    result = run("colorize", "--model", str(tiny_model), "--device", "cuda", "old.png")
    assert result.exit_code == 6
    assert "pip install 'onnxruntime-gpu[cuda,cudnn]'" in result.stderr


def test_unknown_model(run, photo):
    assert run("colorize", "--model", "nonsense", "old.png").exit_code == 5


def test_bytes_through_a_pipe(photo, tiny_model):
    code = "from autochrome.cli.main import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code, "colorize", "--model", str(tiny_model), "-"],
        input=photo.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert result.stderr == b""
    assert result.stdout.startswith(b"\x89PNG\r\n\x1a\n")


def test_format_of_stdout(colorize, photo):
    result = colorize("--format", "webp", "-", stdin=photo.read_bytes())
    assert (result.exit_code, result.stdout_bytes[8:12]) == (0, b"WEBP")


def test_photo_in_color_can_be_left_alone(colorize, tmp_path):
    pixels = np.stack([RAMP, RAMP[:, ::-1], 255 - RAMP // 2], axis=-1)
    Image.fromarray(pixels).save(tmp_path / "color.png")
    said = colorize("--skip-color", "color.png")
    assert (said.exit_code, said.stdout) == (0, "")
    assert "color.png -> color.color.png (skipped: in color already)" in said.stderr
    line = json.loads(colorize("--skip-color", "--json", "color.png").stdout)
    assert (line["status"], line["skipped"]) == ("skipped", "in color already")
    assert line["source_color"]["kind"] == "color"
    assert not (tmp_path / "color.color.png").exists()

    line = json.loads(colorize("--json", "color.png").stdout)
    assert (line["status"], line["skipped"], line["reduced_share"] < 1) == ("done", "", True)
    assert is_color(tmp_path / "color.color.png")


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("jpg", b"\xff\xd8\xff")])
def test_photo_in_color_goes_through_a_pipe(colorize, suffix, start):
    pixels = np.stack([RAMP, RAMP[:, ::-1], 255 - RAMP // 2], axis=-1)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="png")
    result = colorize("--skip-color", "--format", suffix, "-", stdin=file.getvalue())
    assert (result.exit_code, result.stdout_bytes[: len(start)]) == (0, start)
    back = np.asarray(Image.open(io.BytesIO(result.stdout_bytes)))
    assert np.abs(back.astype(int) - pixels).mean() < 5


def test_profile_and_autorotate(colorize, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RAMP).save(tmp_path / "turned.png", exif=exif)
    result = colorize("--profile", "p3", "--autorotate", "turned.png")
    assert (result.exit_code, result.stdout) == (0, "")
    with Image.open(tmp_path / "turned.color.png") as image:
        assert image.size == (48, 80)
        assert image.getexif().get(0x0112, 1) == 1
        assert b"P3" in image.info["icc_profile"].replace(b"\0", b"")


def test_pages_and_what_is_left_out_are_told(colorize, tmp_path):
    pages = [Image.fromarray(RAMP)] * 3
    pages[0].save(tmp_path / "album.tif", save_all=True, append_images=pages[1:])
    (line,) = map(json.loads, colorize("--json", "album.tif").stdout.splitlines())
    assert (line["pages"], line["warnings"]) == (3, [])
    result = colorize("--format", "jpg", "album.tif")
    assert "Warning: .jpg holds one of the 3 pages of album.tif" in result.stderr
    result = colorize("--format", "png", "-", stdin=(tmp_path / "album.tif").read_bytes())
    assert "Warning: .png holds one of the 3 pages of the photograph from stdin" in result.stderr
    assert result.stdout_bytes.startswith(b"\x89PNG")


def test_broken_stdin_sends_nothing_out(colorize, photo):
    result = colorize("-", stdin=photo.read_bytes()[:-40])
    assert (result.exit_code, result.stdout_bytes) == (3, b"")
    assert "the photograph from stdin" in result.stderr
