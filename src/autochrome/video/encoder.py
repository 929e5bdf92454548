"""Codecs, and the encoder of the colored frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from av.container import OutputContainer
from av.video.stream import VideoStream

from autochrome.video.options import Codec, VideoOptions
from autochrome.video.source import Clip

_KEY_FRAME_S = 5  # at the latest: how far a player has to go back when it seeks
_BY_RATE_FACTOR = ("h264", "h265")
_MP4 = ("mp4", "mov", "ipod")


@dataclass(frozen=True)
class CodecChoice:
    """An encoder of FFmpeg, and what it gets.

    Parameters
    ----------
    encoder : by FFmpeg's name.
    formats : of frames, the preferred ones first.
    segment : suffix of a container for a part of a film that keeps every time as it is.
    settings : of the encoder.
    """

    encoder: str
    formats: tuple[str, ...]
    segment: str = ".nut"
    settings: dict[str, str] = field(default_factory=dict)


CODECS: dict[Codec, CodecChoice] = {
    "h264": CodecChoice("libx264", ("yuv420p", "yuv420p10le")),
    # Unlike the others x265 writes to the terminal, and its settings into every film.
    "h265": CodecChoice(
        "libx265",
        ("yuv420p", "yuv420p10le"),
        settings={"x265-params": "log-level=error:info=0"},
    ),
    "prores": CodecChoice(
        "prores_ks", ("yuv422p10le",), ".mov", settings={"profile": "hq", "vendor": "apl0"}
    ),
    # Every frame by itself, in slices with checksums: what archives ask for.
    "ffv1": CodecChoice(
        "ffv1",
        ("yuv444p", "yuv444p10le"),
        settings={"level": "3", "slices": "4", "slicecrc": "1", "g": "1"},
    ),
}


def choose_format(clip: Clip, options: VideoOptions) -> str:
    """Choose the format of frames that the encoder gets: no depth is lost."""
    return CODECS[options.codec or "h264"].formats[0]


def add_video_stream(container: OutputContainer, clip: Clip, options: VideoOptions) -> VideoStream:
    """Add the stream that colored frames are encoded into, tagged as the clip's is."""
    codec = options.codec or "h264"
    choice = CODECS[codec]
    stream = cast("VideoStream", container.add_stream(choice.encoder, rate=clip.rate))
    stream.width, stream.height = clip.width, clip.height
    stream.pix_fmt = choose_format(clip, options)
    context = stream.codec_context
    context.time_base = stream.time_base = clip.time_base
    context.options = dict(choice.settings)
    if codec in _BY_RATE_FACTOR:
        context.options |= {"crf": str(options.crf), "preset": options.speed}
        context.gop_size = max(1, round(_KEY_FRAME_S * (clip.rate or 25)))
    if codec == "h265" and container.format.name in _MP4:
        context.codec_tag = "hvc1"  # players of Apple show no other
    context.colorspace = clip.tags.matrix
    context.color_primaries = clip.tags.primaries
    context.color_trc = clip.tags.transfer
    context.color_range = 2 if clip.tags.full_range else 1
    if clip.sample_aspect_ratio:
        context.sample_aspect_ratio = clip.sample_aspect_ratio
    return stream
