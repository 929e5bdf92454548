from __future__ import annotations

import errno
import importlib
import socket
import sys
import tempfile
import urllib.request
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from autochrome.batch import Job, Journal, drive, plan_jobs, run_jobs
from autochrome.batch.fingerprint import Stamp
from autochrome.batch.storage import Url, location, look_up, path_below
from autochrome.errors import (
    DiskFullError,
    MissingExtraError,
    OutputError,
    UnreadablePhotoError,
    UsageError,
)
from autochrome.pipeline import ColorizeOptions, Colorizer, ColorizeResult

OPTIONS = ColorizeOptions(provenance=False)  # it has a date
NAMES = ("a.png", "x/a.png", "x/ü ☃ #1?%20.png")


@pytest.fixture(scope="module")
def colorizer(tiny_model):
    return Colorizer.open(tiny_model, device="cpu")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A local folder of photographs."""
    for number, name in enumerate(NAMES):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        ramp = np.linspace(10 * number, 255, 40 * 64, dtype=np.uint8).reshape(40, 64)
        Image.fromarray(ramp).save(path)
    return tmp_path / "in"


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory, monkeypatch):
    """Nothing may be left where photographs from afar are worked on."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


def upload(filesystem, folder: Path, to: str) -> None:
    for path in folder.rglob("*.*"):
        filesystem.pipe_file(f"{to}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def colorize(colorizer, jobs, **how) -> dict:
    results = list(run_jobs(jobs, colorizer, OPTIONS, **how))
    return {str(result.job.source): result for result in results}


def expected_bytes(colorizer, folder: Path, out: Path) -> dict[str, bytes]:
    jobs = plan_jobs([folder], f"{out}/", recursive=True)
    assert all(result.status == "done" for result in run_jobs(jobs, colorizer, OPTIONS))
    return {
        job.destination.relative_to(out).as_posix(): job.destination.read_bytes() for job in jobs
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("scans/a.jpg", Path("scans/a.jpg")),
        ("C://a.jpg", Path("C://a.jpg")),
        ("odd:name//a.jpg", Path("odd:name//a.jpg")),
        ("file:///scans/my%20photo.jpg", Path("/scans/my photo.jpg")),
        ("s3://bucket/scans/", Url("s3://bucket/scans")),
        ("S3://Bucket/a%20b?.jpg", Url("s3://Bucket/a%20b?.jpg")),
    ],
)
def test_addresses_are_told_from_paths(text, place):
    assert location(text) == place


def test_what_is_no_address():
    with pytest.raises(ValueError, match="no address"):
        Url("scans/a.jpg")


@pytest.mark.parametrize("text", ["memory://a", "memory:///a", "s3://bucket/a", "hdfs:///in/a"])
def test_the_parent_and_the_name_make_the_address(text):
    url = Url(text)
    assert str(url.parent / url.name) == text
    assert url.parent / "." == url.parent


SEGMENTS = st.text("ab.# ?☃%", min_size=1, max_size=6).filter(lambda text: text.strip(". "))


@given(st.lists(SEGMENTS, min_size=2, max_size=4))
def test_parts_of_an_address_are_those_of_a_path(segments):
    path = PurePosixPath(*segments)
    url = Url(f"s3://{path}")
    assert (url.name, url.stem, url.suffix) == (path.name, path.stem, path.suffix)
    assert str(url.parent) == f"s3://{path.parent}"
    top = Url(f"s3://{segments[0]}")
    assert path_below(url, top) == PurePosixPath(*segments[1:])
    assert top / path_below(url, top) == url


