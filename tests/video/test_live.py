"""Live films, over the loopback: late frames are dropped, never waited for."""

from __future__ import annotations

import inspect
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from autochrome.errors import UnreadableVideoError, UsageError
from autochrome.pipeline import ColorizeOptions
from autochrome.video import VideoOptions, colorize_video, live, parse_scene_hint
from autochrome.video.container import addresses
from autochrome.video.container.source import describe
from autochrome.video.live import NewestFirst, Reader, colorize_live
from autochrome.video.steady.colors import steady_colors
from autochrome.video.steady.scene import INTERVAL

FAST = VideoOptions(speed="ultrafast")
LIMIT_S = 30  # for what never takes that long, on the slowest machine
PAUSE_S = 0.02  # between frames that are sent
over_network = pytest.mark.skipif(
    sys.platform != "linux", reason="whether somebody listens is seen in /proc"
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """So that no test waits long for packets that do not come."""
    monkeypatch.setattr(addresses, "SILENCE_S", 1.0)
    monkeypatch.setattr(addresses, "_FIRST_S", 8.0)


def free_port(kind=socket.SOCK_DGRAM):
    """A port that is free, and the next one too, for RTCP."""
    while True:
        with socket.socket(type=kind) as one, socket.socket(type=kind) as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            if kind == socket.SOCK_STREAM:
                return port
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            if port % 2 == 0:
                return port


def wait_for_listener(port, kind, stop):
    """Wait until somebody has opened a port."""
    while f":{port:04X} " not in Path(f"/proc/net/{kind}").read_text():
        assert not stop.wait(0.01)


@contextmanager
def sender(url, name, *, frames=40, kind="udp", sound=False, options=None):
    """Send a clip, in a thread, from when somebody listens: its frames at 25 a second, hurried."""
    stop = threading.Event()
    port = int(url.split(":")[2].split("/")[0].split("?")[0])
    failures = []

    def send():
        try:
            wait_for_listener(port, kind, stop)
            _send(url, name, frames, sound, options or {}, stop)
        except Exception as error:  # noqa: BLE001 - it is told of by the test
            failures.append(error)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LIMIT_S)
    assert not failures


