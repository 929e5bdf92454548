from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from autochrome.batch import Job, plan_jobs
from autochrome.errors import OutputError, UnreadablePhotoError, UsageError
from autochrome.photo import WRITABLE_SUFFIXES
from autochrome.photo.naming import READABLE_SUFFIXES


def touch(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def written(jobs: list[Job], folder: Path) -> dict[str, str]:
    return {
        job.source.relative_to(folder).as_posix(): job.destination.relative_to(folder).as_posix()
        for job in jobs
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", "a.color.jpg"),
        ("A.JPEG", "A.color.JPEG"),
        ("scan.v2.tif", "scan.v2.color.tif"),
        ("old.gif", "old.color.png"),
        ("old.bmp", "old.color.png"),
        ("raw.NEF", "raw.color.png"),
        ("no_suffix", "no_suffix.color.png"),
        ("Großmutter 1912 ☃.webp", "Großmutter 1912 ☃.color.webp"),
    ],
)
def test_default_output_is_beside_the_input(tmp_path, name, expected):
    (source,) = touch(tmp_path, name)
    assert plan_jobs([source]) == [Job(source, tmp_path / expected)]


def test_an_animation_stays_one_wherever_it_is(tmp_path, monkeypatch):
    path = tmp_path / "in" / "old.gif"
    path.parent.mkdir()
    first, *others = (Image.new("L", (8, 8), value) for value in (0, 90, 180))
    first.save(path, save_all=True, append_images=others)
    assert plan_jobs([path]) == [Job(path, path.with_name("old.color.webp"))]
    monkeypatch.chdir(tmp_path)
    assert plan_jobs(["in/old.gif"], "out/")[0].destination == Path("out/old.color.webp")


class TestOutput:
    def test_is_a_file_for_one_input(self, tmp_path):
        (source,) = touch(tmp_path, "a.jpg")
        assert plan_jobs([source], tmp_path / "b.png") == [Job(source, tmp_path / "b.png")]

    def test_is_a_folder_if_it_exists(self, tmp_path):
        (source,) = touch(tmp_path, "a.jpg")
        (tmp_path / "out").mkdir()
        jobs = plan_jobs([source], tmp_path / "out")
        assert written(jobs, tmp_path) == {"a.jpg": "out/a.color.jpg"}

    def test_is_a_folder_if_it_ends_in_a_slash(self, tmp_path):
        (source,) = touch(tmp_path, "a.jpg")
        jobs = plan_jobs([source], f"{tmp_path}/new/")
        assert written(jobs, tmp_path) == {"a.jpg": "new/a.color.jpg"}

    def test_is_a_folder_for_several_inputs(self, tmp_path):
        jobs = plan_jobs(touch(tmp_path, "a.jpg", "b.jpg"), tmp_path / "new")
        assert written(jobs, tmp_path) == {"a.jpg": "new/a.color.jpg", "b.jpg": "new/b.color.jpg"}

    def test_is_a_folder_for_a_folder_of_one(self, tmp_path):
        touch(tmp_path, "in/a.jpg")
        jobs = plan_jobs([tmp_path / "in"], tmp_path / "new.jpg")
        assert written(jobs, tmp_path) == {"in/a.jpg": "new.jpg/a.color.jpg"}

    def test_that_is_a_file_cannot_take_several_inputs(self, tmp_path):
        touch(tmp_path, "out.jpg")
        with pytest.raises(OutputError, match="is a file"):
            plan_jobs(touch(tmp_path, "a.jpg", "b.jpg"), tmp_path / "out.jpg", overwrite=True)

    @pytest.mark.parametrize("name", ["out.gif", "out.xyz", "out"])
    def test_of_an_unknown_format_is_refused(self, tmp_path, name):
        with pytest.raises(OutputError, match="not supported"):
            plan_jobs(touch(tmp_path, "a.jpg"), tmp_path / name)

    def test_format_is_the_one_asked_for(self, tmp_path):
        jobs = plan_jobs(touch(tmp_path, "a.jpg", "b.gif"), suffix=".tif")
        assert written(jobs, tmp_path) == {"a.jpg": "a.color.tif", "b.gif": "b.color.tif"}

    def test_format_is_asked_for_once(self, tmp_path):
        with pytest.raises(UsageError, match="Leave --format out"):
            plan_jobs(touch(tmp_path, "a.jpg"), tmp_path / "b.png", suffix=".tif")


