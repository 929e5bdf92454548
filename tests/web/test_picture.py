"""What the page shows and says where something is in the way of the picture."""

from __future__ import annotations

import os
import signal
import zipfile
from pathlib import Path

import numpy as np
import pytest
import pyvips

from autochrome.web.static_site import write_static_site

PROMISE = "Your photographs stay on this machine."

# The mean color, as red, green, blue, of the canvas that a selector finds.
MEAN = """(canvas) => {
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  const sum = [0, 0, 0];
  for (let i = 0; i < data.length; i++) if (i % 4 < 3) sum[i % 4] += data[i];
  return sum.map((value) => value / (data.length / 4));
}"""


def mean_color(page, canvas="#after"):
    return np.array(page.eval_on_selector(canvas, MEAN))


def wait_for_color(page, canvas, color):
    """Wait until a canvas has this mean color."""
    page.wait_for_function(
        f"([selector, color]) => ({MEAN})(document.querySelector(selector))"
        ".every((value, i) => Math.abs(value - color[i]) < 0.5)",
        arg=[canvas, [float(value) for value in color]],
    )


def hold(page, pattern):
    """Hold a request back; returns a function that lets it go on."""
    held = []
    page.route(pattern, lambda route: held.append(route))

    def let_go():
        while not held:
            page.wait_for_timeout(10)
        held.pop().continue_()

    return let_go


@pytest.fixture(scope="module")
def static_site(tiny_model, tmp_path_factory, onnx_runtime_web, serve_folder):
    """Address of the page without a server."""
    folder = tmp_path_factory.mktemp("static") / "site"
    write_static_site(folder, runtime=onnx_runtime_web, model=tiny_model)
    return serve_folder(folder)


# The promise


def promises(page):
    return page.locator(".promise").evaluate_all("(all) => all.filter((one) => !one.hidden).length")


def test_that_photographs_stay_here_is_promised_on_this_machine(open_page, static_site):
    for page in (open_page(), open_page(static_site)):
        page.wait_for_selector(f"#start :text('{PROMISE}')")
        assert promises(page) == 2


def test_that_photographs_stay_here_is_not_promised_elsewhere(open_page, site):
    page = open_page("about:blank")
    elsewhere = "http://photos.example/"
    page.complaints.expected += [f"request to elsewhere: {elsewhere}", "Cross-Origin-Opener-Policy"]
    page.route(
        f"{elsewhere}**",
        lambda route: route.fulfill(
            response=page.request.get(route.request.url.replace(elsewhere, site))
        ),
    )
    page.goto(elsewhere)
    page.wait_for_load_state("networkidle")
    assert page.locator("#choose").is_visible()
    assert promises(page) == 0
    assert "this machine" not in page.inner_html("head")
    assert "this machine" not in page.inner_html("noscript")


# The token


@pytest.fixture
def secret_page(open_page, serve_site):
    """A function that opens the page of a server that asks for a token."""
    with serve_site(token="secret", workers=1) as address:

        def go(fragment=""):
            page = open_page(address + fragment)
            page.complaints.expected.append("status of 401")
            return page

        yield go


def test_what_cannot_be_a_token_is_said_to_be_wrong(secret_page, gray_photo):
    page = secret_page()
    page.wait_for_selector("#token-dialog[open]")
    page.fill("#token", "secret\u200b")
    page.keyboard.press("Enter")
    page.wait_for_selector("#token-dialog[open] #token-wrong:not([hidden])")
    assert page.locator("#engine-trouble").is_hidden()
    page.fill("#token", "secret")
    page.keyboard.press("Enter")
    page.opened(gray_photo("one.png"))


def test_what_cannot_be_a_token_is_not_taken_from_the_address(secret_page, gray_photo):
    page = secret_page("#token=secret%E2%80%8B")
    page.wait_for_selector("#token-dialog[open] #token-wrong:not([hidden])")
    assert "token" not in page.url
    page.fill("#token", "secret")
    page.keyboard.press("Enter")
    page.opened(gray_photo("one.png"))


def test_a_token_is_taken_from_an_address_that_changes(secret_page, gray_photo):
    page = secret_page()
    page.wait_for_selector("#token-dialog[open]")
    page.evaluate("location.hash = 'token=secret\u200b'")
    page.wait_for_selector("#token-dialog[open] #token-wrong:not([hidden])")
    page.evaluate("location.hash = 'token=secret'")
    page.wait_for_selector("#token-dialog", state="hidden")
    assert "token" not in page.url
    page.opened(gray_photo("one.png"))


