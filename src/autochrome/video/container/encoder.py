"""Codecs, and the encoder of the colored frames."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

from av.codec.context import Flags
from av.container import OutputContainer
from av.video.format import VideoFormat
from av.video.stream import VideoStream

from autochrome.errors import UsageError
from autochrome.video.container.source import Clip
from autochrome.video.options import Codec, VideoOptions
from autochrome.video.picture.formats import depth_of, has_alpha
from autochrome.video.picture.tags import ColorTags

_KEY_FRAME_S = 5  # at the latest: how far a player has to go back when it seeks
BY_RATE_FACTOR: tuple[Codec, ...] = ("h264", "h265")
"""Codecs that have a rate factor and presets of speed."""

_MP4 = ("mp4", "mov", "ipod")


@dataclass(frozen=True)
class CodecChoice:
    """An encoder of FFmpeg, and what it gets.

    Parameters
    ----------
    encoder : by FFmpeg's name.
    formats : of frames, the less deep ones first.
    odd_formats : of frames with an odd number of columns or lines.
    full_range : whether it can say that Y' takes all codes.
    fields : whether it can hold interlaced frames.
    segment : suffix of a container for a part of a film that keeps every time as it is.
    settings : of the encoder.
    """

    encoder: str
    formats: tuple[str, ...]
    odd_formats: tuple[str, ...]
    full_range: bool = True
    fields: bool = True
    segment: str = ".nut"
    settings: dict[str, str] = field(default_factory=dict)


_FULL_COLOR = tuple(f"yuv444p{depth}" for depth in ("", "10le", "12le", "14le", "16le"))
CODECS: dict[Codec, CodecChoice] = {
    "h264": CodecChoice("libx264", ("yuv420p", "yuv420p10le"), _FULL_COLOR[:2]),
    # Unlike the others x265 writes to the terminal, and its settings into every film.
    "h265": CodecChoice(
        "libx265",
        ("yuv420p", "yuv420p10le", "yuv420p12le"),
        _FULL_COLOR[:3],
        fields=False,
        settings={"x265-params": "log-level=error:info=0"},
    ),
    "prores": CodecChoice(
        "prores_ks",
        ("yuv422p10le",),
        ("yuv422p10le",),
        full_range=False,
        segment=".mov",
        settings={"profile": "hq", "vendor": "apl0"},
    ),
    # Every frame by itself, in slices with checksums: what archives ask for.
    "ffv1": CodecChoice(
        "ffv1",
        _FULL_COLOR,
        _FULL_COLOR,
        settings={"level": "3", "slices": "4", "slicecrc": "1", "g": "1"},
    ),
}


def choose_format(clip: Clip, options: VideoOptions) -> str:
    """Choose the format of frames that the encoder gets: the first that is deep enough.

    Raises
    ------
    UsageError
        If the codec cannot hold the clip's interlaced frames.
    """
    codec = options.codec
    choice = CODECS[codec]
    if clip.interlaced and not choice.fields:
        raise UsageError(
            f"{clip.name} is interlaced, which {codec} does not keep",
            "Choose the codec h264, prores or ffv1, or deinterlace it first",
        )
    formats = choice.odd_formats if _is_odd(clip) else choice.formats
    depth = depth_of(VideoFormat(clip.pix_fmt))
    deep_enough = [name for name in formats if depth_of(VideoFormat(name)) >= depth]
    return deep_enough[0] if deep_enough else formats[-1]


def encoded_tags(clip: Clip, options: VideoOptions) -> ColorTags:
    """Return the tags of the frames that the encoder gets: those of the clip, if it can."""
    full_range = clip.tags.full_range and CODECS[options.codec].full_range
    return replace(clip.tags, full_range=full_range)


def format_warnings(clip: Clip, options: VideoOptions) -> tuple[str, ...]:
    """Name what of the picture the codec does not keep, or keeps in an unusual way."""
    codec = options.codec
    pixels, chosen = VideoFormat(clip.pix_fmt), VideoFormat(choose_format(clip, options))
    depth, kept = depth_of(pixels), depth_of(chosen)
    warnings = []
    if kept < depth:
        warnings.append(f"{codec} keeps {kept} of {depth} bits; ffv1 keeps them all")
    elif kept == depth and clip.tags.full_range and not encoded_tags(clip, options).full_range:
        warnings.append(f"{codec} knows no full range, light is rounded; h265 and ffv1 keep it")
    if has_alpha(pixels):
        warnings.append("Transparency is not kept")
    if _is_odd(clip) and codec in ("h264", "h265"):
        warnings.append(
            f"An odd number of pixels to a side needs 4:4:4 color in {codec}, "
            "which not every player shows"
        )
    return tuple(warnings)


def add_video_stream(container: OutputContainer, clip: Clip, options: VideoOptions) -> VideoStream:
    """Add the stream that colored frames are encoded into, tagged as the clip's is.

    Raises
    ------
    UsageError
        If nothing in the file would say what shape the clip's pixels have.
    """
    codec = options.codec
    choice = CODECS[codec]
    if codec == "prores" and container.format.name == "matroska" and not _is_square(clip):
        raise UsageError(
            f"ProRes in a .mkv file does not keep the shape of the pixels of {clip.name}",
            "Give a name that ends in .mov, or choose another codec",
        )
    stream = cast("VideoStream", container.add_stream(choice.encoder, rate=clip.rate))
    stream.width, stream.height = clip.width, clip.height
    stream.pix_fmt = choose_format(clip, options)
    context = stream.codec_context
    context.time_base = stream.time_base = clip.time_base
    context.options = dict(choice.settings)
    if codec in BY_RATE_FACTOR:
        context.options |= {"crf": str(options.crf), "preset": options.speed}
        context.gop_size = max(1, round(_KEY_FRAME_S * (clip.rate or 25)))
    if codec == "h265" and container.format.name in _MP4:
        context.codec_tag = "hvc1"  # players of Apple show no other
    tag_stream(stream, clip, options)
    return stream


def tag_stream(stream: VideoStream, clip: Clip, options: VideoOptions) -> None:
    """Say of a stream what its picture is: color, shape of pixels, order of fields."""
    context, tags = stream.codec_context, encoded_tags(clip, options)
    context.colorspace = tags.matrix
    context.color_primaries = tags.primaries
    context.color_trc = tags.transfer
    context.color_range = 2 if tags.full_range else 1
    if clip.sample_aspect_ratio:
        context.sample_aspect_ratio = clip.sample_aspect_ratio
    if clip.interlaced:
        context.flags |= Flags.interlaced_dct | Flags.interlaced_me
        context.field_order = 3 if clip.bottom_first else 2
        if CODECS[options.codec].encoder == "libx264":
            order = "bff=1" if clip.bottom_first else "tff=1"
            context.options = {**context.options, "x264-params": order}


def _is_square(clip: Clip) -> bool:
    return clip.sample_aspect_ratio in (None, 0, 1)


def _is_odd(clip: Clip) -> bool:
    return bool(clip.width % 2 or clip.height % 2)