def _send(url, name, frames, sound, options, stop):
    with av.open(url, "w", format=name, options=options) as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency"}
        video.codec_context.gop_size = 5
        audio = container.add_stream("mp2", rate=16000, layout="mono") if sound else None
        for index in range(frames):
            gray = np.tile(np.arange(64, dtype=np.uint8) + 40 + index % 100, (48, 1))
            frame = av.VideoFrame.from_ndarray(gray, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(video.encode(frame))
            if audio:
                tone = np.zeros((1, 640), np.int16)
                block = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
                block.sample_rate, block.pts = 16000, index * 640
                container.mux(audio.encode(block))
            if stop.wait(PAUSE_S):
                break


def times(path):
    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


def check_live(result, path, sent):
    """What holds of every live film, whatever was dropped."""
    report = result.live
    assert report.received == result.frames + report.dropped
    assert report.most_waiting <= INTERVAL
    assert 0 < report.received <= sent
    assert 0 <= report.latency_s[0] <= report.latency_s[1] <= report.latency_s[2]
    found = times(path)
    assert len(found) == result.frames
    steps = np.diff(found) * 25
    assert (steps > 0.9).all()
    np.testing.assert_allclose(steps, np.rint(steps), atol=0.06)  # milliseconds are whole
    return found


@over_network
def test_udp(tmp_path, colorizer):
    port = free_port()
    out = tmp_path / "out.mkv"
    with sender(f"udp://127.0.0.1:{port}?pkt_size=1316", "mpegts", sound=True):
        result = colorize_video(f"udp://127.0.0.1:{port}", out, FAST, colorizer=colorizer)
    check_live(result, out, 40)
    assert result.live.received == 40
    assert "sent nothing for" in result.warnings[-1]
    with av.open(str(out)) as container:
        assert container.duration  # it has its end
        sound = [packet for packet in container.demux(audio=0) if packet.size]
        assert len(sound) >= 20


@over_network
def test_rtp(tmp_path, colorizer):
    port = free_port()
    out = tmp_path / "out.mkv"
    with sender(f"rtp://127.0.0.1:{port}", "rtp_mpegts"):
        result = colorize_video(f"rtp://127.0.0.1:{port}", out, FAST, colorizer=colorizer)
    check_live(result, out, 40)
    assert result.live.received >= 20  # it is joined at one of its key frames


@over_network
def test_rtsp_that_is_sent_to_us(tmp_path, colorizer):
    """Sent by a process of its own: shaking hands, PyAV keeps other threads from running."""
    port = free_port(socket.SOCK_STREAM)
    address = f"rtsp://127.0.0.1:{port}/live"
    out = tmp_path / "out.mkv"
    program = "\n".join(
        [
            "import sys, threading",
            "from fractions import Fraction",
            "from pathlib import Path",
            "import av",
            "import numpy as np",
            f"PAUSE_S = {PAUSE_S}",
            inspect.getsource(wait_for_listener),
            inspect.getsource(_send),
            "stop = threading.Event()",
            f"wait_for_listener({port}, 'tcp', stop)",
            f"_send({address!r}, 'rtsp', 40, False, {{'rtsp_transport': 'tcp'}}, stop)",
        ]
    )
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        try:
            result = colorize_video(f"{address}?listen", out, FAST, colorizer=colorizer)
            assert process.wait(LIMIT_S) == 0
        finally:
            process.kill()
    check_live(result, out, 40)
    assert result.live.received >= 35


@over_network
def test_a_live_film_is_sent_on(tmp_path, colorizer):
    """From one address to another; who receives that is another of ours."""
    first, second = free_port(), free_port()
    out = tmp_path / "out.mkv"
    results = []

    def relay():
        wait_for_listener(second, "udp", threading.Event())
        results.append(
            colorize_video(
                f"udp://127.0.0.1:{first}", f"udp://127.0.0.1:{second}", FAST, colorizer=colorizer
            )
        )

    thread = threading.Thread(target=relay, daemon=True)
    thread.start()
    with sender(f"udp://127.0.0.1:{first}?pkt_size=1316", "mpegts"):
        received = colorize_video(f"udp://127.0.0.1:{second}", out, FAST, colorizer=colorizer)
        thread.join(LIMIT_S)
    (sent,) = results
    check_live(received, out, 40)
    # Those that wait for a key frame are sent on only once the source has been silent for so long
    # that who receives them may have gone, too.
    assert sent.frames - 2 * INTERVAL <= received.live.received <= sent.frames


def test_the_queue_never_exceeds_its_bound_and_keeps_the_newest():
    queue = NewestFirst(8)
    for item in range(100):
        queue.put(item)
        assert len(queue) <= 8
    queue.close()
    assert list(queue) == list(range(92, 100))
    assert queue.dropped == 92


def test_the_queue_waits_for_what_is_to_come():
    queue = NewestFirst(2)
    taken = []
    thread = threading.Thread(target=lambda: taken.extend(queue), daemon=True)
    thread.start()
    queue.put("a")
    queue.close()
    thread.join(LIMIT_S)
    assert taken == ["a"]


def test_frames_that_nobody_takes_are_dropped_oldest_first(clip):
    with av.open(str(clip)) as container:
        reader = Reader(container, describe(container, "clip"))
        reader.start()
        reader.wait()
        left = [frame.time for frame, _ in reader.frames]
    assert (reader.received, reader.frames.dropped, reader.end) == (20, 20 - live.WAITING, "")
    np.testing.assert_allclose(left, np.arange(20 - live.WAITING, 20) / 25, atol=2e-3)


def test_a_live_film_ends_where_its_size_changes(tmp_path, colorizer, uneven_clip, monkeypatch):
    monkeypatch.setattr(live, "WAITING", 40)
    out = tmp_path / "out.mkv"
    result = colorize_live(str(uneven_clip), str(out), FAST, colorizer)
    assert result.frames == len(times(out)) == 20
    assert "changed its size to 96 x 48" in result.warnings[0]


def test_hints_that_a_live_film_has_no_place_for(tmp_path, colorizer, clip, monkeypatch):
    monkeypatch.setattr(live, "WAITING", 40)
    unused = VideoOptions(hints=(parse_scene_hint("3:1,1=#808080"),))
    result = colorize_live(str(clip), str(tmp_path / "out.mkv"), unused, colorizer)
    assert result.warnings == ("There is no scene 3: its hints are not used",)
    outside = VideoOptions(hints=(parse_scene_hint("3:64,1=#808080"),))
    with pytest.raises(UsageError, match="lies outside"):
        colorize_live(str(clip), str(tmp_path / "other.mkv"), outside, colorizer)
    assert not (tmp_path / "other.mkv").exists()


def test_a_stalled_colorizer_costs_old_frames_only(tmp_path, colorizer, clip, monkeypatch):
    """The network is stuck with its first frame until the source has ended."""
    readers = []

    class Watched(Reader):
        def __init__(self, *args):
            super().__init__(*args)
            readers.append(self)

    class Stalled:
        def __getattr__(self, name):
            return getattr(colorizer, name)

        def predict_lightness(self, *args, **options):
            readers[0].wait()
            return colorizer.predict_lightness(*args, **options)

    monkeypatch.setattr(live, "Reader", Watched)
    out = tmp_path / "out.mkv"
    result = colorize_live(str(clip), str(out), FAST, Stalled())
    found = check_live(result, out, 20)
    taken_before = result.frames - live.WAITING  # a frame may have been taken before the stall
    assert taken_before in (0, 1)
    assert result.live.dropped == 20 - result.frames
    np.testing.assert_allclose(
        found[taken_before:], np.arange(20 - live.WAITING, 20) / 25, atol=2e-3
    )


@over_network
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_film_in_good_order(tmp_path, colorizer, number):
    port = free_port()
    out = tmp_path / "out.mp4"
    calls = []

    class Interrupted:
        def __getattr__(self, name):
            return getattr(colorizer, name)

        def predict_lightness(self, *args, **options):
            calls.append(args)
            if len(calls) == 3:
                signal.raise_signal(number)
            return colorizer.predict_lightness(*args, **options)

    usual = signal.getsignal(number)
    with sender(f"udp://127.0.0.1:{port}?pkt_size=1316", "mpegts", frames=2000):
        result = colorize_video(f"udp://127.0.0.1:{port}", out, FAST, colorizer=Interrupted())
    assert signal.getsignal(number) == usual
    assert 0 < result.frames < 200
    assert result.warnings == ()
    assert len(times(out)) == result.frames  # an MP4 can be read only if its end was written


@pytest.mark.parametrize("address", ["udp://127.0.0.1:{}", "rtsp://127.0.0.1:{}/live?listen"])
def test_a_source_that_never_sends_is_an_error(tmp_path, colorizer, monkeypatch, address):
    monkeypatch.setattr(addresses, "_FIRST_S", 0.3)
    with pytest.raises(UnreadableVideoError, match="Start the sender first"):
        colorize_video(address.format(free_port()), tmp_path / "out.mkv", colorizer=colorizer)
    assert not list(tmp_path.iterdir())


def test_a_camera_that_is_not_there_is_an_error(tmp_path, colorizer):
    with pytest.raises(UnreadableVideoError, match="camera"):
        colorize_video("/dev/video987", tmp_path / "out.mkv", colorizer=colorizer)


@pytest.mark.parametrize(("ahead", "latest"), [(0, INTERVAL - 1), (2, 3 * INTERVAL - 1)])
def test_how_many_frames_a_color_waits_for(colorizer, picture, ahead, latest):
    taken = []

    def frames():
        for index in range(30):
            taken.append(index)
            yield index, picture(index).astype(np.float32) / 2.55

    options = ColorizeOptions()
    colored = steady_colors(colorizer, frames(), (48, 64), options, ahead=ahead)
    behind = [taken[-1] - index for index, _ in colored]
    assert len(behind) == 30
    assert max(behind) == latest
