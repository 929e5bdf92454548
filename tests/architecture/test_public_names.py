"""``__all__`` is the public interface: complete, sorted by nothing hidden, importable."""

from __future__ import annotations

import importlib
import inspect

import pytest

import autochrome

ROOMS = ["", ".color", ".metrics", ".photo", ".models", ".pipeline", ".batch", ".evaluate"]
PUBLIC = {
    "AutochromeError",
    "BatchError",
    "ColorizeOptions",
    "Colorizer",
    "DeviceUnavailableError",
    "MissingExtraError",
    "ModelError",
    "OutputError",
    "PhotoMemoryError",
    "PhotoTooLargeError",
    "UnreadablePhotoError",
    "UsageError",
    "colorize",
    "list_models",
}


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
    codes = {name: getattr(autochrome, name).exit_code for name in PUBLIC if name.endswith("Error")}
    assert codes == {
        "AutochromeError": 70,
        "UsageError": 2,
        "UnreadablePhotoError": 3,
        "PhotoTooLargeError": 3,
        "OutputError": 4,
        "ModelError": 5,
        "MissingExtraError": 6,
        "DeviceUnavailableError": 6,
        "PhotoMemoryError": 7,
        "BatchError": 8,
    }
