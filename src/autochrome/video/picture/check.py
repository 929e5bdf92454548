"""What kind of picture a film is, told by its first frame, and what kinds cannot be colored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import av
from av.sidedata.sidedata import Type

from autochrome.errors import UnreadableVideoError
from autochrome.video.container.addresses import advice_on_pipe
from autochrome.video.container.source import Clip
from autochrome.video.picture.formats import is_readable
from autochrome.video.picture.tags import LUMA, is_rgb
from autochrome.video.picture.turn import turn_of

_TONE_MAP = "Convert it to standard dynamic range first, for example with FFmpeg's filter tonemap"
_CONVERT = "Convert it first, for example with ffmpeg -i IN -c:v ffv1 -pix_fmt yuv444p OUT.mkv"
_RETAG = "Convert it to BT.709 first, for example with FFmpeg's filter zscale=matrix=709"

_HIGH_DYNAMIC_RANGE = {16: "PQ (HDR10, Dolby Vision)", 18: "HLG"}
_NO_VIDEO_CURVE = {8: "linear", 9: "logarithmic", 10: "logarithmic", 17: "SMPTE ST 428"}
_OTHER_MATRIX = {
    0: "RGB",
    8: "YCgCo",
    10: "BT.2020 with constant luminance",
    11: "YDzDx",
    12: "derived from the primaries",
    13: "derived from the primaries, with constant luminance",
    14: "ICtCp",
    15: "IPT",
    16: "YCgCo",
    17: "YCgCo",
}
_XYZ = 10  # primaries
_DYNAMIC = (
    Type.DOVI_RPU_BUFFER,
    Type.DOVI_METADATA,
    Type.DYNAMIC_HDR_PLUS,
    Type.DYNAMIC_HDR_VIVID,
)


def look_at_picture(
    clip: Clip, frames: Iterator[av.VideoFrame]
) -> tuple[Clip, Iterator[av.VideoFrame]]:
    """Complete what is known of a clip by its first frame.

    Returns
    -------
    The clip, its size and the ratio of its pixels' sides as they are upright; and all the frames.

    Raises
    ------
    UnreadableVideoError
        If there is no frame, or its picture is one that cannot be colored; the advice says what to
        do.
    """
    first = next(frames, None)
    if first is None:
        raise UnreadableVideoError(
            f"Not one frame of {clip.name} could be decoded", advice_on_pipe(clip.name)
        )
    check_picture(clip, first)
    turn = turn_of(first)
    clip = replace(
        clip,
        pix_fmt=first.format.name,
        interlaced=first.interlaced_frame,
        bottom_first=first.interlaced_frame and is_bottom_first(first),
    )
    if turn and clip.interlaced:
        raise UnreadableVideoError(
            f"{clip.name} is both interlaced and turned", "Deinterlace it or turn it back first"
        )
    width, height, ratio = first.width, first.height, clip.sample_aspect_ratio
    if turn and turn.transposed:
        width, height, ratio = height, width, 1 / ratio if ratio else ratio
    clip = replace(clip, width=width, height=height, sample_aspect_ratio=ratio, turn=turn)
    return clip, chain([first], frames)


def check_picture(clip: Clip, frame: av.VideoFrame) -> None:
    """Refuse what cannot be colored without harm.

    Raises
    ------
    UnreadableVideoError
        If it is; the message says why.
    """
    # What a container says need not be what is in the picture's own stream: both are heard.
    transfers = (clip.tags.transfer, frame.color_trc)
    primaries, matrix = (clip.tags.primaries, frame.color_primaries), frame.colorspace
    if kinds := [_HIGH_DYNAMIC_RANGE[said] for said in transfers if said in _HIGH_DYNAMIC_RANGE]:
        raise UnreadableVideoError(f"{clip.name} has a high dynamic range, {kinds[0]}", _TONE_MAP)
    if any(kind in frame.side_data for kind in _DYNAMIC):
        raise UnreadableVideoError(f"{clip.name} has a high dynamic range of its own", _TONE_MAP)
    if curves := [_NO_VIDEO_CURVE[said] for said in transfers if said in _NO_VIDEO_CURVE]:
        raise UnreadableVideoError(f"The light of {clip.name} is {curves[0]}", _RETAG)
    if not is_readable(frame.format) or _XYZ in primaries:
        raise UnreadableVideoError(
            f"{clip.name} holds its picture as {frame.format.name}, which is not known", _CONVERT
        )
    luma = not is_rgb(frame.format) and len(frame.format.components) > 2
    if luma and matrix not in LUMA and matrix in _OTHER_MATRIX:
        raise UnreadableVideoError(
            f"{clip.name} has another kind of luma, {_OTHER_MATRIX[matrix]}", _RETAG
        )


def check_unchanged(frame: av.VideoFrame, clip: Clip) -> None:
    """Hold a frame against the first one.

    Raises
    ------
    UnreadableVideoError
        If its size or format is another.
    """
    size = (frame.height, frame.width)
    upright = size[::-1] if clip.turn and clip.turn.transposed else size
    if upright != (clip.height, clip.width) or frame.format.name != clip.pix_fmt:
        at = "" if frame.time is None else f" {frame.time:.2f} seconds in"
        raise UnreadableVideoError(
            f"The picture of {clip.name} changes{at}, from {clip.width} x {clip.height} "
            f"{clip.pix_fmt} to {upright[1]} x {upright[0]} {frame.format.name}",
            "Cut the film there, and color the parts one by one",
        )


def is_bottom_first(frame: av.VideoFrame) -> bool:
    """Tell whether an interlaced frame begins with the field of its odd lines.

    Containers say it too, or nothing, or by numbers that are understood in two ways.
    """
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base,
        ),
        graph.add("select", "eq(interlace_type,BOTTOMFIRST)"),
        graph.add("buffersink"),
    ).configure()
    graph.push(frame)
    graph.push(None)
    try:
        graph.pull()
    except av.EOFError:  # it was not selected
        return False
    return True
