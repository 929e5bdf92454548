"""Every tag that ExifTool reads in a photograph is compared with the result."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from autochrome.photo import Provenance, WriteOptions, encode, open_photo, write

EXIFTOOL = shutil.which("exiftool")
REQUIRED = os.environ.get("AUTOCHROME_REQUIRE_EXIFTOOL") == "1"
needs_exiftool = pytest.mark.skipif(
    EXIFTOOL is None and not REQUIRED, reason="ExifTool (libimage-exiftool-perl) is not installed"
)

EXIF = {
    "IFD0:Make": "Agfa",
    "IFD0:Model": "Isolette",
    "IFD0:Artist": "Dorothea Länge",
    "IFD0:Copyright": "© 1936",
    "IFD0:ImageDescription": "Straße",
    "IFD0:DocumentName": "box 12",
    "IFD0:Software": "ScanFix 2",
    "IFD0:HostComputer": "unknown to libexif",
    "IFD0:ModifyDate": "2001:02:03 04:05:06",
    "IFD0:XPTitle": "Tïtle",
    "IFD0:XResolution": "300",
    "IFD0:YResolution": "300",
    "IFD0:ResolutionUnit": "inches",
    "ExifIFD:DateTimeOriginal": "1936:03:01 12:00:00",
    "ExifIFD:OffsetTimeOriginal": "+01:00",
    "ExifIFD:ExposureTime": "1/60",
    "ExifIFD:FNumber": "5.6",
    "ExifIFD:ISO": "100",
    "ExifIFD:UserComment": "größer 写真",
    "ExifIFD:LensModel": "Apotar",
    "ExifIFD:LensInfo": "85mm f/4.5",
    "ExifIFD:SerialNumber": "42",
    "ExifIFD:ColorSpace": "Uncalibrated",
    "GPS:GPSLatitude": "35.05",
    "GPS:GPSLatitudeRef": "N",
    "GPS:GPSLongitude": "120.59",
    "GPS:GPSLongitudeRef": "W",
    "GPS:GPSAltitude": "100",
    "InteropIFD:InteropIndex": "R98",
}
XMP = {
    "XMP-dc:Title": "A title",
    "XMP-dc:Description": "Migrant mother",
    "XMP-dc:Description-de": "Wanderarbeiterin",
    "XMP-dc:Creator": "Dorothea Länge",
    "XMP-dc:Subject": "mother",
    "XMP-photoshop:City": "Nipomo",
    "XMP-xmp:CreatorTool": "SilverFast 9",
    "XMP-xmp:Rating": "4",
    "XMP-iptcCore:CreatorCity": "Washington",
    "XMP-iptcCore:Location": "Camp",
    "XMP-iptcExt:PersonInImage": "Florence Thompson",
    "XMP-xmpMM:HistoryAction": "scanned",
    "XMP-xmpMM:HistorySoftwareAgent": "SilverFast 9",
}
IPTC = {
    "IPTC:By-line": "Dorothea Länge",
    "IPTC:Caption-Abstract": "Migrant mother",
    "IPTC:Keywords": "zwölf",
    "IPTC:Headline": "Seven children",
    "IPTC:DateCreated": "1936:03:01",
    "IPTC:TimeCreated": "12:00:00+01:00",
    "IPTC:CopyrightNotice": "© LoC",
    "IPTC:Province-State": "California",
    "IPTC:OriginatingProgram": "only in IPTC",
}


def exiftool(*arguments: str | Path) -> str:
    """Run ExifTool and return what it says."""
    assert EXIFTOOL, "ExifTool is required here, but is not installed"
    command = [EXIFTOOL, "-charset", "iptc=UTF8", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_tags(*paths: Path) -> list[dict[str, object]]:
    """Read all tags of files, by group and name."""
    return json.loads(exiftool("-j", "-G1", "-a", "-api", "struct=1", *paths))


def write_tags(paths: Path | list[Path], tags: dict[str, str], *more: str) -> None:
    """Write tags into files."""
    paths = [paths] if isinstance(paths, Path) else paths
    exiftool(
        "-q", "-m", "-overwrite_original", *more, *(f"-{k}={v}" for k, v in tags.items()), *paths
    )


pytestmark = needs_exiftool
SOURCES = ("jpg", "png", "tif", "webp", "avif", "gif")
TARGETS = ("jpg", "png", "tif", "webp", "avif")
KEEPS_IPTC = ("jpg", "tif")

# Groups that tell of the file, not of the photograph.
FILE_GROUPS = {"ExifTool", "System", "File", "Composite", "JFIF", "PNG", "PNG-pHYs", "RIFF"}
FILE_GROUPS |= {"QuickTime", "Meta", "GIF", "SourceFile", "Photoshop", "XMP-x"}
FILE_GROUPS |= {"ICC_Profile", "ICC-header", "ICC-view", "ICC-meas"}
STRUCTURE = {"ImageWidth", "ImageHeight", "BitsPerSample", "Compression", "StripOffsets"}
STRUCTURE |= {"PhotometricInterpretation", "SamplesPerPixel", "RowsPerStrip", "StripByteCounts"}
STRUCTURE |= {"PlanarConfiguration", "SampleFormat", "YCbCrPositioning", "Predictor"}
TRUE_OF_THE_RESULT = {"ExifIFD:ColorSpace": "sRGB"}
UPRIGHT = {  # AVIF is stored upright, so these follow
    "IFD0:Orientation": "Horizontal (normal)",
    "ExifIFD:ExifImageWidth": 64,
    "ExifIFD:ExifImageHeight": 96,
}
PROVENANCE = Provenance(version="1.2", model="m", model_version="3", weights_sha256="ab" * 32)


def told(tags: dict[str, object]) -> dict[str, object]:
    """Leave out what tells of the file."""
    return {
        name: value
        for name, value in tags.items()
        if name.partition(":")[0] not in FILE_GROUPS and name.partition(":")[2] not in STRUCTURE
    }


def result_of(source: Path, target: str, folder: Path) -> tuple[Path, tuple[str, ...]]:
    photo = open_photo(source)
    destination = folder / f"{source.stem}-{source.suffix[1:]}.{target}"
    options = WriteOptions(provenance=PROVENANCE)
    image = photo.read().colourspace("srgb")
    return destination, write(image, photo, destination, options, overwrite=True)


@pytest.fixture(scope="module")
def sources(picture, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sources")
    paths = {suffix: folder / f"source.{suffix}" for suffix in SOURCES}
    for path in paths.values():
        picture.write_to_file(str(path))
    tags = {**EXIF, **XMP, "Orientation#": "6"}
    with_iptc = [paths[suffix] for suffix in ("jpg", "png", "tif")]
    write_tags(with_iptc, {**tags, **IPTC}, "-IPTC:CodedCharacterSet=UTF8")
    write_tags([paths[suffix] for suffix in ("webp", "avif", "gif")], tags)
    return paths


def test_exiftool_is_there_where_it_must_be():
    assert EXIFTOOL


@pytest.mark.parametrize("source", SOURCES)
def test_every_tag_survives(sources, source, tmp_path):
    results = [result_of(sources[source], target, tmp_path) for target in TARGETS]
    before, *all_after = map(told, read_tags(sources[source], *(path for path, _ in results)))
    assert len(before) > (12 if source == "gif" else 40)
    for target, (_, lost), after in zip(TARGETS, results, all_after, strict=True):
        expected = {**before, **{k: v for k, v in TRUE_OF_THE_RESULT.items() if k in before}}
        if target == "avif" or source == "avif":
            expected |= {k: v for k, v in UPRIGHT.items() if k in before and source != "avif"}
            expected |= {"IFD0:Orientation": "Horizontal (normal)"} if source != "gif" else {}
        if source == "gif":  # has no turn of its own
            expected["XMP-tiff:Orientation"] = "Horizontal (normal)"
        expected |= {"XMP-xmpMM:History": [*expected["XMP-xmpMM:History"], _event()]}
        iptc = {name for name in before if name.startswith("IPTC:")}
        if iptc and target not in KEEPS_IPTC:
            expected = {name: value for name, value in expected.items() if name not in iptc}
            expected["XMP-dc:Subject"] = ["mother", "zwölf"]
            expected["XMP-dc:Rights"] = "© LoC"
            expected["XMP-photoshop:Headline"] = "Seven children"
            expected["XMP-photoshop:State"] = "California"
            expected["XMP-photoshop:DateCreated"] = "1936:03:01 12:00:00+01:00"
            assert lost == ("IPTC:OriginatingProgram",), (source, target)
        else:
            assert lost == (), (source, target)
        wrong = {n: (v, after.get(n)) for n, v in expected.items() if after.get(n) != v}
        assert not wrong, (source, target, wrong)
        assert after["XMP-iptcExt:DigitalSourceType"].endswith(
            "/compositeWithTrainedAlgorithmicMedia"
        )
        assert after.get("IFD1:ThumbnailImage") is None
        if target in ("jpg", "png", "tif") and source != "gif":
            assert open_photo(results[TARGETS.index(target)][0]).read().xres == pytest.approx(
                300 / 25.4, rel=1e-3
            )


def _event() -> dict[str, str]:
    return {
        "Action": "edited",
        "SoftwareAgent": "Autochrome 1.2",
        "When": PROVENANCE.when.strftime("%Y:%m:%d %H:%M:%S+00:00"),
        "Parameters": f"colorized from lightness, model m 3, weights sha256 {'ab' * 32}",
    }


def test_bytes_say_what_the_file_says(sources, tmp_path):
    for target in TARGETS:
        photo = open_photo(sources["jpg"].read_bytes())
        data = encode(photo.read().colourspace("srgb"), photo, f".{target}", WriteOptions())
        (tmp_path / f"bytes.{target}").write_bytes(data)
        write(
            photo.read().colourspace("srgb"),
            photo,
            tmp_path / f"file.{target}",
            WriteOptions(),
            overwrite=False,
        )
        assert (tmp_path / f"file.{target}").read_bytes() == data


@pytest.mark.parametrize("source", ["jpg", "tif"])
def test_big_endian(sources, source, picture, tmp_path):
    path = tmp_path / f"big.{source}"
    if source == "jpg":
        picture.write_to_file(str(path))
        exiftool("-q", "-overwrite_original", "-all=", path)
    else:
        shutil.copy(_big_endian_tiff(tmp_path), path)
    write_tags(path, EXIF, "-ExifByteOrder=Big-endian")
    results = [result_of(path, target, tmp_path)[0] for target in TARGETS]
    before, *all_after = map(told, read_tags(path, *results))
    for target, after in zip(TARGETS, all_after, strict=True):
        expected = {**before, **TRUE_OF_THE_RESULT}
        wrong = {n: (v, after.get(n)) for n, v in expected.items() if after.get(n) != v}
        assert not wrong, (target, wrong)


def _big_endian_tiff(folder: Path) -> Path:
    """Write 8 x 8 black pixels with the numbers' high bytes first."""
    entries = [(256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 200), (277, 1), (278, 8)]
    entries += [(279, 64)]
    table = b"".join(struct.pack(">HHII", tag, 4, 1, value) for tag, value in entries)
    head = b"MM" + struct.pack(">HIH", 42, 8, len(entries)) + table + bytes(4)
    path = folder / "made.tif"
    path.write_bytes(head.ljust(200, b"\0") + bytes(64))
    return path


