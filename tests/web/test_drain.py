"""A refusal lets a client send the rest of what it sends, within bounds."""

import asyncio

import pytest

from autochrome.web import drain
from autochrome.web.drain import DrainMiddleware

PIECE = {"type": "http.request", "body": bytes(1000), "more_body": True}


def num_pieces_read(status, headers=(), pieces=1000):
    """Answer at once, and count what is read of a body of so many pieces."""
    read = 0

    async def receive():
        nonlocal read
        read += 1
        return PIECE | {"more_body": read < pieces}

    async def send(_):
        pass

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": []})

    scope = {"type": "http", "headers": list(headers)}
    asyncio.run(DrainMiddleware(app)(scope, receive, send))
    return read


@pytest.mark.parametrize(("status", "expected"), [(200, 0), (399, 0), (400, 10), (503, 10)])
def test_what_is_left_is_read_before_an_error(status, expected):
    assert num_pieces_read(status, pieces=10) == expected


def test_a_large_body_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(drain, "_MAX_BYTES", 5000)
    assert num_pieces_read(413) == 5


def test_a_client_that_asked_first_has_sent_nothing():
    assert num_pieces_read(413, headers=[(b"expect", b"100-continue")]) == 0
