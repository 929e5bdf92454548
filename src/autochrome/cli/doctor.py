"""``autochrome doctor``: whether everything that colorizing needs is here and works."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable
from functools import partial
from importlib import metadata

import click

from autochrome.errors import (
    AutochromeError,
    DeviceUnavailableError,
    MissingExtraError,
    ModelError,
    OutputError,
)

_REINSTALL = "Run, in the folder of Autochrome: pip install --force-reinstall ."


@click.command()
@click.option("--model", metavar="MODEL", help="The model to check; by default the bundled one.")
def doctor(model: str | None) -> None:
    """Check the installation: packages, devices, the model, the temporary folder.

    Exits with 0 if all is well, 5 if the model is missing or damaged, 6 if a package cannot be
    used, 4 if the temporary folder cannot be written.
    """
    checks: dict[str, Callable[[], str]] = {
        "Python": _python,
        "NumPy": _numpy,
        "libvips": _libvips,
        "ONNX Runtime": _onnxruntime,
        "model": partial(_model, model),
        "CUDA": partial(_cuda, model),
        "temporary folder": _temporary_folder,
    }
    exit_code = 0
    for name, check in checks.items():
        try:
            click.echo(f"ok    {name}: {check()}")
        except DeviceUnavailableError as error:  # nobody has asked for that device
            click.echo(f"--    {name}: {error.message}\n{_indented(error.advice)}")
        except (ImportError, OSError) as error:  # OSError: a shared library does not load
            click.echo(f"FAIL  {name}: {error}\n{_indented(_REINSTALL)}")
            exit_code = exit_code or MissingExtraError.exit_code
        except AutochromeError as error:
            click.echo(f"FAIL  {name}: {error.message}\n{_indented(error.advice)}")
            exit_code = exit_code or error.exit_code
    raise click.exceptions.Exit(exit_code)


def _indented(text: str) -> str:
    return "\n".join(f"      {line}" for line in text.splitlines())


def _python() -> str:
    version, system = platform.python_version(), platform.platform(terse=True)
    return f"{version} on {system}, {platform.machine()}, {os.cpu_count()} CPU cores"


def _numpy() -> str:
    import numpy as np

    return np.__version__


def _libvips() -> str:
    import pyvips

    version = ".".join(str(pyvips.version(part)) for part in range(3))
    return f"{version} (pyvips {pyvips.__version__})"


def _onnxruntime() -> str:
    installed = {
        name: version
        for name in ("onnxruntime", "onnxruntime-gpu")
        if (version := _version_or_none(name))
    }
    if len(installed) == 2:
        raise MissingExtraError(
            "onnxruntime and onnxruntime-gpu are both installed and overwrite each other",
            "Run: pip uninstall -y onnxruntime onnxruntime-gpu\n"
            "then, for a CPU: pip install onnxruntime\n"
            "or, for CUDA: pip install 'onnxruntime-gpu[cuda,cudnn]'",
        )
    import onnxruntime

    providers = ", ".join(onnxruntime.get_available_providers())
    return f"{onnxruntime.__version__} ({providers})"


def _version_or_none(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _model(name: str | None) -> str:
    from autochrome.models import DEFAULT_MODEL, check_parity, find_model, parity_lightness
    from autochrome.pipeline.session import Session

    manifest, weights_path = find_model(name or DEFAULT_MODEL)
    parity = manifest.parity
    answer = Session(weights_path, device="cpu").run(parity_lightness(parity.side))
    difference = check_parity(parity, answer.transpose(2, 0, 1))
    # Written so that NaN fails.
    if not difference <= parity.tolerance:
        raise ModelError(
            f"{manifest.name} does not answer as it did when it was exported: "
            f"answers differ by {difference:.3g}, {parity.tolerance:g} is allowed",
            "Update onnxruntime; if that does not help, please report it",
        )
    return f"{manifest.name} {manifest.version}, answers as exported (within {difference:.1g})"


def _cuda(name: str | None) -> str:
    from autochrome.models import DEFAULT_MODEL, find_model
    from autochrome.pipeline.session import Session

    return Session(find_model(name or DEFAULT_MODEL).weights_path, device="cuda").device


def _temporary_folder() -> str:
    try:
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"autochrome")
            file.flush()
        return tempfile.gettempdir()
    except OSError as error:
        raise OutputError(
            f"Cannot write temporary files: {error}", "Set TMPDIR to a folder with room"
        ) from error
