"""Servers on free ports of this machine, and pages in Chromium that must not complain."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import pyvips

REQUIRED = os.environ.get("AUTOCHROME_REQUIRE_BROWSER") == "1"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE_MS = 15_000


@contextmanager
def _running_server(colorizer, **settings):
    import uvicorn

    from autochrome.web import ServerSettings, create_app

    app = create_app(colorizer, ServerSettings(**settings))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        for _ in range(500):
            if server.started or not thread.is_alive():
                break
            time.sleep(0.02)
        assert server.started
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.fixture(scope="session")
def tiny_colorizer(tiny_model):
    """A colorizer whose model needs no training: light is warm, dark is cool."""
    from autochrome import Colorizer

    return Colorizer.open(tiny_model, num_threads=1)


@pytest.fixture(scope="session")
def serve_site(tiny_colorizer):
    """A function that serves with settings, in a thread, as long as its context lasts."""
    return partial(_running_server, tiny_colorizer)


@pytest.fixture(scope="session")
def site(serve_site):
    """The address of a server that all may use."""
    with serve_site(workers=2) as address:
        yield address


class _QuietHandler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")  # only a service worker may keep anything
        super().end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def serve_folder():
    """Serve a folder from a port of its own; returns its address."""
    servers = []

    def serve(folder: Path) -> str:
        handler = partial(_QuietHandler, directory=str(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def browser():
    """Chromium, without a window."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("Playwright is not installed")
    if CHROMIUM is None:
        _missing("Chromium is not installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def onnx_runtime_web():
    """Give the folder ``dist`` of onnxruntime-web, named by AUTOCHROME_ORT_WEB."""
    folder = os.environ.get("AUTOCHROME_ORT_WEB")
    if not folder:
        _missing("AUTOCHROME_ORT_WEB does not name the dist folder of onnxruntime-web")
    return Path(folder)


def _missing(what):
    if REQUIRED:
        pytest.fail(f"{what}, and AUTOCHROME_REQUIRE_BROWSER=1 asks for it")
    pytest.skip(what)


class Complaints:
    """What a page complains of; `expected` are parts of what it may say."""

    def __init__(self, page, address):
        self.found: list[str] = []
        self.expected: list[str] = []
        self._own = urlsplit(address).netloc
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"page error: {error}"))
        page.on("request", self._request)

    def _console(self, message):
        # A refusal by the content security policy is an error on the console, too.
        if message.type == "error":
            self.found.append(f"console: {message.text}")

    def _request(self, request):
        address = urlsplit(request.url)
        if address.scheme not in ("blob", "data") and address.netloc != self._own:
            self.found.append(f"request to elsewhere: {request.url}")

    @property
    def unexpected(self):
        return [text for text in self.found if not any(part in text for part in self.expected)]


@pytest.fixture
def open_page(browser, site):
    """A function that opens the page; what it complains of fails the test."""
    opened = []

    def go(address=site, **context_options):
        context = browser.new_context(
            **{"viewport": {"width": 1200, "height": 800}, **context_options}
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.complaints = Complaints(page, address)
        opened.append(page)
        page.goto(address)
        return page

    yield go
    complaints = [text for page in opened for text in page.complaints.unexpected]
    for page in opened:
        with suppress(Exception):
            page.context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def gray_photo(tmp_path_factory):
    """A function that writes a gray photograph with dark and light fields, of any format."""
    folder = tmp_path_factory.mktemp("photographs")

    def write(name, width=120, height=80, dtype=np.uint8, **save):
        path = folder / name
        ramp = np.linspace(0.1, 0.9, width)[None].repeat(height, axis=0)
        ramp[: height // 2, : width // 2] = 0.75
        ramp[height // 2 :, width // 2 :] = 0.3
        pixels = np.round(ramp * np.iinfo(dtype).max).astype(dtype)
        image = pyvips.Image.new_from_array(pixels)
        image = image.copy(
            interpretation="b-w" if dtype is np.uint8 else "grey16", xres=11.8, yres=11.8
        )
        image.write_to_file(str(path), **save)
        return path

    return write
