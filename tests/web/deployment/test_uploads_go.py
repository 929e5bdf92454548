"""An upload is gone with its answer, from the disk too, which an open file would keep."""

import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

PATIENCE_S = 30  # a thread may still be letting go of it
PROJECT = Path(__file__).parents[3]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_no_upload_is_held_open(start_server):
    photograph = min((PROJECT / "samples").glob("*.jpg")).read_bytes()
    with start_server() as (address, process):
        request = Request(f"{address}/v1/colorize", data=photograph)
        with urlopen(request) as answer:
            assert answer.read(2) == b"\xff\xd8"
            answer.read()
        end = time.monotonic() + PATIENCE_S
        while any(path.endswith("/upload") for path in open_files(process.pid)):
            assert time.monotonic() < end, "an upload is held open"
            time.sleep(0.05)


def open_files(process_id):
    found = []
    for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed, as connections are
            found.append(str(descriptor.readlink()).removesuffix(" (deleted)"))
    return found
