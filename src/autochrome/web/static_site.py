"""The page without a server: a folder of files in which the browser itself runs the network.

::

    index.html, *.js, *.css       the page, its engine set to "browser"
    model.onnx, model.json        the network, and what is needed to decode its answer
    onnxruntime/                  ONNX Runtime Web, and its license
    sw.js                         keeps all of it for when there is no network

All addresses are relative: any web server can serve it, in any folder.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path

from autochrome.atomic import atomic_folder
from autochrome.color import ab_gamut, class_rebalancing_weights
from autochrome.errors import MissingExtraError, ModelError, OutputError
from autochrome.models import DEFAULT_MODEL, Manifest, find_model
from autochrome.web.policy import PAGE_POLICY

RUNTIME_FILES = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)

# What a browser can hold at once as a canvas, and as a file in memory.
_LIMITS = {"megabytes": 256, "megapixels": 100, "side": 16384}
_PAGE = Path(__file__).parent / "page"
_RUNTIME_LICENSE = Path(__file__).parent / "onnxruntime_license.txt"
_SERVICE_WORKER = Path("engines/browser/service_worker.js")
_SERVER_BODY, _BROWSER_BODY = 'data-engine="server"', 'data-engine="browser"'
_CHARSET = '<meta charset="utf-8">'


def write_static_site(
    folder: Path, *, runtime: Path, model: str | Path = DEFAULT_MODEL
) -> Manifest:
    """Write a folder that any web server can serve; the browser then does all the work.

    Parameters
    ----------
    folder : where to; it must be missing or empty, and is there whole or not at all.
    runtime : the folder ``dist`` of the npm package onnxruntime-web.
    model : name of an installed model, or the folder of one.

    Returns
    -------
    The manifest of the model that is inside.

    Raises
    ------
    OutputError
        If the folder has something in it, or cannot be written.
    MissingExtraError
        If `runtime` lacks a file that is needed.
    ModelError
        If the model is missing or damaged, or has no distribution over colors.
    """
    manifest, weights_path = find_model(model)
    _check_model(manifest)
    _check_runtime(runtime)
    try:
        _check_folder(folder)
        with atomic_folder(folder) as site:
            _copy_page(site)
            shutil.copyfile(weights_path, site / "model.onnx")
            _write_text(site / "model.json", json.dumps(_describe(manifest)))
            _copy_runtime(runtime, site / "onnxruntime")
            _write_text(site / "sw.js", _service_worker(site))
    except OSError as error:
        raise OutputError(f"Cannot write {folder}: {error.strerror}") from error
    return manifest


def _check_model(manifest: Manifest) -> None:
    if manifest.decode.kind == "direct":
        raise ModelError(
            f"The model {manifest.name} predicts one color a place, not a distribution; the page "
            "in the browser offers choices that only a distribution has",
            "Choose another model, or use this one with 'autochrome serve'",
        )


def _check_runtime(runtime: Path) -> None:
    missing = [name for name in RUNTIME_FILES if not (runtime / name).is_file()]
    if missing:
        raise MissingExtraError(
            f"{runtime} is not ONNX Runtime Web: it lacks {', '.join(missing)}",
            "Get it with 'npm pack onnxruntime-web', unpack the file, and give its folder "
            "package/dist",
        )


def _check_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(
            f"{folder} is not an empty folder", "Choose another one, or remove it first"
        )


def _copy_page(site: Path) -> None:
    for path in sorted(_PAGE.rglob("*")):
        name = path.relative_to(_PAGE)
        if path.is_file() and name != _SERVICE_WORKER:
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, site / name)
    index = (site / "index.html").read_text(encoding="utf-8")
    assert index.count(_SERVER_BODY) == index.count(_CHARSET) == 1
    policy = f'{_CHARSET}\n<meta http-equiv="Content-Security-Policy" content="{PAGE_POLICY}">'
    index = index.replace(_SERVER_BODY, _BROWSER_BODY).replace(_CHARSET, policy)
    _write_text(site / "index.html", index)


def _copy_runtime(runtime: Path, destination: Path) -> None:
    destination.mkdir()
    for name in RUNTIME_FILES:
        shutil.copyfile(runtime / name, destination / name)
    shutil.copyfile(_RUNTIME_LICENSE, destination / "LICENSE.txt")


def _describe(manifest: Manifest) -> dict[str, object]:
    """Say what the browser needs to know of a model."""
    decode = manifest.decode
    return {
        "name": manifest.name,
        "version": manifest.version,
        "description": manifest.description,
        "licence": asdict(manifest.licence),
        "file": "model.onnx",
        "sha256": manifest.weights.sha256,
        "bytes": manifest.weights.bytes,
        "multiple": manifest.input.multiple,
        "side": manifest.input.side,
        "exposure": manifest.input.exposure,
        "boldness": manifest.output.boldness,
        "stride": manifest.output.stride,
        "decode": {
            "kind": decode.kind,
            "temperature": decode.temperature,
            "vividness": decode.vividness,
            "rebalancing": decode.rebalancing,
            "smoothing": decode.smoothing,
        },
        "centers": ab_gamut().centers.tolist(),
        "rebalancing_weights": class_rebalancing_weights(decode.prior).tolist(),
        "limits": _LIMITS,
    }


def _service_worker(site: Path) -> str:
    files = {
        path.relative_to(site).as_posix(): _digest(path)
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }
    code = (_PAGE / _SERVICE_WORKER).read_text(encoding="utf-8")
    return f"const FILES = {json.dumps(files, indent=2)};\n\n{code}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode()


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
