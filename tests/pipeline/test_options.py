import numpy as np
import pytest

from autochrome import ColorizeOptions, UsageError
from autochrome.pipeline import Hint


def test_defaults_leave_the_choice_to_the_model():
    options = ColorizeOptions()
    assert options.temperature is options.vividness is options.smoothing is None
    assert options.working_side is None
    assert options.saturation == options.strength == 1
    assert options.preset == "balanced"
    assert (options.hints, options.variant) == ((), None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0},
        {"temperature": 1.01},
        {"hints": "50%,50%=#ff0000"},
        {"hints": ("50%,50%=#ff0000",)},
        {"hints": None},
        {"hints": iter([Hint(0, 0, "#ff0000")])},
        {"variant": 2},
        {"temperature": float("nan")},
        {"vividness": -1.5},
        {"saturation": -0.1},
        {"smoothing": -1},
        {"smoothing": 6},
        {"smoothing": 2.5},
        {"smoothing": "3"},
        {"temperature": "0.5"},
        {"quality": 90.5},
        {"preset": "loud"},
        {"strength": -0.1},
        {"strength": 1.1},
        {"strength": float("nan")},
        {"working_side": 8},
        {"working_side": 5000},
        {"quality": 0},
        {"quality": 101},
    ],
)
def test_out_of_range(wrong):
    (name,) = wrong
    with pytest.raises(UsageError, match=name):
        ColorizeOptions(**wrong)


@pytest.mark.parametrize("options", [{"preset": "vivid"}, None, "vivid"])
def test_what_is_no_options_is_told(colorizer, options):
    gray = np.zeros((32, 32), np.uint8)
    with pytest.raises(UsageError, match=r"options must be ColorizeOptions.* Write them as"):
        colorizer.colorize(gray, options)
    with pytest.raises(UsageError, match="options must be ColorizeOptions"):
        colorizer.variants(gray, 2, options)
    with pytest.raises(UsageError, match="options must be ColorizeOptions"):
        colorizer.colorize_bytes(b"", None, options)
    with pytest.raises(UsageError, match="options must be ColorizeOptions"):
        colorizer.colorize_file("a.jpg", "b.jpg", options)
