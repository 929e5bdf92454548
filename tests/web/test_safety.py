"""What a client must not be able to do, whatever it sends."""

import io
import os
import re
import socket
import struct
import zlib
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import pyvips
import tifftools
from PIL import Image

PHOTO_TYPES = {"image/jpeg", "image/png", "image/tiff", "image/webp", "image/avif"}


def png(width, height, more=b""):
    """A PNG that says it is of some size, and holds next to nothing."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(100_000), 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + pixels + chunk(b"IEND", b"")


def tiff(width, height):
    """A TIFF of one strip that claims a size."""
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, 100),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 108) + bytes(100) + directory


def jpeg_of(width, height, jpeg):
    """A JPEG whose frame header claims a size."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def animation(kind, frames):
    file = io.BytesIO()
    pictures = [Image.new("L", (256, 256), number * 37 % 256) for number in range(frames)]
    pictures[0].save(file, kind, save_all=True, append_images=pictures[1:], duration=20)
    return file.getvalue()


def many_pages(pages):
    page = pyvips.Image.black(1000, 1000)
    image = pyvips.Image.arrayjoin([page] * pages, across=1).copy()
    image.set_type(pyvips.GValue.gint_type, "page-height", 1000)
    return image.tiffsave_buffer(compression="deflate")


def uneven_pages(sides, folder, **save):
    """A TIFF whose pages are squares."""
    parts = []
    for number, side in enumerate(sides):
        parts.append(folder / f"{number}.tif")
        pyvips.Image.black(side, side).tiffsave(str(parts[-1]), compression="deflate", **save)
    tifftools.tiff_concat(parts, folder / "all.tif")
    return (folder / "all.tif").read_bytes()


def netpbm(width, height):
    return b"P5 %d %d 255\n" % (width, height) + bytes(1000)


def bmp(width, height):
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head + bytes(1000)


def jpeg2000(width, height):
    size = struct.pack(">HIIIIIIIIH3B", 0, width, height, 0, 0, width, height, 0, 0, 1, 7, 1, 1)
    return b"\xff\x4f\xff\x51" + struct.pack(">H", len(size) + 2) + size + bytes(1000)


def jpeg2000_in_disguise(side):
    """A large one, before whose size stands a small one that decoders pass over."""
    pixels = np.zeros((side, side), np.uint8)
    data = bytes(imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="jp2"))
    at = data.index(b"jp2c") + 4
    false = struct.pack(">HHHHIIIIIIIIH3BB", 0xFF4F, 0xFF99, 43, 0, 8, 8, *[0] * 6, 1, 7, 1, 1, 0)
    codestream = false + data[at + 2 :]
    return data[: at - 8] + struct.pack(">I4s", 8 + len(codestream), b"jp2c") + codestream


def heic(width, height):
    file = io.BytesIO()
    pillow_heif.from_bytes("L", (64, 64), bytes(64 * 64)).save(file)
    data = file.getvalue()
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def heic_cropped(side):
    """A large one, of which a small part is shown."""
    profile = {"icc_profile": bytes(400), "icc_profile_type": "prof"}
    made = pillow_heif.from_bytes("L", (side, side), bytes(side * side))
    made[0].info.update(profile)
    file = io.BytesIO()
    made.save(file, quality=10)
    data = file.getvalue()
    at = data.index(b"colr")
    return data[:at] + b"clap" + struct.pack(">8I", *(64, 1) * 2, *(0, 1) * 2) + data[at + 36 :]


BOMBS = {
    "png": lambda _: png(60_000, 60_000),
    "tiff": lambda _: tiff(1_000_000, 1_000_000),
    "jpeg": lambda jpeg: jpeg_of(65_000, 65_000, jpeg),
    "gif": lambda _: animation("GIF", 400),
    "webp": lambda _: animation("WEBP", 400),
    "pages": lambda _: many_pages(30),
    "pgm": lambda _: netpbm(60_000, 60_000),
    "bmp": lambda _: bmp(60_000, 60_000),
    "heic": lambda _: heic(60_000, 60_000),
    "heic-cropped": lambda _: heic_cropped(5000),
    "jp2": lambda _: jpeg2000(60_000, 60_000),
    "jp2-disguised": lambda _: jpeg2000_in_disguise(5000),
}


