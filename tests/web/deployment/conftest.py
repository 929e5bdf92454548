"""A server in a process of its own, as a container engine or a person starts it."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

PATIENCE_S = 60  # for what must happen; no test is about how soon
CODE = "from autochrome.cli.main import main; main()"


@pytest.fixture
def start_server(tiny_model, tmp_path):
    """Start ``autochrome serve`` on a free loopback port; yields its address and its process."""

    @contextmanager
    def start(*options, **environment):
        folder = tmp_path / "temporary"
        folder.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-c", CODE, "serve", "--model", tiny_model, *options],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ
            | {"AUTOCHROME_SERVE_PORT": "0", "TMPDIR": str(folder), "HOME": "/nowhere"}
            | environment,
        )
        try:
            told = process.stderr.readline()
            assert told.startswith("Autochrome is at http://"), told + process.stderr.read()
            yield told.split()[3].partition("/#")[0].rstrip("/"), process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_S)
            finally:
                process.kill()
                process.stderr.close()
        assert process.returncode == 0
        assert list(folder.iterdir()) == []

    return start