# The graphics process

CONTEXTS = """
const contexts = (window.contexts = new Set());
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (...how) {
  const context = getContext.apply(this, how);
  if (how[0] === "webgl2") contexts.add(context);
  return context;
};
"""


def descendants(process):
    children = Path(f"/proc/{process}/task/{process}/children")
    found = [int(child) for child in children.read_text().split()] if children.exists() else []
    return found + [more for child in found for more in descendants(child)]


def is_graphics(process):
    try:
        return b"--type=gpu-process" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return False


CANVASES = ["#after", "#before", "li:nth-child(1) canvas", "li:nth-child(2) canvas"]


@pytest.fixture
def two(gray_photo):
    """Two photographs that differ."""
    return [gray_photo("one.png"), gray_photo("other.png", width=90, height=150)]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in /proc")
def test_the_picture_outlives_the_graphics_process(open_page, two):
    page = open_page()
    page.complaints.expected.append("WebGL")
    page.opened(*two)
    colors = [mean_color(page, canvas) for canvas in CANVASES]
    page.evaluate(
        "() => { window.restored = new Promise((resolve) => document.getElementById('after')"
        ".addEventListener('webglcontextrestored', () => setTimeout(resolve))); }"
    )
    graphics = [process for process in descendants(os.getpid()) if is_graphics(process)]
    assert graphics
    for process in graphics:
        os.kill(process, signal.SIGKILL)
    page.evaluate("restored")
    for canvas, color in zip(CANVASES, colors, strict=True):
        wait_for_color(page, canvas, color)


def test_a_photograph_chosen_while_webgl_is_lost_comes_with_it(open_page, site, two):
    page = open_page("about:blank")
    page.complaints.expected += [f"request to elsewhere: {site}", "WebGL"]
    page.add_init_script(CONTEXTS)
    page.goto(site)
    page.opened(*two)
    page.locator(".cell").nth(1).click()
    page.wait_for_function("() => document.getElementById('before').width === 90")
    color = mean_color(page)
    page.locator(".cell").nth(0).click()
    page.wait_for_function("() => document.getElementById('before').width === 120")
    page.evaluate(
        "() => { window.lost = [...contexts].map((one) => one.getExtension('WEBGL_lose_context'));"
        " for (const one of lost) one.loseContext(); }"
    )
    page.wait_for_function("() => [...contexts].every((one) => one.isContextLost())")
    page.locator(".cell").nth(1).click()
    page.wait_for_function("() => document.getElementById('before').width === 90")
    page.fill("#strength", "0")
    page.evaluate("() => { for (const one of lost) one.restoreContext(); }")
    gray = mean_color(page, "#before")
    wait_for_color(page, "#after", gray)
    assert page.eval_on_selector("#after", "({ width, height }) => [width, height]") == [90, 150]
    wait_for_color(page, CANVASES[3], gray)
    page.fill("#strength", "1")
    wait_for_color(page, "#after", color)


def test_a_small_picture_that_was_lost_is_drawn_again(open_page, two):
    page = open_page()
    page.opened(*two)
    color = mean_color(page, CANVASES[3])
    page.eval_on_selector(
        CANVASES[3],
        "(canvas) => { canvas.width = 1; canvas.dispatchEvent(new Event('contextrestored')); }",
    )
    wait_for_color(page, CANVASES[3], color)


def test_what_is_set_while_webgl_is_lost_is_fitted_and_joined_later(open_page):
    page = open_page()
    page.complaints.expected.append("WebGL")
    found = page.evaluate(
        """async () => {
          const { createJoin } = await import("/join.js");
          const canvas = document.createElement("canvas");
          const happens = (type) => new Promise((done) => { // and all have heard of it
            canvas.addEventListener(type, () => setTimeout(done));
          });
          const join = createJoin(canvas);
          const gl = canvas.getContext("webgl2");
          const limit = gl.getParameter(gl.MAX_TEXTURE_SIZE);
          const extension = gl.getExtension("WEBGL_lose_context");
          const lost = happens("webglcontextlost");
          extension.loseContext();
          await lost;
          const tall = new OffscreenCanvas(2, limit + 100);
          const context = tall.getContext("2d");
          context.fillStyle = "rgb(90 90 90)";
          context.fillRect(0, 0, tall.width, tall.height);
          join.setPhoto(tall);
          join.setColor({ width: 1, height: 1, coefficients: new Uint16Array(4) });
          join.draw();
          const restored = happens("webglcontextrestored");
          extension.restoreContext();
          await restored;
          const copy = new OffscreenCanvas(1, 1).getContext("2d");
          copy.drawImage(canvas, 0, 0);
          return [canvas.height - limit, ...copy.getImageData(0, 0, 1, 1).data];
        }"""
    )
    assert found == pytest.approx([0, 90, 90, 90, 255], abs=1)


