"""Without a browser its tests are skipped, unless it is asked for: then they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SHADER_TESTS = Path(__file__).with_name("test_join_shader.py")


@pytest.mark.parametrize(("required", "outcome"), [("1", "1 error"), ("", "1 skipped")])
def test_a_missing_browser(required, outcome):
    environment = {
        **os.environ,
        "AUTOCHROME_REQUIRE_BROWSER": required,
        "AUTOCHROME_CHROMIUM": "/there/is/none",
    }
    test = f"{SHADER_TESTS}::test_without_webgl_a_person_is_told"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert outcome in done.stdout
    assert (done.returncode == 0) == (not required)
    assert "Chromium is not installed" in done.stdout
