"""Work on a photograph can be stopped from another thread."""

import threading
from pathlib import Path

import numpy as np
import pytest
import pyvips

from autochrome.errors import UnreadablePhotoError
from autochrome.photo import Stop, open_photo, stoppable

PATIENCE_S = 30


@pytest.fixture
def path(tmp_path):
    image = pyvips.Image.gaussnoise(2000, 3000, mean=128, sigma=40).cast("uchar")
    image.copy(interpretation="b-w").jpegsave(str(tmp_path / "noise.jpg"))
    return tmp_path / "noise.jpg"


def test_nothing_is_stopped_unasked(path):
    with stoppable(Stop()):
        open_photo(path).check_pixels()


def test_what_is_opened_after_the_stop_cannot_be_read(path):
    stop = Stop()
    stop.stop()
    with stoppable(stop), pytest.raises(UnreadablePhotoError):
        open_photo(path).check_pixels()
    open_photo(path).check_pixels()  # outside, nothing has changed


def test_reading_ends_in_the_middle(path):
    stop, begun, seen = Stop(), threading.Event(), []

    def read():
        with stoppable(stop):
            image = open_photo(path).read()
        region = pyvips.Region.new(image)
        try:
            for top in range(0, image.height, 8):
                region.fetch(0, top, image.width, 8)
                seen.append(top)
                begun.set()
                stopped.wait(PATIENCE_S)
        except pyvips.Error:
            seen.append("stopped")

    stopped = threading.Event()
    thread = threading.Thread(target=read)
    thread.start()
    assert begun.wait(PATIENCE_S)
    stop.stop()
    stopped.set()
    thread.join(PATIENCE_S)
    assert seen[-1] == "stopped"
    assert len(seen) < 2000 / 8


def test_a_stop_of_one_thread_leaves_the_others(path):
    stop = Stop()
    stop.stop()
    with stoppable(stop):
        thread = threading.Thread(target=lambda: results.append(open_photo(path).read().avg()))
        results = []
        thread.start()
        thread.join(PATIENCE_S)
    assert results == [pytest.approx(128, abs=5)]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files")
def test_a_stop_does_not_keep_every_page_open(tmp_path):
    page = pyvips.Image.new_from_array(np.zeros((8, 8), dtype=np.uint8))
    pages = pyvips.Image.arrayjoin([page] * 80, across=1).copy()
    pages.set_type(pyvips.GValue.gint_type, "page-height", 8)
    pages.tiffsave(str(tmp_path / "pages.tif"))
    before = num_open_files()
    stop = Stop()
    with stoppable(stop):
        for index in range(80):
            open_photo(tmp_path / "pages.tif", page=index).read_lightness(8, 8)
        assert num_open_files() - before < 60


def num_open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
