"""The routes for programs: one photograph in, one out."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from autochrome.pipeline import check_options
from autochrome.web.answers import (
    FILE_RESPONSES,
    IMAGE_CONTENT,
    LimitsAnswer,
    ModelAnswer,
    ModelsAnswer,
    PhotoResponse,
    ResultAnswer,
)
from autochrome.web.options import ColorizeQuery
from autochrome.web.problems import problem_responses
from autochrome.web.service import SharedService
from autochrome.web.work import colorize_upload

router = APIRouter(tags=["photographs"])

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The photograph: as the body itself, or in a form as the field `file`",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}
UPLOAD_PROBLEMS = (400, 401, 403, 408, 413, 415, 421, 422, 500, 503, 504, 507)


class State(BaseModel):
    """How the server is."""

    status: str


@router.post(
    "/v1/colorize",
    responses={
        200: {
            "description": "The photograph in color, or with `Accept: application/json` "
            "measurements and its address",
            "model": ResultAnswer,
            "content": IMAGE_CONTENT,
        },
        **problem_responses(*UPLOAD_PROBLEMS),
    },
    openapi_extra=UPLOAD_BODY,
)
async def colorize(
    request: Request, query: Annotated[ColorizeQuery, Query()], service: SharedService
) -> Response:
    """Colorize a photograph."""
    options = query.options()
    check_options(options, service.colorizer.manifest.decode)
    with service.place() as place:
        folder = service.lent_folder(place)
        upload = await service.receive(request, place, folder, query.name)
        work = partial(
            colorize_upload,
            service.colorizer,
            upload,
            folder,
            query.suffix,
            options,
            service.settings.max_megapixels,
        )
        result = service.finish(await service.work(request, place, work))
    if not _wants_json(request):
        return PhotoResponse.once(result)
    url = f"/v1/results/{service.results.put(result.path.parent, result)}"
    answer = ResultAnswer.of(url, result, service.settings.kept_s)
    return Response(answer.model_dump_json(), media_type="application/json")


@router.get(
    "/v1/results/{result_id}",
    response_class=Response,
    responses={**FILE_RESPONSES, **problem_responses(401, 403, 404, 421)},
)
async def result(result_id: str, service: SharedService) -> Response:
    """Get a finished photograph."""
    return PhotoResponse.kept(service.results, result_id)


@router.get("/v1/models", responses=problem_responses(401, 403, 421))
async def models(service: SharedService) -> ModelsAnswer:
    """List the models, and what a photograph may have."""
    manifest = service.colorizer.manifest
    model = ModelAnswer(
        name=manifest.name,
        version=manifest.version,
        description=manifest.description,
        licence=manifest.licence.weights,
        default=True,
        decode=manifest.decode.kind,
        temperature=manifest.decode.temperature,
        vividness=manifest.decode.vividness,
    )
    limits = LimitsAnswer(
        megabytes=service.settings.max_megabytes, megapixels=service.settings.max_megapixels
    )
    return ModelsAnswer(models=[model], limits=limits)


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def alive() -> State:
    """Tell whether the server is alive."""
    return State(status="alive")


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz")
async def ready() -> State:
    """Tell whether the server takes on work; before and after that, it takes no connection."""
    return State(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **problem_responses(401, 403, 421),
    },
)
async def metrics(service: SharedService) -> Response:
    """Get counts and times, for Prometheus."""
    return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _wants_json(request: Request) -> bool:
    """Return whether a client names JSON among what it accepts; others get the photograph."""
    accepted = ",".join(request.headers.getlist("accept")).lower().replace(" ", "").split(",")
    parts = [part.split(";") for part in accepted]
    return any(kind == "application/json" and "q=0" not in more for kind, *more in parts)
