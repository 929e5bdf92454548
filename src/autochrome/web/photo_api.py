"""The routes for the page: a photograph stays open, and its color is decoded again and again.

The network runs once, when a photograph is opened; what a slider changes is decoded from its
kept answer and sent as small coefficients, which the page joins with the lightness it has.
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from autochrome.pipeline import check_options
from autochrome.web.answers import FILE_RESPONSES, PhotoAnswer, PhotoResponse
from autochrome.web.api import UPLOAD_BODY, UPLOAD_PROBLEMS
from autochrome.web.options import ColorQuery, FileQuery, OpenQuery, PreviewQuery
from autochrome.web.problems import problem_responses
from autochrome.web.service import SharedService
from autochrome.web.work import color_array, colorize_upload, detail, open_upload, preview

router = APIRouter(prefix="/v1/photos", tags=["the page"])

_PROBLEMS = problem_responses(401, 403, 404, 421, 422, 500, 503, 504, 507)
_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "",
    status_code=201,
    responses=problem_responses(*UPLOAD_PROBLEMS),
    openapi_extra=UPLOAD_BODY,
)
async def open_photograph(
    request: Request, query: Annotated[OpenQuery, Query()], service: SharedService
) -> PhotoAnswer:
    """Open a photograph: the network looks at it, once."""
    with service.place() as place, ExitStack() as unless_opened:
        folder = service.new_folder()
        unless_opened.callback(shutil.rmtree, folder, ignore_errors=True)
        upload = await service.receive(request, place, folder, query.name)
        max_megapixels = service.settings.max_megapixels
        work = partial(open_upload, service.colorizer, upload, max_megapixels)
        opened = await service.work(request, place, work)
        item_id = service.photos.put(folder, opened)
        unless_opened.pop_all()
    return PhotoAnswer.of(item_id, opened, service.settings.kept_s)


@router.get(
    "/{photo_id}/preview",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": _BINARY}}, **_PROBLEMS},
)
async def photo_preview(
    request: Request, photo_id: str, query: Annotated[PreviewQuery, Query()], service: SharedService
) -> Response:
    """Get a small gray copy, upright, or a part of it at its own pixels."""
    region = query.region
    with service.photos.using(photo_id) as item, service.place() as place:
        work = partial(detail, item.value, region) if region else partial(preview, item.value)
        data = await service.work(request, place, work)
    return Response(data, media_type="image/jpeg")


@router.get(
    "/{photo_id}/color",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": _BINARY}}, **_PROBLEMS},
)
async def photo_color(
    request: Request, photo_id: str, query: Annotated[ColorQuery, Query()], service: SharedService
) -> Response:
    """Decode its color, without running the network.

    A `.npy` file of float16 (h, w, 4), upright: slopes and offsets of a and b, by which
    `ab = slope * L + offset`, enlarged to the size of the photograph, before chroma is reduced to
    stay inside sRGB; `strength` comes after that and is left to the client.
    """
    options = query.options()
    check_options(options, service.colorizer.manifest.decode)
    with service.photos.using(photo_id) as item, service.place() as place:
        work = partial(color_array, service.colorizer, item.value, options)
        data = await service.work(request, place, work)
    return Response(data, media_type="application/octet-stream")


@router.get(
    "/{photo_id}/file",
    response_class=Response,
    responses={**FILE_RESPONSES, **_PROBLEMS},
)
async def photo_file(
    request: Request, photo_id: str, query: Annotated[FileQuery, Query()], service: SharedService
) -> Response:
    """Get it in color, at full size."""
    options = query.options()
    check_options(options, service.colorizer.manifest.decode)
    with service.photos.using(photo_id) as item, service.place() as place:
        work = partial(
            colorize_upload,
            service.colorizer,
            item.value.upload,
            service.lent_folder(place),
            query.suffix,
            options,
            service.settings.max_megapixels,
        )
        result = service.finish(await service.work(request, place, work))
    return PhotoResponse.once(result)


@router.delete(
    "/{photo_id}",
    status_code=204,
    responses=problem_responses(401, 403, 421),
)
async def close(photo_id: str, service: SharedService) -> None:
    """Close a photograph."""
    service.photos.remove(photo_id)
