"""A server on a real port: clients that are slow, gone, or too many, and how it stops."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest

from autochrome.errors import UsageError
from autochrome.web import ServerSettings, drain, server
from autochrome.web.server import serve

HOST = b"Host: localhost\r\n"
PATIENCE_S = 30


def post(body, *headers, path="/v1/colorize"):
    head = b"".join(header.encode() + b"\r\n" for header in headers)
    return b"POST " + path.encode() + b" HTTP/1.1\r\n" + HOST + head + b"\r\n" + body


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


def problem(answer):
    return json.loads(answer.partition(b"\r\n\r\n")[2])["type"].partition("#")[2]


def read_answer(connection):
    answer = http.client.HTTPResponse(connection)
    try:
        answer.begin()
        return answer.status, answer.read()
    finally:
        answer.close()


def send_until_it_fails(connection, data, pause_s=0):
    """Send again and again, until the server has closed or takes no more."""
    end = time.monotonic() + PATIENCE_S
    with suppress(OSError):
        while time.monotonic() < end:
            connection.sendall(data)
            time.sleep(pause_s)
        pytest.fail("the server still takes it")


@pytest.fixture
def short(monkeypatch):
    """Time limits that a test can wait for."""
    monkeypatch.setattr(drain, "_MAX_SECONDS", 0.1)
    monkeypatch.setattr(server, "_ARRIVAL_SECONDS", 0.2)
    monkeypatch.setattr(server, "_DEPARTURE_SECONDS", 0.2)


@pytest.mark.parametrize("begun", [b"", b"G", b"GET / HTTP/1.1\r\nHost: loc", b"\r\n"])
def test_headers_that_never_end_end_the_connection(short, server_of, colorizer, begun):
    with server_of(colorizer) as running:
        assert status_of(running.talk(begun)) in (None, 400)


def test_headers_that_trickle_end_the_connection(short, server_of, colorizer):
    with server_of(colorizer) as running, running.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        send_until_it_fails(connection, b"X: y\r\n", 0.02)


def test_a_second_request_has_to_come_in_time_too(short, server_of, colorizer):
    with server_of(colorizer) as running, running.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        assert read_answer(connection)[0] == 200
        connection.sendall(b"GET /he")
        assert connection.recv(1) == b""


def test_requests_may_come_all_at_once(server_of, colorizer):
    with server_of(colorizer) as running, running.connect() as connection:
        connection.sendall((b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n") * 50)
        answers = b""
        while answers.count(b'{"status":"alive"}') < 50:
            piece = connection.recv(1 << 16)
            assert piece
            answers += piece
        assert answers.count(b"HTTP/1.1 200 OK") == 50


def test_what_is_refused_has_to_end_as_well(short, server_of, colorizer):
    """Else a byte now and then would keep the connection of an answered request for ever."""
    with server_of(colorizer) as running, running.connect() as connection:
        connection.sendall(
            post(
                b"",
                "Content-Length: 100000",
                path="/nothing",
            )
            + b"x"
        )
        send_until_it_fails(connection, b"x", 0.02)


def test_a_client_that_does_not_read_is_left(short, server_of, colorizer, eventually):
    with server_of(colorizer) as running, running.connect() as connection:
        connection.settimeout(1)
        send_until_it_fails(connection, (b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n") * 100)
        eventually(lambda: not running.server.server_state.connections)


def test_clients_that_do_not_read_the_end_are_left(monkeypatch, server_of, colorizer, eventually):
    """However little waits for them: of ten that ask for more and more, some have a little."""
    monkeypatch.setattr(server, "_DEPARTURE_SECONDS", 0.2)
    with server_of(colorizer) as running, ExitStack() as stack:
        served = running.server.server_state.connections
        clients = [stack.enter_context(running.connect()) for _ in range(10)]
        eventually(lambda: len(served) == len(clients))
        for connection in served:
            make_small(connection.transport.get_extra_info("socket"), socket.SO_SNDBUF)
        for number, client in enumerate(clients, 1):
            make_small(client, socket.SO_RCVBUF)
            client.sendall((b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n") * 20 * number)
        eventually(lambda: not served)


def test_a_client_that_reads_slowly_is_served(monkeypatch, server_of, colorizer):
    """It need not empty a third of the system's buffer, which is large, within the deadline."""
    monkeypatch.setattr(server, "_DEPARTURE_SECONDS", 3)
    with server_of(colorizer) as running, running.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.sendall((b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n") * 400)
        for _ in range(160):
            assert connection.recv(8192)
            time.sleep(0.05)
        assert running.server.server_state.connections


def test_who_comes_while_the_server_begins_to_stop_is_told(
    monkeypatch, server_of, colorizer, eventually
):
    monkeypatch.setattr(server, "_ARRIVAL_SECONDS", 1000)
    with server_of(colorizer) as running:
        connections = running.server.server_state.connections
        with running.connect():
            eventually(lambda: connections)
            (served,) = connections
        eventually(lambda: not connections)
        busy, go_on = threading.Event(), threading.Event()
        served.loop.call_soon_threadsafe(lambda: (busy.set(), go_on.wait(PATIENCE_S)))
        assert busy.wait(PATIENCE_S)
        with running.connect():
            running.server.should_exit = True
            time.sleep(0.2)  # the time to look for that has come when the loop goes on
            go_on.set()
            eventually(lambda: not running.server.servers[0].is_serving())
            eventually(lambda: not connections)


def test_an_answer_that_breaks_off_does_not_keep_others_from_being_finished(
    monkeypatch, server_of, eventually
):
    told = []

    async def promise_too_much(scope, receive, send):
        while scope["type"] == "lifespan":
            told.append((await receive())["type"])
            await send({"type": f"{told[-1]}.complete"})
        headers = [(b"content-length", b"20000000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(10_000_000)})

    monkeypatch.setattr(server, "create_app", lambda *_: promise_too_much)
    monkeypatch.setattr(server, "_DEPARTURE_SECONDS", 1)
    with server_of(None) as running, running.connect() as connection:
        connections = running.server.server_state.connections
        eventually(lambda: connections)
        (served,) = connections
        connection.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        eventually(served.transport.is_closing)
        running.server.should_exit = True
        eventually(lambda: "lifespan.shutdown" in told)


def make_small(connection, buffer):
    connection.setsockopt(socket.SOL_SOCKET, buffer, 4096)


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 300_000,
        b"GET /" + b"x" * 70_000,
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX : y\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"not http at all\r\n\r\n",
        post(b"", "Content-Length: -1"),
        post(b"", "Content-Length: 1", "Content-Length: 2"),
        post(b"", "Content-Length: 1_0"),
        post(b"zz\r\n", "Transfer-Encoding: chunked"),
        post(b"", "Transfer-Encoding: gzip"),
    ],
)
def test_what_is_not_http_is_refused_and_the_connection_ends(server, request_):
    answer = server.talk(request_)
    assert status_of(answer) in (None, 400, 501)  # a reset may overtake the answer


def test_an_upload_that_stands_still_is_refused(short, server_of, colorizer, files_left, jpeg):
    with server_of(colorizer, upload_idle_s=0.2, waiting=0) as running:
        answer = running.talk(post(jpeg[:10], "Content-Length: 1000"))
        assert (status_of(answer), problem(answer)) == (408, "slow-upload")
        assert files_left() == 0
        assert status_of(running.talk(closing(jpeg))) == 200  # the place is free again


def test_an_upload_that_trickles_is_refused(short, server_of, colorizer, files_left):
    """Each byte comes in time; all of them would take an hour."""
    with server_of(colorizer, upload_idle_s=0.4) as running, running.connect() as connection:
        connection.sendall(post(b"", "Transfer-Encoding: chunked"))
        answer = threading.Event()

        def trickle():
            while not answer.wait(0.05):
                connection.sendall(b"1\r\nx\r\n")

        thread = threading.Thread(target=trickle)
        thread.start()
        status, body = read_answer(connection)
        answer.set()
        thread.join()
        assert status == 408
        assert b"slow-upload" in body
        assert files_left() == 0


def closing(jpeg):
    return post(jpeg, f"Content-Length: {len(jpeg)}", "Connection: close")


def test_a_client_that_leaves_during_an_upload_leaves_nothing(
    server_of, colorizer, jpeg, files_left, eventually
):
    with server_of(colorizer, waiting=0) as running:
        for body in (jpeg[:100], b""):
            with running.connect() as connection:
                connection.sendall(post(body, f"Content-Length: {len(jpeg)}"))
                eventually(lambda: files_left() == 1)
            eventually(lambda: files_left() == 0)
        assert status_of(running.talk(closing(jpeg))) == 200


def test_work_for_a_client_that_has_left_is_stopped(
    server_of, gated, gate, jpeg, files_left, eventually, taken
):
    gate.opened.clear()
    with server_of(gated, waiting=0) as running:
        with running.connect() as connection:
            connection.sendall(post(jpeg, f"Content-Length: {len(jpeg)}"))
            gate.wait_until_reached()
        eventually(lambda: b'status="499"' in metrics(running))
        assert taken(running) == 1  # by the thread, which has not noticed yet
        assert status_of(running.talk(closing(jpeg))) == 503
        gate.opened.set()
        eventually(lambda: taken(running) == 0)
        assert files_left() == 0
        assert b"autochrome_photographs_total 0.0" in metrics(running)
        assert status_of(running.talk(closing(jpeg))) == 200


def metrics(running):
    with urllib.request.urlopen(f"{running.address}/metrics", timeout=PATIENCE_S) as answer:
        return answer.read()


@pytest.fixture
def taken():
    def count(running):
        lines = metrics(running).splitlines()
        return next(
            float(line.split()[1]) for line in lines if line.startswith(b"autochrome_queue_taken ")
        )

    return count


def test_work_that_takes_too_long_is_stopped(server_of, gated, gate, jpeg, eventually, taken):
    gate.opened.clear()
    with server_of(gated, waiting=0, timeout_s=0.2) as running:
        answer = running.talk(closing(jpeg))
        assert (status_of(answer), problem(answer)) == (504, "too-slow")
        assert taken(running) == 1
        gate.opened.set()
        eventually(lambda: taken(running) == 0)


@pytest.mark.parametrize("size", [100, 12_000_000])
def test_a_client_reads_that_the_server_is_busy_while_it_sends(
    server_of, gated, gate, jpeg, eventually, taken, size
):
    """urllib sends all of the body, closes, and does not survive a reset."""
    gate.opened.clear()
    with server_of(gated, waiting=0) as running, ThreadPoolExecutor(1) as pool:
        first = pool.submit(running.talk, closing(jpeg))
        gate.wait_until_reached()
        with pytest.raises(urllib.error.HTTPError) as busy:
            urllib.request.urlopen(f"{running.address}/v1/colorize", bytes(size), PATIENCE_S)
        with busy.value as answer:
            assert answer.code == 503
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
            assert answer.headers["Connection"] == "close"
            assert b"busy" in answer.read()
        gate.opened.set()
        assert status_of(first.result(PATIENCE_S)) == 200


def test_a_body_that_never_comes_does_not_delay_an_answer_for_ever(short, server):
    answer = server.talk(post(b"", "Content-Length: 1000", "Connection: close", path="/nothing"))
    assert status_of(answer) == 405


def test_a_client_may_ask_before_it_sends(server, jpeg):
    with server.connect() as connection:
        connection.sendall(post(b"", f"Content-Length: {len(jpeg)}", "Expect: 100-continue"))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(jpeg)
        assert read_answer(connection)[0] == 200
    with server.connect() as connection:
        connection.sendall(post(b"", "Content-Length: 999999999", "Expect: 100-continue"))
        assert read_answer(connection)[0] == 413  # and has not sent


# How it stops


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_accepted_is_finished_before_it_stops(process, large, temporary, number):
    running, port = process("--jobs", "1")
    connections = []
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/v1/colorize", large)
        connections.append(connection)
    wait_until_taken(port, 3)
    running.send_signal(number)
    answers = [connection.getresponse() for connection in connections]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert all(answer.read()[:2] == b"\xff\xd8" for answer in answers)
    for connection in connections:
        connection.close()
    assert running.wait(PATIENCE_S) == 0
    with pytest.raises(OSError):  # noqa: PT011
        http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
    assert list(temporary.glob("autochrome*")) == []


def test_told_twice_it_stops_at_once(process, large, temporary, said):
    running, port = process("--jobs", "1")
    connections = []
    for _ in range(20):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/v1/colorize", large)
        connections.append(connection)
    wait_until_taken(port, 20)
    running.send_signal(signal.SIGINT)
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    assert running.wait(PATIENCE_S) == 130
    unanswered = 0
    for connection in connections:
        try:
            unanswered += connection.getresponse().status != 200
        except (OSError, http.client.HTTPException):
            unanswered += 1
        connection.close()
    assert unanswered > 0
    assert list(temporary.glob("autochrome*")) == []
    assert "Traceback" not in said.read_text()


@pytest.fixture(scope="module")
def large():
    """A photograph that takes a while."""
    import pyvips

    noise = pyvips.Image.gaussnoise(1200, 900, mean=128, sigma=30).cast("uchar")
    return noise.copy(interpretation="b-w").jpegsave_buffer()


def wait_until_taken(port, count):
    end = time.monotonic() + PATIENCE_S
    while True:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S
        ) as answer:
            text = answer.read().decode()
        taken = float(text.partition("\nautochrome_queue_taken ")[2].split()[0])
        if taken >= count:
            return
        assert time.monotonic() < end, text


def test_the_token_is_not_written_down(process, said):
    running, port = process("-vv", environment={"AUTOCHROME_SERVE_TOKEN": "s3cret"})
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/models", headers={"Authorization": "Bearer s3cret"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        assert answer.status == 200
    running.send_signal(signal.SIGTERM)
    assert running.wait(PATIENCE_S) == 0
    assert "DEBUG" in said.read_text()
    assert "s3cret" not in said.read_text()


def test_with_v_it_logs_requests_and_no_names(process, said, jpeg):
    running, port = process("-v")
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/colorize?name=secret.jpg",
        jpeg,
        {"Content-Type": "application/octet-stream"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        answer.read()
    running.send_signal(signal.SIGTERM)
    assert running.wait(PATIENCE_S) == 0
    assert "INFO autochrome.web.metrics: POST /v1/colorize 200 " in said.read_text()
    assert not re.search("secret|VIPS", said.read_text())


@pytest.mark.parametrize(
    ("host", "more", "warning"),
    [
        ("127.0.0.1", [], None),
        ("0.0.0.0", [], "can use it, and needs no --token"),
        ("0.0.0.0", ["--token", "x"], "can use it\n"),
    ],
)
def test_it_says_where_it_is_and_who_can_use_it(process, said, eventually, host, more, warning):
    _, port = process("--host", host, *more)  # which looks for an address that can be opened
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE_S) as answer:
        assert answer.status == 200
    if warning:
        eventually(lambda: warning in said.read_text())
    else:
        assert "network" not in said.read_text()


def test_every_option_can_be_an_environment_variable(process):
    """Named as the option is."""
    variables = {
        "ALLOW_HOST": "studio.example.org other.example.org",
        "ALLOW_ORIGIN": "https://example.org",
        "JOBS": "1",
        "QUEUE": "0",
        "TIMEOUT": "30",
        "MAX_MEGABYTES": "3",
        "MAX_MEGAPIXELS": "5",
    }
    given = {f"AUTOCHROME_SERVE_{name}": value for name, value in variables.items()}
    _, port = process(environment=given)
    headers = {"Host": "other.example.org", "Origin": "https://example.org"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/models", headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        assert json.load(answer)["limits"] == {"megabytes": 3, "megapixels": 5}
    for name, wrong in {"JOBS": "0", "QUEUE": "-1", "TIMEOUT": "0"}.items():
        done = cli(environment={f"AUTOCHROME_SERVE_{name}": wrong})
        assert done.returncode == 2, name


def test_a_port_that_is_taken_is_an_error_that_says_so(server, colorizer):
    with pytest.raises(UsageError, match="Cannot listen"):
        serve(colorizer, ServerSettings(port=server.port))


@pytest.mark.parametrize("host", ["256.1.1.1", "no such host", "x" * 70, "::zz", "1.2.3.4"])
def test_a_host_that_is_not_ours_is_an_error_that_says_so(colorizer, host):
    with pytest.raises(UsageError, match="Cannot listen"):
        serve(colorizer, ServerSettings(host=host, port=0))


def cli(*arguments, hide="", environment=None):
    code = f"import sys; sys.modules.update({{name: None for name in {hide.split()!r}}})\n"
    code += "from autochrome.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | (environment or {}),
    )


def test_without_the_extra_it_says_how_to_install_it():
    for module in ("fastapi", "uvicorn", "python_multipart"):
        done = cli(hide=module)
        assert done.returncode == 6
        assert "pip install 'autochrome[web]'" in done.stderr


def test_wrong_usage_ends_with_two(server, tiny_model):
    for arguments in (["--port", "70000"], ["--port", str(server.port)], ["--token", "a b"]):
        done = cli("--model", str(tiny_model), *arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
