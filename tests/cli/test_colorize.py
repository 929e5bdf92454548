from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from autochrome.pipeline import ColorizeResult, Hint, Variant

TINY_GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


def outputs(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.color*.*")}


@pytest.mark.usefixtures("fake")
class TestFiles:
    def test_one_photo(self, run, touch, tmp_path):
        touch("old.jpg")
        result = run("colorize", "old.jpg")
        assert (result.exit_code, result.stdout) == (0, "")
        assert "old.jpg -> old.color.jpg" in result.stderr
        assert outputs(tmp_path) == {"old.color.jpg"}

    def test_quiet(self, run, touch):
        touch("old.jpg")
        result = run("colorize", "-q", "old.jpg")
        assert (result.exit_code, result.output) == (0, "")

    @pytest.mark.parametrize(
        ("name", "code", "message"),
        [
            ("missing.jpg", 3, "does not exist"),
            ("bad.jpg", 3, "bad.jpg is not a photograph\nLook at it."),
            ("huge.jpg", 7, "Not enough memory for huge.jpg"),
            ("bug.jpg", 70, "ZeroDivisionError: oops"),
            ("full.jpg", 4, "The disk is full\nMake room."),
            ("stop.jpg", 130, "Interrupted"),
        ],
    )
    def test_failure_of_one_photo_has_its_own_code(self, run, touch, tmp_path, name, code, message):
        if name != "missing.jpg":
            touch(name)
        result = run("colorize", "-q", name)
        assert (result.exit_code, result.stdout) == (code, "")
        assert message in result.stderr
        assert outputs(tmp_path) == set()

    @pytest.mark.parametrize("jobs", ["1", "3"])
    def test_others_are_done_after_a_bad_one(self, run, touch, tmp_path, jobs):
        touch("a.jpg", "bad.jpg", "c.jpg")
        result = run("colorize", "--jobs", jobs, "a.jpg", "bad.jpg", "missing.jpg", "c.jpg")
        assert result.exit_code == 8
        assert "bad.jpg is not a photograph" in result.stderr
        assert "2 of 4 photographs failed" in result.stderr
        assert outputs(tmp_path) == {"a.color.jpg", "c.color.jpg"}

    def test_interrupt_stops_the_batch(self, run, touch, tmp_path):
        touch("a.jpg", "stop.jpg", "z.jpg")
        result = run("colorize", "--jobs", "1", "a.jpg", "stop.jpg", "z.jpg")
        assert result.exit_code == 130
        assert outputs(tmp_path) == {"a.color.jpg"}

    def test_folder_tree(self, run, touch, tmp_path):
        touch("in/a.jpg", "in/x/b.tif", "in/x/b.color.tif")
        assert run("colorize", "-r", "in", "-o", "out").exit_code == 0
        assert outputs(tmp_path / "out") == {"a.color.jpg", "x/b.color.tif"}

    def test_unicode_names(self, run, touch, tmp_path):
        touch("Großmutter ☃ 1912.jpg")
        result = run("colorize", "--json", "Großmutter ☃ 1912.jpg")
        assert json.loads(result.stdout)["destination"] == "Großmutter ☃ 1912.color.jpg"
        assert outputs(tmp_path) == {"Großmutter ☃ 1912.color.jpg"}

    @pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
    def test_names_that_are_no_text(self, run, tmp_path):
        name = os.fsdecode(b"caf\xe9.jpg")
        (tmp_path / name).touch()
        for arguments in (["--dry-run"], ["--dry-run", "--json"], ["--json"]):
            result = run("colorize", *arguments, name)
            assert result.exit_code == 0, result.stderr


@pytest.mark.usefixtures("fake")
class TestExisting:
    def test_is_refused(self, run, touch):
        touch("a.jpg", "a.color.jpg")
        result = run("colorize", "a.jpg")
        assert (result.exit_code, result.stdout) == (4, "")
        assert "--overwrite or --skip-existing" in result.stderr

    def test_is_overwritten(self, run, touch, tmp_path):
        touch("a.jpg", "a.color.jpg")
        assert run("colorize", "--overwrite", "a.jpg").exit_code == 0
        assert (tmp_path / "a.color.jpg").read_text() != ""

    def test_is_skipped(self, run, touch, tmp_path):
        touch("a.jpg", "b.jpg", "a.color.jpg")
        result = run("colorize", "--skip-existing", "--json", "--jobs", "1", "a.jpg", "b.jpg")
        assert result.exit_code == 0
        assert [json.loads(line)["status"] for line in result.stdout.splitlines()] == [
            "skipped",
            "done",
        ]
        assert (tmp_path / "a.color.jpg").read_text() == ""

    def test_two_inputs_with_one_output_do_no_work(self, run, touch, tmp_path):
        touch("x/a.jpg", "y/a.jpg")
        assert run("colorize", "x/a.jpg", "y/a.jpg", "-o", "out").exit_code == 4
        assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("fake")
class TestJson:
    def test_stdout_is_one_line_a_file(self, run, touch):
        touch("a.jpg", "bad.jpg")
        result = run("colorize", "-v", "--json", "--jobs", "1", "a.jpg", "bad.jpg")
        done, failed = map(json.loads, result.stdout.splitlines())
        assert done["seconds"] >= 0
        assert (
            done.items()
            >= {
                "source": "a.jpg",
                "destination": "a.color.jpg",
                "status": "done",
                "error": None,
                "pages": 1,
            }.items()
        )
        assert failed["status"] == "failed"
        assert failed["error"] == {
            "type": "UnreadablePhotoError",
            "message": "bad.jpg is not a photograph",
            "advice": "Look at it.",
            "exit_code": 3,
        }

    def test_dry_run(self, run, touch, tmp_path, fake):
        touch("a.jpg")
        result = run("colorize", "--dry-run", "--json", "a.jpg")
        assert json.loads(result.stdout)["status"] == "planned"
        assert run("colorize", "--dry-run", "a.jpg").stdout == "a.jpg -> a.color.jpg\n"
        assert outputs(tmp_path) == set()
        assert fake.opened == []


class TestVariants:
    def test_are_written_and_kept(self, run, touch, tmp_path, fake):
        touch("a.jpg")
        assert run("colorize", "--variants", "3", "a.jpg").exit_code == 0
        written = {"a.color-1.jpg", "a.color-2.jpg", "a.color-3.jpg"}
        assert outputs(tmp_path) == written
        (tmp_path / "a.color-2.jpg").unlink()
        assert run("colorize", "--variants", "3", "a.jpg").exit_code == 4
        result = run("colorize", "--variants", "3", "--skip-existing", "--json", "a.jpg")
        status = [json.loads(line)["status"] for line in result.stdout.splitlines()]
        assert status == ["skipped", "done", "skipped"]

    @pytest.mark.parametrize("n", ["0", "1", "17", "many"])
    def test_are_from_2_to_16(self, run, touch, fake, n):
        touch("a.jpg")
        assert run("colorize", "--variants", n, "a.jpg").exit_code == 2
        assert fake.opened == []


@pytest.fixture
def options(fake, monkeypatch):
    """The options that reach the colorizer."""
    seen = []
    monkeypatch.setattr(
        fake, "colorize_file", lambda self, source, target, options, **_: seen.append(options)
    )
    return seen


class TestHints:
    def test_come_from_the_command_line_and_from_a_file(self, run, touch, tmp_path, options):
        touch("a.jpg")
        (tmp_path / "hints.txt").write_text("1,2=#112233\n")
        more = ["--hint", "50%,60%=#445566", "--hint", "3,4=#808080"]
        assert run("colorize", "a.jpg", "--hints", "hints.txt", *more).exit_code == 0
        assert options[0].hints == (
            Hint(1, 2, "#112233"),
            Hint(50, 60, "#445566", percent=True),
            Hint(3, 4, "#808080"),
        )

    def test_are_for_the_variants_of_one_photo(self, run, touch, options):
        touch("a.jpg", "b.jpg")
        hint = ["--hint", "1,2=#112233"]
        assert run("colorize", "--variants", "2", "a.jpg", *hint).exit_code == 0
        assert {each.variant for each in options} == {Variant(1, 2), Variant(2, 2)}
        result = run("colorize", "a.jpg", "b.jpg", *hint)
        assert (result.exit_code, len(options)) == (2, 2)
        assert "for one photo" in result.stderr

    @pytest.mark.parametrize("wrong", [["--hint", "1,2=blue"], ["--hints", "missing.txt"]])
    def test_malformed_ones_are_usage_errors(self, run, touch, fake, wrong):
        touch("a.jpg")
        assert run("colorize", "a.jpg", *wrong).exit_code == 2
        assert fake.opened == []


class TestOptions:
    @pytest.mark.parametrize(
        ("variables", "typed", "expected"),
        [
            ({}, [], True),
            ({"PROVENANCE": "0"}, [], False),
            ({"NO_PROVENANCE": "1"}, [], False),
            ({"NO_PROVENANCE": "0"}, [], True),
            ({"NO_PROVENANCE": ""}, [], True),
            ({"NO_PROVENANCE": "1"}, ["--provenance"], True),
            ({"NO_PROVENANCE": "1", "PROVENANCE": "1"}, [], True),
        ],
    )
    def test_a_switch_hears_both_of_its_variables(
        self, run, touch, options, variables, typed, expected
    ):
        touch("a.jpg")
        env = {f"AUTOCHROME_COLORIZE_{name}": value for name, value in variables.items()}
        assert run("colorize", "a.jpg", *typed, env=env).exit_code == 0
        assert options[0].provenance is expected

    def test_a_variable_that_is_no_yes_or_no(self, run, touch, fake):
        touch("a.jpg")
        result = run("colorize", "a.jpg", env={"AUTOCHROME_COLORIZE_NO_PROVENANCE": "banana"})
        assert result.exit_code == 2
        assert "Invalid value for '--provenance'" in result.stderr

    def test_verbose_logs_the_model(self, run, touch, fake, caplog):
        touch("a.jpg")
        with caplog.at_level("INFO"):
            result = run("colorize", "-v", "a.jpg")
        assert (result.exit_code, result.stdout) == (0, "")
        assert "model fake on cpu" in caplog.text

    def test_reach_the_colorizer(self, run, touch, tmp_path, fake):
        touch("a.jpg")
        how = ["--model", "m", "--device", "cpu", "--saturation", "0.5", "--format", "png"]
        assert run("colorize", *how, "a.jpg").exit_code == 0
        assert fake.opened == [{"model": "m", "device": "cpu", "num_threads": None}]
        assert json.loads((tmp_path / "a.color.png").read_text()) == {"saturation": 0.5}

    def test_come_from_the_environment(self, run, touch, fake):
        touch("a.jpg")
        assert run("colorize", "a.jpg", env={"AUTOCHROME_COLORIZE_DEVICE": "cuda"}).exit_code == 0
        assert fake.opened[0]["device"] == "cuda"

    def test_several_jobs_share_the_cores(self, run, touch, fake):
        touch("a.jpg", "b.jpg")
        assert run("colorize", "--jobs", "10000", "a.jpg", "b.jpg").exit_code == 0
        assert fake.opened[0]["num_threads"] == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            ["--temperature", "2"],
            ["--vividness", "nan"],
            ["--strength", "1.5"],
            ["--preset", "loud"],
            ["--jobs", "0"],
            ["--device", "tpu"],
            ["--overwrite", "--skip-existing"],
        ],
    )
    def test_out_of_range_are_usage_errors(self, run, touch, fake, wrong):
        touch("a.jpg")
        assert run("colorize", *wrong, "a.jpg").exit_code == 2
        assert fake.opened == []

    @pytest.mark.parametrize(("size", "code"), [("15", 2), ("16", 0), ("1024", 0), ("1025", 2)])
    def test_a_size_out_of_range_is_called_as_typed(self, run, touch, fake, size, code):
        touch("a.jpg")
        result = run("colorize", "a.jpg", "--size", size)
        assert (result.exit_code, "'--size'" in result.stderr) == (code, code == 2)

    @pytest.mark.usefixtures("fake")
    def test_unknown_model(self, run, touch):
        touch("a.jpg", "b.jpg")
        result = run("colorize", "--model", "unknown", "a.jpg", "b.jpg")
        assert (result.exit_code, result.stdout) == (5, "")
        assert "Try another." in result.stderr