# Memory


def test_what_cannot_be_unpacked_is_not_shown_as_another(open_page, site, gray_photo):
    page = open_page("about:blank")
    page.complaints.expected.append(f"request to elsewhere: {site}")
    page.add_init_script(
        "window.freed = 0; const close = ImageBitmap.prototype.close;"
        "ImageBitmap.prototype.close = function () { freed++; close.call(this); };"
    )
    page.goto(site)
    page.opened(*[gray_photo(f"many-{i}.png") for i in range(10)])
    page.wait_for_function("() => freed === 2")  # the first ones are packed away
    page.locator(".cell").nth(9).click()
    page.evaluate(
        "() => { window.unpack = createImageBitmap;"
        " window.createImageBitmap = () => Promise.reject(new Error('no memory')); }"
    )
    page.locator(".cell").nth(0).click()
    page.wait_for_selector("#notes :text('not enough memory')")
    page.fill("#strength", "0.5")
    assert page.locator("#after").is_hidden()
    assert page.eval_on_selector("#before", "(canvas) => canvas.width") == 1
    page.evaluate("() => { window.createImageBitmap = unpack; }")
    page.locator(".cell").nth(9).click()
    page.locator(".cell").nth(0).click()
    page.shown()
    assert "memory" not in page.inner_text("#notes")
    assert page.eval_on_selector("#before", "(canvas) => canvas.width") == 120


# What is seen


def test_a_strip_can_be_enlarged_on_a_phone(open_page, gray_photo):
    page = open_page(viewport={"width": 360, "height": 740})
    page.opened(gray_photo("strip.png", width=2000, height=100))
    stage = page.locator("#stage").bounding_box()
    for _ in range(8):
        page.click("#zoom-in")
    frame = page.locator("#frame").bounding_box()
    top, bottom = max(stage["y"], frame["y"]), stage["y"] + stage["height"]
    assert min(bottom, frame["y"] + frame["height"]) - top > 5 * 360 / 20


def test_what_is_chosen_is_seen_where_colors_are_forced(open_page, two):
    page = open_page(forced_colors="active")
    page.opened(*two)
    page.click("#variants-show")
    for chosen, others in (
        (".cell[aria-current=true]", ".cell[aria-current=false]"),
        ("#variants-grid label:has(:checked)", "#variants-grid label:not(:has(:checked))"),
    ):
        border = "(all) => all.map((one) => getComputedStyle(one).borderTopColor)"
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert set(page.locator(others).evaluate_all(border)) == {ground}
        assert page.locator(chosen).evaluate_all(border) != [ground]


def test_what_is_transparent_is_white_in_the_preview(open_page, static_site, tmp_path):
    pixels = np.full((64, 96, 2), (90, 255), dtype=np.uint8)
    pixels[:, :48, 1] = 0
    image = pyvips.Image.new_from_array(pixels).copy(interpretation="b-w")
    image.write_to_file(str(tmp_path / "half.png"))
    page = open_page(static_site)
    page.opened(tmp_path / "half.png")
    for canvas in ("#before", "#after"):
        color = page.eval_on_selector(
            canvas,
            """(canvas) => {
              const copy = new OffscreenCanvas(96, 64).getContext("2d");
              copy.drawImage(canvas, 0, 0);
              return [...copy.getImageData(20, 32, 1, 1).data];
            }""",
        )
        assert color == pytest.approx([255] * 4, abs=1)


# Files


def test_a_file_that_has_changed_since_it_was_chosen_is_said_to_be_unreadable(
    open_page, site, gray_photo, tmp_path
):
    page = open_page("about:blank")
    page.complaints.expected += [f"request to elsewhere: {site}", "ERR_UPLOAD_FILE_CHANGED"]
    let_go = hold(page, "**/v1/models")
    page.goto(site)
    path = tmp_path / "one.png"
    path.write_bytes(gray_photo("one.png").read_bytes())
    page.set_input_files("#files", path)
    page.wait_for_selector("body[data-state=opening]")
    path.write_bytes(b"another")
    os.utime(path, (0, 0))
    let_go()
    page.wait_for_selector("body[data-state=failed]")
    assert "could not be read" in page.inner_text("#failure-text")


