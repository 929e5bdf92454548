"""``/docs``: the API, to read and to try, without a request to any other host."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, HTMLResponse, Response

from autochrome.web.problems import KINDS

_FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Autochrome: the API</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
_PROBLEMS = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Autochrome: problems</title>
<link rel="icon" href="/icon.svg">
<h1>Problems</h1>
<p>What an error's <code>type</code> can be. Its <code>detail</code> says what went wrong this time,
its <code>advice</code> what to do.</p>
<dl>
{}
</dl>
</html>
"""
_KIND = '<dt id="{0}"><code>{0}</code>, {1}</dt><dd>{2}</dd>'
# A script of its own, because the page's policy allows none inside.
_START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
});
"""


def docs_routes() -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/docs", include_in_schema=False)
    folder = resources.files("fastapi_offline") / "static"

    @router.get("")
    async def page() -> HTMLResponse:
        return HTMLResponse(_PAGE)

    @router.get("/problems")
    async def problems() -> HTMLResponse:
        kinds = (_KIND.format(kind, status, title) for kind, (status, title) in KINDS.items())
        return HTMLResponse(_PROBLEMS.format("\n".join(kinds)))

    @router.get("/start.js")
    async def start() -> Response:
        return Response(_START, media_type="text/javascript")

    @router.get("/{name}")
    async def asset(name: str) -> Response:
        if name not in _FILES:
            raise HTTPException(404)
        return FileResponse(str(folder / name), media_type=_FILES[name])

    return router
