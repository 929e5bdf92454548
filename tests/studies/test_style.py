import matplotlib as mpl
import numpy as np

from autochrome.studies.tiles import Text, white_sheet


def test_a_persons_own_settings_do_not_show_and_are_kept():
    texts = [Text(100, 20, "photograph")]
    usual = white_sheet(200, 40, texts)
    with mpl.rc_context({"font.family": "monospace", "text.color": "red"}):
        np.testing.assert_array_equal(white_sheet(200, 40, texts), usual)
        assert mpl.rcParams["text.color"] == "red"
