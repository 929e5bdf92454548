"""Fixtures of the films that several files of tests share."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import PictureType

from autochrome.pipeline import Colorizer

HEIGHT, WIDTH = 48, 64


def scene_frame(scene, index):
    """Luma of a frame: a bright square that moves over a ground which each scene has its own of."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    ground = [60 + rows, 200 - 2 * columns, 40 + 2 * columns, 220 - 3 * rows][scene % 4]
    luma = (ground + 25 * np.sin((rows * (scene + 2) + columns) / 5)).clip(16, 235)
    left = 4 + index % 40
    luma[12:30, left : left + 14] = 235 - 40 * (scene % 3)
    return luma.astype(np.uint8)


def write_film(
    path,
    times=range(40),
    *,
    time_base=Fraction(1, 25),
    cuts=(),
    codec="libx264",
    sound=True,
    dress=None,
    settings=None,
):
    """Write a gray film.

    Parameters
    ----------
    times : of its frames, in ticks of `time_base`.
    cuts : numbers of the frames with which scenes begin.
    sound : whether there is a stream of AAC, or its codec.
    dress : called with the container before the first packet is written; what it returns is
        called with the container after the last frame.
    """
    times = list(times)
    with av.open(str(path), "w", container_options=settings or {}) as container:
        video = container.add_stream(codec, rate=25)
        video.width, video.height = WIDTH, HEIGHT
        video.pix_fmt = "yuv420p"
        video.codec_context.time_base = video.time_base = time_base
        audio = None
        if sound:
            audio = container.add_stream("aac" if sound is True else sound, rate=48000)
            audio.codec_context.layout = "mono"
            audio.metadata["language"] = "fra"
        finish = dress(container) if dress else None
        for packet in _sound(audio, float((times[-1] - times[0]) * time_base) + 0.04):
            container.mux(packet)
        scene = 0
        for number, time in enumerate(times):
            scene += number in cuts
            frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane, value in zip(frame.planes, (None, 128, 128), strict=True):
                rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
                rows[:, : plane.width] = scene_frame(scene, number) if value is None else value
            frame.pts, frame.time_base = time, time_base
            frame.duration = max(1, round(Fraction(1, 25) / time_base))
            frame.pict_type = PictureType.I if number in cuts else PictureType.NONE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if finish:
            finish(container)
    return path


def _sound(stream, seconds):
    if stream is None:
        return
    stream.codec_context.open(strict=False)
    size = stream.codec_context.frame_size or 1024
    for start in range(0, int(seconds * 48000), size):
        tone = np.sin(np.arange(start, start + size) / 20).astype(np.float32)[None] / 4
        layout = stream.codec_context.format.name
        if layout.startswith("s16"):
            tone = (tone * 32767).astype(np.int16)
        elif layout.startswith("u8"):
            tone = (tone * 127 + 128).astype(np.uint8)
        frame = av.AudioFrame.from_ndarray(tone, format=layout, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        yield from stream.encode(frame)
    yield from stream.encode(None)


@pytest.fixture(scope="session")
def film():
    """The maker of gray films: path, times of the frames, and more."""
    return write_film


@pytest.fixture(scope="session")
def tiny_colorizer(tiny_model):
    return Colorizer.open(tiny_model)


@pytest.fixture(scope="session")
def read_film():
    """From a path to time, Y', Cb and Cr of every frame."""

    def read(path):
        with av.open(str(path)) as container:
            return [
                (frame.pts * frame.time_base, [bytes(plane) for plane in frame.planes])
                for frame in container.decode(video=0)
            ]

    return read


@pytest.fixture(scope="session")
def frame_times():
    """From a path to the times of its frames, exactly."""

    def times(path):
        with av.open(str(path)) as container:
            return [frame.pts * frame.time_base for frame in container.decode(video=0)]

    return times


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