def test_a_folder_without_photographs_is_said_to_be_one(open_page, gray_photo, tmp_path):
    page = open_page()
    (tmp_path / "notes.txt").write_text("a list of names")
    with page.expect_file_chooser() as waiting:
        page.click("#choose-folder")
    waiting.value.set_files(tmp_path)
    page.wait_for_selector("#none-found")
    page.wait_for_selector("#announcer:text('No photographs in it.')", state="attached")
    assert page.locator("#start").is_visible()
    page.click("#start-title")
    assert page.locator("#none-found").is_hidden()


def test_a_drop_without_photographs_is_said_to_be_one(open_page):
    page = open_page()
    page.evaluate(
        """() => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["notes"], ".hidden"));
          const how = { dataTransfer, bubbles: true, cancelable: true };
          document.body.dispatchEvent(new DragEvent("drop", how));
        }"""
    )
    page.wait_for_selector("#none-found")


def test_names_are_made_fit_for_an_archive_without_a_server(open_page, static_site, gray_photo):
    page = open_page(static_site)
    data = gray_photo("one.png").read_bytes()
    names = ["one\ntwo.png", "a\\b:c?.png", "\u202egnp.exe.png"]
    page.opened(*[{"name": name, "mimeType": "image/png", "buffer": data} for name in names])
    with page.expect_download() as waiting:
        page.click("#save-all")
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert archive.testzip() is None
        found = archive.namelist()
    assert found == ["one_two.color.png", "b_c_.color.png", "_gnp.exe.color.png"]


def test_an_archive_takes_any_name(open_page):
    names = open_page().evaluate(
        """async () => {
          const { Zip } = await import("/zip.js");
          const zip = new Zip();
          for (const name of ["a\\nb.png", "a\\nb.png"]) await zip.add(name, new Blob(["a"]));
          return (await zip.finish().text()).match(/a\\nb[^P]*png/g);
        }"""
    )
    assert set(names) == {"a\nb.png", "a\nb-2.png"}


# More than can be kept


def test_of_what_is_kept_the_longest_unused_goes_and_is_found_again(open_page, static_site):
    found = open_page(static_site).evaluate(
        """async () => {
          const { Kept } = await import("/engines/browser/kept.js");
          const found = [];
          const kept = new Kept(2, async (key) => { found.push(key); return key; });
          for (const key of ["a", "b"]) kept.set(key, key);
          for (const key of ["a", "c", "a", "b"]) await kept.get(key);
          kept.delete("b");
          await kept.get("b");
          return found;
        }"""
    )
    assert found == ["c", "b", "b"]


def test_a_photograph_is_colored_long_after_it_was_opened(open_page, static_site, gray_photo):
    page = open_page(static_site)
    page.opened(*[gray_photo(f"long-{i}.png", width=24, height=16) for i in range(34)])
    assert np.ptp(mean_color(page)) > 2
    page.fill("#saturation", "0")
    wait_for_color(page, "#after", mean_color(page, "#before"))


# Leaving

IS_ASKED = """() => {
  const event = new Event("beforeunload", { cancelable: true });
  dispatchEvent(event);
  return event.defaultPrevented;
}"""


def test_nobody_leaves_unasked_what_would_be_lost(open_page, gray_photo):
    page = open_page()
    assert not page.evaluate(IS_ASKED)
    page.opened(gray_photo("one.png"))
    assert not page.evaluate(IS_ASKED)
    page.fill("#saturation", "0.5")
    assert page.evaluate(IS_ASKED)
    page.click("#undo")
    assert not page.evaluate(IS_ASKED)


def test_nobody_leaves_unasked_while_a_photograph_is_opened_or_saved(open_page, gray_photo):
    page = open_page()
    let_go = hold(page, "**/v1/photos?*")
    page.set_input_files("#files", gray_photo("one.png"))
    page.wait_for_selector("body[data-state=opening]")
    assert page.evaluate(IS_ASKED)
    let_go()
    page.shown()
    page.wait_for_selector("#progress-row", state="hidden")
    let_go = hold(page, "**/file?*")
    page.click("#save")
    page.wait_for_selector("#saving")
    assert page.evaluate(IS_ASKED)
    with page.expect_download():
        let_go()
    page.wait_for_selector("#saving", state="hidden")
    assert not page.evaluate(IS_ASKED)
