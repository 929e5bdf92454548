"""Mutated files of each format: no crash, no hang, only errors that are meant.

They are read and written in a process of their own, as a crash of a decoder would end it, under
limits of memory and time.
"""

import json
import random
import subprocess
import sys

import pytest

MUTATIONS = 60  # of each sample
LIMIT_S = 120  # of a process that takes about five: only a hang gets there

CODE = """
import json, resource, sys, tempfile
from pathlib import Path
from autochrome.errors import AutochromeError
from autochrome.photo import WriteOptions, open_photo, write

resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
outcomes = {}
with tempfile.TemporaryDirectory() as folder:
    for path in sorted(Path(sys.argv[1]).iterdir()):
        print(path.name, file=sys.stderr, flush=True)  # the last line names what crashed
        try:
            photo = open_photo(path, max_megapixels=20)
            for index in photo.pages[:4]:
                page = open_photo(path, max_megapixels=20, page=index) if index else photo
                page.read_lightness(16, 24)
                target = Path(folder, "result.tif")
                write(page.read(), page, target, WriteOptions(), overwrite=True)
            outcome = "done"
        except AutochromeError as error:
            outcome = type(error).__name__
        except Exception as error:
            outcome = f"!! {type(error).__name__}: {error}"
        outcomes[path.name] = outcome
print(json.dumps(outcomes))
"""


def _mutated(data, rng):
    """Change a few bytes, repeat, drop or swap stretches: what a bad disk or an attacker does."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        # Headers are at the beginning, and there most can go wrong.
        start = rng.randrange(min(len(data), rng.choice([32, 200, len(data)])))
        stretch = rng.choice([1, 1, 2, 4, 16])
        match rng.randrange(5):
            case 0:
                data[start] ^= 1 << rng.randrange(8)
            case 1:
                data[start : start + stretch] = bytes([rng.choice([0, 0x7F, 0x80, 0xFF])]) * stretch
            case 2:
                data[start : start + stretch] = rng.randbytes(stretch)
            case 3:
                del data[start : start + stretch]
            case _:
                data[start:start] = data[start : start + stretch]
        data = data or bytearray(b"\0")
    return bytes(data)


@pytest.mark.parametrize("family", [".jpg", ".png", ".tif", ".webp", ".avif", ".gif", "others"])
def test_mutations(samples, tmp_path, family):
    known = (".jpg", ".png", ".tif", ".webp", ".avif", ".gif")
    chosen = {
        name: data
        for name, data in samples.items()
        if (name.endswith(known) and name.endswith(family))
        or (family == "others" and not name.endswith(known))
    }
    assert chosen
    rng = random.Random(family)
    for name, data in chosen.items():
        for number in range(MUTATIONS):
            (tmp_path / f"{number:03d} {name}").write_bytes(_mutated(data, rng))
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    outcomes = json.loads(done.stdout)
    assert len(outcomes) == MUTATIONS * len(chosen)
    meant = {"done", "UnreadablePhotoError", "PhotoTooLargeError", "PhotoMemoryError"}
    assert set(outcomes.values()) <= meant, {
        name: outcome for name, outcome in outcomes.items() if outcome not in meant
    }
    assert "UnreadablePhotoError" in outcomes.values()
