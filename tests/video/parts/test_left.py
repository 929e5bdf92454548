"""A piece of a film is the same whether or not one can seek in it."""

import av
import numpy as np
import pytest

from autochrome.video import VideoOptions, colorize_video
from autochrome.video.container.excerpt import Excerpt
from autochrome.video.container.source import Damage, describe, open_input, read_frames
from autochrome.video.parts import left


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        (".mp4", "libx264"),
        (".ts", "libx264"),
        (".ts", "mpeg2video"),
        (".mpg", "mpeg2video"),
        (".vob", "mpeg2video"),
        (".h264", "libx264"),
        (".hevc", "libx265"),
    ],
)
@pytest.mark.parametrize("first", [16, 50])
def test_a_piece_of_any_container(film, tiny_colorizer, tmp_path, suffix, codec, first):
    """Seeking comes out too late in MPEG-TS and MPEG-PS, and is not to be had in a raw stream."""
    cuts = (18, 30, 52)
    source = film(tmp_path / f"in{suffix}", range(60), cuts=cuts, codec=codec, sound=False)
    output = tmp_path / "out.mkv"
    options = VideoOptions(excerpt=Excerpt(0.32, first / 25), codec="ffv1")
    result = colorize_video(source, output, options, colorizer=tiny_colorizer)
    assert (result.frames, result.warnings) == (8, ())
    assert _luma(output) == _luma(source)[first : first + 8]


def test_of_a_long_film_not_all_is_decoded(film, tmp_path, monkeypatch):
    """Where seeking comes out too late, it is tried once more some seconds before."""
    monkeypatch.setattr(left, "_EARLIER_S", 1.0)
    source = film(tmp_path / "in.ts", range(60), cuts=(18, 30, 52), sound=False)
    with open_input(source) as container:
        clip = describe(container, source.name)
        whole = [frame.pts for frame in read_frames(container)]
    damage = Damage()
    looked = []

    def watched(container, damage=None, start=None):
        frames = list(read_frames(container, damage, start))
        looked.append([frame.pts for frame in frames])
        return iter(frames)

    monkeypatch.setattr(left, "read_frames", watched)
    piece = list(left.frames_left(source, None, damage, clip, Excerpt(0.32, 2.0)))
    assert [frame.pts for frame in piece] == whole[50:58]
    assert [len(pts) for pts in looked] == [8, 30, 30]
    assert damage.packets == 0


def _luma(path):
    with av.open(str(path)) as container:
        planes = [frame.planes[0] for frame in container.decode(video=0)]
        rows = [np.frombuffer(plane, np.uint8).reshape(plane.height, -1) for plane in planes]
        return [row[:, : plane.width].tolist() for row, plane in zip(rows, planes, strict=True)]
