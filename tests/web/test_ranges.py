"""Parts of files, as RFC 9110 has them."""

import pytest


@pytest.fixture
def whole(client, jpeg):
    """The address of a finished photograph, and its bytes."""
    said = client.post("/v1/colorize", content=jpeg, headers={"Accept": "application/json"}).json()
    return said["url"], client.get(said["url"]).content


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-3", slice(0, 4)),
        ("Bytes=5-5", slice(5, 6)),
        ("bytes=9-", slice(9, None)),
        ("bytes=9-99999999", slice(9, None)),
        ("bytes=-4", slice(-4, None)),
        ("bytes=-99999999", slice(None)),
    ],
)
def test_a_part(client, whole, asked, part):
    url, data = whole
    answer = client.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, data[part])
    start = data.index(data[part])
    end = start + len(data[part]) - 1
    assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(data)}"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=9-3",
        "items=0-3",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=--4",
        "bytes=0-3,9-12",  # may be left out, and is
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_a_range_that_makes_no_sense_is_ignored(client, whole, asked):
    url, data = whole
    answer = client.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, data)


@pytest.mark.parametrize("asked", ["bytes={size}-", "bytes=99999999-999999999", "bytes=-0"])
def test_a_part_beyond_the_end(client, whole, asked):
    url, data = whole
    answer = client.get(url, headers={"Range": asked.format(size=len(data))})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(data)}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("#beyond-the-end")
    assert answer.json()["advice"]


@pytest.mark.parametrize("asked", ["bytes=0-3", "bytes=99999999-"])
def test_a_part_of_another_file_is_not_given(client, whole, asked):
    url, data = whole
    answer = client.get(url, headers={"Range": asked, "If-Range": '"other"'})
    assert (answer.status_code, answer.content) == (200, data)


def test_a_refused_part_leaves_no_file_behind(client, jpeg, files_left):
    opened = client.post("/v1/photos", content=jpeg).json()["id"]
    before = files_left()
    answer = client.get(f"/v1/photos/{opened}/file", headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416
    assert files_left() == before


def test_an_upload_knows_no_range(client, jpeg):
    answer = client.post("/v1/colorize", content=jpeg, headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 200
