"""Codecs, and the encoder of the colored frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from av.container import OutputContainer
from av.video.stream import VideoStream

from autochrome.video.options import Codec, VideoOptions
from autochrome.video.source import Clip


@dataclass(frozen=True)
class CodecChoice:
    """An encoder of FFmpeg, and the formats of frames that it gets, the preferred ones first."""

    encoder: str
    formats: tuple[str, ...]


CODECS: dict[Codec, CodecChoice] = {
    "h264": CodecChoice("libx264", ("yuv420p", "yuv420p10le")),
    "h265": CodecChoice("libx265", ("yuv420p", "yuv420p10le")),
    "prores": CodecChoice("prores_ks", ("yuv422p10le",)),
    "ffv1": CodecChoice("ffv1", ("yuv444p", "yuv444p10le")),
}


def choose_format(clip: Clip, options: VideoOptions) -> str:
    """Choose the format of frames that the encoder gets: no depth is lost."""
    return CODECS[options.codec or "h264"].formats[0]


def add_video_stream(container: OutputContainer, clip: Clip, options: VideoOptions) -> VideoStream:
    """Add the stream that colored frames are encoded into, tagged as the clip's is."""
    choice = CODECS[options.codec or "h264"]
    stream = cast("VideoStream", container.add_stream(choice.encoder, rate=clip.rate))
    stream.width, stream.height = clip.width, clip.height
    stream.pix_fmt = choose_format(clip, options)
    context = stream.codec_context
    context.time_base = stream.time_base = clip.time_base
    if choice.encoder in ("libx264", "libx265"):
        context.options = {"crf": str(options.crf), "preset": options.speed}
    context.colorspace = clip.tags.matrix
    context.color_primaries = clip.tags.primaries
    context.color_trc = clip.tags.transfer
    context.color_range = 2 if clip.tags.full_range else 1
    if clip.sample_aspect_ratio:
        context.sample_aspect_ratio = clip.sample_aspect_ratio
    return stream
