from __future__ import annotations

import io
import sys

import pytest

from autochrome.cli.failure import tell
from autochrome.cli.progress import terminal_progress
from autochrome.progress import no_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def use_terminal(monkeypatch) -> Terminal:
    """Put a terminal in place of stderr; not a fixture, which capturing would undo."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    return stream


def test_no_bar_without_a_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert terminal_progress() is no_progress


def test_no_bar_when_quiet(monkeypatch):
    use_terminal(monkeypatch)
    assert terminal_progress(quiet=True) is no_progress


@pytest.mark.parametrize("total", [3, None])
def test_bar_shows_and_changes_nothing(monkeypatch, capsys, total):
    terminal = use_terminal(monkeypatch)
    assert list(terminal_progress()(iter("abc"), total=total, description="Working")) == [*"abc"]
    assert "Working" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_lines_go_above_the_bar(monkeypatch):
    terminal = use_terminal(monkeypatch)
    for item in terminal_progress()(["first", "second"], total=2, description="Working"):
        tell(item)
    # Each line starts where the bar has been wiped out, and ends with a line break.
    assert "\x1b[2Kfirst\n" in terminal.getvalue()
    assert "\x1b[2Ksecond\n" in terminal.getvalue()


def test_no_color(monkeypatch):
    terminal = use_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    list(terminal_progress()("abc", total=3, description="Working"))
    assert "\x1b[3" not in terminal.getvalue()