def test_iptc_in_latin_1(picture, tmp_path):
    path = tmp_path / "latin.jpg"
    picture.write_to_file(str(path))
    write_tags(path, {"IPTC:City": "Zürich", "IPTC:Keywords": "Föhn"}, "-charset", "iptc=Latin")
    raw = path.read_bytes()
    assert b"Z\xfcrich" in raw
    jpg, lost = result_of(path, "jpg", tmp_path)
    assert (b"Z\xfcrich" in jpg.read_bytes(), lost) == (True, ())
    png, lost = result_of(path, "png", tmp_path)
    tags = read_tags(png)[0]
    assert (tags["XMP-photoshop:City"], tags["XMP-dc:Subject"], lost) == ("Zürich", ["Föhn"], ())


def test_long_xmp_in_jpeg(picture, tmp_path):
    path = tmp_path / "long.png"
    picture.write_to_file(str(path))
    story = "Es war einmal. " * 12_000
    write_tags(path, {**XMP, "XMP-dc:Rights": "© 1936"})
    (tmp_path / "story.txt").write_text(story)
    exiftool("-q", "-overwrite_original", f"-XMP-dc:Description<={tmp_path / 'story.txt'}", path)
    before = told(read_tags(path)[0])
    jpg, lost = result_of(path, "jpg", tmp_path)
    assert lost == ()
    after = read_tags(jpg)[0]
    assert after["XMP-dc:Description"] == before["XMP-dc:Description"] == story
    assert "Warning" not in str(after.keys())
    assert after["XMP-iptcExt:AISystemUsed"] == "Autochrome 1.2, model m"
    # And out of JPEG again.
    back = read_tags(result_of(jpg, "tif", tmp_path)[0])[0]
    for name, value in before.items():
        if name not in ("XMP-xmpMM:History", "ExifIFD:ColorSpace"):
            assert back[name] == value, name
    assert "XMP-xmpNote:HasExtendedXMP" not in back


