"""What may be chosen about a film, and what is refused."""

from fractions import Fraction

import pytest

from autochrome.errors import UsageError
from autochrome.video import VideoOptions


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("codec", "theora"),
        ("speed", "warp"),
        ("format", "avi"),
        ("crf", 52),
        ("crf", -1),
        ("rate", Fraction(0)),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(name, value):
    with pytest.raises(UsageError, match=f"^{name} must be .*got '?{value}"):
        VideoOptions(**{name: value})