@pytest.mark.parametrize("num_jobs", [1, 2])
def test_folders_in_memory(colorizer, memory, folder, tmp_path, num_jobs):
    upload(memory, folder, "/in")
    memory.pipe_file("/in/.hidden/b.png", b"")
    memory.pipe_file("/in/notes.txt", b"")
    jobs = plan_jobs(["memory://in/"], "memory://out/", recursive=True)
    results = colorize(colorizer, jobs, num_jobs=num_jobs)
    assert {result.status for result in results.values()} == {"done"}
    expected = expected_bytes(colorizer, folder, tmp_path / "expected")
    assert len(expected) == len(NAMES)
    assert {
        name.removeprefix("/out/"): memory.cat_file(name) for name in memory.find("/out")
    } == expected


def test_without_recursion_sub_folders_are_left_out(memory, folder):
    upload(memory, folder, "/in")
    jobs = plan_jobs(["memory://in"], "memory://out/")
    assert jobs == [Job(Url("memory://in/a.png"), Url("memory://out/a.color.png"))]


def test_result_names_the_addresses(colorizer, memory, folder):
    upload(memory, folder, "/in")
    (job,) = plan_jobs(["memory://in/a.png"])
    (result,) = colorize(colorizer, [job]).values()
    assert (result.result.source, result.result.destination) == (job.source, job.destination)
    assert job.destination == Url("memory://in/a.color.png")


def test_variants_have_names_of_their_own(memory):
    memory.pipe_file("/in/a.png", b"")
    jobs = plan_jobs(["memory://in/"], "memory://out/", num_variants=2)
    assert [(str(job.destination), job.variant) for job in jobs] == [
        ("memory://out/a.color-1.png", (1, 2)),
        ("memory://out/a.color-2.png", (2, 2)),
    ]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("in/*.png", ["a.png"]),
        ("in/*/*.png", ["x/b.png", "y/c.png"]),
        ("in/**/[bc].png", ["x/b.png", "x/z/c.png", "y/c.png"]),
        ("in/x/**", ["x/b.png", "x/z/c.png"]),
        ("in/?.png", ["?.png"]),  # it is called so
    ],
)
def test_patterns(memory, pattern, found):
    for name in ("a.png", "x/b.png", "x/z/c.png", "y/c.png", "y/c.color.png", ".h/a.png"):
        memory.pipe_file(f"/in/{name}", b"")
    if "?" in pattern:
        memory.pipe_file("/in/?.png", b"")
    jobs = plan_jobs([f"memory://{pattern}"], "memory://out/")
    assert [str(job.source) for job in jobs] == [f"memory://in/{name}" for name in found]
    folders = "x" if pattern == "in/x/**" else ""
    assert [str(job.destination.parent) for job in jobs] == [
        f"memory://out/{name}".removesuffix("/")
        for name in (
            PurePosixPath(name).relative_to(folders).parent.as_posix().replace(".", "")
            for name in found
        )
    ]


class TestRefusals:
    def test_two_with_one_output(self):
        with pytest.raises(OutputError, match=r"would both be written to memory://out/a\.png"):
            plan_jobs(["memory://x/a.gif", "memory://y/a.bmp"], "memory://out/", mark="")

    def test_an_output_that_is_an_input(self):
        with pytest.raises(OutputError, match=r"would replace the input memory://x/a\.color\.png"):
            plan_jobs(["memory://x/a.png", "memory://x/a.color.png"])

    def test_unmarked_outputs_among_the_inputs(self, memory):
        memory.pipe_file("/in/a.png", b"")
        how = {"mark": "", "recursive": True}
        with pytest.raises(UsageError, match="would be inputs of the next run"):
            plan_jobs(["memory://in/"], "memory://in/out/", **how)
        assert len(plan_jobs(["memory://in/"], "memory://in2/", **how)) == 1


def test_a_photograph_left_alone_is_not_sent(memory):
    class LeavesAlone:
        def colorize_file(self, source, destination, options, **how):
            return ColorizeResult(
                source, destination, 2, 1, "fake", (f"{source} is odd",), skipped="!"
            )

    memory.pipe_file("/a.png", b"")
    (result,) = run_jobs(
        [Job(Url("memory://a.png"), Url("memory://b.png"))], LeavesAlone(), OPTIONS
    )
    assert (result.status, result.output) == ("skipped", None)
    assert result.result.warnings == ("memory://a.png is odd",)
    assert memory.find("/") == ["/a.png"]


