"""A photograph comes in, whatever its client says of it."""

import errno
import os
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.web import service
from autochrome.web.uploads import client_name


def multipart(*parts, boundary="edge", end=True):
    """Write a form by hand; a part is its Content-Disposition after "form-data" and its bytes."""
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data{head}\r\n\r\n".encode() + data + b"\r\n"
        for head, data in parts
    )
    return body + (f"--{boundary}--\r\n".encode() if end else b"")


def send(client, body, content_type='multipart/form-data; boundary="edge"', path="/v1/colorize"):
    return client.post(path, content=body, headers={"content-type": content_type})


def kind(answer):
    return answer.json()["type"].partition("#")[2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("old.jpg", "old.jpg"),
        (None, "photograph"),
        ("", "photograph"),
        ("...", "photograph"),
        (".jpg", "jpg"),
        ("../../etc/passwd", "passwd"),
        ("..", "photograph"),
        ("C:\\photos\\old.jpg", "old.jpg"),
        ("/etc/", "photograph"),
        ("a\0b\r\nSet-Cookie: x.jpg", "a_b__Set-Cookie_ x.jpg"),
        ('"quoted".png', "_quoted_.png"),
        ("photo\u202egpj.exe", "photo_gpj.exe"),
        ("été 1936.tif", "été 1936.tif"),
        ("写真.webp", "写真.webp"),
        ("%2e%2e%2fold.jpg", "%2e%2e%2fold.jpg"),
        ("x" * 1000 + ".jpg", "x" * 180 + ".jpg"),
        ("写" * 1000, "写" * 60),
        ("a." + "b" * 1000, "a." + "b" * 10),
        ("\xa0old\u3000.jpg", "old.jpg"),
        ("\xa0", "photograph"),
        ("a." + " " * 20 + "b", "a"),
    ],
)
def test_a_client_names_a_file_and_no_folder(name, expected):
    assert client_name(name) == expected


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_name_becomes_one_that_every_system_takes(name):
    made = client_name(name)
    assert 0 < len(made.encode()) <= 200  # encodes: no half of a pair
    assert not re.search(r'[\x00-\x1f\x7f-\x9f/\\<>:"|?*\u202a-\u202e\u2066-\u2069]', made)
    assert made == made.strip()
    assert made.strip(".") not in ("", ".", "..")
    assert client_name(made) == made


@pytest.mark.parametrize("name", ['a"b\r\nX-Evil: 1.jpg', "é\u202e.jpg", "x;y=z.jpg", "\udcff.jpg"])
def test_no_name_gets_into_the_headers(client, jpeg, name):
    head = f'; name="file"; filename="{name}"'.encode("utf-8", "surrogateescape")
    head = head.replace(b"\r\n", b"%0d%0a")
    body = b"--edge\r\nContent-Disposition: form-data" + head + b"\r\n\r\n" + jpeg + b"\r\n--edge--"
    for answer in (
        send(client, body),
        client.post("/v1/colorize", params={"name": name.encode(errors="replace")}, content=jpeg),
    ):
        assert answer.status_code == 200
        assert "x-evil" not in answer.headers
        disposition = answer.headers["content-disposition"]
        assert re.fullmatch(
            r"""attachment; filename(\*=utf-8''[\w%.~-]+|="[\w.~-]+")""", disposition
        )
        assert ".color.jpg" in unquote(disposition)


def test_a_form_and_a_body_are_the_same_photograph(client, jpeg):
    bodies = [
        client.post("/v1/colorize?provenance=false", content=jpeg),
        client.post("/v1/colorize?provenance=false", files={"file": ("a.jpg", jpeg)}),
        send(
            client,
            multipart(("; name=file", jpeg)),
            path="/v1/colorize?provenance=false",
        ),
    ]
    assert [answer.status_code for answer in bodies] == [200, 200, 200]
    assert bodies[0].content == bodies[1].content == bodies[2].content


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_form_may_come_in_pieces_of_any_size(client, jpeg, size):
    body = multipart(('; name="file"; filename="a.jpg"', jpeg))
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    answer = send(client, pieces)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="a.color.jpg"'


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], "no-photograph"),
        ([("; name=other", b"x")], "bad-form"),
        ([("", b"x")], "bad-form"),
        ([("; name=file; filename=", b"")], "no-photograph"),
        ([("; name=file", b"x"), ("; name=file", b"x")], "bad-form"),
        ([("; name=file; x=" + "y" * 20_000, b"x")], "bad-form"),
    ],
)
def test_a_form_without_one_photograph_is_refused(client, files_left, parts, expected):
    answer = send(client, multipart(*parts))
    assert answer.status_code == 400
    assert kind(answer) == expected
    assert files_left() == 0


