import pytest

from autochrome import ColorizeOptions, UsageError


def test_defaults_leave_the_choice_to_the_model():
    options = ColorizeOptions()
    assert options.temperature is options.vividness is options.working_side is None
    assert options.saturation == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0},
        {"temperature": 1.01},
        {"temperature": float("nan")},
        {"vividness": -1.5},
        {"saturation": -0.1},
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