def test_photoshop_resources_and_comments(picture, tmp_path):
    path = tmp_path / "a.jpg"
    picture.write_to_file(str(path))
    tags = {"Photoshop:CopyrightFlag#": "1", "Photoshop:URL": "https://example.org"}
    write_tags(path, {**tags, "Comment": "Kept"})
    after = read_tags(result_of(path, "jpg", tmp_path)[0])[0]
    assert after["Photoshop:URL"] == "https://example.org"
    assert after["File:Comment"] == "Kept"
    png, lost = result_of(path, "png", tmp_path)
    after = read_tags(png)[0]
    assert after["XMP-xmpRights:WebStatement"] == "https://example.org"
    assert after["XMP-xmpRights:Marked"] is True
    assert after["PNG:Comment"] == "Kept"
    assert lost == ()


def test_png_text(picture, tmp_path):
    path = tmp_path / "a.png"
    picture.write_to_file(str(path))
    write_tags(path, {"PNG:Title": "Sommer", "PNG:Author": "I", "PNG:Disclaimer": "none"})
    after = read_tags(result_of(path, "png", tmp_path)[0])[0]
    assert (after["PNG:Title"], after["PNG:Disclaimer"]) == ("Sommer", "none")
    tif, lost = result_of(path, "tif", tmp_path)
    after = read_tags(tif)[0]
    assert (after["XMP-dc:Title"], after["XMP-dc:Creator"]) == ("Sommer", ["I"])
    assert lost == ("text Disclaimer",)


