import pyvips

from autochrome.photo import limit_threads


def test_libvips_is_told():
    before = pyvips.concurrency_get()
    try:
        limit_threads(1)
        assert pyvips.concurrency_get() == 1
    finally:
        limit_threads(before)
