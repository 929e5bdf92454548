import contextlib
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autochrome.photo.metadata.xmp import Xmp, XmpError

SCANNER = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Scanner 1">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="uuid:1" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:own="http://example.org/own/" xmp:CreatorTool="Scan &amp; Fix&#10;2" own:strange="1">
   <!-- made by hand -->
   <own:deep rdf:parseType="Resource"><own:deeper>&lt;kept&gt;</own:deeper></own:deep>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>"""
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)
names = st.text(string.ascii_letters, min_size=1, max_size=8).map(lambda name: f"dc:{name}")


def test_what_is_there_is_not_disturbed():
    xmp = Xmp.parse(SCANNER)
    xmp.set("dc:title", ["A title"], "language")
    packet = xmp.write()
    assert b"<!-- made by hand -->" in packet
    assert b'x:xmptk="Scanner 1"' in packet
    assert b'own:strange="1"' in packet
    assert b"<own:deeper>&lt;kept&gt;</own:deeper>" in packet
    assert packet.startswith(SCANNER[:50])
    again = Xmp.parse(packet)
    assert again.get("xmp:CreatorTool") == ["Scan & Fix\n2"]
    assert again.get("dc:title") == ["A title"]
    assert packet.count(b'rdf:about="uuid:1"') == 2  # all of a packet is about one thing


def test_properties_are_replaced_wherever_they_are():
    xmp = Xmp.parse(SCANNER)
    xmp.set("xmp:CreatorTool", ["other"])
    again = Xmp.parse(xmp.write())
    assert again.get("xmp:CreatorTool") == ["other"]
    assert b"Scan &amp; Fix" not in xmp.write()
    assert again.get("dc:title") is None
    assert again.remove("xmp:CreatorTool")
    assert not again.remove("xmp:CreatorTool")


@given(st.dictionaries(names, st.lists(texts, min_size=1, max_size=4), max_size=6))
@example({"dc:a": ["\r\n\t ]]> <&\"'"]})
@example({"dc:a": ["\N{GRINNING FACE} \u200f"]})
def test_random_properties_survive(properties):
    xmp = Xmp.parse(SCANNER)
    for name, values in properties.items():
        form = ("text", "unordered", "ordered", "language")[len(values) - 1]
        xmp.set(name, values, form)
    again = Xmp.parse(Xmp.parse(xmp.write()).write())
    assert {name: again.get(name) for name in properties} == properties
    assert again.get("xmp:CreatorTool") == ["Scan & Fix\n2"]


def test_characters_that_xml_forbids_are_replaced():
    xmp = Xmp.parse(b"")
    xmp.set("dc:title", ["a\0b\ud800"], "language")
    assert Xmp.parse(xmp.write()).get("dc:title") == ["a\ufffdb\ufffd"]


def test_lists_are_extended_by_what_they_lack():
    xmp = Xmp.parse(b"")
    xmp.extend("dc:subject", ["one", "two"])
    xmp.extend("dc:subject", ["two", "three"])
    assert xmp.get("dc:subject") == ["one", "two", "three"]


def test_structures_are_appended():
    xmp = Xmp.parse(b"")
    for action in ("scanned", "edited"):
        xmp.append("xmpMM:History", {"stEvt:action": action, "stEvt:when": "1936"})
    again = Xmp.parse(xmp.write())
    assert again.structures("xmpMM:History", "stEvt:action") == ["scanned", "edited"]


def test_splitting_and_merging_loses_nothing():
    xmp = Xmp.parse(SCANNER)
    for name, size in (("dc:a", 50), ("dc:b", 90_000), ("dc:c", 60_000), ("dc:d", 10)):
        xmp.set(name, ["ä" * size])
    extension = xmp.split(65_000)
    main = xmp.write()
    assert len(main) <= 65_000
    assert Xmp.parse(main).get("dc:b") is None
    assert Xmp.parse(main).get("dc:a") == ["ä" * 50]
    whole = Xmp.parse(main)
    whole.merge(Xmp.parse(extension))
    for name, size in (("dc:a", 50), ("dc:b", 90_000), ("dc:c", 60_000), ("dc:d", 10)):
        assert Xmp.parse(whole.write()).get(name) == ["ä" * size]


@pytest.mark.parametrize(
    "packet",
    [
        b"<x:xmpmeta",
        b"\xff\xfe\xfd",
        b"<a/>",
        BOMB,
        BOMB.replace(b"<!DOCTYPE x [", b"<!DOCTYPE x SYSTEM 'file:///etc/passwd' ["),
        b"<a>" * 100_000,
        b"<a>" * 5_000 + b"</a>" * 5_000,
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        SCANNER.replace(b"xmlns:own", b"xmlns:nwo"),
    ],
    ids=["cut", "noise", "other", "bomb", "file", "open", "deep", "encoding", "prefix"],
)
def test_damaged_and_hostile_packets_are_refused(packet):
    with pytest.raises(XmpError):
        Xmp.parse(packet)


def packet_of(inside: bytes) -> bytes:
    rdf = b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    stevt = b'xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"'
    names = b'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    names += b'xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" ' + stevt
    return b"<rdf:RDF %s><rdf:Description %s>%s</rdf:Description></rdf:RDF>" % (rdf, names, inside)


MANY = 110_000


@pytest.mark.parametrize(
    "inside",
    [
        b"<a/>" * MANY,
        b"<a " + b" ".join(b'b%d=""' % number for number in range(MANY)) + b"/>",
        b"<!---->" * MANY,
        b"<?a?>" * MANY,
        b"<dc:a>" + b"a" * (1 << 24) + b"</dc:a>",
    ],
    ids=["elements", "attributes", "comments", "instructions", "bytes"],
)
def test_what_takes_much_more_memory_than_bytes_is_refused(inside):
    assert Xmp.parse(packet_of(inside[:40_000].rpartition(b"<")[0]))
    with pytest.raises(XmpError):
        Xmp.parse(packet_of(inside))


def test_as_many_elements_as_photographs_have_are_kept():
    """Of a face corrected by hand, each touch of the brush."""
    touches = b"<rdf:li>d 0.123456 0.654321</rdf:li>" * 20_000
    xmp = Xmp.parse(packet_of(b"<dc:a><rdf:Seq>" + touches + b"</rdf:Seq></dc:a>"))
    assert len(xmp.get("dc:a")) == 20_000


def test_text_is_not_repeated_for_each_list_around_it():
    depth, words = 60, "a" * 1000
    inside = b"<rdf:Seq><rdf:li>" * depth + words.encode() + b"</rdf:li></rdf:Seq>" * depth
    xmp = Xmp.parse(packet_of(b"<dc:a>" + inside + b"</dc:a>"))
    assert xmp.get("dc:a") == [words]
    inside = b"<stEvt:when>" * depth + words.encode() + b"</stEvt:when>" * depth
    xmp = Xmp.parse(packet_of(b"<xmpMM:History>" + inside + b"</xmpMM:History>"))
    assert xmp.structures("xmpMM:History", "stEvt:when") == [words]


def test_splitting_looks_for_no_more_properties_than_it_can(monkeypatch):
    """Each is looked for among the others: of thousands, that would take minutes."""
    monkeypatch.setattr("autochrome.photo.metadata.xmp._MOST_MOVED", 50)
    xmp = Xmp.parse(packet_of(b"<dc:a>more</dc:a>" * 500 + b"<dc:b>the longest</dc:b>"))
    extension = Xmp.parse(xmp.split(100))
    assert extension.get("dc:b") == ["the longest"]
    assert xmp.write().count(b"more") == 451
    assert xmp.get("dc:b") is None


def test_only_namespaces_that_are_used_go_along():
    """Thousands of them on each of thousands of properties would fill the memory."""
    names = b" ".join(b'xmlns:n%d="http://example.org/%d"' % (n, n) for n in range(1000))
    inside = b"".join(b'<n%d:a n%d:b=""><dc:c/></n%d:a>' % (n, n + 1, n) for n in range(900))
    packet = packet_of(inside).replace(b"<rdf:RDF ", b"<rdf:RDF " + names + b" ")
    xmp = Xmp.parse(packet)
    extension = xmp.split(0)
    assert extension.count(b"xmlns:n") == 1800
    whole = Xmp.parse(b"")
    whole.merge(Xmp.parse(extension))
    assert whole.write().count(b"xmlns:n") == 1800


def test_other_encodings_and_padding():
    text = SCANNER.decode().replace("\ufeff", "")
    assert Xmp.parse(text.encode("utf-16")).get("xmp:CreatorTool") == ["Scan & Fix\n2"]
    assert Xmp.parse(b"\0\n " + SCANNER + b"\0\0").get("xmp:CreatorTool")


@given(st.binary(max_size=60), st.integers(0, len(SCANNER)))
def test_damage_raises_nothing_but_typed_errors(noise, position):
    with contextlib.suppress(XmpError):
        Xmp.parse(SCANNER[:position] + noise + SCANNER[position + 5 :]).write()
