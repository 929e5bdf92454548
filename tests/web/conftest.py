"""A server of the tiny model, in this process or on a port; pages that must not complain."""

from __future__ import annotations

import faulthandler
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import pyvips

from autochrome import Colorizer
from autochrome.pipeline.session import Session
from autochrome.web import ServerSettings, create_app
from autochrome.web.server import Server, server_config

REQUIRED = os.environ.get("AUTOCHROME_REQUIRE_BROWSER") == "1"
CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome"]
PATIENCE_MS = 15_000
PATIENCE_S = 30  # for what must happen; no test is about how soon


@pytest.fixture(scope="session")
def colorizer(tiny_model):
    return Colorizer.open(tiny_model, device="cpu", num_threads=1)


@dataclass
class Gate:
    """A network that counts its runs, and waits before each while it is closed."""

    session: Session
    runs: int = 0
    opened: threading.Event = field(default_factory=threading.Event)
    reached: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def run(self, lightness):
        self.runs += 1
        self.reached.release()
        assert self.opened.wait(PATIENCE_S)
        return self.session.run(lightness)

    def wait_until_reached(self):
        assert self.reached.acquire(timeout=PATIENCE_S)


@pytest.fixture
def gate(colorizer):
    """A gate in front of the network, open."""
    gate = Gate(colorizer.session)
    gate.opened.set()
    yield gate
    gate.opened.set()


@pytest.fixture
def gated(colorizer, gate):
    return replace(colorizer, session=gate)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder in which servers make theirs."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def files_left(temporary):
    """Count the files of servers that still run, and so may remove a folder meanwhile."""
    return lambda: sum(len(files) for _, _, files in os.walk(temporary))


@contextmanager
def open_client(colorizer, **settings):
    with warnings.catch_warnings():  # it would rather have a successor of httpx
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient
    app = create_app(colorizer, ServerSettings(**{"workers": 2} | settings))
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


@pytest.fixture
def client(colorizer, temporary):
    with open_client(colorizer) as client:
        yield client


@pytest.fixture
def client_of(temporary):
    """Make a client of a server with other settings."""
    return open_client


@dataclass
class Running:
    """A server on a loopback port."""

    port: int
    server: Server

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        connection.settimeout(PATIENCE_S)
        return connection

    def talk(self, data):
        """Send bytes, and return what comes until the server closes."""
        with self.connect() as connection:
            with suppress(OSError):  # it may close before all is sent
                connection.sendall(data)
            return read_all(connection)


def read_all(connection):
    pieces = []
    while True:
        try:
            piece = connection.recv(1 << 16)
        except ConnectionResetError:
            break
        if not piece:
            break
        pieces.append(piece)
    return b"".join(pieces)


@contextmanager
def run_server(colorizer, **settings):
    listener = socket.create_server(("127.0.0.1", 0))
    listening = threading.Event()
    given = ServerSettings(**{"workers": 1} | settings)
    server = Server(server_config(colorizer, given), listening.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert listening.wait(PATIENCE_S)
        yield Running(listener.getsockname()[1], server)
    finally:
        server.should_exit = True
        # It gives a client that does not read 30 seconds of its own.
        thread.join(2 * PATIENCE_S)
        listener.close()
        if thread.is_alive():
            faulthandler.dump_traceback(sys.__stderr__)  # what it waits for
        assert not thread.is_alive(), vars(server.server_state)


@pytest.fixture
def server(colorizer, temporary):
    with run_server(colorizer) as running:
        yield running


@pytest.fixture
def server_of(temporary):
    """Run a server with other settings."""
    return run_server


@pytest.fixture
def said(tmp_path):
    return tmp_path / "said.txt"


@pytest.fixture
def process(tiny_model, said, temporary, eventually):
    """Run ``autochrome serve``, which says what it says to `said`; gives it and its port."""
    started = []

    def start(*more, environment=None):
        code = "from autochrome.cli.main import main; main()"
        arguments = ["serve", "--port", "0", "--model", str(tiny_model), "--device", "cpu", *more]
        environment = dict(os.environ) | {"TMPDIR": str(temporary)} | (environment or {})
        with said.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", code, *arguments], stderr=file, env=environment
            )
        started.append(process)
        address = re.compile(r"Autochrome is at http://127.0.0.1:(\d+)/")
        eventually(lambda: address.search(said.read_text()) or process.poll() is not None)
        return process, int(address.search(said.read_text())[1])

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def eventually():
    """Wait until something holds."""

    def wait(condition):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, "it has not come"
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def gray_image():
    """96 x 64 pixels: dark on the left, light on the right, a bright band on top."""
    pixels = np.tile(np.linspace(20, 220, 96), (64, 1))
    pixels[:16] = 240 - pixels[:16] / 4
    return pyvips.Image.new_from_array(pixels.astype(np.uint8)).copy(interpretation="b-w")


@pytest.fixture(scope="session")
def jpeg(gray_image):
    return gray_image.jpegsave_buffer()


@pytest.fixture(scope="session")
def in_color():
    """An image of every hue."""
    rows, columns = np.mgrid[:64, :96] * 4.0
    pixels = np.stack([columns / 1.6, rows, 255 - columns / 1.6], axis=-1)
    return pyvips.Image.new_from_array(pixels.astype(np.uint8)).copy(interpretation="srgb")


def metric(client, name):
    """Read one number from /metrics."""
    lines = client.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


@pytest.fixture(scope="session", name="metric")
def metric_fixture():
    return metric


# For pages in Chromium


@pytest.fixture(scope="session")
def serve_site(colorizer):
    """A function that serves a page with settings, as long as its context lasts."""

    @contextmanager
    def serve(**settings):
        with run_server(colorizer, **settings) as running:
            yield f"{running.address}/"

    return serve


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


@pytest.fixture(scope="module")  # its event loop would be in the way of others' tests
def browser():
    """Chromium, without a window."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("Playwright is not installed")
    chromium = _chromium()
    if chromium is None:
        _missing("Chromium is not installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            chromium_sandbox=os.geteuid() != 0,  # root cannot have one
            args=["--force-color-profile=srgb"],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def onnx_runtime_web():
    """Give the folder ``dist`` of onnxruntime-web, named by AUTOCHROME_ORT_WEB."""
    folder = os.environ.get("AUTOCHROME_ORT_WEB")
    if not folder:
        _missing("AUTOCHROME_ORT_WEB does not name the dist folder of onnxruntime-web")
    return Path(folder)


def _chromium():
    """Where Chromium is: as AUTOCHROME_CHROMIUM says, or on the path; None if it is not there."""
    said = os.environ.get("AUTOCHROME_CHROMIUM")
    return next(filter(None, map(shutil.which, [said] if said else CHROMIUM_NAMES)), None)


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


def _shown(page):
    """Wait until a picture is there in color."""
    page.wait_for_selector("body[data-state=ready] #after:not([hidden])")


def _opened(page, *paths):
    """Choose photographs, and wait until they are done with."""
    page.set_input_files("#files", paths)
    page.shown()
    page.wait_for_function(
        "() => document.querySelectorAll("
        "'#filmstrip [data-status=waiting], #filmstrip [data-status=opening]').length === 0"
    )


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
        page.shown, page.opened = partial(_shown, page), partial(_opened, page)
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