@pytest.mark.usefixtures("fake")
class TestQuality:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["a.jpg", "-o", "new.png"],
            ["a.jpg", "-o", "new.TIFF"],
            ["-", "-o", "new.png"],
            ["a.jpg", "b.jpg", "--format", "tif"],
            ["-", "--format", "png"],
            ["b.png"],
            ["b.png", "b.png", "missing.bmp", "-o", "out/"],
        ],
    )
    def test_is_refused_where_nothing_is_lost(self, run, touch, tmp_path, arguments):
        touch("a.jpg", "b.jpg", "b.png")
        result = run("colorize", *arguments, "--quality", "95", stdin=TINY_GIF)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--quality is not for ." in result.stderr
        assert {path.name for path in tmp_path.iterdir()} == {"a.jpg", "b.jpg", "b.png"}

    @pytest.mark.parametrize(
        "arguments",
        [
            ["a.jpg", "-o", "new.jpg"],
            ["a.jpg", "b.png", "-o", "out/"],
            ["a.jpg", "b.png", "-o", "out.png/"],
            ["a.jpg", "--format", "webp"],
            ["b.png", "--format", "webp"],
            ["x/moves.gif"],  # becomes .webp
            [".", "-o", "out/"],  # the files of a folder are looked for later
            ["*.png"],
            ["--files-from", "list.txt"],
        ],
    )
    def test_is_allowed_elsewhere(self, run, touch, arguments):
        touch("a.jpg", "b.png")
        Path("list.txt").write_text("b.png\n")
        Path("x").mkdir()
        frames = [Image.new("L", (2, 2), level) for level in (0, 255)]
        frames[0].save("x/moves.gif", save_all=True, append_images=frames[1:])
        assert run("colorize", *arguments, "--quality", "5").exit_code == 0

    def test_a_variable_is_for_many_commands(self, run, touch):
        touch("a.jpg")
        environment = {"AUTOCHROME_COLORIZE_QUALITY": "5"}
        assert run("colorize", "a.jpg", "-o", "new.png", env=environment).exit_code == 0


