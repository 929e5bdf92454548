"""The ASGI application: routes, and what stands around them."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.requests import ClientDisconnect

from autochrome import __version__
from autochrome.pipeline import Colorizer
from autochrome.web import api, photo_api
from autochrome.web.docs_page import docs_routes
from autochrome.web.drain import DrainMiddleware
from autochrome.web.guard import GuardMiddleware, TokenMiddleware
from autochrome.web.metrics import MetricsMiddleware
from autochrome.web.problems import answer_with_problems
from autochrome.web.queue import ClientGoneError
from autochrome.web.service import Service
from autochrome.web.settings import ServerSettings

PAGE = Path(__file__).parent / "page"

_CLIENT_GONE = 499  # nobody reads it; nginx counts such requests by this number

# Some systems have other types for these, and browsers then run no script.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def create_app(colorizer: Colorizer, settings: ServerSettings) -> FastAPI:
    """Make the application around one colorizer.

    Parameters
    ----------
    colorizer : opened with one thread a network run, since the workers share the cores.
    settings : see there.
    """
    service = Service(colorizer, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = FastAPI(
        title="Autochrome",
        version=__version__,
        summary="A grayscale photograph goes in; a plausible color photograph comes out.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.service = service
    app.include_router(api.router)
    app.include_router(photo_api.router)
    app.include_router(docs_routes())
    for suffix, media_type in _TYPES.items():
        mimetypes.add_type(media_type, suffix)
    # Not mounted: a wrong method of a route would then be looked for among the files.
    app.router.default = StaticFiles(directory=PAGE, html=True)
    answer_with_problems(app)
    app.add_exception_handler(ClientGoneError, _nobody)
    app.add_exception_handler(ClientDisconnect, _nobody)
    # The last one added is the first to see a request.
    if settings.token:
        app.add_middleware(TokenMiddleware, token=settings.token)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            allow_private_network=True,  # else no page of the internet might ask this machine
            expose_headers=["Content-Disposition", "Retry-After"],
        )
    app.add_middleware(GuardMiddleware, settings=settings)
    app.add_middleware(DrainMiddleware)
    app.add_middleware(MetricsMiddleware, metrics=service.metrics)
    return app


async def _nobody(_: Request, __: Exception) -> Response:
    return Response(status_code=_CLIENT_GONE)
