"""Stages in threads: nothing is lost, nothing is changed in order, nothing stays behind."""

import threading

import pytest

from autochrome.video.overlap import ahead


@pytest.fixture(autouse=True)
def no_thread_stays():
    before = set(threading.enumerate())
    yield
    assert not set(threading.enumerate()) - before  # what others left may end meanwhile


@pytest.mark.parametrize("depth", [1, 3])
def test_same_items_in_the_same_order(depth):
    assert list(ahead(ahead(range(100), depth), depth)) == list(range(100))
    assert list(ahead([], depth)) == []
    assert list(ahead([None, None], depth)) == [None, None]


def test_error_comes_after_the_items_before_it():
    def broken():
        yield 1
        yield 2
        raise ValueError("broken")

    taken = []
    with pytest.raises(ValueError, match="broken"):
        taken.extend(ahead(ahead(broken(), 2), 2))
    items = ahead(broken(), 2)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        next(items)


@pytest.mark.parametrize("taken", [0, 1, 5])
def test_closing_ends_all_stages(taken):
    """And closes what they draw from, in the thread that drew."""
    threads = []

    def endless():
        number = 0
        try:
            while True:
                yield number
                number += 1
        finally:
            threads.append(threading.current_thread())

    items = ahead(ahead(endless(), 2), 2)
    for _ in range(taken):
        next(items)
    items.close()
    assert len(threads) == (taken > 0)
    assert threading.current_thread() not in threads


def test_no_more_are_drawn_than_may_wait():
    drawn = []

    def counted():
        for number in range(100):
            drawn.append(number)
            yield number

    items = ahead(counted(), 3)
    for number in range(10):
        assert next(items) == number
    items.close()
    assert len(drawn) <= 10 + 3 + 2
