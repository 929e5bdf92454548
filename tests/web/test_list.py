"""The list of photographs in a browser: what fails, waits or is taken off, and the focus."""

from __future__ import annotations

import json
import re

import pytest

# How far the canvases are from gray.
CHROMA = """(selector) => [...document.querySelectorAll(selector)].map((canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let most = 0;
  for (let i = 0; i < data.length; i += 4) most = Math.max(most, Math.abs(data[i] - data[i + 2]));
  return most;
})"""


class Held:
    """Requests that wait until the test lets them go, or answers them itself."""

    def __init__(self, page, address):
        self._page = page
        self.routes = []
        self.lets_pass = False
        page.route(address, self._hold)

    def _hold(self, route):
        if self.lets_pass:
            route.continue_()
        else:
            self.routes.append(route)

    def take(self, part=""):
        """The first that waits whose address has this part."""
        for _ in range(1000):
            for route in self.routes:
                if part in route.request.url:
                    self.routes.remove(route)
                    return route
            self._page.wait_for_timeout(10)
        raise AssertionError(f"no request has come with {part!r}")


def settled(page, count):
    """Wait until so many photographs are done with, and no more are there."""
    page.wait_for_function(
        "(count) => document.querySelectorAll('#filmstrip [data-status]').length === count"
        " && document.querySelectorAll("
        "'#filmstrip :is([data-status=ready], [data-status=failed])').length === count",
        arg=count,
    )


def opened(page, *paths):
    page.set_input_files("#files", paths)
    settled(page, len(paths))


def cell(page, name):
    return page.locator(".cell", has_text=name)


def names(page):
    return page.locator(".cell-name").all_inner_texts()


def wait_for_status(page, name, status):
    page.locator(f"#filmstrip li[data-status={status}]", has_text=name).wait_for()


def wait_for_focus(page, place):
    page.wait_for_function("(place) => document.activeElement.matches(place)", arg=place)


def fail(route):
    body = json.dumps({"detail": "There is no room left"})
    route.fulfill(status=507, content_type="application/problem+json", body=body)


@pytest.fixture
def page(open_page):
    page = open_page()
    page.complaints.expected.append("Failed to load resource")
    return page


@pytest.fixture
def broken(tmp_path):
    """A function that writes a file that cannot be read."""

    def write(name="broken.jpg"):
        path = tmp_path / name
        path.write_bytes(b"not a photograph" * 40)
        return path

    return write


def test_delete_takes_off_the_one_that_has_the_focus(page, gray_photo):
    opened(page, *[gray_photo(f"{name}.png") for name in ("one", "two", "three")])
    cell(page, "two").click()
    cell(page, "three").focus()
    page.keyboard.press("Delete")
    assert names(page) == ["one.png", "two.png"]
    assert "two.png" in page.inner_text("#caption")


def test_a_failure_that_a_person_reads_does_not_give_way(page, gray_photo, broken):
    held = Held(page, "**/v1/photos?*")
    page.set_input_files("#files", [broken(), gray_photo("one.png"), gray_photo("two.png")])
    held.take("broken").continue_()
    wait_for_status(page, "broken", "failed")
    cell(page, "broken").click()
    held.take("one").continue_()
    wait_for_status(page, "one", "ready")
    assert page.locator("#failure").is_visible()
    assert page.evaluate("document.activeElement.innerText").startswith("broken.jpg")


def test_a_failure_that_the_page_chose_gives_way_to_a_picture(page, gray_photo, broken):
    held = Held(page, "**/v1/photos?*")
    page.set_input_files("#files", [broken(), gray_photo("one.png"), gray_photo("two.png")])
    held.take("broken").continue_()
    page.wait_for_selector("body[data-state=failed]")
    held.take("two").continue_()
    page.shown()
    assert "two.png" in page.inner_text("#caption")