class TestFolder:
    FILES = ("a.jpg", "b.TIF", "a.color.jpg", "b.Color.TIF", "notes.txt", ".hidden.jpg", "c.gif")

    def test_takes_photographs_but_not_our_outputs(self, tmp_path):
        touch(tmp_path, *self.FILES, "sub/d.jpg")
        jobs = plan_jobs([tmp_path], overwrite=True)
        assert [job.source.name for job in jobs] == ["a.jpg", "b.TIF", "c.gif"]

    def test_recursion_keeps_sub_folders(self, tmp_path):
        touch(tmp_path, "in/a.jpg", "in/x/a.jpg", "in/x/y/b.png", "in/.git/c.jpg")
        jobs = plan_jobs([tmp_path / "in"], tmp_path / "out", recursive=True)
        assert written(jobs, tmp_path) == {
            "in/a.jpg": "out/a.color.jpg",
            "in/x/a.jpg": "out/x/a.color.jpg",
            "in/x/y/b.png": "out/x/y/b.color.png",
        }

    def test_our_outputs_named_on_their_own_are_taken(self, tmp_path):
        assert len(plan_jobs(touch(tmp_path, "a.color.jpg"))) == 1

    def test_without_photographs_is_an_error(self, tmp_path):
        touch(tmp_path, "sub/a.jpg", "notes.txt")
        with pytest.raises(UnreadablePhotoError, match="--recursive"):
            plan_jobs([tmp_path])

    def test_second_run_finds_the_same_jobs(self, tmp_path):
        touch(tmp_path, "a.jpg", "x/b.jpg")
        first = plan_jobs([tmp_path], tmp_path / "x", recursive=True)
        touch(tmp_path, *(str(job.destination) for job in first))
        second = plan_jobs([tmp_path], tmp_path / "x", recursive=True, overwrite=True)
        assert second == first


class TestRefusals:
    def test_two_inputs_with_one_output(self, tmp_path):
        with pytest.raises(OutputError, match=r"x.a\.jpg and .*y.a\.jpg"):
            plan_jobs(touch(tmp_path, "x/a.jpg", "y/a.jpg"), f"{tmp_path}/out/", overwrite=True)

    def test_two_formats_with_one_fallback(self, tmp_path):
        with pytest.raises(OutputError, match=r"a\.color\.png"):
            plan_jobs(touch(tmp_path, "a.gif", "a.bmp"))

    def test_output_that_is_the_input(self, tmp_path):
        (source,) = touch(tmp_path, "a.jpg")
        with pytest.raises(OutputError, match="replace the input"):
            plan_jobs([source], tmp_path / "sub" / ".." / "a.jpg", overwrite=True)

    def test_output_that_is_another_input(self, tmp_path):
        with pytest.raises(OutputError, match="replace the input"):
            plan_jobs(touch(tmp_path, "a.jpg", "a.color.jpg"), overwrite=True)

    def test_output_that_links_to_the_input(self, tmp_path):
        (source,) = touch(tmp_path, "a.jpg")
        (tmp_path / "link.jpg").symlink_to(source)
        with pytest.raises(OutputError, match="replace the input"):
            plan_jobs([source], tmp_path / "link.jpg", overwrite=True)

    def test_existing_output(self, tmp_path):
        (source, _) = touch(tmp_path, "a.jpg", "a.color.jpg")
        with pytest.raises(OutputError, match="--overwrite or --skip-existing"):
            plan_jobs([source])
        assert plan_jobs([source], overwrite=True)[0].skip is False
        assert plan_jobs([source], skip_existing=True)[0].skip is True

    def test_overwrite_and_skip(self):
        with pytest.raises(UsageError, match="exclude"):
            plan_jobs(["a.jpg"], overwrite=True, skip_existing=True)

    def test_nothing(self):
        with pytest.raises(UnreadablePhotoError):
            plan_jobs([])