@pytest.fixture
def peak():
    """The most memory this process has had, in bytes."""

    def read():
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return pytest.skip("the system does not say")

    count_anew()
    return read


def count_anew():
    Path("/proc/self/clear_refs").write_text("5")


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measures memory")
@pytest.mark.parametrize("kind", BOMBS)
def test_what_unpacks_to_too_much_is_refused_unpacked(client_of, colorizer, jpeg, peak, kind):
    bomb = BOMBS[kind](jpeg)
    assert len(bomb) < 1_000_000
    refusal = (422, "unreadable-photo") if kind == "jp2-disguised" else (413, "photo-too-large")
    with client_of(colorizer, max_megapixels=20) as client:
        count_anew()  # without what it took to make it
        before = peak()
        for route in ("/v1/colorize", "/v1/photos", "/v1/colorize?format=jpg"):
            answer = client.post(route, content=bomb)
            assert answer.status_code == refusal[0]
            assert answer.json()["type"] == f"/docs/problems#{refusal[1]}"
        assert peak() - before < 100e6


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(("last", "status"), [(1000, 413), (500, 201)])
def test_every_page_counts_whatever_its_size(client_of, colorizer, tmp_path, big, last, status):
    """Of 1.8 megapixels, where there are 2.1 or 1.3, and no page alone has more."""
    pages = uneven_pages([8, 1000, 300, last], tmp_path, bigtiff=big)
    with client_of(colorizer, max_megapixels=1.8) as client:
        assert client.post("/v1/photos", content=pages).status_code == status


def test_a_page_that_hides_its_size_is_refused(client, tmp_path):
    pages = uneven_pages([8, 100], tmp_path)
    width = struct.pack("<HHI", 256, 3, 1)
    odd = pages.replace(width, struct.pack("<HHI", 256, 8, 1))  # a signed number
    assert odd != pages
    answer = client.post("/v1/photos", content=odd)
    assert (answer.status_code, "how large" in answer.json()["detail"]) == (422, True)


def test_what_hides_in_metadata_is_not_unpacked(client, peak):
    """A gigabyte of text, compressed a thousand times."""
    text = zlib.compressobj(9)
    packed = text.compress(bytes(1 << 20)) + b"".join(
        text.compress(bytes(1 << 20)) for _ in range(255)
    )
    packed += text.flush()
    data = b"XML:com.adobe.xmp\0\1\0\0\0" + packed
    chunk = struct.pack(">I", len(data)) + b"iTXt" + data
    chunk += struct.pack(">I", zlib.crc32(b"iTXt" + data))
    before = peak()
    answer = client.post("/v1/colorize", content=png(300, 300, chunk))
    assert answer.status_code in (200, 422)
    assert peak() - before < 150e6


def test_many_texts_are_not_unpacked(client, peak):
    """Forty times sixteen megabytes, compressed a thousand times."""
    data = b"Title\0\0" + zlib.compress(bytes(1 << 24), 9)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data
    chunk += struct.pack(">I", zlib.crc32(b"zTXt" + data))
    before = peak()
    answer = client.post("/v1/colorize", content=png(300, 300, chunk * 40))
    assert answer.status_code == 200
    assert len(answer.content) < 1e6
    assert peak() - before < 150e6


def with_xmp(jpeg, xmp):
    data = b"http://ns.adobe.com/xap/1.0/\0" + xmp
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data + jpeg[2:]


def test_entities_that_grow_without_end_do_not(client, jpeg, peak):
    layers = "".join(
        f'<!ENTITY {chr(98 + layer)} "{f"&{chr(97 + layer)};" * 10}">' for layer in range(9)
    )
    xmp = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{layers}]><x>&j;</x>'.encode()
    before = peak()
    assert client.post("/v1/colorize", content=with_xmp(jpeg, xmp)).status_code in (200, 422)
    assert peak() - before < 100e6