def test_big_tiff(sources, tmp_path, monkeypatch):
    module = importlib.import_module("autochrome.photo.write")  # not the function
    monkeypatch.setattr(module, "_CLASSIC_TIFF_BYTES", 0)
    before = told(read_tags(sources["jpg"])[0])
    path, lost = result_of(sources["jpg"], "tif", tmp_path)
    assert path.read_bytes()[2] == 43
    after = read_tags(path)[0]
    # ExifTool reads the directories of a BigTIFF only in part, and under another group.
    names = {name.partition(":")[2]: value for name, value in after.items()}
    for name in ("Make", "Artist", "LensModel", "FNumber", "DateTimeOriginal"):
        expected = {value for full, value in before.items() if full.endswith(f":{name}")}
        assert {names[name]} == expected, name
    assert lost == ()
    assert "ExifTool:Warning" not in after


def test_files_are_valid(sources, tmp_path):
    paths = [result_of(sources["tif"], target, tmp_path)[0] for target in TARGETS]
    report = exiftool("-q", "-validate", "-warning", "-error", "-a", *paths)
    harmless = ("Validate", "Missing required", "Non-standard", "not be in", "not allowed in TIFF")
    harmless += ("Compression", "====")  # of libvips: newer than what ExifTool knows
    for line in report.splitlines():
        assert any(words in line for words in harmless), line
    assert all(path.stat().st_size < 40_000 for path in paths)
