"""Parts of a film keep every packet and every time, and are joined as if there were one."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.errors import OutputError
from autochrome.video import VideoOptions
from autochrome.video.container.source import Clip
from autochrome.video.parts.scene_file import read_scene_state, write_scene_state
from autochrome.video.parts.segments import SegmentWriter, join_packets, reordering
from autochrome.video.picture.tags import ColorTags
from autochrome.video.steady.memory import KeyFrame
from autochrome.video.steady.scene import SceneState

TIME_BASE = Fraction(1, 90000)
CLIP = Clip("clip", 64, 48, "yuv444p", ColorTags(1), TIME_BASE, Fraction(25), None)
FORMATS = {"h264": "yuv420p", "h265": "yuv420p", "prores": "yuv422p10le", "ffv1": "yuv444p"}
SUFFIXES = {"prores": ".mov"}
TIMES = np.cumsum([1234, *np.random.default_rng(1).integers(900, 9000, 39)]).tolist()


def frames(times, pix_fmt):
    for number, time in enumerate(times):
        luma = (np.add.outer(np.arange(48), np.arange(64)) * 2 + 5 * number) % 200
        frame = av.VideoFrame.from_ndarray(luma.astype(np.uint8), format="gray")
        frame = frame.reformat(format=pix_fmt)
        frame.pts, frame.time_base, frame.duration = time, TIME_BASE, 3600
        yield frame


def write(path, times, codec):
    writer = SegmentWriter(
        path, CLIP, VideoOptions(codec=codec, speed="veryfast" if codec == "h264" else "ultrafast")
    )
    for frame in frames(times, FORMATS[codec]):
        writer.write(frame, scene=0)
    return writer.close()


def test_a_frame_is_never_decoded_after_it_is_shown(tmp_path):
    """x265 leaves the time of decoding of a single frame undefined, once in some thousand times."""
    writer = SegmentWriter(tmp_path / "0.nut", CLIP, VideoOptions(codec="h265", speed="ultrafast"))
    packet = av.Packet(b"frame")
    packet.stream, packet.time_base = writer._stream, CLIP.time_base
    packet.pts, packet.dts = 0, 0x7F7F7F7F7F7F7F80
    (frame,) = frames(TIMES[:1], FORMATS["h265"])
    writer.write(frame, scene=0)
    writer._mux([packet])
    assert packet.dts == 0
    writer.abandon()


@pytest.mark.parametrize("codec", FORMATS)
def test_joined_parts_decode_to_all_frames(tmp_path, codec):
    """With one decoder over all of them: parameters are the same, times are exact and rise."""
    suffix = SUFFIXES.get(codec, ".nut")
    cuts = [0, 13, 14, 40]
    parts = [
        write(tmp_path / f"{start}{suffix}", TIMES[start:end], codec)
        for start, end in pairwise(cuts)
    ]
    assert len({part.parameters for part in parts}) == 1
    packets = list(join_packets(tmp_path, parts, CLIP))
    decoded_at = [packet.dts for packet in packets]
    assert decoded_at == sorted(set(decoded_at))
    assert all(packet.dts <= packet.pts for packet in packets)
    assert sorted(packet.pts for packet in packets) == TIMES
    assert max(packet.pts + packet.duration for packet in packets) == parts[-1].end
    assert parts[-1].end == TIMES[-1] + 3600

    with av.open(str(tmp_path / parts[0].file)) as container:
        decoder = av.CodecContext.create(container.streams.video[0].codec_context.codec.name, "r")
        decoder.extradata = container.streams.video[0].codec_context.extradata
        decoder.width, decoder.height = 64, 48
        if codec in ("prores", "ffv1"):
            decoder.codec_tag = container.streams.video[0].codec_context.codec_tag
        shown = [frame.pts for packet in packets for frame in decoder.decode(packet)]
        shown += [frame.pts for frame in decoder.decode(None)]
    assert shown == TIMES


def test_part_of_other_length_is_told(tmp_path):
    part = write(tmp_path / "a.nut", TIMES[:20], "ffv1")
    data = (tmp_path / "a.nut").read_bytes()
    (tmp_path / "a.nut").write_bytes(data[: len(data) // 2])
    with pytest.raises(OutputError, match="frames, not 20"):
        list(join_packets(tmp_path, [part], CLIP))


def test_abandoned_part_is_removed(tmp_path):
    writer = SegmentWriter(tmp_path / "a.nut", CLIP, VideoOptions(codec="ffv1"))
    writer.write(next(frames([5], "yuv444p")), 0)
    writer.abandon()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("times", "delay"),
    [([], 0), ([0, 1, 2], 0), ([0, 3, 1, 2], 1), ([0, 4, 2, 1, 3], 2), ([0, 8, 4, 2, 1, 3], 3)],
)
def test_reordering_of_known_patterns(times, delay):
    assert reordering(times) == delay


@given(st.permutations(range(12)))
def test_reordering_is_the_least_that_is_enough(times):
    """The n-th decoded is not shown before the time of the one `delay` earlier in order."""
    delay = reordering(times)
    ordered = [-1] * 12 + sorted(times)

    def is_enough(delay):
        return all(ordered[12 + n - delay] <= time for n, time in enumerate(times))

    assert is_enough(delay)
    assert delay == 0 or not is_enough(delay - 1)


def test_state_of_a_scene_is_kept_exactly(tmp_path):
    rng = np.random.default_rng(0)
    memory = tuple(
        KeyFrame(
            number,
            *(rng.normal(size=(6, 5, *depth)).astype(np.float32) for depth in ((), (7,), (2,))),
        )
        for number in (0, 4, 6)
    )
    state = SceneState(3, 7, memory, (np.pi, 1 / 3))
    write_scene_state(tmp_path / "state.npz", state)
    read = read_scene_state(tmp_path / "state.npz")
    assert (read.scene, read.number, read.chroma) == (3, 7, (np.pi, 1 / 3))
    assert len(read.memory) == 3
    for one, other in zip(memory, read.memory, strict=True):
        assert vars(one).keys() == vars(other).keys()
        for name, value in vars(one).items():
            assert np.array_equal(value, getattr(other, name))
            assert np.asarray(value).dtype == np.asarray(getattr(other, name)).dtype