def test_no_room_for_what_is_fetched(colorizer, memory, monkeypatch):
    def get_file(self, remote, local):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(memory), "get_file", get_file)
    (result,) = run_jobs([Job(Url("memory://a.png"), Url("memory://b.png"))], colorizer, OPTIONS)
    assert type(result.error) is DiskFullError


def test_from_here_to_there_and_back(colorizer, memory, folder, tmp_path):
    colorize(colorizer, plan_jobs([folder / "a.png"], "memory://out/a.tif"))
    colorize(colorizer, plan_jobs(["memory://out/a.tif"], f"file://{tmp_path}/back/"))
    with Image.open(tmp_path / "back" / "a.color.tif") as image:
        assert image.size == (64, 40)


class TestOutputsThatExist:
    def test_are_refused_or_skipped(self, memory):
        memory.pipe_file("/a.png", b"")
        memory.pipe_file("/a.color.png", b"precious")
        with pytest.raises(OutputError, match=r"memory://a\.color\.png exists"):
            plan_jobs(["memory://a.png"])
        (job,) = plan_jobs(["memory://a.png"], skip_existing=True)
        assert job.skip

    @pytest.mark.parametrize(("count", "num_folders"), [(3, 3), (30, 5), (30, 15)])
    def test_are_found_one_by_one_and_by_listing(self, memory, count, num_folders):
        urls = [Url(f"memory://out/{n % num_folders}/{n}.png") for n in range(count)]
        there = set(urls[::2])
        for url in there:
            memory.pipe_file(url.path, b"")
        assert look_up(urls).keys() == there

    def test_and_appeared_meanwhile_are_kept(self, memory, tmp_path):
        class Slow:
            def colorize_file(self, source, destination, options, **how):
                destination.write_bytes(b"ours")
                memory.pipe_file("/a.png", b"precious")

        job = Job(tmp_path / "a.png", Url("memory://a.png"))
        (result,) = run_jobs([job], Slow(), OPTIONS)
        assert result.error.exit_code == 4
        assert result.error.message == "memory://a.png exists already"
        assert memory.cat_file("/a.png") == b"precious"
        (result,) = run_jobs([job], Slow(), OPTIONS, overwrite=True)
        assert memory.cat_file("/a.png") == b"ours"


def test_errors_name_the_address_and_nothing_is_written(colorizer, memory):
    memory.pipe_file("/in/text.jpg", b"no photograph")
    results = colorize(colorizer, plan_jobs(["memory://in/text.jpg", "memory://in/none.jpg"]))
    text, missing = results.values()
    assert text.error.message.startswith("memory://in/text.jpg is damaged")
    assert missing.error.message.startswith("Cannot read memory://in/none.jpg: ")
    assert {text.error.exit_code, missing.error.exit_code} == {3}
    assert memory.find("/") == ["/in/text.jpg"]


@pytest.mark.parametrize(
    ("hidden", "address", "install"),
    [
        ("fsspec.core", "s3://bucket/a.jpg", "pip install 'autochrome[remote]'"),
        ("s3fs", "s3://bucket/a.jpg", "pip install 'autochrome[remote]'"),
        ("gcsfs", "gs://bucket/a.jpg", "pip install 'gcsfs'"),
    ],
)
def test_missing_package_is_named(monkeypatch, hidden, address, install):
    classes = importlib.import_module("fsspec.registry")._registry
    monkeypatch.delitem(classes, location(address).scheme, raising=False)
    monkeypatch.setitem(sys.modules, hidden, None)
    with pytest.raises(MissingExtraError, match=hidden.partition(".")[0]) as caught:
        plan_jobs([address])
    assert install in caught.value.advice


