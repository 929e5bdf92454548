import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pyvips

from autochrome.errors import DiskFullError, OutputError, PhotoMemoryError, UnreadablePhotoError
from autochrome.photo import (
    Provenance,
    WriteOptions,
    check_destination,
    encode,
    is_ours,
    open_photo,
    write,
)


@pytest.fixture
def photo(gray_image, tmp_path):
    path = tmp_path / "in" / "photo.png"
    path.parent.mkdir()
    gray_image.write_to_file(str(path))
    return open_photo(path)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


def _write(image, photo, destination, overwrite=False):
    write(image, photo, destination, WriteOptions(), overwrite=overwrite)


@pytest.mark.parametrize(
    "suffix", [".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".avif", ".JPG"]
)
def test_formats(photo, folder, suffix):
    image = photo.read().colourspace("srgb")
    destination = folder / f"写真 1[x]{suffix}"
    _write(image, photo, destination)
    back = pyvips.Image.new_from_buffer(destination.read_bytes(), "")
    original = photo.read().colourspace("srgb").numpy().astype(float)
    assert np.abs(back.numpy() - original).mean() < (
        0.01 if suffix in (".png", ".tif", ".tiff") else 4
    )
    assert back.get_typeof("icc-profile-data")
    assert _names(folder) == [destination.name]


@pytest.mark.parametrize(
    ("suffix", "depth"),
    [(".png", "ushort"), (".tif", "ushort"), (".jpg", "uchar"), (".webp", "uchar")],
)
def test_depth(photo, suffix, depth):
    image = photo.read(deep=True).colourspace("rgb16")
    photo = replace(photo, depth=16)
    back = pyvips.Image.new_from_buffer(encode(image, photo, suffix, WriteOptions()), "")
    assert back.format == depth
    assert abs(back.avg() / (257 if depth == "ushort" else 1) - photo.read().avg()) < 1


def test_chroma_is_not_subsampled(photo):
    image = photo.read().colourspace("srgb")
    for suffix, field in ((".jpg", "jpeg-chroma-subsample"),):
        back = pyvips.Image.new_from_buffer(encode(image, photo, suffix, WriteOptions()), "")
        assert back.get(field) == "4:4:4"


def test_alpha_is_kept_or_laid_on_white(photo):
    image = photo.read().colourspace("srgb").bandjoin(0).copy_memory()
    for suffix in (".png", ".tif", ".webp", ".avif"):
        assert (
            pyvips.Image.new_from_buffer(encode(image, photo, suffix, WriteOptions()), "").bands
            == 4
        )
    flat = pyvips.Image.new_from_buffer(encode(image, photo, ".jpg", WriteOptions()), "")
    assert (flat.bands, flat.min()) == (3, 255)


def test_metadata_survive(gray_image, folder):
    image = gray_image.copy(xres=300 / 25.4, yres=300 / 25.4)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Artist", "Dorothea")
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", b"not the profile of the result")
    photo = open_photo(image.jpegsave_buffer())
    for suffix in (".jpg", ".png", ".tif", ".webp"):
        data = encode(photo.read(), photo, suffix, WriteOptions())
        back = pyvips.Image.new_from_buffer(data, "")
        assert b"xmpmeta" in back.get("xmp-data")
        assert b"not the profile" not in data
        assert b"Dorothea" in open_photo(data).metadata.exif
        if suffix != ".webp":
            assert abs(back.xres * 25.4 - 300) < 1


def test_what_the_format_cannot_hold_is_named(gray_image, folder):
    iptc = b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\7\x1c\2\x76\0\2me\0"  # a contact
    image = gray_image.copy()
    image.set_type(pyvips.GValue.blob_type, "iptc-data", iptc)
    photo = open_photo(image.jpegsave_buffer())
    for suffix, lost in ((".jpg", ()), (".tif", ()), (".png", ("IPTC:Contact",))):
        destination = folder / f"a{suffix}"
        assert write(photo.read(), photo, destination, WriteOptions(), overwrite=False) == lost


def test_mark_and_provenance_are_written(photo):
    provenance = Provenance(version="1", model="m", model_version="2", weights_sha256="ef" * 32)
    options = WriteOptions(mark=True, provenance=provenance)
    for suffix in (".jpg", ".png", ".tif", ".webp", ".avif"):
        data = encode(photo.read().colourspace("srgb"), photo, suffix, options)
        assert is_ours(open_photo(data).metadata.xmp)
        marked = pyvips.Image.new_from_buffer(data, "").colourspace("lch")[1]
        assert marked.crop(80, 48, 16, 16).max() > 25
        assert marked.crop(0, 0, 96, 40).max() < 10


def test_what_described_the_uncolored_photograph_is_dropped(gray_image):
    image = gray_image.copy()
    thumbnail = gray_image.thumbnail_image(32).jpegsave_buffer()
    image.set_type(pyvips.GValue.blob_type, "jpeg-thumbnail-data", thumbnail)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd2-ColorSpace", "65535")
    photo = open_photo(image.jpegsave_buffer())
    assert photo.read().get_typeof("jpeg-thumbnail-data")
    back = pyvips.Image.new_from_buffer(encode(photo.read(), photo, ".jpg", WriteOptions()), "")
    assert not back.get_typeof("jpeg-thumbnail-data")
    assert back.get("exif-ifd2-ColorSpace").startswith("1 ")


def test_refuses_to_overwrite(photo, folder):
    destination = folder / "photo.png"
    destination.write_bytes(b"precious")
    with pytest.raises(OutputError, match="exists already"):
        check_destination(destination, 10, 10, overwrite=False)
    with pytest.raises(OutputError, match="exists already"):
        _write(photo.read(), photo, destination)
    assert destination.read_bytes() == b"precious"
    _write(photo.read(), photo, destination, overwrite=True)
    assert open_photo(destination).width == photo.width
    assert _names(folder) == ["photo.png"]


def test_overwrites_its_own_source(photo):
    _write(photo.read().invert(), photo, photo.source, overwrite=True)
    assert open_photo(photo.source).width == photo.width


@pytest.mark.parametrize("name", ["photo.gif", "photo", "photo.txt"])
def test_unknown_suffix_lists_the_known(folder, name):
    with pytest.raises(OutputError, match=r"\.avif, \.jpeg, \.jpg, \.png, \.tif, \.tiff, \.webp"):
        check_destination(folder / name, 10, 10, overwrite=False)


@pytest.mark.parametrize(
    ("suffix", "largest"), [(".jpg", 65_500), (".webp", 16_383), (".avif", 16_384)]
)
def test_too_large_for_the_format(folder, suffix, largest):
    check_destination(folder / f"a{suffix}", 10, largest, overwrite=False)
    with pytest.raises(OutputError, match="TIFF"):
        check_destination(folder / f"a{suffix}", largest + 1, 10, overwrite=False)


def test_missing_folder_and_folder_as_file(folder):
    with pytest.raises(OutputError, match="no folder"):
        check_destination(folder / "missing" / "a.png", 10, 10, overwrite=False)
    (folder / "a.png").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_destination(folder / "a.png", 10, 10, overwrite=True)
    with pytest.raises(OutputError, match="File name too long"):
        check_destination(folder / f"{'n' * 300}.png", 10, 10, overwrite=False)


def test_forbidden_folder(photo, folder, monkeypatch):
    def forbid(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(folder), "touch", forbid)  # root may write anywhere
    with pytest.raises(OutputError, match="Permission denied"):
        _write(photo.read(), photo, folder / "a.png")
    assert _names(folder) == []


def test_permissions_follow_the_umask(photo, folder):
    _write(photo.read(), photo, folder / "a.png")
    (folder / "plain").touch()
    assert (folder / "a.png").stat().st_mode == (folder / "plain").stat().st_mode


def test_damaged_source_is_told_from_a_full_disk(gray_image, tmp_path, folder):
    data = gray_image.pngsave_buffer()
    path = tmp_path / "cut.png"
    path.write_bytes(data[: len(data) * 2 // 3])
    photo = open_photo(path)
    with pytest.raises(UnreadablePhotoError, match="cut short"):
        _write(photo.read(), photo, folder / "a.png")
    assert _names(folder) == []


def test_out_of_memory(photo, folder, monkeypatch):
    def fail(*args, **kwargs):
        raise pyvips.Error("out of memory -- size == 5GB")

    monkeypatch.setattr(pyvips.Image, "write_to_target", fail)
    with pytest.raises(PhotoMemoryError):
        _write(photo.read(), photo, folder / "a.png")
    assert _names(folder) == []


def _run(code, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_full_disk(tmp_path, folder, suffix):
    noise = pyvips.Image.gaussnoise(300, 300, sigma=60, mean=128).cast("uchar")
    noise.write_to_file(str(tmp_path / "noise.png"))
    code = """
        import resource, sys
        from pathlib import Path
        from autochrome.errors import OutputError
        from autochrome.photo import WriteOptions, open_photo, write
        source, destination = map(Path, sys.argv[1:])
        resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
        photo = open_photo(source)
        try:
            write(photo.read(), photo, destination, WriteOptions(), overwrite=False)
        except OutputError as error:
            print("refused:", error)
    """
    process = _run(code, tmp_path / "noise.png", folder / f"a{suffix}")
    output, errors = process.communicate(timeout=60)
    assert output.startswith("refused: Cannot write to"), errors
    assert _names(folder) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_full_disk_is_told_from_other_failures(photo, folder, monkeypatch, suffix):
    real = Path.open

    def open_full(self, *args, **kwargs):
        full = ".part" in self.name and "+" in (*args, "")[0]
        return real(Path("/dev/full") if full else self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(DiskFullError, match=f"The disk of {folder} is full"):
        _write(photo.read(), photo, folder / f"a{suffix}")
    assert _names(folder) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_found_out_when_flushing(photo, folder, monkeypatch, number):
    def fail(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DiskFullError):
        _write(photo.read(), photo, folder / "a.png")
    assert _names(folder) == []


def test_killed_while_writing(tmp_path, folder):
    pyvips.Image.gaussnoise(4000, 4000, sigma=60, mean=128).cast("uchar").write_to_file(
        str(tmp_path / "noise.tif")
    )
    code = """
        import sys
        from pathlib import Path
        from autochrome.photo import WriteOptions, open_photo, write
        source, destination = map(Path, sys.argv[1:])
        photo = open_photo(source)
        write(photo.read(), photo, destination, WriteOptions(), overwrite=False)
    """
    destination = folder / "a.png"
    process = _run(code, tmp_path / "noise.tif", destination)
    while process.poll() is None and not any(p.stat().st_size for p in folder.iterdir()):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"
    assert not destination.exists()
    assert all(path.name.startswith(".") for path in folder.iterdir())


def test_file_system_without_links(photo, folder, monkeypatch):
    def fail(*args):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(type(folder), "hardlink_to", fail)
    _write(photo.read(), photo, folder / "a.png")
    with pytest.raises(OutputError, match="exists already"):
        _write(photo.read(), photo, folder / "a.png")
    assert _names(folder) == ["a.png"]


def test_longest_file_name(photo, folder):
    _write(photo.read(), photo, folder / ("a" * 251 + ".png"))
    assert len(_names(folder)) == 1


def test_file_that_appears_meanwhile_is_not_replaced(photo, folder, monkeypatch):
    destination = folder / "a.png"
    monkeypatch.setattr(os, "fsync", lambda _: destination.write_bytes(b"precious"))
    with pytest.raises(OutputError, match="exists already"):
        write(photo.read(), photo, destination, WriteOptions(), overwrite=False)
    assert destination.read_bytes() == b"precious"
    assert _names(folder) == ["a.png"]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_names_need_not_be_utf8(tmp_path, gray_image, suffix):
    folder = tmp_path / os.fsdecode(b"\xff album")
    folder.mkdir()
    source = folder / os.fsdecode(b"\xfe[n=2]" + suffix.encode())
    source.write_bytes(gray_image.write_to_buffer(suffix))
    photo = open_photo(source)
    destination = folder / os.fsdecode(b"\xfd" + suffix.encode())
    write(photo.read(), photo, destination, WriteOptions(), overwrite=False)
    assert open_photo(destination).width == gray_image.width
