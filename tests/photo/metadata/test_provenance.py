from datetime import UTC, datetime

import pytest

from autochrome.photo import Provenance, is_ours
from autochrome.photo.metadata.xmp import Xmp

WHEN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
PROVENANCE = Provenance(
    version="1.2", model="lumiere", model_version="3", weights_sha256="ab" * 32, when=WHEN
)
TYPE = "Iptc4xmpExt:DigitalSourceType"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def colored(xmp: Xmp) -> Xmp:
    PROVENANCE.add_to(xmp)
    return Xmp.parse(xmp.write())


def test_says_what_the_standards_have_words_for():
    xmp = colored(Xmp.parse(b""))
    assert xmp.get(TYPE) == [COMPOSITE]
    assert xmp.get("Iptc4xmpExt:AISystemUsed") == ["Autochrome 1.2, model lumiere"]
    assert xmp.get("Iptc4xmpExt:AISystemVersionUsed") == [f"3, weights sha256 {'ab' * 32}"]
    assert xmp.structures("xmpMM:History", "stEvt:softwareAgent") == ["Autochrome 1.2"]
    assert xmp.structures("xmpMM:History", "stEvt:when") == ["2026-05-04T03:02:01+00:00"]


def test_history_and_tool_of_the_scanner_stay():
    before = Xmp.parse(b"")
    before.set("xmp:CreatorTool", ["SilverFast"])
    before.append("xmpMM:History", {"stEvt:action": "scanned"})
    xmp = colored(before)
    assert xmp.get("xmp:CreatorTool") == ["SilverFast"]
    assert xmp.structures("xmpMM:History", "stEvt:action") == ["scanned", "edited"]


def test_source_type_before_is_remembered():
    before = Xmp.parse(b"")
    before.set(TYPE, ["http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm"])
    xmp = colored(before)
    assert xmp.get(TYPE) == [COMPOSITE]
    (parameters,) = xmp.structures("xmpMM:History", "stEvt:parameters")
    assert parameters.endswith("digitalsourcetype/negativeFilm")
    twice = colored(xmp)
    assert twice.structures("xmpMM:History", "stEvt:parameters")[1].endswith("ab" * 32)


def test_our_own_are_recognized():
    assert is_ours(colored(Xmp.parse(b"")).write())
    only_history = colored(Xmp.parse(b""))
    only_history.remove("Iptc4xmpExt:AISystemUsed")
    assert is_ours(only_history.write())


@pytest.mark.parametrize("packet", [b"", b"Autochrome <", Xmp.parse(b"").write()])
def test_others_are_not(packet):
    assert not is_ours(packet)
    titled = Xmp.parse(b"")
    titled.set("dc:title", ["Autochrome by Lumière, 1907"], "language")
    assert not is_ours(titled.write())


def test_now_has_a_time_zone():
    now = Provenance(version="", model="", model_version="", weights_sha256="").when
    assert now.tzinfo is UTC
    assert now.microsecond == 0
