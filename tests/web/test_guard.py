"""Only the server's own page and programs that are meant to may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from autochrome.errors import UsageError
from autochrome.web import ServerSettings
from autochrome.web.guard import GuardMiddleware
from autochrome.web.problems import ProblemError

SITE = "https://studio.example.org"
GUARD = GuardMiddleware(None, ServerSettings(allowed_hosts=("Studio.example.org",)))


def is_let_in(host):
    try:
        GUARD._check_host(Headers({"host": host}))
    except ProblemError:
        return False
    return True


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8000", "LOCALHOST", "localhost.", "127.0.0.1:1", "[::1]:8000"),
        *("192.168.1.20:8000", "[fe80::1]", "studio.example.org", "STUDIO.example.org:443"),
    ],
)
def test_own_names_and_plain_addresses_are_let_in(host):
    assert is_let_in(host)


@pytest.mark.parametrize(
    "host",
    [
        *("", "evil.example", "localhost.evil.example", "evil.example:8000", "localhost..", "::1"),
        *("evil.example@localhost", "localhost@evil.example", "localhost/x", "localhost?", "[::1"),
        *("localhost#", "localhost:80:80", "localhost:port", " localhost", "localhost\t", "[]"),
        *("[localhost]", "127.0.0.1.evil.example", "127.1.evil", "löcalhost", "[::1]evil", "a,b"),
    ],
)
def test_other_names_are_refused(host):
    assert not is_let_in(host)


@given(st.text(max_size=40))
def test_a_name_is_let_in_only_if_it_is_known(name):
    """Whatever surrounds it: a host that is let in is an address or one of the names."""
    headers = Headers(raw=[(b"host", name.encode("utf-8", "replace"))])
    if not is_let_in(headers["host"]):
        return
    plain = name.lower().rsplit(":", 1)[0] if not name.endswith("]") else name.lower()
    known = plain.removesuffix(".") in ("localhost", "studio.example.org")
    assert known or set(plain) <= set("0123456789abcdef:.[]")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost", 200),
        ("https://LOCALHOST", 200),  # of a proxy that ends TLS
        ("http://localhost:3000", 403),
        ("http://127.0.0.1", 403),
        ("http://evil.example", 403),
        ("http://evil.example/localhost", 403),
        ("http://localhost@evil.example", 403),
        ("http://[", 403),
        ("file://localhost", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_only_its_own_page_may_ask(client, origin, status):
    answer = client.get("/v1/models", headers={"origin": origin})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["type"] == "/docs/problems#foreign-origin"
    # Not even with a method that changes nothing, or to a page that is public.
    assert client.options("/", headers={"origin": origin}).status_code in (403, 405)


@given(st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40))
def test_any_origin_is_decided_on(origin):
    headers = Headers({"host": "localhost:8000", "origin": origin})
    try:
        GUARD._check_origin({"method": "GET"}, headers)
    except ProblemError:
        return
    assert origin.lower() in ("http://localhost:8000", "https://localhost:8000")


def test_an_old_browser_may_not_change_anything_from_elsewhere(client, jpeg):
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert client.post("/v1/colorize", content=jpeg, headers=elsewhere).status_code == 403
    assert client.get("/healthz", headers=elsewhere).status_code == 200
    here = {"sec-fetch-site": "same-origin"}
    assert client.post("/v1/colorize", content=jpeg, headers=here).status_code == 200


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Bearer wrong", 401),
        ("Bearer secret2", 401),
        ("Basic secret", 401),
        (b"Bearer \xe9\xff", 401),
        (b"Bearer secr\xc3\xa9t", 401),
        ("Bearer secret", 200),
        ("bearer  secret ", 200),
    ],
)
def test_the_token_is_asked_for(client_of, colorizer, authorization, status):
    headers = {} if authorization is None else {"authorization": authorization}
    with client_of(colorizer, token="secret") as client:
        answer = client.get("/v1/models", headers=headers)
        assert client.get("/metrics", headers=headers).status_code == status
        assert answer.status_code == status
        if status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "secret" not in answer.text
        for public in ("/", "/healthz", "/readyz", "/docs", "/openapi.json"):
            assert client.get(public).status_code == 200


def test_no_address_leads_around_the_token(client_of, colorizer):
    with client_of(colorizer, token="secret") as client:
        for path in (
            "/v1/models",
            "/v1/results/x",
            "/v1//models",
            "/%76%31/models",
            "/./v1/models",
        ):
            assert client.get(path).status_code in (401, 404)
        for path in ("//v1/models", "/V1/models", "/v1/models/", "/metrics/", "/x/../metrics"):
            assert b"tiny" not in client.request("GET", path).content
            assert b"autochrome_" not in client.request("GET", path).content


@pytest.mark.parametrize("token", ["", " ", "a b", "secr\u00e9t", "a\r\nX: y", "a,b"])
def test_a_token_that_no_header_can_carry_is_refused(token):
    with pytest.raises(UsageError, match="token"):
        ServerSettings(token=token)


@pytest.mark.parametrize("origin", ["*", "null", "example.org", "https://example.org/", ""])
def test_an_origin_that_no_browser_sends_is_refused(origin):
    with pytest.raises(UsageError, match="origin"):
        ServerSettings(allowed_origins=(origin,))


@pytest.mark.parametrize("name", ["http://studio", "studio:8000", "studio/", "*", "", "::1"])
def test_a_name_that_no_host_has_is_refused(name):
    with pytest.raises(UsageError, match="name of a host"):
        ServerSettings(allowed_hosts=(name,))


def test_the_token_is_in_no_text_about_the_settings():
    assert "secret" not in repr(ServerSettings(token="secret"))


def preflight(client, origin):
    return client.options(
        "/v1/colorize",
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
            "access-control-request-private-network": "true",
        },
    )


@pytest.mark.parametrize("token", [None, "secret"])
def test_an_allowed_site_may_ask(client_of, colorizer, jpeg, token):
    with client_of(colorizer, token=token, allowed_origins=(SITE,)) as client:
        answer = preflight(client, SITE)  # browsers send no token with it
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == SITE
        assert answer.headers["access-control-allow-private-network"] == "true"
        assert "authorization" in answer.headers["access-control-allow-headers"].lower()
        headers = {"origin": SITE} | ({"authorization": f"Bearer {token}"} if token else {})
        answer = client.post("/v1/colorize", content=jpeg, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == SITE
        assert "Content-Disposition" in answer.headers["access-control-expose-headers"]


def test_an_allowed_site_can_read_that_a_token_is_missing(client_of, colorizer):
    with client_of(colorizer, token="secret", allowed_origins=(SITE,)) as client:
        answer = client.get("/v1/models", headers={"origin": SITE})
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == SITE


def test_no_other_site_may_ask(client_of, colorizer):
    with client_of(colorizer, allowed_origins=(SITE,)) as client:
        for origin in ("http://studio.example.org", SITE + ".evil.example", "null"):
            answer = preflight(client, origin)
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers
        assert preflight(client, "http://localhost").status_code in (400, 405)  # needs none


def test_every_answer_has_the_security_headers(client, jpeg):
    answers = [
        *(client.get(path) for path in ("/", "/docs", "/v1/models", "/nothing", "/openapi.json")),
        client.post("/v1/colorize", content=jpeg),
        client.post("/v1/colorize", content=b"x"),
        client.get("/v1/models", headers={"host": "evil.example"}),
        client.put("/v1/models"),
    ]
    assert [answer.status_code for answer in answers[-3:]] == [422, 421, 405]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
    stored = [answer.headers["cache-control"] for answer in answers]
    assert stored[0] == "no-cache"
    assert stored[2] == stored[5] == stored[6] == "no-store"
