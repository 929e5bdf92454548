"""``__all__`` is the public interface: all of it, and nothing that is not there."""

from __future__ import annotations

import importlib
import inspect

import pytest

import autochrome
from autochrome import errors

ROOMS = [
    "",
    ".color",
    ".metrics",
    ".photo",
    ".models",
    ".pipeline",
    ".batch",
    ".evaluate",
    ".degraded",
]
EXIT_CODES = {
    "AutochromeError": 70,
    "UsageError": 2,
    "UnreadablePhotoError": 3,
    "UnreadableVideoError": 3,
    "PhotoTooLargeError": 3,
    "OutputError": 4,
    "DiskFullError": 4,
    "ModelError": 5,
    "MissingExtraError": 6,
    "DeviceUnavailableError": 6,
    "PhotoMemoryError": 7,
    "BatchError": 8,
    "StoppedError": 130,
}
PUBLIC = {"ColorizeOptions", "Colorizer", "colorize", "list_models", *EXIT_CODES}


def test_public_names_of_the_package():
    """A change here is a change of the public interface: say so in the changelog."""
    assert set(autochrome.__all__) == PUBLIC


@pytest.mark.parametrize("room", ROOMS)
def test_all_is_what_can_be_imported(room):
    module = importlib.import_module(f"autochrome{room}")
    names = module.__all__
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(module, name) is not None
    reachable = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and getattr(value, "__module__", "").startswith("autochrome")
    }
    assert reachable <= set(names)


def test_every_error_has_its_documented_exit_code():
    codes = {
        name: value.exit_code
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.AutochromeError)
    }
    assert codes == EXIT_CODES