@pytest.mark.usefixtures("fake")
class TestIdleOptions:
    @pytest.mark.parametrize(
        "arguments", [["a.jpg", "-o", "new.jpg"], ["a.jpg", "-o", "-"], ["-"], ["-", "-o", "b.jpg"]]
    )
    def test_a_suffix_is_not_for_an_output_with_a_name(self, run, tmp_path, arguments):
        (tmp_path / "a.jpg").write_bytes(TINY_GIF)
        result = run("colorize", *arguments, "--suffix", "_c", stdin=TINY_GIF)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--suffix" in result.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]
        variables = {"AUTOCHROME_COLORIZE_SUFFIX": "_c"}
        assert run("colorize", *arguments, stdin=TINY_GIF, env=variables).exit_code == 0

    def test_a_suffix_is_for_names_that_are_made(self, run, touch, tmp_path):
        touch("a.jpg", "b.jpg")
        assert run("colorize", "a.jpg", "-o", "out/", "--suffix", "_c").exit_code == 0
        assert run("colorize", "a.jpg", "b.jpg", "--suffix", "_c").exit_code == 0
        found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*_c.jpg")}
        assert found == {"a_c.jpg", "b_c.jpg", "out/a_c.jpg"}

    @pytest.mark.parametrize("arguments", [["a.gif", "-o", "-"], ["-"], ["-", "-o", "new.png"]])
    def test_a_stream_has_no_journal(self, run, tmp_path, arguments):
        (tmp_path / "a.gif").write_bytes(TINY_GIF)
        result = run("colorize", *arguments, "--state", "state", stdin=TINY_GIF)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--state" in result.stderr
        variables = {"AUTOCHROME_COLORIZE_STATE": "state"}
        assert run("colorize", *arguments, stdin=TINY_GIF, env=variables).exit_code == 0


