"""The photograph's own pixels: what the server sends, and what is seen at 100 %."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
from contextlib import suppress

import numpy as np
import pytest
import pyvips

WIDTH, HEIGHT = 2400, 1600
FILES = "body[data-state=ready] #after:not([hidden])"
SEEN = "#detail-after:not([hidden])"


@pytest.fixture(scope="session")
def large_photo(tmp_path_factory):
    """A photograph of 3.8 megapixels, with lines of one pixel that no smaller copy can hold."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    pixels = 60 + 110 * columns / WIDTH + 12 * np.sin(rows / 40) + 24 * ((rows + columns) % 2)
    path = tmp_path_factory.mktemp("large") / "large.png"
    image = pyvips.Image.new_from_array(pixels.astype(np.uint8)).copy(interpretation="b-w")
    image.write_to_file(str(path))
    return path


@pytest.fixture
def large_page(open_page, large_photo):
    page = open_page()
    page.set_input_files("#files", large_photo)
    page.wait_for_selector(FILES)
    return page


def shown(page, box):
    """The pixels of the screen inside a box of CSS pixels."""
    data = page.screenshot(clip=dict(zip(("x", "y", "width", "height"), box, strict=True)))
    return pyvips.Image.new_from_buffer(data, "").numpy()[..., :3].astype(int)


def sight(page):
    """A box in the middle of the stage, clear of the divider, and its left and top at 100 %."""
    frame = page.evaluate("document.getElementById('frame').getBoundingClientRect().toJSON()")
    stage = page.locator("#stage").bounding_box()
    left, top = round(stage["x"]) + 80, round(stage["y"]) + 60
    box = (left, top, int(stage["width"]) - 160, int(stage["height"]) - 120)
    return box, round(left - frame["x"]), round(top - frame["y"])


def downloaded(page):
    with page.expect_download() as waiting:
        page.click("#save")
    return pyvips.Image.new_from_file(str(waiting.value.path())).numpy().astype(int)


def assert_same(seen, expected):
    difference = np.abs(seen - expected)
    assert difference.mean() < 1
    assert difference.max() <= 6


def test_at_full_size_the_pixels_are_those_of_the_file(large_page):
    large_page.focus("#divider")
    large_page.keyboard.press("Home")
    large_page.keyboard.press("1")
    large_page.wait_for_selector(SEEN)
    file = downloaded(large_page)
    assert_seen_is_in(file, large_page)
    large_page.focus("#divider")
    with large_page.expect_response(lambda answer: "left=" in answer.url):
        for key in ["Shift+ArrowRight"] + ["Shift+ArrowDown"] * 4:
            large_page.keyboard.press(key)
    large_page.wait_for_function(COVERED)
    assert_seen_is_in(file, large_page)


def assert_seen_is_in(file, page):
    box, left, top = sight(page)
    part = file[top : top + box[3], left : left + box[2]]
    assert np.abs(np.diff(part.mean(axis=-1), axis=1)).mean() > 10  # the lines are there
    assert_same(shown(page, box), part)


# Whether the detail lies on all of the stage.
COVERED = """() => {
  const stage = document.getElementById("stage").getBoundingClientRect();
  const detail = document.getElementById("detail-after").getBoundingClientRect();
  return detail.left <= stage.left && detail.top <= stage.top
    && detail.right >= stage.right && detail.bottom >= stage.bottom;
}"""


def test_at_full_size_before_is_the_photograph(large_page, large_photo):
    large_page.focus("#divider")
    large_page.keyboard.press("End")
    large_page.keyboard.press("1")
    large_page.wait_for_selector("#detail-before:not([hidden])")
    box, left, top = sight(large_page)
    file = pyvips.Image.new_from_file(str(large_photo)).numpy().astype(int)
    part = file[top : top + box[3], left : left + box[2], None]
    assert_same(shown(large_page, box), part.reshape(*part.shape[:2], 1))


