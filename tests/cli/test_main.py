from __future__ import annotations

import errno
import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete

from autochrome import __version__
from autochrome.cli import main as main_module
from autochrome.cli.main import COMMANDS, LazyCommand, cli
from autochrome.errors import AutochromeError, DeviceUnavailableError, OutputError


@pytest.fixture
def command_raising(monkeypatch):
    """Put a command into the table that raises."""

    def install(error: BaseException):
        @click.command()
        def fail():
            raise error

        monkeypatch.setattr(main_module, "_fail", fail, raising=False)
        target = f"{main_module.__name__}:_fail"
        monkeypatch.setitem(COMMANDS, "fail", LazyCommand(target, "Fail."))

    return install


def test_help_names_every_command(run):
    result = run("--help")
    assert result.exit_code == 0
    for name, command in COMMANDS.items():
        assert f"{name} " in result.stdout
        assert command.help in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run, name):
    result = run(name, "--help")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(f"Usage: autochrome {name}")


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (("colorize",), "--size"),
        (("colorize",), "--variants"),
        (("video",), "--size"),
        (("data", "pack"), "--short-side"),
    ],
)
def test_a_variable_is_called_as_its_option(run, tmp_path, command, option):
    variable = "_".join(("autochrome", *command, option[2:])).replace("-", "_").upper()
    given = [str(tmp_path), "-o", str(tmp_path / "out")]
    result = run(*command, *given, env={variable: "banana"})
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.stderr


def test_both_names_of_a_switch_have_a_variable():
    """Of every command, and of those below it."""

    def options(command):
        below = command.commands.values() if isinstance(command, click.Group) else ()
        return [*command.params, *(option for each in below for option in options(each))]

    context = click.Context(cli)
    commands = (cli.get_command(context, name) for name in COMMANDS)
    switches = [o for each in commands for o in options(each) if o.secondary_opts]
    assert switches
    for switch in switches:
        assert switch.off_variable.endswith(
            f"_{switch.secondary_opts[0][2:]}".upper().replace("-", "_")
        )


def test_version(run):
    assert run("--version").stdout == f"autochrome, version {__version__}\n"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (OutputError("disk full", "Make room."), 4, "Error: disk full\nMake room.\n"),
        (DeviceUnavailableError("no GPU", "Use a CPU."), 6, "Error: no GPU\nUse a CPU.\n"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            4,
            "Error: Cannot write the output: No space left on device\nMake room for it\n",
        ),
        (MemoryError(), 7, "Error: Not enough memory\n"),
        (KeyboardInterrupt(), 130, "\nInterrupted.\n"),
    ],
)
def test_errors_become_a_message_and_an_exit_code(run, command_raising, error, code, message):
    command_raising(error)
    result = run("fail")
    assert (result.exit_code, result.stderr, result.stdout) == (code, message, "")


@pytest.mark.parametrize("error", [ZeroDivisionError("oops"), AutochromeError("oops")])
def test_internal_errors(run, command_raising, error):
    command_raising(error)
    result = run("fail")
    assert (result.exit_code, result.stdout) == (70, "")
    assert "oops" in result.stderr
    assert "Traceback" not in result.stderr


def test_fault_of_ours_asks_to_be_reported(run, command_raising):
    command_raising(ZeroDivisionError("oops"))
    assert "report" in run("fail").stderr


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("torch.nn", "train"),
        ("pyarrow", "evaluate"),
        ("cv2", "evaluate"),
        ("matplotlib", "studies"),
    ],
)
def test_missing_extra_gives_the_install_line(run, command_raising, module, extra):
    command_raising(ModuleNotFoundError(f"No module named {module!r}", name=module))
    result = run("fail")
    assert result.exit_code == 6
    assert f"pip install 'autochrome[{extra}]'" in result.stderr


def test_missing_module_of_another_kind_is_internal(run, command_raising):
    command_raising(ModuleNotFoundError("No module named 'zzz'", name="zzz"))
    assert run("fail").exit_code == 70


@pytest.mark.parametrize("arguments", [["nonsense"], ["colorize"], ["--nonsense"]])
def test_wrong_usage(run, arguments):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage:" in result.stderr


def test_completion_offers_commands_and_options():
    complete = ShellComplete(cli, {}, "autochrome", "_AUTOCHROME_COMPLETE")
    commands = [item.value for item in complete.get_completions([], "co")]
    assert commands == ["colorize", "compare", "completion"]
    options = [item.value for item in complete.get_completions(["colorize"], "--sk")]
    assert options == ["--skip-existing", "--skip-color"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(run, shell):
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_AUTOCHROME_COMPLETE" in result.stdout


def test_console_script_reaches_the_root_command():
    code = "from autochrome.cli.main import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code, "colorize", "missing.jpg", "-o", "x.nonsense"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (4, "")
    assert "Error: Cannot write x.nonsense" in result.stderr
