"""Small files and functions: a long one is reported, one twice as long fails."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import pytest

import autochrome

SOURCE = Path(autochrome.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
FILE_LINES, FUNCTION_LINES = 400, 60


def check_length(what: str, lines: int, aim: int) -> None:
    assert lines <= 2 * aim, f"{what} has {lines} lines; at most {2 * aim} are allowed"
    if lines > aim:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(f"{what} has {lines} lines; aim at {aim}", stacklevel=2)


def functions(tree: ast.Module) -> list[tuple[str, int]]:
    """Name and number of lines of each function, docstring not counted."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False) or ""
            lines = (node.end_lineno or 0) - node.lineno + 1 - len(docstring.splitlines())
            found.append((node.name, lines))
    return found


def test_there_is_something_to_check():
    assert len(FILES) > 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    check_length(path.name, len(text.splitlines()), FILE_LINES)
    for name, lines in functions(ast.parse(text)):
        check_length(f"{path.name}: {name}", lines, FUNCTION_LINES)


def test_too_long_fails():
    body = "    x = 1\n" * 2 * FUNCTION_LINES
    ((name, lines),) = functions(ast.parse(f"def long():\n{body}"))
    with pytest.raises(AssertionError, match="121 lines"):
        check_length(name, lines, FUNCTION_LINES)


def test_number_of_bins_is_written_nowhere():
    """Q follows from the gamut; no code may repeat it."""
    literals = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in FILES
        if path.name != "gamut.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in (313, 313.0, "313")
    ]
    assert literals == []
