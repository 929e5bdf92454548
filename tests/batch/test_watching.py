from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from itertools import islice

import pytest

from autochrome.batch import find_sources, watch


class World:
    """A clock of its own; what happens at which second is told beforehand."""

    def __init__(self, events):
        self.now = 0.0
        self.events = dict(events)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for time in sorted(time for time in self.events if time <= self.now):
            self.events.pop(time)()
        if not self.events and self.now > 100:
            raise KeyboardInterrupt


@pytest.fixture
def seen(tmp_path):
    """Watch the folder while things happen, and return when each file was taken."""

    def run(events, settle_s=3.0, **how) -> list[tuple[float, list[str]]]:
        world = World(events)
        found = []
        rounds = watch(
            partial(find_sources, [tmp_path], **how),
            settle_s=settle_s,
            clock=lambda: world.now,
            sleep=world.sleep,
        )
        with suppress(KeyboardInterrupt):
            found.extend((world.now, [source.path.name for source in taken]) for taken in rounds)
        return found

    return run


def writer(path, text):
    return partial(path.write_text, text)


def test_what_is_there_is_taken_when_it_has_settled(tmp_path, seen):
    (tmp_path / "a.jpg").write_text("x")
    assert seen({}) == [(3, ["a.jpg"])]


def test_a_file_that_grows_is_waited_for(tmp_path, seen):
    path = tmp_path / "a.jpg"
    growth = {time: writer(path, "x" * time) for time in (1, 3, 5, 7)}
    assert seen(growth) == [(10, ["a.jpg"])]


def test_a_file_rewritten_at_the_same_size_is_waited_for(tmp_path, seen):
    path = tmp_path / "a.jpg"

    def rewrite(time):
        path.write_text("xx")
        os.utime(path, (time, time))

    assert seen({time: partial(rewrite, time) for time in (1, 3, 5)}) == [(8, ["a.jpg"])]


def test_an_empty_file_is_waited_for(tmp_path, seen):
    path = tmp_path / "a.jpg"
    path.touch()
    assert seen({20: writer(path, "x")}) == [(23, ["a.jpg"])]


def test_each_is_taken_once_and_again_when_changed(tmp_path, seen):
    path = tmp_path / "a.jpg"
    path.write_text("x")
    assert seen({50: writer(path, "xyz")}) == [(3, ["a.jpg"]), (53, ["a.jpg"])]


def test_a_file_that_vanishes_is_forgotten(tmp_path, seen):
    path = tmp_path / "a.jpg"
    path.write_text("x")
    assert seen({1: path.unlink}) == []


def test_a_file_that_vanishes_between_looks_is_survived(tmp_path):
    sources = find_sources([tmp_path / "never.jpg"])
    rounds = watch(lambda: sources, settle_s=0, sleep=lambda _: sources.clear() or stop())
    with pytest.raises(KeyboardInterrupt):
        next(rounds)


def stop():
    raise KeyboardInterrupt


def test_a_folder_that_goes_away_and_comes_back_is_survived(tmp_path, seen):
    away = tmp_path.with_name("away")
    (tmp_path / "a.jpg").write_text("x")
    found = seen({1: lambda: tmp_path.rename(away), 20: lambda: away.rename(tmp_path)})
    assert found == [(23, ["a.jpg"])]


def test_our_outputs_hidden_and_temporary_files_are_left_alone(tmp_path, seen):
    for name in ("a.color.jpg", ".a.jpg", "a.jpg.part", "a.tmp", ".autochrome-1-2-3.part.jpg"):
        (tmp_path / name).write_text("x")
    assert seen({}) == []


def test_several_are_taken_together(tmp_path, seen):
    for name in ("b.jpg", "a.jpg"):
        (tmp_path / name).write_text("x")
    assert seen({}) == [(3, ["a.jpg", "b.jpg"])]


def test_it_ends_when_asked_to(tmp_path):
    answers = iter([False, False, True])
    assert list(watch(list, is_stopped=lambda: next(answers), sleep=lambda _: None)) == []


def test_it_begins_at_once_with_the_real_clock(tmp_path):
    (tmp_path / "a.jpg").write_text("x")
    rounds = watch(partial(find_sources, [tmp_path]), settle_s=0, poll_s=0)
    assert [len(found) for found in islice(rounds, 1)] == [1]