def test_unknown_kind_of_address():
    with pytest.raises(UsageError, match="nix://"):
        plan_jobs(["nix://bucket/a.jpg"])


class TestS3:
    def test_folders(self, colorizer, s3, folder, tmp_path):
        upload(s3, folder, "photos/in")
        s3.call_s3(
            "put_bucket_versioning",
            Bucket="photos",
            VersioningConfiguration={"Status": "Enabled"},
        )
        jobs = plan_jobs(["s3://photos/in/"], "s3://photos/out/", recursive=True)
        results = colorize(colorizer, jobs, num_jobs=2)
        assert {result.status for result in results.values()} == {"done"}
        expected = expected_bytes(colorizer, folder, tmp_path / "expected")
        found = s3.find("photos/out")
        assert {name.removeprefix("photos/out/"): s3.cat_file(name) for name in found} == expected
        versions = s3.call_s3("list_object_versions", Bucket="photos", Prefix="out/")["Versions"]
        assert len(versions) == len(NAMES)  # one PUT a file
        with pytest.raises(OutputError, match="2 more outputs exist"):
            plan_jobs(["s3://photos/in/"], "s3://photos/out/", recursive=True)

    @pytest.mark.parametrize("num_folders", [1, 20])
    def test_many_are_looked_up_though_folders_are_missing(self, s3, num_folders):
        there = Url("s3://photos/listed/0/0.png")
        s3.pipe_file(there.path, b"")
        urls = [there.parent.parent / f"{n % num_folders}/{n}.png" for n in range(20)]
        assert look_up(urls).keys() == {there}

    def test_missing_bucket(self, colorizer, s3, folder):
        jobs = [
            *plan_jobs(["s3://nowhere/a.png"], "s3://photos/nowhere/"),
            *plan_jobs([folder / "a.png"], "s3://nowhere/"),
        ]
        read, written = colorize(colorizer, jobs).values()
        assert (read.error.exit_code, written.error.exit_code) == (3, 4)
        for result, name in ((read, "s3://nowhere/a.png"), (written, "s3://nowhere/a.color.png")):
            assert f"{name}: The specified bucket does not exist" in result.error.message
        assert not s3.exists("nowhere")

    def test_forbidden(self, colorizer, s3, s3_server, folder):
        upload(s3, folder, "photos/secret")
        jobs = [
            Job(Url("s3://photos/secret/a.png"), Url("s3://photos/open/a.png")),
            Job(folder / "a.png", Url("s3://photos/open/b.png")),
        ]

        def unauthorized_calls_allowed(count: str) -> None:
            address = f"{s3_server}/moto-api/reset-auth"
            plain = {"Content-Type": "text/plain"}
            request = urllib.request.Request(address, count.encode(), plain)
            urllib.request.urlopen(request).close()

        unauthorized_calls_allowed("0")
        try:
            read, written = colorize(colorizer, jobs).values()
        finally:
            unauthorized_calls_allowed("inf")
        assert (read.error.exit_code, written.error.exit_code) == (3, 4)
        for result in (read, written):
            assert "credentials" in str(result.error)
            assert "\n" not in str(result.error)

    def test_server_that_is_down(self, colorizer, s3, folder, monkeypatch):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{probe.getsockname()[1]}")
        type(s3).clear_instance_cache()
        jobs = [
            Job(Url("s3://photos/a.png"), Url("s3://photos/b.png")),
            Job(folder / "a.png", Url("s3://photos/b.png")),
        ]
        try:
            read, written = colorize(colorizer, jobs).values()
            with pytest.raises(UnreadablePhotoError, match="Could not connect"):
                plan_jobs(["s3://photos/in/"])
        finally:
            type(s3).clear_instance_cache()
        assert (read.error.exit_code, written.error.exit_code) == (3, 4)
        for result in (read, written):
            assert "Could not connect" in result.error.message
            assert "\n" not in str(result.error)

    def test_variants(self, colorizer, s3, folder):
        upload(s3, folder, "photos/one")
        jobs = plan_jobs(["s3://photos/one/a.png"], "s3://photos/versions/", num_variants=2)
        assert [result.status for result in run_jobs(jobs, colorizer, OPTIONS)] == ["done"] * 2
        assert s3.find("photos/versions") == [
            "photos/versions/a.color-1.png",
            "photos/versions/a.color-2.png",
        ]

    def test_patterns(self, s3, folder):
        upload(s3, folder, "photos/patterns")
        jobs = plan_jobs(["s3://photos/patterns/*/a.*"], "s3://photos/none/")
        assert [str(job.destination) for job in jobs] == ["s3://photos/none/x/a.color.png"]

    def test_stamps_are_the_same_one_by_one_and_by_listing(self, s3):
        urls = [Url(f"s3://photos/stamps/{n}.png") for n in range(20)]
        for url in urls[:-1]:
            s3.pipe_file(url.path, url.name.encode())
        listed = Stamp.take_all(urls)
        assert listed == {url: Stamp.take(url) for url in urls[:-1]}
        assert len(set(listed.values())) == len(listed)


