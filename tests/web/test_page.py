"""The page in a browser, by pointer and by keyboard, against a running server."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import pyvips

import autochrome.web

# The mean color, as red, green, blue, of the canvas in color or of a part of it.
MEAN = """([x0, y0, x1, y1]) => {
  const canvas = document.getElementById("after");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const [w, h] = [canvas.width, canvas.height];
  const { data } = copy.getImageData(x0 * w, y0 * h, (x1 - x0) * w, (y1 - y0) * h);
  const sum = [0, 0, 0];
  for (let i = 0; i < data.length; i++) if (i % 4 < 3) sum[i % 4] += data[i];
  return sum.map((value) => value / (data.length / 4));
}"""


def mean_color(page, part=(0, 0, 1, 1)):
    return np.array(page.evaluate(MEAN, list(part)))


def chroma(color):
    return np.ptp(color)


def wait_for_change(page, before, part=(0, 0, 1, 1)):
    """Wait until the picture is another one; returns its mean color."""
    page.wait_for_function(
        f"([before, part]) => ({MEAN})(part).some((v, i) => Math.abs(v - before[i]) > 0.5)",
        arg=[[float(value) for value in before], list(part)],
    )
    return mean_color(page, part)


@pytest.fixture
def photo_page(open_page, gray_photo):
    page = open_page()
    page.opened(gray_photo("one.png"))
    return page


def divider_value(page):
    return int(page.get_attribute("#divider", "aria-valuenow"))


def test_a_photograph_is_shown_before_and_after(photo_page):
    assert chroma(mean_color(photo_page)) > 2
    gray = photo_page.evaluate(MEAN.replace('"after"', '"before"'), [0, 0, 1, 1])
    assert chroma(gray) == 0
    assert "120 × 80" in photo_page.inner_text("#caption")
    assert photo_page.locator("#start").is_hidden()


def test_the_sample_can_be_tried(open_page):
    page = open_page()
    page.click("#sample")
    page.shown()
    assert "ranch.jpg" in page.inner_text("#caption")


def test_the_divider_follows_the_pointer_anywhere(photo_page):
    box = photo_page.locator("#frame").bounding_box()
    middle = box["y"] + box["height"] / 3
    photo_page.mouse.move(box["x"] + box["width"] * 0.8, middle)
    photo_page.mouse.down()
    photo_page.mouse.move(box["x"] + box["width"] * 0.25, middle, steps=4)
    photo_page.mouse.up()
    assert divider_value(photo_page) == pytest.approx(25, abs=1)
    clip = photo_page.locator("#before-side").evaluate("(side) => side.style.clipPath")
    assert float(clip.split()[1].rstrip("%")) == pytest.approx(75, abs=1)


def test_the_divider_follows_the_keys(photo_page):
    photo_page.focus("#divider")
    photo_page.keyboard.press("ArrowRight")
    assert divider_value(photo_page) == 52
    photo_page.keyboard.press("PageDown")
    assert divider_value(photo_page) == 42
    photo_page.keyboard.press("Home")
    assert divider_value(photo_page) == 0
    assert photo_page.get_attribute("#divider", "aria-valuetext") == "0 % before, 100 % after"


def test_zoom_keeps_the_place_under_the_pointer_and_fit_brings_all_back(photo_page):
    box = photo_page.locator("#frame").bounding_box()
    x, y = box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.4
    photo_page.mouse.move(x, y)
    photo_page.mouse.wheel(0, -400)
    photo_page.wait_for_selector("#stage.zoomed")
    larger = photo_page.locator("#frame").bounding_box()
    assert larger["width"] > 1.5 * box["width"]
    assert (x - larger["x"]) / larger["width"] == pytest.approx(0.25, abs=0.01)
    photo_page.keyboard.press("0")
    assert photo_page.locator("#frame").bounding_box() == box
    photo_page.keyboard.press("1")
    assert photo_page.locator("#frame").bounding_box()["width"] == pytest.approx(120)


def test_an_enlarged_photograph_is_moved_by_drag_and_by_keys(photo_page):
    box = photo_page.locator("#stage").bounding_box()
    x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3
    for _ in range(3):
        photo_page.keyboard.press("+")
    before = photo_page.locator("#frame").bounding_box()
    photo_page.mouse.move(x, y)
    photo_page.mouse.down()
    photo_page.mouse.move(x - 40, y - 30, steps=4)
    photo_page.mouse.up()
    after = photo_page.locator("#frame").bounding_box()
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((-40, -30), abs=1)
    photo_page.focus("#divider")
    photo_page.keyboard.press("Shift+ArrowLeft")
    assert photo_page.locator("#frame").bounding_box()["x"] == pytest.approx(after["x"] + 60, abs=1)


def test_a_preset_changes_the_picture_and_saturation_zero_takes_color_away(photo_page):
    balanced = mean_color(photo_page)
    for preset, shown in (("natural", "−0.10"), ("vivid", "+0.05")):
        photo_page.check(f"input[value={preset}]", force=True)
        assert photo_page.inner_text("#vividness-value") == shown
    photo_page.fill("#saturation", "0")
    assert chroma(wait_for_change(photo_page, balanced)) < 1
    photo_page.click("#reset")
    np.testing.assert_allclose(wait_for_change(photo_page, (0, 0, 0)), balanced, atol=30)


def test_strength_needs_no_request(photo_page):
    requests = []
    before = mean_color(photo_page)
    photo_page.on("request", lambda request: requests.append(request.url))
    photo_page.fill("#strength", "0")
    assert chroma(wait_for_change(photo_page, before)) < 0.5
    assert photo_page.inner_text("#strength-value") == "0 %"
    photo_page.fill("#strength", "1")
    photo_page.wait_for_timeout(100)
    np.testing.assert_array_equal(mean_color(photo_page), before)
    assert requests == []


def test_temperature_reaches_the_server(photo_page):
    with photo_page.expect_request(lambda request: "temperature=0.9" in request.url):
        photo_page.fill("#temperature", "0.9")


def test_of_many_changes_the_last_one_counts(photo_page):
    asked = []
    photo_page.on("request", lambda request: asked.append(request.url))
    with photo_page.expect_request(lambda request: "saturation=2&" in f"{request.url}&"):
        photo_page.evaluate(
            """() => {
              const slider = document.getElementById("saturation");
              for (let step = 1; step <= 20; step++) {
                slider.value = step / 10;
                slider.dispatchEvent(new Event("input"));
              }
            }"""
        )
    photo_page.wait_for_load_state("networkidle")
    assert len(asked) == 2  # the first at once, and what was wanted when it was done


def test_a_place_is_colored_and_undone(photo_page):
    top_left = (0.05, 0.05, 0.4, 0.4)
    before = mean_color(photo_page, top_left)
    photo_page.click(".swatch[aria-label=red]")
    box = photo_page.locator("#frame").bounding_box()
    photo_page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    red = wait_for_change(photo_page, before, top_left)
    assert red[0] - red[1] > before[0] - before[1] + 10
    assert photo_page.locator(".marker").count() == 1
    photo_page.keyboard.press("Control+z")
    assert photo_page.locator(".marker").count() == 0
    np.testing.assert_allclose(wait_for_change(photo_page, red, top_left), before, atol=0.5)
    photo_page.keyboard.press("Control+Shift+z")
    assert photo_page.locator(".marker").count() == 1
    photo_page.click(".marker")
    assert photo_page.locator(".marker").count() == 0


def test_a_place_is_colored_by_keyboard_alone(photo_page):
    photo_page.keyboard.press("h")
    assert photo_page.evaluate("document.activeElement.id") == "crosshair"
    for key in ("Shift+ArrowLeft", "Shift+ArrowLeft", "ArrowUp"):
        photo_page.keyboard.press(key)
    with photo_page.expect_request(lambda request: "hint=30%25%2C49%25%3D%23" in request.url):
        photo_page.keyboard.press("Enter")
    assert "30 % across, 49 % down" in photo_page.get_attribute(".marker", "aria-label")
    photo_page.keyboard.press("Escape")
    assert photo_page.locator("#crosshair").is_hidden()
    assert photo_page.evaluate("document.activeElement.id") == "hint-mode"


def test_another_version_is_chosen(photo_page):
    photo_page.click("#variants-show")
    photo_page.wait_for_selector("#variants-grid[aria-busy=false]")
    assert photo_page.locator("#variants-grid label").count() == 4
    with photo_page.expect_request(
        lambda request: "variant=3" in request.url and "variants=4" in request.url
    ):
        photo_page.check("#variants-grid input[value='3']", force=True)
    photo_page.keyboard.press("Control+z")
    assert photo_page.is_checked("#variants-grid input[value='1']")


def test_sixteen_bits_and_resolution_come_back(open_page, gray_photo):
    page = open_page()
    page.opened(gray_photo("deep.tif", dtype=np.uint16))
    assert "16 bits" in page.inner_text("#caption")
    with page.expect_download() as waiting:
        page.click("#save")
    assert waiting.value.suggested_filename == "deep.color.tif"
    image = pyvips.Image.new_from_file(str(waiting.value.path()))
    assert (image.format, image.bands, image.width, image.height) == ("ushort", 3, 120, 80)
    assert image.xres == pytest.approx(11.8, rel=1e-3)


def test_the_format_can_be_chosen(photo_page):
    photo_page.select_option("#format", "webp")
    with photo_page.expect_download() as waiting:
        photo_page.click("#save")
    assert waiting.value.suggested_filename == "one.color.webp"
    assert waiting.value.path().read_bytes()[8:12] == b"WEBP"


def test_many_come_as_a_zip_each_with_its_settings(open_page, gray_photo, tmp_path):
    page = open_page()
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / "one.png"
    twin.write_bytes(gray_photo("one.png").read_bytes())
    page.opened(gray_photo("one.png"), twin, gray_photo("Straße 12.png"))
    assert page.locator("#filmstrip li").count() == 3
    page.fill("#strength", "0")
    with page.expect_download() as waiting:
        page.click("#save-all")
    assert waiting.value.suggested_filename == "autochrome.zip"
    with zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes())) as archive:
        assert archive.testzip() is None
        names = ["one.color.png", "one-2.color.png", "Straße 12.color.png"]
        assert archive.namelist() == names
        images = [pyvips.Image.new_from_buffer(archive.read(name), "") for name in names]
    spreads = [float(np.ptp(image.numpy()[..., :3].astype(int), axis=-1).max()) for image in images]
    assert spreads[0] == 0
    assert min(spreads[1:]) > 5


def test_one_setting_serves_all_without_the_hints(open_page, gray_photo):
    page = open_page()
    page.opened(gray_photo("one.png"), gray_photo("two.png"))
    page.fill("#saturation", "0.5")
    page.focus("#divider")
    page.keyboard.press("h")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.click("#apply-all")
    page.locator(".cell").nth(1).click()
    assert page.input_value("#saturation") == "0.5"
    assert page.locator(".marker").count() == 0


def test_an_unreadable_file_says_so_while_the_others_go_on(open_page, gray_photo, tmp_path):
    page = open_page()
    page.complaints.expected.append("status of 422")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a photograph" * 40)
    page.opened(broken, gray_photo("one.png"))  # of two, either may be read first, and shown
    page.wait_for_function(
        "() => document.getElementById('announcer').textContent.includes('broken.jpg')"
    )
    page.opened(gray_photo("two.png"))
    assert page.locator("#filmstrip [data-status=ready]").count() == 2
    assert "one.png" in page.inner_text("#caption")
    page.locator(".cell").first.click()
    message = page.inner_text("#failure-text")
    assert "Save it as JPEG, PNG" in message  # the advice, too
    assert page.locator("#panel").is_hidden()
    page.click("#failure-remove")
    assert page.locator("#filmstrip li").count() == 2


def test_a_file_that_fails_later_is_named_and_the_others_come(open_page, gray_photo):
    page = open_page()
    page.complaints.expected.append("status of 507")
    page.opened(gray_photo("one.png"), gray_photo("two.png"))
    failed = []

    def fail_first(route):
        if failed:
            route.continue_()
            return
        failed.append(route.request.url)
        problem = {"detail": "There is no room left", "advice": "Free some"}
        route.fulfill(status=507, content_type="application/problem+json", body=json.dumps(problem))

    page.route("**/file?*", fail_first)
    with page.expect_download() as waiting:
        page.click("#save-all")
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert archive.namelist() == ["two.color.png"]
    message = page.inner_text("#saving-failures")
    assert message == "one.png: There is no room left. Free some."


def test_a_busy_server_is_waited_for(open_page, gray_photo):
    page = open_page()
    page.complaints.expected.append("status of 503")
    answers = []

    def busy_twice(route):
        answers.append(route.request.url)
        if len(answers) <= 2:
            route.fulfill(status=503, headers={"Retry-After": "1"}, body="{}")
        else:
            route.continue_()

    page.route("**/v1/photos?*", busy_twice)
    page.set_input_files("#files", gray_photo("one.png"))
    page.wait_for_function(
        "() => document.getElementById('waiting-text').textContent.includes('busy')"
    )
    page.shown()
    assert len(answers) == 3


def test_what_waits_can_be_canceled(open_page, gray_photo):
    page = open_page()
    page.complaints.expected.append("status of 503")
    page.route(
        "**/v1/photos?*", lambda route: route.fulfill(status=503, headers={"Retry-After": "30"})
    )
    page.set_input_files("#files", [gray_photo(f"{i}.png") for i in range(4)])
    page.wait_for_function(
        "() => document.getElementById('progress-text').textContent === '0 of 4'"
    )
    page.click("#cancel")
    assert page.locator("#filmstrip li").count() == 0
    assert page.locator("#start").is_visible()


def test_a_photograph_that_the_server_forgot_is_sent_again(photo_page, site):
    photo_page.complaints.expected.append("status of 404")
    forgotten = photo_page.evaluate(
        "async () => { const [{ name }] = performance.getEntriesByType('resource')"
        ".filter(({ name }) => name.endsWith('/preview'));"
        " const address = name.replace('/preview', '');"
        " await fetch(address, { method: 'DELETE' }); return address; }"
    )
    before = mean_color(photo_page)
    photo_page.fill("#saturation", "0")
    assert chroma(wait_for_change(photo_page, before)) < 1
    with photo_page.expect_download() as waiting, photo_page.expect_request("**/file?*") as asked:
        photo_page.click("#save")
    assert waiting.value.suggested_filename == "one.color.png"
    assert not asked.value.url.startswith(forgotten)


def test_a_server_that_is_gone_is_said_to_be(photo_page):
    photo_page.complaints.expected.append("ERR_CONNECTION_REFUSED")
    photo_page.route("**/color?*", lambda route: route.abort("connectionrefused"))
    photo_page.fill("#saturation", "0.2")
    photo_page.wait_for_selector("#notes .trouble")
    assert "autochrome serve" in photo_page.inner_text("#notes .trouble")
    photo_page.unroute("**/color?*")
    photo_page.fill("#saturation", "0.3")
    photo_page.wait_for_selector("#notes .trouble", state="detached")


def test_a_photograph_in_color_is_said_to_be(open_page, tmp_path):
    path = tmp_path / "color.png"
    fields = np.random.default_rng(0).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    pixels = fields.repeat(16, axis=0).repeat(16, axis=1)
    pyvips.Image.new_from_array(pixels).write_to_file(str(path))
    page = open_page()
    page.opened(path)
    assert "in color already" in page.inner_text("#notes")


def test_same_settings_reach_the_strip_without_a_visit(open_page, gray_photo):
    page = open_page()
    page.opened(*[gray_photo(f"{i}.png") for i in range(3)])
    page.fill("#saturation", "0")
    with page.expect_response(lambda answer: "saturation=0&" in f"{answer.url}&"):
        page.click("#apply-all")
    page.wait_for_function(
        """() => [...document.querySelectorAll("#filmstrip canvas")].every((canvas) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          return data.every((value, i) => i % 4 > 1 || value === data[i + 1]);
        })"""
    )
    page.fill("#saturation", "1")
    page.locator(".cell").nth(2).click()
    assert page.input_value("#saturation") == "0"
    page.keyboard.press("Control+z")
    assert page.input_value("#saturation") == "1"
    page.keyboard.press("Control+z")  # nothing is left: each photograph has its own past
    page.locator(".cell").nth(0).click()
    page.keyboard.press("Control+z")
    assert page.input_value("#saturation") == "0"


def test_the_strip_stays_where_it_was_scrolled_to(open_page, gray_photo):
    page = open_page(viewport={"width": 900, "height": 700})
    page.opened(*[gray_photo(f"{i}.png") for i in range(12)])
    page.evaluate("document.getElementById('filmstrip').scrollLeft = 500")
    page.set_input_files("#files", gray_photo("late.png"))
    page.wait_for_function("() => document.querySelectorAll('[data-status=ready]').length === 13")
    assert page.evaluate("document.getElementById('filmstrip').scrollLeft") == 500


def test_what_failed_is_tried_again_and_counted_once(open_page, gray_photo):
    page = open_page()
    page.complaints.expected.append("status of 507")
    problem = json.dumps({"detail": "There is no room left"})
    page.route("**/color?*", lambda route: route.fulfill(status=507, body=problem))
    page.set_input_files("#files", gray_photo("one.png"))
    page.wait_for_selector("body[data-state=failed]")
    assert page.inner_text("#failure-text") == "There is no room left."
    page.unroute("**/color?*")
    with page.expect_request(lambda request: request.method == "POST"):
        page.click("#failure-retry")
    page.shown()
    assert page.locator("#progress-row").is_hidden()


def test_a_photograph_whose_preview_fails_is_not_left_at_the_server(open_page, gray_photo):
    page = open_page()
    page.complaints.expected.append("status of 507")
    page.route("**/preview", lambda route: route.fulfill(status=507, body="{}"))
    with page.expect_request(lambda request: request.method == "DELETE"):
        page.set_input_files("#files", gray_photo("one.png"))


def test_of_a_folder_what_is_no_photograph_is_passed_over(open_page, gray_photo, tmp_path):
    page = open_page()
    for name in ("one.png", "two.png"):
        (tmp_path / name).write_bytes(gray_photo(name).read_bytes())
    (tmp_path / "notes.txt").write_text("a list of names")
    (tmp_path / ".hidden.png").write_bytes(b"not a photograph")
    with page.expect_file_chooser() as waiting:
        page.click("#choose-folder")
    waiting.value.set_files(tmp_path)
    page.wait_for_function("() => document.querySelectorAll('[data-status=ready]').length === 2")
    assert page.locator("#filmstrip li").count() == 2


LESS = """
import { openEngine as open } from "./whole.js";
export async function openEngine() {
  const engine = await open();
  engine.detail = undefined;
  Object.assign(engine.capabilities, CAPABILITIES);
  return engine;
}
"""


def open_less(open_page, site, **capabilities):
    """The page with an engine that can do less."""
    page = open_page("about:blank")
    code = LESS.replace("CAPABILITIES", json.dumps(capabilities))
    page.complaints.expected.append(f"request to elsewhere: {site}")
    page.route(
        "**/engines/server.js",
        lambda route: route.fulfill(body=code, content_type="text/javascript"),
    )
    whole = Path(autochrome.web.__file__).parent / "page" / "engines" / "server.js"
    page.route("**/engines/whole.js", lambda route: route.fulfill(path=whole))
    page.goto(site)
    return page


def test_what_an_engine_cannot_do_is_hidden_and_said(open_page, site, gray_photo):
    page = open_less(open_page, site, hints=False, variants=False, formats=["", "png"])
    page.opened(gray_photo("large.png", width=2400, height=1600))
    assert page.locator("#hints, #variants").evaluate_all("(all) => all.every((e) => e.hidden)")
    assert "color a place by hand and offer other versions" in page.inner_text("#missing")
    page.keyboard.press("h")
    assert page.locator("#crosshair").is_hidden()
    assert page.locator("#format option").count() == 2
    page.keyboard.press("1")  # the preview's own pixels, where there is no detail
    width = page.locator("#frame").bounding_box()["width"]
    assert width == page.evaluate("document.getElementById('before').width") < 2400


def test_a_model_of_one_color_a_place_has_no_choice_among_them(open_page, site, gray_photo):
    page = open_less(open_page, site, distribution=False, variants=False)
    page.opened(gray_photo("one.png"))
    for name in ("presets", "vividness", "temperature", "variants", "missing"):
        assert page.locator(f"#{name}").is_hidden()
    assert page.locator("#saturation").is_visible()
    assert page.locator("#hints").is_visible()


def test_photographs_are_dropped_and_pasted(open_page, gray_photo):
    page = open_page()
    data = list(gray_photo("one.png").read_bytes())
    for kind in ("drop", "paste"):
        page.evaluate(
            """([data, kind]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([new Uint8Array(data)], `${kind}.png`));
              const event = kind === "drop"
                ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
                : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true });
              document.body.dispatchEvent(event);
            }""",
            [data, kind],
        )
        page.wait_for_function(
            "(name) => [...document.querySelectorAll('#filmstrip [data-status=ready] .cell-name')]"
            ".some((cell) => cell.textContent === name)",
            arg=f"{kind}.png",
        )


def test_more_than_fit_into_memory_can_all_be_shown_again(open_page, gray_photo):
    page = open_page()
    page.opened(*[gray_photo(f"many-{i}.png") for i in range(10)])
    page.wait_for_timeout(200)  # the first ones are packed away
    page.locator(".cell").nth(4).click()
    page.locator(".cell").nth(0).click()
    page.wait_for_function("() => document.getElementById('caption').textContent.includes('-0')")
    page.wait_for_selector("#after:not([hidden])")
    assert chroma(mean_color(page)) > 2
    gray = page.evaluate(MEAN.replace('"after"', '"before"'), [0, 0, 1, 1])
    assert min(gray) > 50


def test_the_strip_is_walked_by_keys(open_page, gray_photo):
    page = open_page()
    page.opened(gray_photo("one.png"), gray_photo("two.png"))
    page.locator(".cell").first.focus()
    page.keyboard.press("ArrowRight")
    assert "two.png" in page.inner_text("#caption")
    stops = page.locator("#filmstrip button").evaluate_all("(all) => all.map((e) => e.tabIndex)")
    assert stops == [-1, -1, 0, 0]  # of thirty photographs, too, only one is on the way by tab
    page.keyboard.press("Delete")
    assert "one.png" in page.inner_text("#caption")


def test_single_keys_act_only_while_the_photograph_has_the_focus(photo_page):
    fitted = photo_page.locator("#frame").bounding_box()
    for place in ("#save", "#strength", "#hint-mode"):
        photo_page.focus(place)
        for key in ("h", "1", "+"):
            photo_page.keyboard.press(key)
    assert photo_page.locator("#crosshair").is_hidden()
    assert photo_page.locator("#frame").bounding_box() == fitted
    photo_page.mouse.click(fitted["x"] + 10, fitted["y"] + 10)
    photo_page.keyboard.press("1")
    assert photo_page.locator("#frame").bounding_box() != fitted
    photo_page.mouse.click(fitted["x"] + fitted["width"] / 2, fitted["y"] + fitted["height"] / 2)
    photo_page.keyboard.press("h")
    assert photo_page.evaluate("document.activeElement.id") == "crosshair"


# Whether something else lies over the middle of what has the focus.
COVERED = """() => {
  const one = document.activeElement;
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return !seen || !(seen.closest("label") ?? one).contains(one) || !(one.contains(seen)
    || seen.contains(one) || one.closest("label")?.contains(seen));
}"""


@pytest.mark.parametrize("size", [(1280, 720), (720, 450), (390, 844), (320, 256)])
def test_what_has_the_focus_is_in_sight(open_page, gray_photo, size):
    page = open_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    page.opened(gray_photo("one.png"), gray_photo("two.png"))
    page.click("#variants-show")
    page.wait_for_selector("#variants-grid[aria-busy=false]")
    if size[0] >= 640:  # viewer and panel side by side: the page itself never scrolls
        assert page.evaluate("document.documentElement.scrollHeight") == size[1]
    page.focus("#divider")
    covered = []
    while page.evaluate("document.activeElement.id") != "save":
        page.keyboard.press("Tab")
        if page.evaluate(COVERED):
            covered.append(page.evaluate("document.activeElement.outerHTML"))
    assert covered == []


def test_colors_to_choose_from_are_seen_where_colors_are_forced(open_page, gray_photo):
    page = open_page(forced_colors="active")
    page.opened(gray_photo("one.png"))
    seen = page.locator(".swatch").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(seen)) == len(seen)


def test_everything_is_reached_by_tab(photo_page):
    reached = set()
    photo_page.evaluate("document.getElementById('add').focus()")
    for _ in range(40):
        reached.add(photo_page.evaluate("document.activeElement.id || document.activeElement.name"))
        photo_page.keyboard.press("Tab")
    expected = "add divider zoom-out zoom-fit zoom-full zoom-in reset preset strength saturation "
    expected += "vividness temperature hint-mode variants-show format save"
    assert set(expected.split()) - reached == set()


def test_every_control_has_a_name_and_ids_are_unique(photo_page):
    photo_page.click("#variants-show")
    photo_page.focus("#divider")
    photo_page.keyboard.press("h")
    found = photo_page.evaluate(
        """() => {
          const named = (one) => one.getAttribute("aria-label") || one.textContent.trim()
            || [...(one.labels ?? [])].some((label) => label.textContent.trim())
            || document.getElementById(one.getAttribute("aria-labelledby"))?.textContent.trim();
          const controls = document.querySelectorAll(
            "button, input, select, [role], [tabindex], fieldset, section, aside, progress");
          const nameless = [...controls].filter((one) => !named(one)
            && !["status", "alert"].includes(one.getAttribute("role")) && one.id !== "missing");
          const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
          const references = [...document.querySelectorAll("[aria-describedby], [for]")]
            .flatMap((one) => [one.getAttribute("aria-describedby"), one.getAttribute("for")])
            .filter((id) => id && !document.getElementById(id));
          return [nameless.map((one) => one.outerHTML.slice(0, 120)),
            ids.filter((id, i) => ids.indexOf(id) !== i), references];
        }"""
    )
    assert found == [[], [], []]


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "device_scale_factor": 2}


def test_on_a_phone_nothing_overflows_and_targets_are_large(open_page, gray_photo):
    page = open_page(**PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.opened(gray_photo("one.png"), gray_photo("two.png"))
    page.click("#variants-show")
    page.wait_for_selector("#variants-grid[aria-busy=false]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        "() => [...document.querySelectorAll('button, select, .segments label')].filter((one) => {"
        " const { width, height } = one.getBoundingClientRect();"
        " return width && !one.matches('.cell-remove') && Math.min(width, height) < 40;"
        "}).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert small == []
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.locator("#stage").bounding_box()["y"] >= -1  # the picture stays in sight


def test_a_finger_sets_one_color_and_moves_the_divider(open_page, gray_photo):
    page = open_page(**PHONE)
    page.opened(gray_photo("one.png"))
    box = page.locator("#frame").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.3, box["y"] + 10)
    assert divider_value(page) == pytest.approx(30, abs=1)
    page.click(".takes-away")
    box = page.locator("#frame").bounding_box()  # it may have been scrolled
    with page.expect_response(lambda response: "hint=" in response.url):
        page.touchscreen.tap(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    assert "60 % across, 50 % down" in page.get_attribute(".marker", "aria-label")
    page.touchscreen.tap(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    page.wait_for_selector(".marker", state="detached")


def test_an_empty_file_is_said_to_be_empty_and_not_sent(open_page, tmp_path):
    page = open_page()
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    (tmp_path / "empty.jpg").touch()
    page.set_input_files("#files", tmp_path / "empty.jpg")
    page.wait_for_selector("body[data-state=failed]")
    assert "The file is empty" in page.inner_text("#failure-text")
    assert "POST" not in sent


def test_a_sample_that_cannot_be_fetched_is_said_to_have_failed(open_page):
    page = open_page()
    page.complaints.expected.append("ERR_CONNECTION_REFUSED")
    page.route("**/sample.jpg", lambda route: route.abort("connectionrefused"))
    page.click("#sample")
    page.wait_for_selector("body[data-state=failed]")
    assert page.inner_text("#failure-name") == "ranch.jpg"


def test_a_server_that_is_not_there_is_said_to_be_at_once(open_page, site):
    page = open_page()
    page.complaints.expected.append("ERR_CONNECTION_REFUSED")
    page.route("**/v1/models", lambda route: route.abort("connectionrefused"))
    page.reload()
    page.wait_for_selector("#engine-trouble")
    assert "autochrome serve" in page.inner_text("#engine-trouble")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible_and_the_surroundings_are_gray(open_page, gray_photo, scheme):
    page = open_page(color_scheme=scheme)
    page.opened(gray_photo("one.png"), gray_photo("two.png"))
    colors = page.evaluate(
        """() => ["ink", "quiet", "ground", "stage", "surface", "raised"].map((name) => {
          const probe = document.createElement("span");
          probe.style.color = `var(--${name})`;
          document.body.append(probe);
          return getComputedStyle(probe).color.match(/\\d+/g).map(Number);
        })"""
    )
    assert all(np.ptp(color) == 0 for color in colors)
    ink, quiet, ground, stage, surface, raised = (luminance(color[0]) for color in colors)
    assert (ink < ground) == (scheme == "light")
    assert min(contrast(ink, one) for one in (ground, stage, surface, raised)) > 7
    assert min(contrast(quiet, one) for one in (ground, surface)) > 4.5


def luminance(level):
    value = level / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def contrast(one, other):
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_still_where_motion_is_unwanted(open_page):
    page = open_page(reduced_motion="reduce")
    moving = page.evaluate(
        "() => [...document.querySelectorAll('*')].filter((one) => {"
        " const style = getComputedStyle(one);"
        " return style.animationName !== 'none' || style.transitionDuration !== '0s'; }).length"
    )
    assert moving == 0


def test_a_token_is_asked_for_and_taken_from_the_address(open_page, serve_site, gray_photo):
    with serve_site(token="secret", workers=1) as address:
        page = open_page(address)
        page.complaints.expected.append("status of 401")
        page.wait_for_selector("#token-dialog[open]")
        assert page.locator("#token-wrong").is_hidden()
        page.fill("#token", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("#token-dialog[open] #token-wrong:not([hidden])")
        page.fill("#token", "secret")
        page.keyboard.press("Enter")
        page.opened(gray_photo("one.png"))
        other = open_page(f"{address}#token=secret")
        other.opened(gray_photo("one.png"))
        assert other.evaluate("location.href") == address
