"""What the tests of films share: a colorizer that needs no training, and small clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from autochrome.pipeline import Colorizer


@pytest.fixture(scope="session")
def colorizer(tiny_model) -> Colorizer:
    return Colorizer.open(tiny_model, device="cpu")


def moving_picture(index: int, height: int = 48, width: int = 64) -> np.ndarray:
    """(H, W) uint8: waves that move by a pixel a frame."""
    y, x = np.mgrid[:height, :width]
    waves = np.sin((x + index) / 6) * np.cos(y / 5)
    return (128 + 90 * waves).astype(np.uint8)


def write_clip(
    path: Path, frames: int = 20, *, sound: bool = True, width: int = 64, first: int = 0
) -> Path:
    """Write a gray clip without loss, 48 pixels high, and a tone that is as long."""
    rate = 25
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=rate)
        video.width, video.height, video.pix_fmt = width, 48, "yuv420p"
        video.codec_context.options = {"qp": "0", "preset": "ultrafast"}
        video.codec_context.time_base = Fraction(1, rate)
        if sound:
            audio = container.add_stream("aac", rate=16000, layout="mono")
            for start in range(0, frames * 16000 // rate, 1024):
                tone = np.sin(np.arange(start, start + 1024) / 8).astype(np.float32)[None]
                block = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
                block.sample_rate, block.pts = 16000, start
                container.mux(audio.encode(block))
            container.mux(audio.encode(None))
        for index in range(frames):
            gray = moving_picture(index, 48, width)
            frame = av.VideoFrame.from_ndarray(gray, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = first + index, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


@pytest.fixture(scope="session")
def picture():
    return moving_picture


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """20 frames of 64 x 48 with a tone, in Matroska."""
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mkv")


@pytest.fixture(scope="session")
def make_clip():
    return write_clip


@pytest.fixture(scope="session")
def uneven_clip(tmp_path_factory) -> Path:
    """20 frames of 64 x 48 and then 20 of 96 x 48, in MPEG-TS."""
    folder = tmp_path_factory.mktemp("uneven")
    parts = [
        write_clip(folder / "1.ts", sound=False),
        write_clip(folder / "2.ts", sound=False, width=96, first=20),
    ]
    path = folder / "both.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path