def test_missing_file_is_planned_and_left_to_fail_on_its_own(tmp_path):
    jobs = plan_jobs([tmp_path / "missing.jpg", *touch(tmp_path, "a.jpg")])
    assert [job.source.name for job in jobs] == ["missing.jpg", "a.jpg"]


def test_input_named_twice_is_done_once(tmp_path):
    (source,) = touch(tmp_path, "a.jpg")
    assert len(plan_jobs([source, str(source), tmp_path])) == 1


NAMES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "x/", "x/y/", "z/"]),
    st.sampled_from(["a", "A", "b", "b.color", "ü ☃", "-"]),
    st.sampled_from([*sorted(READABLE_SUFFIXES), ".JPG", ".txt", ""]),
)


@given(st.lists(NAMES, min_size=1, max_size=8, unique=True))
def test_files_are_refused_exactly_if_something_would_be_lost(names):
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        sources = touch(root, *names)
        expected = [
            path.with_name(
                f"{path.stem}.color"
                + (path.suffix if path.suffix.lower() in WRITABLE_SUFFIXES else ".png")
            )
            for path in sources
        ]
        if len({*sources, *expected}) < 2 * len(names):
            with pytest.raises(OutputError):
                plan_jobs(sources, overwrite=True)
        else:
            jobs = plan_jobs(sources, overwrite=True)
            assert [(job.source, job.destination) for job in jobs] == list(
                zip(sources, expected, strict=True)
            )


@given(st.lists(NAMES, min_size=1, max_size=8, unique=True))
def test_folders_are_planned_without_a_change_to_them(names):
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        touch(root / "in", *names)
        before = sorted(root.rglob("*"))
        try:
            jobs = plan_jobs([root / "in"], f"{root}/out/", recursive=True)
        except (OutputError, UnreadablePhotoError):
            jobs = []
        assert sorted(root.rglob("*")) == before
        assert len({job.destination for job in jobs}) == len(jobs)
        for job in jobs:
            below_in = job.source.parent.relative_to(root / "in")
            assert job.destination.parent == root / "out" / below_in


class TestVariants:
    def test_are_a_job_each(self, tmp_path):
        (source,) = touch(tmp_path, "a.jpg")
        assert plan_jobs([source], num_variants=2) == [
            Job(source, tmp_path / "a.color-1.jpg", variant=(1, 2)),
            Job(source, tmp_path / "a.color-2.jpg", variant=(2, 2)),
        ]

    def test_take_the_name_of_the_output(self, tmp_path):
        jobs = plan_jobs(touch(tmp_path, "a.jpg"), tmp_path / "b.png", num_variants=2)
        assert [job.destination.name for job in jobs] == ["b-1.png", "b-2.png"]

    def test_that_exist_are_refused_or_kept_one_by_one(self, tmp_path):
        touch(tmp_path, "a.jpg", "a.color-2.jpg")
        with pytest.raises(OutputError, match=r"a\.color-2\.jpg exists"):
            plan_jobs([tmp_path / "a.jpg"], num_variants=3)
        jobs = plan_jobs([tmp_path / "a.jpg"], num_variants=3, skip_existing=True)
        assert [job.skip for job in jobs] == [False, True, False]
        assert [job.variant for job in jobs] == [(1, 3), (2, 3), (3, 3)]

    def test_may_not_collide(self, tmp_path):
        sources = touch(tmp_path, "x/a.jpg", "y/a.jpg")
        with pytest.raises(OutputError, match="both be written"):
            plan_jobs(sources, tmp_path / "out", num_variants=2)

    def test_are_not_photographs_of_the_next_run(self, tmp_path):
        touch(tmp_path, "a.jpg", "a.color-1.jpg", "b.Color-12.TIF", "c.color-x.jpg", "d.color1.jpg")
        jobs = plan_jobs([tmp_path])
        assert [job.source.name for job in jobs] == ["a.jpg", "c.color-x.jpg", "d.color1.jpg"]
