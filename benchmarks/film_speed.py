"""How long a film takes, stage by stage, and beside transcoding it without coloring.

A clip in gray that it makes itself, 1080p, H.264. Seconds of the processor a frame, of one process
on as many threads as it likes, for decoding, seeing (the small L*), steady color (network, flow,
averages), joining and encoding; the three between decoding and encoding at the same time, as they
run in a film; and from end to end `colorize_video` against decoding and encoding alone, by the same
FFmpeg with the same settings. And the peak of memory for the clip and for one four times as long.

python benchmarks/film_speed.py [--frames 100] [--codec h264] [--speed medium]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from contract import cpu_and_peak, publish
from film import SAMPLES

from autochrome.pipeline import Colorizer
from autochrome.video.colorize import colorize_video
from autochrome.video.container.encoder import add_video_stream, choose_format, encoded_tags
from autochrome.video.container.source import describe, open_input, read_frames
from autochrome.video.frames import color_frames
from autochrome.video.options import VideoOptions
from autochrome.video.picture.planes import prepare_frame, small_lightness, write_color
from autochrome.video.steady.colors import steady_colors

SIZE, RATE = (1080, 1920), 25


def make_clip(path: Path, frames: int) -> None:
    """A photograph that moves, with the grain of film."""
    image = cv2.imread(str(SAMPLES[0]), cv2.IMREAD_GRAYSCALE)
    scale = 1.3 * max(SIZE[0] / image.shape[0], SIZE[1] / image.shape[1])
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).normal(scale=4, size=(SIZE[0] + 64, SIZE[1]))
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=RATE)
        stream.height, stream.width = SIZE
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "17", "preset": "veryfast"}
        for index in range(frames):
            right = (image.shape[1] - SIZE[1]) * index // frames
            view = image[: SIZE[0], right : right + SIZE[1]]
            noisy = view + np.roll(grain, 131 * index, axis=0)[: SIZE[0]]
            picture = np.full((SIZE[0] * 3 // 2, SIZE[1]), 128, np.uint8)
            picture[: SIZE[0]] = noisy.clip(16, 235)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode(None))


class Stopwatch:
    """Seconds, of the wall and of the processor, by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    def stage(self, name: str, items: Iterable[Any]) -> Iterator[Any]:
        """Time what it takes to get each item."""
        iterator = iter(items)
        while True:
            start = time.perf_counter(), time.process_time()
            item = next(iterator, None)
            spent = self.seconds.setdefault(name, [0.0, 0.0])
            spent[0] += time.perf_counter() - start[0]
            spent[1] += time.process_time() - start[1]
            if item is None:
                return
            yield item


def time_stages(source: Path, target: Path, colorizer: Colorizer, options: VideoOptions) -> dict:
    """One stage after the other over the whole clip, so that none runs beside another."""
    watch = Stopwatch()
    with open_input(source) as container, av.open(str(target), "w") as output:
        clip = describe(container, source.name)
        pix_fmt, tags = choose_format(clip, options), encoded_tags(clip, options)
        size = colorizer.working_size(clip.height, clip.width, options.color.working_side)
        frames = list(watch.stage("decode", read_frames(container)))
        frames = [prepare_frame(frame, clip, pix_fmt, tags) for frame in frames]
        seen = ((frame, small_lightness(frame, size, tags)) for frame in frames)
        seen = list(watch.stage("see", seen))
        colors = steady_colors(colorizer, seen, (clip.height, clip.width), options.color)
        colors = list(watch.stage("steady color", colors))
        joined = (joined_frame(frame, color, tags) for frame, color in colors)
        joined = list(watch.stage("join", joined))
        stream = add_video_stream(output, clip, options)
        for packets in watch.stage("encode", (stream.encode(f) for f in [*joined, None])):
            output.mux(packets)
    return watch.seconds


def color_alone(source: Path, colorizer: Colorizer, options: VideoOptions) -> list[float]:
    """What is ours: decoded frames to colored ones, stages overlapped."""
    with open_input(source) as container:
        clip = describe(container, source.name)
        frames = list(read_frames(container))
    colored = color_frames(colorizer, frames, clip, choose_format(clip, options), options)
    return timed(lambda: deque(colored, maxlen=0))


def peak_memory(source: Path, target: Path, options: VideoOptions) -> float:
    """In MB, of a process of its own."""
    given = f"VideoOptions(codec={options.codec!r}, speed='ultrafast')"
    code = f"""
from autochrome.video import VideoOptions, colorize_video
colorize_video({str(source)!r}, {str(target)!r}, {given})
"""
    return round(cpu_and_peak(code)[1])


def joined_frame(frame: av.VideoFrame, color: Any, tags: Any) -> av.VideoFrame:
    write_color(frame, color.coefficients, tags)
    frame.pict_type = av.video.frame.PictureType.NONE
    return frame


def transcode(source: Path, target: Path, options: VideoOptions) -> None:
    """What FFmpeg must do at least."""
    with open_input(source) as container, av.open(str(target), "w") as output:
        clip = describe(container, source.name)
        stream = add_video_stream(output, clip, options)
        for frame in read_frames(container):
            frame.pict_type = av.video.frame.PictureType.NONE
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def timed(call: Any) -> list[float]:
    start = time.perf_counter(), time.process_time()
    call()
    return [time.perf_counter() - start[0], time.process_time() - start[1]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--codec", default="h264")
    parser.add_argument("--speed", default="medium")
    arguments = parser.parse_args()
    options = VideoOptions(codec=arguments.codec, speed=arguments.speed)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "clip.mp4"
        make_clip(source, arguments.frames)
        suffix = ".mkv" if arguments.codec == "ffv1" else ".mov"
        # First: a new process counts as its own what the one that starts it had in memory.
        longer = Path(folder) / "longer.mp4"
        make_clip(longer, 4 * arguments.frames)
        memory = [
            peak_memory(clip, Path(folder) / f"memory{index}{suffix}", options)
            for index, clip in enumerate((source, longer))
        ]
        target = [Path(folder) / f"{index}{suffix}" for index in range(3)]
        colorizer = Colorizer.open(device="cpu")
        stages = time_stages(source, target[0], colorizer, options)
        plain = timed(lambda: transcode(source, target[1], options))
        ours = timed(lambda: colorize_video(source, target[2], options, colorizer=colorizer))
        alone = color_alone(source, colorizer, options)
    each = {"transcode": plain, "colorize": ours}
    publish(
        "film_speed",
        {
            "frames": arguments.frames,
            "codec": arguments.codec,
            "speed": arguments.speed,
            "stages": {name: figures(spent, arguments.frames) for name, spent in stages.items()},
            "see, steady color and join at the same time": figures(alone, arguments.frames),
            "end_to_end": {name: figures(spent, arguments.frames) for name, spent in each.items()},
            "times_transcoding": {
                "wall": round(ours[0] / plain[0], 2),
                "processor": round(ours[1] / plain[1], 2),
            },
            "peak_memory_mb": dict(zip(("clip", "four times as long"), memory, strict=True)),
        },
    )


def figures(spent: list[float], frames: int) -> dict[str, float]:
    return {
        "frames_per_second": round(frames / spent[0], 1),
        "processor_ms_per_frame": round(1000 * spent[1] / frames, 1),
    }


if __name__ == "__main__":
    main()
