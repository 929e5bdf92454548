import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import pyvips

from autochrome.errors import PhotoMemoryError
from autochrome.photo import memory, open_photo
from autochrome.photo.limits import check_encoding

HOLD_A_FRAME = ["prog.jpg", "inter.png", "a.webp", "a.avif", "a.gif", "huge-tile.tif"]
STREAM = ["base.jpg", "base.png", "strip.tif", "tile.tif"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    image = pyvips.Image.black(1200, 1000, bands=3).copy(interpretation="srgb")
    for name in (*HOLD_A_FRAME, *STREAM):
        how = {"interlace": True} if name in ("prog.jpg", "inter.png") else {}
        how |= {"tile": True} if "tile" in name else {}
        how |= {"tile_width": 1200, "tile_height": 1008} if "huge" in name else {}
        how |= {"effort": 0, "compression": "av1"} if name == "a.avif" else {}
        image.write_to_file(str(folder / name), **how)
    return folder


@pytest.fixture
def tight(monkeypatch):
    """A machine with a megabyte left, where even small photographs are checked."""
    monkeypatch.setattr("autochrome.photo.limits._ALWAYS_FITS", 0)
    monkeypatch.setattr("autochrome.photo.limits.available_memory", lambda: 1_000_000)


@pytest.mark.usefixtures("tight")
class TestTight:
    @pytest.mark.parametrize("name", HOLD_A_FRAME)
    def test_formats_that_hold_a_frame_are_refused(self, files, name):
        with pytest.raises(PhotoMemoryError, match="decoded as a whole") as caught:
            open_photo(files / name)
        assert caught.value.exit_code == 7
        assert str(files / name) in caught.value.message
        assert "TIFF" in caught.value.advice

    @pytest.mark.parametrize("name", STREAM)
    def test_formats_that_stream_never_are(self, files, name):
        assert open_photo(files / name).width == 1200

    @pytest.mark.parametrize("suffix", [".webp", ".avif"])
    def test_results_that_are_held_as_a_whole(self, suffix):
        with pytest.raises(PhotoMemoryError, match="held as a whole"):
            check_encoding("a.tif", 1000, 1200, suffix, alpha=False)

    @pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
    def test_results_that_stream(self, suffix):
        check_encoding("a.tif", 100_000, 100_000, suffix, alpha=True)


def test_nothing_is_refused_where_nobody_knows(files, monkeypatch):
    monkeypatch.setattr("autochrome.photo.limits._ALWAYS_FITS", 0)
    monkeypatch.setattr("autochrome.photo.limits.available_memory", lambda: None)
    assert open_photo(files / "prog.jpg").width == 1200


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to measure")
@pytest.mark.parametrize("name", ["prog.jpg", "inter.png", "a.webp", "a.gif"])
def test_estimates_are_of_the_right_size(tmp_path, name):
    """At least what decoding takes, and not twice as much: measured in a process of its own."""
    from autochrome.photo.limits import _bytes_to_read

    image = pyvips.Image.sines(4000, 3000, hfreq=7, vfreq=3) * 100 + 128
    image = image.cast("uchar").bandjoin([image.cast("uchar")] * 2).copy(interpretation="srgb")
    interlace = {"interlace": True} if name in ("prog.jpg", "inter.png") else {}
    fast = {".webp": {"effort": 0}, ".gif": {"effort": 1}}.get(name[-5:].lstrip("a"), {})
    image.write_to_file(str(tmp_path / name), **interlace, **fast)
    code = """
        import sys
        from pathlib import Path
        import pyvips
        def peak():
            lines = Path("/proc/self/status").read_text().splitlines()
            return next(int(line.split()[1]) * 1024 for line in lines if "VmHWM" in line)
        source = pyvips.Source.new_from_file(sys.argv[1])
        image = pyvips.Image.new_from_source(source, "", access="sequential")
        before = peak()
        image.avg()
        print(peak() - before)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=True,
    )
    header = pyvips.Image.new_from_file(str(tmp_path / name))
    estimate = 4000 * 3000 * _bytes_to_read(header, header.get("vips-loader"))
    streaming = 25e6  # buffers that every format takes
    assert int(done.stdout) - streaming < estimate < 2 * int(done.stdout)


def test_machine():
    available = memory.available_memory()
    assert available is None or 1 << 20 < available < 1 << 50


def test_the_least_counts(monkeypatch):
    monkeypatch.setattr(memory, "_machine", lambda: 300)
    monkeypatch.setattr(memory, "_control_groups", lambda: 200)
    monkeypatch.setattr(memory, "_address_space", lambda: None)
    assert memory.available_memory() == 200


@pytest.mark.parametrize(
    ("line", "root", "names", "cache"),
    [
        ("0::/box/inner", "", ("memory.max", "memory.current"), "inactive_file"),
        (
            "4:cpu,memory:/box/inner",
            "memory",
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
            "total_inactive_file",
        ),
    ],
)
def test_control_groups(tmp_path, monkeypatch, line, root, names, cache):
    """The limit may be one of a group above; what is only cached can be had."""
    box = tmp_path / root / "box"
    (box / "inner").mkdir(parents=True)
    (box / "inner" / names[0]).write_text("max\n")
    (box / names[0]).write_text("1000\n")
    (box / names[1]).write_text("700\n")
    (box / "memory.stat").write_text(f"anon 5\n{cache} 100\n")
    text = {"/proc/self/cgroup": [line]}
    real = memory._lines

    def lines(path):
        return text.get(str(path)) or real(str(path).replace("/sys/fs/cgroup", str(tmp_path)))

    monkeypatch.setattr(memory, "_lines", lines)
    assert memory._control_groups() == 400


def test_address_space(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (10 << 40, 10 << 40))
    left = memory._address_space()
    assert left is None or 0 < left < 10 << 40
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    assert memory._address_space() is None