def test_one_that_fails_while_it_is_shown_harms_no_later_one(page, gray_photo):
    held = Held(page, "**/color?*")
    page.set_input_files("#files", gray_photo("first.png"))
    color = held.take()
    held.lets_pass = True
    page.set_input_files("#files", gray_photo("second.png"))
    wait_for_status(page, "second", "ready")
    cell(page, "second").click()
    cell(page, "first").click()
    fail(color)
    wait_for_status(page, "first", "failed")
    page.set_input_files("#files", [gray_photo(f"later-{i}.png") for i in range(10)])
    settled(page, 12)
    assert page.locator("[data-status=failed]").count() == 1


def test_all_are_downloaded_in_sight_while_a_failed_one_is_shown(page, gray_photo, broken):
    opened(page, gray_photo("one.png"), gray_photo("two.png"), broken())
    cell(page, "broken").click()
    held = Held(page, "**/file?*")
    page.click("#save-all")
    file = held.take()
    assert page.inner_text("#saving-text") == "1 of 2"
    assert page.locator("#saving-cancel").is_visible()
    fail(file)
    fail(held.take())
    page.locator("#saving-failures").wait_for()
    assert "one.png: There is no room left." in page.inner_text("#saving-failures")


def test_that_many_files_failed_leaves_the_photograph_in_sight(page, gray_photo):
    opened(page, *[gray_photo(f"{i}.png") for i in range(25)])
    page.route("**/file?*", fail)
    page.click("#save-all")
    page.locator("#saving-failures").wait_for()
    assert page.locator("#save-all").bounding_box()["y"] < 800
    assert page.locator("#stage").bounding_box()["height"] > 200


def test_one_file_is_waited_for_beside_its_button(page, gray_photo):
    opened(page, gray_photo("one.png"), gray_photo("two.png"))
    Held(page, "**/file?*")
    for button, place in (("#save-all", "#list"), ("#save", "#download")):
        page.click(button)
        page.locator(f"{place} #saving-cancel").click()


def test_a_failed_one_has_no_settings_for_all(page, gray_photo, broken):
    opened(page, gray_photo("one.png"), gray_photo("two.png"), broken())
    cell(page, "one").click()
    page.fill("#saturation", "0.5")
    cell(page, "broken").click()
    assert page.is_disabled("#apply-all")
    cell(page, "one").click()
    assert page.is_enabled("#apply-all")


def test_versions_follow_what_is_undone_while_they_come(page, gray_photo):
    opened(page, gray_photo("one.png"))
    page.click("#variants-show")
    page.wait_for_selector("#variants-grid[aria-busy=false]")
    before = page.evaluate(CHROMA, "#variants-grid canvas")
    held = Held(page, re.compile("variants=4"))
    page.fill("#saturation", "0")
    gray = held.take("saturation=0")
    page.keyboard.press("Control+z")
    page.wait_for_timeout(600)  # more than it waits after a change
    held.lets_pass = True
    gray.continue_()
    page.wait_for_function(f"() => ({CHROMA})('#variants-grid canvas').every((most) => most < 3)")
    page.wait_for_selector("#variants-grid[aria-busy=false]")
    assert page.evaluate(CHROMA, "#variants-grid canvas") == before


def test_the_strip_follows_one_that_is_left_before_its_color_comes(page, gray_photo):
    opened(page, gray_photo("one.png"), gray_photo("two.png"))
    cell(page, "one").click()
    held = Held(page, "**/color?*")
    page.fill("#saturation", "0")
    held.take("saturation=0")
    cell(page, "two").click()
    held.take("saturation=0").continue_()
    page.wait_for_function(f"() => ({CHROMA})('#filmstrip canvas')[0] < 3")
    assert page.evaluate(CHROMA, "#filmstrip canvas")[1] > 3


def test_all_that_failed_are_tried_again_at_once(page, gray_photo):
    page.route("**/v1/photos?*", lambda route: route.abort("connectionrefused"))
    opened(page, *[gray_photo(f"{i}.png") for i in range(4)])
    page.unroute("**/v1/photos?*")
    page.click("#failure-retry-all")
    page.wait_for_function("() => document.querySelectorAll('[data-status=ready]').length === 4")


