"""What is kept goes when it is old or too much, but not under the hands of who uses it."""

import pytest

from autochrome.web import shelf as shelving
from autochrome.web.problems import ProblemError
from autochrome.web.shelf import Shelf


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets; not everybody's, or a server beside it would sleep for hours."""
    now = [100.0]
    monkeypatch.setattr(shelving, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def folder_of(tmp_path):
    def make(name, num_bytes=10):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "file").write_bytes(bytes(num_bytes))
        return folder

    return make


def shelf(**limits):
    return Shelf(**{"max_items": 10, "max_bytes": 1000, "kept_s": 60} | limits)


def is_there(shelf, item_id):
    try:
        with shelf.using(item_id):
            return True
    except ProblemError:
        return False


def test_what_is_put_is_there_under_an_unguessable_id(folder_of):
    kept = shelf()
    ids = [kept.put(folder_of(f"{number}"), number) for number in range(3)]
    for number, item_id in enumerate(ids):
        assert len(item_id) >= 20
        with kept.using(item_id) as item:
            assert item.value == number
            assert (item.folder / "file").exists()
    with pytest.raises(ProblemError, match="nothing of this id"), kept.using("nothing"):
        pass


def test_what_was_not_used_for_long_goes(folder_of, clock):
    kept = shelf(kept_s=60)
    old, used = kept.put(folder_of("old"), 0), kept.put(folder_of("used"), 1)
    clock[0] += 40
    assert is_there(kept, used)
    clock[0] += 40
    assert is_there(kept, used)
    assert not is_there(kept, old)
    assert len(kept) == 1


def test_the_longest_unused_makes_room(folder_of, tmp_path):
    kept = shelf(max_items=2)
    first, second = kept.put(folder_of("first"), 0), kept.put(folder_of("second"), 1)
    assert is_there(kept, first)
    third = kept.put(folder_of("third"), 2)
    assert [is_there(kept, one) for one in (first, second, third)] == [True, False, True]
    assert not (tmp_path / "second").exists()


def test_bytes_are_counted_together(folder_of):
    kept = shelf(max_bytes=100)
    first, second = kept.put(folder_of("first", 60), 0), kept.put(folder_of("second", 40), 1)
    assert is_there(kept, first)
    assert is_there(kept, second)
    third = kept.put(folder_of("third", 50), 2)
    assert [is_there(kept, one) for one in (first, second, third)] == [False, True, True]


def test_what_has_just_come_stays_whatever_its_size(folder_of):
    kept = shelf(max_bytes=100)
    assert is_there(kept, kept.put(folder_of("large", 500), 0))


def test_files_in_use_stay_until_nobody_uses_them(folder_of, tmp_path):
    kept = shelf(max_items=1)
    first = kept.put(folder_of("first"), 0)
    with kept.using(first), kept.using(first):
        kept.put(folder_of("second"), 1)
        assert not is_there(kept, first)
        assert (tmp_path / "first" / "file").exists()
    assert not (tmp_path / "first").exists()


def test_what_is_used_does_not_grow_old(folder_of, clock, tmp_path):
    kept = shelf(kept_s=60)
    first = kept.put(folder_of("first"), 0)
    with kept.using(first):
        clock[0] += 1000
        kept.sweep()
        assert len(kept) == 1
    assert is_there(kept, first)


def test_removing_twice_is_no_fault(folder_of, tmp_path):
    kept = shelf()
    item_id = kept.put(folder_of("one"), 0)
    kept.remove(item_id)
    kept.remove(item_id)
    assert not (tmp_path / "one").exists()
    assert len(kept) == 0
