from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "examples" / "contact_sheet.py"


def test_before_is_left_and_after_is_right(tmp_path):
    Image.new("L", (60, 30), 100).save(tmp_path / "before.png")
    Image.new("RGBA", (60, 30), (200, 30, 30, 255)).save(tmp_path / "after.png")
    contact_sheet = runpy.run_path(str(SCRIPT))["contact_sheet"]
    contact_sheet([(tmp_path / "before.png", tmp_path / "after.png")], tmp_path / "s.png", side=40)
    with Image.open(tmp_path / "s.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    assert pixels.shape == (40, 40 + 8 + 40, 3)
    assert pixels[20, 20].tolist() == [100, 100, 100]
    assert pixels[20, 68].tolist() == [200, 30, 30]
    assert pixels[0].min() == 255  # wider than high: white above and below