def test_the_detail_follows_strength_and_color(large_page):
    large_page.focus("#divider")
    large_page.keyboard.press("Home")
    large_page.keyboard.press("1")
    large_page.wait_for_selector(SEEN)
    box, _, _ = sight(large_page)
    in_color = shown(large_page, box)
    assert np.ptp(in_color, axis=-1).max() > 5
    large_page.fill("#strength", "0")
    assert np.ptp(shown(large_page, box), axis=-1).max() == 0
    large_page.fill("#strength", "1")
    np.testing.assert_array_equal(shown(large_page, box), in_color)
    with large_page.expect_response(lambda answer: "saturation=0&" in f"{answer.url}&"):
        large_page.fill("#saturation", "0")
    large_page.wait_for_load_state("networkidle")
    assert np.ptp(shown(large_page, box), axis=-1).max() == 0


def test_a_small_photograph_and_all_of_one_need_no_detail(open_page, gray_photo, large_page):
    asked = []
    large_page.on("request", lambda request: asked.append(request.url))
    large_page.keyboard.press("+")
    large_page.keyboard.press("1")
    large_page.wait_for_selector(SEEN)
    large_page.keyboard.press("0")
    assert large_page.locator("#detail-after").is_hidden()
    assert len(asked) == 1  # nothing for what was seen only in passing
    small = open_page()
    small.set_input_files("#files", gray_photo("one.png"))
    small.wait_for_selector(FILES)
    small.on("request", lambda request: asked.append(request.url))
    for _ in range(4):
        small.keyboard.press("+")
    small.wait_for_timeout(400)  # longer than the pause before it asks
    assert len(asked) == 1


def test_detail_that_fails_is_said_and_the_preview_stays(large_page):
    large_page.complaints.expected.append("ERR_CONNECTION_REFUSED")
    large_page.route("**/preview?*", lambda route: route.abort("connectionrefused"))
    large_page.keyboard.press("1")
    large_page.wait_for_selector("#notes .trouble")
    assert large_page.locator("#detail-after").is_hidden()
    assert large_page.locator("#busy-detail").is_hidden()
    large_page.unroute("**/preview?*")
    large_page.keyboard.press("+")
    large_page.wait_for_selector(SEEN)
    large_page.wait_for_selector("#notes .trouble", state="detached")


def test_the_detail_of_one_photograph_never_lies_on_another(open_page, large_photo, gray_photo):
    page = open_page()
    page.set_input_files("#files", [large_photo, gray_photo("one.png")])
    page.wait_for_selector(FILES)
    page.wait_for_function("() => document.querySelectorAll('[data-status=ready]').length === 2")
    held = []
    page.route("**/preview?*", lambda route: held.append(route))
    page.keyboard.press("1")
    page.wait_for_timeout(400)
    assert len(held) == 1
    page.locator(".cell").nth(1).click()
    page.wait_for_function("() => document.getElementById('caption').textContent.includes('one')")
    with suppress(Exception):  # it was given up
        held[0].continue_()
    page.wait_for_timeout(300)
    assert page.locator("#detail-after").is_hidden()
    assert page.locator("#notes .trouble").count() == 0


def ask(site, path, data=None):
    try:
        with urllib.request.urlopen(f"{site}{path}", data, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture(scope="session")
def opened_photo(site, large_photo):
    _, answer = ask(site, "v1/photos?name=large.png", large_photo.read_bytes())
    return f"v1/photos/{json.loads(answer)['id']}/preview"


def test_the_server_sends_a_part(site, opened_photo, large_photo):
    status, data = ask(site, f"{opened_photo}?left=300&top=1200&width=500&height=400")
    assert status == 200
    part = pyvips.Image.new_from_buffer(data, "").numpy().astype(int)
    whole = pyvips.Image.new_from_file(str(large_photo)).numpy()
    assert np.abs(part - whole[1200:1600, 300:800]).max() <= 6


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("left=1", "Give all four"),
        ("left=0&top=0&width=9", "Give all four"),
        ("left=2000&top=0&width=401&height=9", "large.png has 2400 x 1600"),
        ("left=0&top=1600&width=1&height=1", "2400 x 1600"),
        ("left=0&top=0&width=2400&height=1667", "4 megapixels"),
        ("left=-1&top=0&width=9&height=9", "left"),
        ("left=0&top=0&width=0&height=9", "width"),
        ("right=4", "right"),
    ],
)
def test_a_part_that_is_not_there_is_refused(site, opened_photo, query, said):
    status, data = ask(site, f"{opened_photo}?{query}")
    assert status == 422
    problem = json.load(io.BytesIO(data))
    assert said in problem["detail"] + problem["advice"]
