"""Bad and odd files through the command line: a result, or one clear line, and the rest is done."""

import json
import os
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import pyvips
from click.testing import CliRunner
from PIL import Image

from autochrome.cli.main import cli
from autochrome.photo.decoded import Decoded


@pytest.fixture
def run(tmp_path, tiny_model, monkeypatch):
    """Colorize everything in an empty folder, with names as bytes of what is in it."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        how = ["--model", str(tiny_model), "--device", "cpu", "--json", *arguments]
        result = CliRunner().invoke(cli, ["colorize", *how], prog_name="autochrome")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        return result, {Path(line["source"]).name: line for line in lines}

    return invoke


def _png(width, height, data=b""):
    def chunk(kind, content):
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    end = chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + end


def _tiff(width, height, next_directory=0, tags=()):
    """Uncompressed gray, with as little as needed."""
    entries = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, 64),
        *tags,
    ]
    table = b"".join(
        struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in sorted(entries)
    )
    directory = struct.pack("<H", len(entries)) + table + struct.pack("<I", next_directory)
    return struct.pack("<2sHI", b"II", 42, 8 + 64) + bytes(range(64)) + directory


BAD = {
    "empty.jpg": b"",
    "letter.jpg": b"Dear Sir,\nthank you for the photographs.\n" * 9,
    "page.png": b"<html><title>404 Not Found</title></html>",
    "bomb.png": _png(100_000, 100_000),
    "bomb.tif": _tiff(2_000_000_000, 2_000_000_000),
    "half.png": _png(64, 64, bytes(65 * 20)),
    "frameless.gif": b"GIF89a\x10\0\x10\0\0\0\0;",
    "frameless.webp": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x0f\0\0\x0f\0\0ANIM\0\0\0\0",
    "raw.tif": _tiff(8, 8, tags=[(254, 4, 1), (330, 4, 72)]),
}
FINE = {
    "gray.tif": _tiff(8, 8),
    "circle.tif": _tiff(8, 8, next_directory=72),  # its next directory is itself
}


def test_bad_files_are_named_with_a_cure_and_the_others_done(run, tmp_path):
    for name, content in {**BAD, **FINE}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "circle.jpg").symlink_to("circle.jpg")
    result, lines = run(".", "missing.jpg")
    assert result.exit_code == 8
    bad = {*BAD, "missing.jpg", "circle.jpg"}
    assert set(lines) == bad | set(FINE)
    for name in bad:
        error = lines[name]["error"]
        assert error["exit_code"] == 3, name
        assert name in error["message"], name
        assert error["advice"], name
        assert "\n" not in error["message"] + error["advice"], name
        assert result.stderr.count(error["message"]) == 1, name
    assert [lines[name]["status"] for name in FINE] == ["done"] * len(FINE)
    written = {path.name for path in tmp_path.iterdir()} - {*BAD, *FINE, "circle.jpg"}
    assert written == {"gray.color.tif", "circle.color.tif"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.cr2", b"II*\0\x10\0\0\0CR\x02\0", "camera raw"),
        ("a.cr3", b"\0\0\0\x18ftypcrx \0\0\0\x01", "camera raw"),
        ("a.raf", b"FUJIFILMCCD-RAW 0201", "camera raw"),
        ("a.jxl", b"\xff\x0a\xfa\x1f", "JPEG XL"),
        ("a.jxl", b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        ("a.psd", b"8BPS\0\x01", "Photoshop"),
        ("a.pdf", b"%PDF-1.7\n", "PDF"),
        ("a.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0", "video"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "drawing"),
    ],
)
def test_what_is_not_read_is_called_by_its_name(run, tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content + bytes(64))
    result, lines = run(name)
    assert result.exit_code == 3
    assert f"{name} is {words}, which cannot be read" in lines[name]["error"]["message"]
    assert lines[name]["error"]["advice"]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".jp2"])
@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (2, 3)])
def test_extreme_shapes(run, tmp_path, suffix, size):
    ramp = np.linspace(0, 255, size[0] * size[1]).astype(np.uint8).reshape(size[::-1])
    Image.fromarray(ramp).save(tmp_path / f"a{suffix}")
    result, lines = run(f"a{suffix}")
    assert result.exit_code == 0, result.stderr
    image = pyvips.Image.new_from_file(str(tmp_path / lines[f"a{suffix}"]["destination"]))
    assert (image.width, image.height) == size


@pytest.mark.parametrize(
    ("suffix", "largest"), [(".webp", 16_383), (".avif", 16_384), (".jpg", 65_500)]
)
def test_what_is_too_long_for_a_format_is_refused_before_any_work(
    run, tmp_path, suffix, largest, monkeypatch
):
    Image.fromarray(np.zeros((1, largest + 1), np.uint8)).save(tmp_path / "a.png")
    monkeypatch.setattr("autochrome.photo.Photo.read_lightness", None)
    result, lines = run("--format", suffix[1:], "a.png")
    assert result.exit_code == 4
    assert str(largest) in lines["a.png"]["error"]["message"]
    assert "TIFF" in lines["a.png"]["error"]["advice"]


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_any_name(run, tmp_path):
    names = [
        b"with space.png",
        b"two\nlines.png",
        b"caf\xe9.png",
        b"[1](2){3}.png",
        b"a,b.png",
        b"--help.png",
        b"*?.png",
        "Großmutter 写真.png".encode(),
    ]
    file = BytesIO()
    Image.fromarray(np.full((8, 8), 99, np.uint8)).save(file, "PNG")
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(file.getvalue())
    result, lines = run(".")
    assert result.exit_code == 0, result.stderr
    assert len(lines) == len(names)
    for name in names:
        assert (tmp_path / os.fsdecode(name.replace(b".png", b".color.png"))).is_file()


def test_folders_that_run_in_a_circle(run, tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "inner" / "gray.tif").write_bytes(FINE["gray.tif"])
    result, lines = run("-r", ".")
    assert (result.exit_code, set(lines)) == (0, {"gray.tif"})


def test_folder_that_may_not_be_read(run, tmp_path, monkeypatch):
    """Root may read everything, so the system is made to refuse."""
    (tmp_path / "secret").mkdir()

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    result, _ = run("secret")
    assert result.exit_code == 3
    assert "Cannot read secret" in result.stderr


@pytest.mark.parametrize("name", ["plain.heic", "deep_rgb.jp2"])
def test_what_comes_through_a_pipe_is_decoded_once(tiny_model, samples, monkeypatch, name):
    decoded = []
    real = Decoded.image
    monkeypatch.setattr(Decoded, "image", lambda one: decoded.append(one.pixels.shape) or real(one))
    command = ["colorize", "--model", str(tiny_model), "-"]
    result = CliRunner().invoke(cli, command, input=samples[name])
    assert (result.exit_code, result.stdout_bytes[:4]) == (0, b"\x89PNG")
    assert len(decoded) == 1
    result = CliRunner().invoke(cli, [*command, "--max-megapixels", "0.001"], input=samples[name])
    assert "more than the limit" in result.stderr
    assert len(decoded) == 1


def test_what_is_called_gif_is_not_decoded_beyond_the_limit(run, tmp_path, samples, monkeypatch):
    monkeypatch.setattr(Decoded, "image", None)
    (tmp_path / "a.gif").write_bytes(samples["plain.bmp"])
    result, lines = run("--max-megapixels", "0.001", "a.gif")
    assert result.exit_code == 3
    assert "more than the limit" in lines["a.gif"]["error"]["message"]


def test_formats_that_are_only_read_are_found_in_folders_and_become_png(run, tmp_path, samples):
    (tmp_path / "album").mkdir()
    names = ("plain.heic", "deep_rgb.jp2", "rgb.j2k", "gray.pgm")
    for name in names:
        (tmp_path / "album" / name).write_bytes(samples[name])
    result, lines = run("-r", "album")
    assert result.exit_code == 0, result.stderr
    assert set(lines) == set(names)
    for name in names:
        path = tmp_path / lines[name]["destination"]
        assert path.name == f"{Path(name).stem}.color.png"
        image = pyvips.Image.new_from_file(str(path))
        assert (image.width, image.height) == (96, 64)
        assert image.format == ("ushort" if name == "deep_rgb.jp2" else "uchar")
