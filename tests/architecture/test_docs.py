"""What the documents point at is there."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")])
REPRODUCTION = (PROJECT / "docs" / "reproduction.md").read_text()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text()):
        if not target.startswith(("http:", "https:")):
            assert (document.parent / target).exists(), target


def anchors(document):
    """What a heading can be linked by: in lower case, hyphens for spaces, no other marks."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_headings(document):
    for target, anchor in re.findall(r"\]\(([^)#\s:]*)#([\w-]+)\)", document.read_text()):
        assert anchor in anchors(document.parent / target if target else document), anchor


def test_reproduction_names_files_that_exist():
    named = re.findall(r"`([\w/]+\.py)[`:]", REPRODUCTION)
    assert len(named) > 10
    for path in named:
        places = [PROJECT / folder / path for folder in ("src/autochrome", "tests", "")]
        assert any(place.is_file() for place in places), path


def test_reproduction_names_tests_that_exist():
    rows = [row for row in REPRODUCTION.splitlines() if "::" in row]
    assert rows
    for row in rows:
        files = {PROJECT / "tests" / path for path in re.findall(r"`([\w/]+\.py)[`:]", row)}
        sources = "".join(path.read_text() for path in files if path.is_file())
        for name in re.findall(r"::(\w+)", row):
            assert f"def {name}(" in sources, name
