from __future__ import annotations

import glob
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autochrome.batch import Source, find_sources, plan_jobs
from autochrome.batch.sources import is_pattern
from autochrome.errors import OutputError, UsageError


@pytest.fixture
def touch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(*names: str) -> None:
        for name in names:
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    return make


def names(*inputs, **how) -> list[str]:
    return [source.path.as_posix() for source in find_sources(inputs, **how)]


TREE = (
    *("a.jpg", "b.TIF", "notes.txt", ".hidden.jpg", "a.color.jpg", "a.color-2.jpg"),
    *("x/a.jpg", "x/y/c.png", "x/.trash/d.jpg", "z/a.jpg"),
)


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("*.jpg", ["a.jpg"]),
            ("*", ["a.jpg", "b.TIF"]),
            ("?.*", ["a.jpg", "b.TIF"]),
            ("[ab].jpg", ["a.jpg"]),
            ("*/*.jpg", ["x/a.jpg", "z/a.jpg"]),
            ("x/*", ["x/a.jpg"]),
            ("**/*.jpg", ["a.jpg", "x/a.jpg", "z/a.jpg"]),
            ("**", ["a.jpg", "b.TIF", "x/a.jpg", "x/y/c.png", "z/a.jpg"]),
            ("x/**", ["x/a.jpg", "x/y/c.png"]),
            ("x/**/c.png", ["x/y/c.png"]),
            ("**/y/*", ["x/y/c.png"]),
        ],
    )
    def test_stand_for_photographs(self, touch, pattern, expected):
        touch(*TREE)
        assert names(pattern) == expected
        assert is_pattern(Path(pattern))

    def test_may_be_absolute(self, touch, tmp_path):
        touch(*TREE)
        assert names(f"{tmp_path}/x/*.jpg") == [f"{tmp_path.as_posix()}/x/a.jpg"]

    def test_keep_folders_from_the_last_fixed_one_on(self, touch):
        touch("in/x/a.jpg", "in/z/a.jpg")
        jobs = plan_jobs(["in/*/a.jpg"], "out")
        assert [job.destination.as_posix() for job in jobs] == [
            "out/x/a.color.jpg",
            "out/z/a.color.jpg",
        ]

    def test_names_that_look_like_patterns(self, touch):
        touch("scan[1].jpg", "scan1.jpg", "*.jpg")
        assert names("scan[1].jpg") == ["scan[1].jpg"]
        assert names("*.jpg") == ["*.jpg"]

    def test_without_a_match_fails_by_its_name(self, touch):
        touch("a.jpg")
        assert names("*.tif", "none/**", "a.jpg") == ["*.tif", "none/**", "a.jpg"]

    def test_overlapping_ones_give_each_file_once(self, touch):
        touch("a.jpg", "b.jpg")
        assert names("a.*", "*.jpg", ".") == ["a.jpg", "b.jpg"]

    @given(st.lists(st.sampled_from(["*", "**", "a*", "?", "x", "*.jpg"]), min_size=1, max_size=4))
    def test_agree_with_the_standard_library(self, tmp_path_factory, parts):
        root = tmp_path_factory.mktemp("tree")
        for name in ("a.jpg", "x/a.jpg", "x/x/b.jpg", "x/x/a/x.jpg", "y/a1/q.jpg"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
        pattern = str(root.joinpath(*parts))
        if not is_pattern(Path(pattern)):
            return
        matches = glob.glob(pattern, recursive=True)  # noqa: PTH207  Path.glob knows no last **
        expected = {path for path in matches if Path(path).is_file()}
        found = {str(source.path) for source in find_sources([pattern])} - {pattern}
        assert found == expected


class TestFolders:
    def test_links_in_a_circle_do_not_hang(self, touch):
        touch("in/a.jpg", "in/x/b.jpg")
        Path("in/x/up").symlink_to(Path("in").resolve())
        Path("in/self").symlink_to("self")
        assert names("in", recursive=True) == ["in/a.jpg", "in/x/b.jpg"]
        assert names("in/**") == ["in/a.jpg", "in/x/b.jpg"]

    def test_a_photograph_that_links_to_itself_fails_on_its_own(self, touch):
        touch("in/a.jpg")
        Path("in/self.jpg").symlink_to("self.jpg")
        assert names("in") == ["in/a.jpg", "in/self.jpg"]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_pipes_are_no_photographs(self, touch):
        touch("in/a.jpg")
        os.mkfifo("in/b.jpg")
        Path("in/c.jpg").symlink_to("b.jpg")
        Path("in/d.jpg").symlink_to("a.jpg")
        for folder in ("in", "in/*.jpg", "in/**"):
            assert names(folder) == ["in/a.jpg", "in/d.jpg"]
        assert names("in/b.jpg") == ["in/b.jpg"]  # named on its own, it fails on its own

    def test_unreadable_sub_folder_is_named_and_the_rest_found(self, touch, forbid):
        touch("in/a.jpg", "in/secret/b.jpg", "in/z/c.jpg")
        forbid("in/secret")
        for found in (names("in", recursive=True), names("in/**/*.jpg")):
            assert found == ["in/a.jpg", "in/secret", "in/z/c.jpg"]
        jobs = plan_jobs(["in"], "out", recursive=True)
        assert [job.source.as_posix() for job in jobs] == ["in/a.jpg", "in/secret", "in/z/c.jpg"]

    def test_unreadable_folder_is_named(self, touch, forbid):
        touch("in/a.jpg")
        forbid("in")
        assert names("in") == ["in"]
        assert plan_jobs(["in"], "out")[0].source == Path("in")

    def test_other_marks_are_recognized_too(self, touch):
        touch("a.jpg", "a_c.jpg", "a_C-3.jpg", "a.color.jpg", "ac.jpg")
        assert names(".", mark="_c") == ["a.jpg", "ac.jpg"]
        assert names(".", mark="") == ["a.jpg", "a_C-3.jpg", "a_c.jpg", "ac.jpg"]

    @pytest.mark.parametrize(
        ("given", "deep", "expected"),
        [
            ("in", False, ["in/a.psd", "in/notes.txt"]),
            ("in", True, ["in/a.psd", "in/notes.txt", "in/x/b.NEF"]),
            ("in/*.?sd", False, ["in/a.psd"]),
            ("in/**", False, ["in/a.psd", "in/notes.txt", "in/x/b.NEF"]),
            ("in/a.psd", False, []),  # named on its own, it fails on its own
        ],
    )
    def test_what_is_no_photograph_is_told_of(self, touch, given, deep, expected):
        touch("in/a.jpg", "in/a.psd", "in/notes.txt", "in/x/b.NEF", "in/.b.psd", "in/a.color.psd")
        left_out: list[Path] = []
        find_sources([given], recursive=deep, leave_out=left_out.append)
        assert sorted(path.as_posix() for path in left_out) == expected

    @pytest.fixture
    def forbid(self, monkeypatch):
        """Make a folder unreadable, for root too."""
        scandir = os.scandir

        def make(folder: str) -> None:
            def refuse(path="."):
                if os.fspath(path) == folder:
                    raise PermissionError(13, "Permission denied", folder)
                return scandir(path)

            monkeypatch.setattr(os, "scandir", refuse)

        return make


def test_what_has_been_found_is_taken_as_it_is(touch):
    source = Source(Path("in/x/.odd.txt"), Path("in"))
    assert find_sources([source]) == [source]
    assert plan_jobs([source], "out")[0].destination == Path("out/x/.odd.color.png")


class TestMark:
    def test_is_what_names_end_in(self, touch):
        touch("a.jpg")
        assert plan_jobs(["a.jpg"], mark="_c")[0].destination == Path("a_c.jpg")
        assert plan_jobs(["a.jpg"], "out/", mark="")[0].destination == Path("out/a.jpg")

    def test_without_it_inputs_are_protected(self, touch):
        touch("a.jpg", "in/a.jpg", "in/x/a.jpg")
        with pytest.raises(OutputError, match="replace the input"):
            plan_jobs(["a.jpg"], mark="")
        with pytest.raises(UsageError, match="inputs of the next run"):
            plan_jobs(["in"], "in/out", mark="", recursive=True)
        for output in (None, "in", "in/../in/"):
            with pytest.raises(UsageError, match="inputs of the next run"):
                plan_jobs(["in"], output, mark="", suffix=".png")
        assert plan_jobs(["in"], "in/out", mark="")  # there nobody looks
        assert plan_jobs(["in/**/*.jpg"], mark="", suffix=".png")  # nor for these
        assert plan_jobs(["in"], "out", mark="", recursive=True)

    @pytest.mark.parametrize("mark", ["/x", "..\\x", "a\0b", "a\nb", "a:b", "*"])
    def test_must_be_part_of_a_name(self, mark):
        with pytest.raises(UsageError, match="cannot be part of a file's name"):
            plan_jobs(["a.jpg"], mark=mark)