@pytest.mark.usefixtures("fake")
class TestStreams:
    @pytest.mark.parametrize("format_", [None, "png"])
    def test_stdin_to_stdout(self, run, format_):
        how = ["--format", format_] if format_ else []
        result = run("colorize", "-", *how, stdin=TINY_GIF)
        assert (result.exit_code, result.stderr) == (0, "")
        assert json.loads(result.stdout) == {"saturation": 1.0}

    def test_stdin_to_a_file(self, run, tmp_path):
        assert run("colorize", "-", "-o", "new.tif", stdin=b"x").exit_code == 0
        assert json.loads((tmp_path / "new.tif").read_text()) == {"saturation": 1.0}
        assert [path.name for path in tmp_path.iterdir()] == ["new.tif"]

    def test_what_is_left_alone_is_told_of(self, run, fake, monkeypatch):
        def left_alone(self, source, destination, *args, **how):
            return ColorizeResult(source, destination, 2, 1, "fake", skipped="in color already")

        monkeypatch.setattr(fake, "colorize_file", left_alone)
        result = run("colorize", "-", "-o", "new.tif", "--skip-color", stdin=b"x")
        assert result.exit_code == 0
        assert result.stderr == "new.tif was not written: in color already\n"

    def test_file_to_stdout(self, run, tmp_path):
        (tmp_path / "a.gif").write_bytes(TINY_GIF)
        assert json.loads(run("colorize", "a.gif", "-o", "-").stdout) == {"saturation": 1.0}

    def test_nothing_temporary_stays(self, run, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        for content in (TINY_GIF, b"huge", b"text"):
            run("colorize", "-", stdin=content)
        assert list(tmp_path.iterdir()) == []

    def test_no_room_for_temporary_files(self, run, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
        result = run("colorize", "-", stdin=TINY_GIF)
        assert (result.exit_code, result.stdout) == (4, "")
        assert "TMPDIR" in result.stderr

    def test_existing_file_is_refused(self, run, touch):
        touch("new.png")
        assert run("colorize", "-", "-o", "new.png", stdin=b"x").exit_code == 4
        assert run("colorize", "-", "-o", "new.png", "--overwrite", stdin=b"x").exit_code == 0

    def test_missing_folders_are_made(self, run, tmp_path):
        assert run("colorize", "-", "-o", "new/folder/a.png", stdin=b"x").exit_code == 0
        assert (tmp_path / "new" / "folder" / "a.png").exists()

    def test_file_that_cannot_be_written(self, run, touch):
        touch("file")
        assert run("colorize", "-", "-o", "file/a.png", stdin=b"x").exit_code == 4

    @pytest.mark.parametrize(
        "arguments",
        [
            ["a.jpg"],
            ["--json"],
            ["--variants", "2"],
            ["--dry-run"],
            ["--skip-existing"],
            ["-r"],
            ["-o", "out/"],
        ],
    )
    def test_what_makes_no_sense(self, run, arguments):
        result = run("colorize", "-", *arguments, stdin=b"x")
        assert (result.exit_code, result.stdout) == (2, "")

    def test_errors(self, run):
        assert run("colorize", "missing.jpg", "-o", "-").exit_code == 3
        result = run("colorize", "-", "--format", "png", stdin=b"huge")
        assert (result.exit_code, result.stdout) == (7, "")
        assert "the photograph from stdin is too big" in result.stderr