@pytest.mark.parametrize("is_first", [True, False])
def test_an_option_in_a_form_does_not_go_unheard(client, jpeg, files_left, is_first):
    parts = [("; name=preset", b"vivid"), ('; name="file"; filename="a.jpg"', jpeg)]
    answer = send(client, multipart(*(parts if is_first else parts[::-1])))
    assert (answer.status_code, kind(answer)) == (400, "bad-form")
    assert "'preset'" in answer.text
    assert "?preset=vivid" in answer.text
    assert files_left() == 0


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=" + "x" * 1000),
        (b"no edge at all", "multipart/form-data; boundary=edge"),
        (b"--edge\r\nno header\r\n\r\n", "multipart/form-data; boundary=edge"),
        (multipart(("; name=file", b"x"), end=False), "multipart/form-data; boundary=edge"),
        (b"", "multipart/form-data; boundary=edge"),
    ],
)
def test_a_form_that_is_malformed_or_cut_short_is_refused(client, files_left, body, content_type):
    answer = send(client, body, content_type)
    assert answer.status_code == 400
    assert kind(answer) == "bad-form"
    assert files_left() == 0


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "unicode_escape", "utf-7"])
def test_the_charset_of_a_form_changes_nothing(client, jpeg, charset):
    body = multipart(('; name="file"; filename="\\ud800+2AA-.jpg"', jpeg))
    answer = send(client, body, f"multipart/form-data; charset={charset}; boundary=edge")
    assert answer.status_code == 200


def test_what_is_announced_as_too_large_is_not_received(client_of, colorizer, files_left):
    with client_of(colorizer, max_megabytes=0.01) as client:
        for announced in ("10001", "9" * 30):
            answer = client.post(
                "/v1/colorize", content=b"x", headers={"content-length": announced}
            )
            assert answer.status_code == 413
            assert kind(answer) == "upload-too-large"
            assert files_left() == 0


@pytest.mark.parametrize("content_type", ["image/jpeg", "multipart/form-data; boundary=edge"])
def test_what_turns_out_too_large_is_refused(client_of, colorizer, files_left, content_type):
    body = multipart(("; name=file", bytes(30_000)))
    with client_of(colorizer, max_megabytes=0.01) as client:
        answer = send(
            client, (body[at : at + 999] for at in range(0, len(body), 999)), content_type
        )
        assert answer.status_code == 413
        assert files_left() == 0
        assert send(client, multipart(("; name=file", b"x"))).status_code == 422


class FullDisk:
    """A file on a disk that takes ten bytes more."""

    def __init__(self, file):
        self._file = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def write(self, data):
        self._file.write(data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("route", ["/v1/colorize", "/v1/photos"])
@pytest.mark.parametrize("content_type", ["image/jpeg", "multipart/form-data; boundary=edge"])
def test_a_disk_that_gets_full_is_told_and_nothing_is_left(
    client, jpeg, files_left, monkeypatch, route, content_type
):
    def opened(path, *given, **more):
        file = Path.__dict__["open"].__wrapped__(path, *given, **more)
        return FullDisk(file) if path.name == "upload" and given == ("wb",) else file

    opened.__wrapped__ = Path.open
    monkeypatch.setattr(Path, "open", opened)
    body = multipart(("; name=file", jpeg)) if "form" in content_type else jpeg
    assert_no_room(send(client, body, content_type, route))
    assert files_left() == 0
    monkeypatch.undo()
    assert client.post(route, content=jpeg).status_code in (200, 201)


def test_a_disk_that_is_full_when_the_result_is_written(client, jpeg, files_left, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert_no_room(client.post("/v1/colorize", content=jpeg))
    assert files_left() == 0


def test_a_disk_without_room_for_a_folder(client, jpeg, monkeypatch):
    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(service.tempfile, "mkdtemp", full)
    assert_no_room(client.post("/v1/photos", content=jpeg))


def assert_no_room(answer):
    assert answer.status_code == 507
    assert kind(answer) == "no-room"
    assert "/" not in answer.json()["detail"]  # no folder of the server