def test_one_that_failed_is_tried_again_alone(page, broken):
    opened(page, broken())
    assert page.locator("#failure-retry").is_visible()
    assert page.locator("#failure-retry-all").is_hidden()


def test_versions_take_the_focus_of_their_button(page, gray_photo):
    opened(page, gray_photo("one.png"))
    page.focus("#variants-show")
    page.keyboard.press("Enter")
    wait_for_focus(page, "[name=variant][value='1']")


def test_places_removed_leave_the_focus_at_placing_them(page, gray_photo):
    opened(page, gray_photo("one.png"))
    page.focus("#divider")
    for key in ("h", "Enter", "Escape"):
        page.keyboard.press(key)
    page.focus("#hints-clear")
    page.keyboard.press("Enter")
    wait_for_focus(page, "#hint-mode")


def test_the_last_step_undone_leaves_the_focus_where_it_is(page, gray_photo):
    opened(page, gray_photo("one.png"))
    page.fill("#strength", "0.5")
    page.focus("#undo")
    page.keyboard.press("Enter")
    assert page.input_value("#strength") == "1"
    page.keyboard.press("Enter")  # nothing is left to undo
    assert page.get_attribute("#undo", "aria-disabled") == "true"
    page.keyboard.press("Tab")
    wait_for_focus(page, "#redo")


@pytest.mark.parametrize("button", ["#save", "#save-all"])
def test_a_download_canceled_gives_the_focus_back(page, gray_photo, button):
    opened(page, gray_photo("one.png"), gray_photo("two.png"))
    Held(page, "**/file?*")
    page.click(button)
    page.focus("#saving-cancel")
    page.keyboard.press("Enter")
    wait_for_focus(page, button)


def test_a_queue_canceled_leaves_the_focus_at_the_photograph_shown(page, gray_photo):
    opened(page, gray_photo("one.png"), gray_photo("two.png"))
    Held(page, "**/v1/photos?*")
    page.set_input_files("#files", [gray_photo("three.png"), gray_photo("four.png")])
    page.focus("#cancel")
    page.keyboard.press("Enter")
    wait_for_focus(page, ".cell[aria-current=true]")
    assert names(page) == ["one.png", "two.png"]


def test_a_queue_that_ends_leaves_the_focus_at_the_photograph_shown(page, gray_photo):
    held = Held(page, "**/v1/photos?*")
    page.set_input_files("#files", [gray_photo("one.png"), gray_photo("two.png")])
    page.focus("#cancel")
    held.take().continue_()
    held.take().continue_()
    settled(page, 2)
    wait_for_focus(page, ".cell[aria-current=true]")


def test_a_queue_canceled_as_a_whole_leaves_the_focus_at_choosing_anew(page, gray_photo):
    Held(page, "**/v1/photos?*")
    page.set_input_files("#files", [gray_photo(f"{i}.png") for i in range(3)])
    page.focus("#cancel")
    page.keyboard.press("Enter")
    wait_for_focus(page, "#choose")


def test_the_only_one_taken_off_leaves_the_focus_at_choosing_anew(page, broken):
    opened(page, broken())
    page.focus("#failure-remove")
    page.keyboard.press("Enter")
    wait_for_focus(page, "#choose")


def test_one_that_fails_again_can_be_tried_again_by_keyboard(page, broken):
    opened(page, broken())
    held = Held(page, "**/v1/photos?*")
    page.focus("#failure-retry")
    page.keyboard.press("Enter")
    sent = held.take()
    wait_for_focus(page, "body")
    sent.continue_()
    wait_for_focus(page, "#failure-retry")


def test_one_that_waits_can_be_taken_off(page, gray_photo):
    page.route(
        "**/v1/photos?*", lambda route: route.fulfill(status=503, headers={"Retry-After": "30"})
    )
    page.set_input_files("#files", gray_photo("one.png"))
    page.click("#waiting-remove")
    assert page.locator("#start").is_visible()
    wait_for_focus(page, "#choose")
