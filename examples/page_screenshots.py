"""Show the page as it looks on a desk and on a phone.

Needs the extra ``web``, Playwright and Chromium::

    python examples/page_screenshots.py samples docs
"""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from autochrome import Colorizer
from autochrome.web import ServerSettings, create_app

PHOTOGRAPHS = [
    "fsa_lc_usf34_027307.jpg",
    "fsa_lc_usf331_006713.jpg",
    "color/prokudin_lady.jpg",
    "fsa_lc_usf33_011879.jpg",
    "fsa_lc_usf34_025768.jpg",
]
GRAY = ".takes-away"
SHOWN = "body[data-state=ready] #after:not([hidden])"


@contextmanager
def server() -> Iterator[str]:
    """Serve the flagship on a free port of this machine; gives the address."""
    app = create_app(Colorizer.open(num_threads=1), ServerSettings())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        while not running.started and thread.is_alive():
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        running.should_exit = True
        thread.join()


def desk(page: Page, samples: Path) -> None:
    """Show several photographs, one of them before and after."""
    page.set_input_files("#files", [samples / name for name in PHOTOGRAPHS])
    page.wait_for_selector(SHOWN)
    page.wait_for_function(
        "(count) => document.querySelectorAll('[data-status=ready]').length === count",
        arg=len(PHOTOGRAPHS),
    )
    page.mouse.move(0, 0)


def phone(page: Page, samples: Path) -> None:
    """Show a street, with a gray hint on its asphalt."""
    page.set_input_files("#files", samples / PHOTOGRAPHS[1])
    page.wait_for_selector(SHOWN)
    page.click(GRAY)
    frame = page.locator("#frame").bounding_box()
    assert frame
    with page.expect_response(lambda response: "hint=" in response.url):
        page.touchscreen.tap(frame["x"] + frame["width"] * 0.5, frame["y"] + frame["height"] * 0.85)
    page.locator("#hints").evaluate("(hints) => hints.scrollIntoView({ block: 'end' })")


def take(browser: Browser, address: str, samples: Path, folder: Path) -> None:
    """Write both pictures into a folder."""
    looks = {
        "page.jpg": (desk, {"viewport": {"width": 1360, "height": 850}}),
        "page-phone.jpg": (
            phone,
            {
                "viewport": {"width": 390, "height": 844},
                "color_scheme": "dark",
                "device_scale_factor": 2,
                "has_touch": True,
            },
        ),
    }
    for name, (show, look) in looks.items():
        page = browser.new_context(**look).new_page()  # type: ignore[arg-type]
        page.goto(address)
        show(page, samples)
        page.wait_for_timeout(500)  # for the last picture to be on the screen
        page.screenshot(path=folder / name, type="jpeg", quality=88)
        print(folder / name)


def main() -> None:
    """Take the samples' and the pictures' folders from the command line."""
    samples, folder = map(Path, sys.argv[1:])
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        take(browser, address, samples, folder)
        browser.close()


if __name__ == "__main__":
    main()