class TestJournal:
    """Where photographs are far away, the journal is here."""

    @pytest.fixture(params=["memory://top", "s3://photos/journal"])
    def storage(self, request, folder):
        """An address of photographs, and its file system."""
        scheme = request.param.partition(":")[0]
        filesystem = request.getfixturevalue(scheme)
        upload(filesystem, folder, f"{request.param.partition('//')[2]}/in")
        yield filesystem, request.param
        filesystem.rm(request.param, recursive=True)

    @pytest.fixture
    def again(self, storage, colorizer, tmp_path):
        """Do it, or what is left of it; returns the statuses."""
        _, top = storage

        def run(*, overwrite=False, engine=None) -> list[str]:
            with Journal(tmp_path / "state", "s", overwrite=overwrite) as journal:
                jobs = plan_jobs(
                    [f"{top}/in/"],
                    f"{top}/out/",
                    recursive=True,
                    overwrite=overwrite,
                    find_made=journal.find_made,
                )

                def local(jobs):
                    return run_jobs(jobs, colorizer, OPTIONS, overwrite=overwrite)

                return [result.status for result in drive(jobs, engine or local, journal=journal)]

        return run

    def test_the_same_again_does_nothing(self, again):
        assert again() == ["done"] * len(NAMES)
        assert again() == ["skipped"] * len(NAMES)
        assert again(overwrite=True) == ["skipped"] * len(NAMES)

    def test_what_has_changed_is_done_again(self, again, storage, folder):
        filesystem, top = storage
        again()
        upload(filesystem, folder, f"{top}/in".partition("//")[2])  # the same content
        expected = "skipped" if top.startswith("s3") else "done"  # memory:// tells only the time
        assert again(overwrite=True) == [expected] * len(NAMES)
        filesystem.pipe_file(f"{top}/in/a.png", (folder / NAMES[1]).read_bytes())
        assert sorted(again(overwrite=True)) == ["done", "skipped", "skipped"]
        filesystem.pipe_file(f"{top}/out/a.color.png", b"retouched")
        assert again() == ["skipped"] * len(NAMES)
        assert sorted(again(overwrite=True)) == ["done", "skipped", "skipped"]

    def test_a_run_that_died_before_its_entries(self, again, colorizer):
        def dying(jobs):
            for _, _ in zip(range(2), run_jobs(jobs, colorizer, OPTIONS), strict=False):
                pass
            raise KeyboardInterrupt
            yield

        with pytest.raises(KeyboardInterrupt):
            again(engine=dying)
        assert sorted(again()) == ["done", "skipped", "skipped"]
        assert again() == ["skipped"] * len(NAMES)