ELSEWHERE = b"http://127.0.0.1:%d/seen"


@pytest.fixture
def listener():
    """A place that somebody could be made to ask for."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        yield listening


def fetching(url, jpeg):
    path = b"/etc/passwd"
    return {
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="%s"/></svg>' % url,
        "svg-xxe": b'<!DOCTYPE s [<!ENTITY x SYSTEM "file://%s">]><svg>&x;</svg>' % path,
        "xmp-xxe": with_xmp(jpeg, b'<!DOCTYPE x [<!ENTITY e SYSTEM "%s">]><x>&e;</x>' % url),
        "mvg": b"push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 '%s'\n" % url,
        "msl": b'<image><read filename="%s"/></image>' % url,
        "pdf": b"%%PDF-1.4\n1 0 obj<</URI(%s)>>endobj\n" % url,
        "url": url,
        "path": path,
        "csv": b"1,2,3\n4,5,6\n",
        "ps": b"%!PS\n(/etc/passwd) run\n",
        "vips": b"\xb6\xa6\xf2\x08" + bytes(200),
        "matrix": b"2 2\n1 2\n3 4\n",
        "fits": b"SIMPLE  =                    T".ljust(2880),
        "rad": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 2\n" + bytes(16),
        "html": b"<!doctype html><script>alert(1)</script>",
    }


@pytest.mark.parametrize("kind", fetching(b"", b"\xff\xd8"))
def test_what_is_no_photograph_is_refused_and_nothing_is_fetched(client, listener, jpeg, kind):
    data = fetching(ELSEWHERE % listener.getsockname()[1], jpeg)[kind]
    headers = {"content-type": "image/jpeg"}
    for route in ("/v1/colorize?name=a.jpg", "/v1/photos?name=a.jpg"):
        answer = client.post(route, content=data, headers=headers)
        if kind == "xmp-xxe":  # a photograph, whose text says nothing
            assert answer.status_code in (200, 201)
            assert b"root:" not in answer.content
        else:
            assert answer.status_code == 422
            assert answer.json()["type"] == "/docs/problems#unreadable-photo"
            assert "root:" not in answer.text
    with pytest.raises(TimeoutError):
        listener.accept()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".gif"])
@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "x", ""])
def test_what_it_is_called_does_not_matter(client, gray_image, suffix, content_type):
    data = gray_image.write_to_buffer(suffix)
    for name in ("a.exe", "a.html", "a", "a.svg"):
        headers = {"content-type": content_type}
        answer = client.post(f"/v1/colorize?name={name}", content=data, headers=headers)
        assert answer.status_code == 200
        expected = {".gif": ".png"}.get(suffix, suffix)
        assert answer.headers["content-type"] in PHOTO_TYPES
        assert answer.headers["content-disposition"] == f'attachment; filename="a.color{expected}"'


SCRIPT = b"/*</script><script>alert(1)</script>%PDF-1.4*/=1;alert(1)//"


def polyglots(gray_image, in_color):
    image = gray_image.copy()
    image.set_type(pyvips.GValue.blob_type, "xmp-data", SCRIPT)
    gif = gray_image.gifsave_buffer()
    return {
        "after": gray_image.jpegsave_buffer() + SCRIPT,
        "gif": gif + SCRIPT,
        "gif-script": gif[:-1] + b"\x21\xfe" + bytes([len(SCRIPT)]) + SCRIPT + b"\0" + gif[-1:],
        "png": gray_image.pngsave_buffer() + SCRIPT,
        "color": in_color.jpegsave_buffer() + SCRIPT,
    }


@pytest.mark.parametrize("kind", ["after", "gif", "gif-script", "png", "color"])
def test_what_is_two_things_is_sent_as_a_photograph(client, gray_image, in_color, kind):
    data = polyglots(gray_image, in_color)[kind]
    left_alone = {"skip_color": "true"}
    for query in ({}, left_alone):
        answer = client.post("/v1/colorize", params=query, content=data)
        assert answer.status_code == 200
        assert answer.headers["content-type"] in PHOTO_TYPES
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        own = kind == "color" and query == left_alone  # byte by byte its client's, as it should
        assert (SCRIPT in answer.content) is own


@pytest.mark.parametrize(
    "path",
    [
        *("/../pyproject.toml", "/%2e%2e/app.py", "/..%2fapp.py", "/%2e%2e%2fapp.py", "/app.py"),
        *("//etc/passwd", "/%2fetc%2fpasswd", "/etc/passwd", "/..\\app.py", "/page/../../app.py"),
        *("/docs/../app.py", "/docs/%2e%2e/start.js", "/docs/..%2f__init__.py", "/docs/core.py"),
        *("/v1/results/..%2f..%2fetc%2fpasswd", "/v1/photos/..%2f/preview", "/%00", "/a%00.js"),
    ],
)
def test_no_address_leads_to_other_files(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert b"import" not in answer.content
    assert b"root:" not in answer.content


@pytest.mark.parametrize("size", [0, 1, 2, 3, 100, -1])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif"])
def test_what_is_cut_short_is_never_half_colored(client, gray_image, files_left, suffix, size):
    data = gray_image.write_to_buffer(suffix)
    data = data[:size] if size >= 0 else data[: len(data) // 2]
    for route in ("/v1/colorize", "/v1/photos"):
        answer = client.post(route, content=data)
        assert answer.status_code == (422 if data else 400)
        assert answer.headers["content-type"] == "application/problem+json"
    assert files_left() == 0


def test_damaged_photographs_are_never_a_fault_of_ours(client, gray_image, files_left):
    generator = np.random.default_rng(0)
    for suffix in (".jpg", ".png", ".tif", ".webp", ".gif"):
        whole = np.frombuffer(gray_image.write_to_buffer(suffix), dtype=np.uint8)
        for _ in range(15):
            damaged = whole.copy()
            places = generator.integers(0, len(whole), 8)
            damaged[places] = generator.integers(0, 256, 8)
            answer = client.post("/v1/colorize", content=damaged.tobytes())
            assert answer.status_code in (200, 413, 415, 422)
    assert files_left() == 0


REQUESTS = [
    b"GET /healthz HTTP/1.1",
    b"GET /v1/models HTTP/1.1",
    b"GET /v1/results/nothing HTTP/1.1",
    b"DELETE /v1/photos/nothing HTTP/1.1",
    b"POST /v1/colorize HTTP/1.1",
    b"POST /v1/colorize?temperature=9 HTTP/1.1",
    b"POST /v1/photos HTTP/1.1",
    b"PUT /v1/photos HTTP/1.1",
    b"GET /nothing HTTP/1.1",
    b"OPTIONS / HTTP/1.1",
]
HUNDRED = b"".join(
    line + b"\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    for line in REQUESTS
    for body in (b"", b"x", b"no photograph", b"\0" * 100, b"\xff\xd8\xff")
)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files")
def test_ten_thousand_requests_leave_nothing_behind(process, files_left):
    """On four connections that stay open, many requests at a time."""
    running, port = process()
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            for _ in range(4)
        ]

        def ask(times):
            statuses = Counter()
            for number in range(times):
                connection = connections[number % 4]
                connection.sendall(HUNDRED)
                answers = b""
                while answers.count(b"HTTP/1.1 ") < HUNDRED.count(b"HTTP/1.1"):
                    piece = connection.recv(1 << 16)
                    assert piece
                    answers += piece
                statuses.update(re.findall(rb"HTTP/1.1 (\d+)", answers))
            return statuses

        ask(20)
        files, memory = num_open_files(running.pid), resident(running.pid)
        statuses = ask(180)
        assert statuses.total() == 9000
        assert set(statuses) == {b"200", b"204", b"400", b"404", b"405", b"422"}
        assert num_open_files(running.pid) <= files + 2
        assert resident(running.pid) - memory < 30e6
        assert files_left() == 0


def num_open_files(process_id):
    return sum(1 for _ in Path(f"/proc/{process_id}/fd").iterdir())


def resident(process_id):
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
