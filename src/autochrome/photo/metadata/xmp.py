"""XMP packets: properties read and changed in what is there, all else left as it is.

XMP specification, part 1 (ISO 16684-1): a property is an attribute or an element of an
``rdf:Description``; a list is an ``rdf:Alt``, ``rdf:Seq`` or ``rdf:Bag`` of ``rdf:li``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple
from xml.dom import minidom

from autochrome.photo.metadata import xml_tree

Form = Literal["text", "language", "ordered", "unordered"]

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_XMLNS = "http://www.w3.org/2000/xmlns/"
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_LISTS: dict[Form, str] = {"language": "rdf:Alt", "ordered": "rdf:Seq", "unordered": "rdf:Bag"}
_EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta>'
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
_MOST_MOVED = 1_000  # properties; each is looked for among all the others
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Property(NamedTuple):
    """A property and the form of its value."""

    name: str
    form: Form = "text"


class XmpError(ValueError):
    """Not an XMP packet, or not one that can be changed."""


class Xmp:
    """A packet, to be read and changed; properties are named as in ``dc:title``."""

    def __init__(self, document: minidom.Document, rdf: minidom.Element) -> None:
        self._document = document
        self._rdf = rdf
        self._ours: minidom.Element | None = None  # what is added goes here

    @classmethod
    def parse(cls, packet: bytes) -> Xmp:
        """Parse a packet; an empty one has no properties.

        Raises
        ------
        XmpError
            If it is not XMP, or declares a document type.
        """
        try:
            document = xml_tree.parse(packet or _EMPTY.encode())
        except xml_tree.XmlError as error:
            raise XmpError(str(error)) from error
        found = document.getElementsByTagNameNS(_RDF, "RDF")
        if not found:
            raise XmpError("it has no rdf:RDF")
        return cls(document, found[0])

    def write(self) -> bytes:
        """Return the packet in UTF-8."""
        text = xml_tree.write(self._document)
        if "<?xpacket begin" not in text:
            text = f'{_BEGIN}{text}<?xpacket end="w"?>'
        return text.encode()

    def get(self, name: str) -> list[str] | None:
        """Return a property's value, or the values of a list; None if it is not there."""
        for found in self._find(name):
            if isinstance(found, minidom.Attr):
                return [found.value]
            items = [
                _text(item)
                for one in _elements(found)
                for item in _elements(one)
                if (item.namespaceURI, item.localName) == (_RDF, "li")
            ]
            return items or [found.getAttributeNS(_RDF, "resource") or _text(found)]
        return None

    def set(self, name: str, values: Iterable[str], form: Form = "text") -> None:
        """Give a property these values, whatever it had."""
        self.remove(name)
        element = self._add(name)
        texts = [_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value) for value in values]
        if form == "text":
            self._write_text(element, texts[0])
            return
        for text in texts:
            item = self._item(element, form)
            self._write_text(item, text)
            if form == "language":
                item.setAttributeNS(_XML, "xml:lang", "x-default")

    def extend(self, name: str, values: Iterable[str]) -> None:
        """Add to an unordered list what it lacks."""
        present = self.get(name) or []
        missing = [value for value in values if value not in present]
        if missing:
            self.set(name, [*present, *missing], "unordered")

    def append(self, name: str, fields: Mapping[str, str]) -> None:
        """Append a structure to an ordered list."""
        element = next((one for one in self._find(name) if isinstance(one, minidom.Element)), None)
        item = self._item(element or self._add(name), "ordered")
        item.setAttributeNS(_RDF, "rdf:parseType", "Resource")
        for field, text in fields.items():
            self._write_text(self._element(item, field), text)

    def structures(self, name: str, field: str) -> list[str]:
        """Return one field of each structure in a list."""
        uri, local = _expanded(field)
        texts = []
        for found in self._find(name):
            if isinstance(found, minidom.Element):
                nodes = [found, *found.getElementsByTagName("*")]
                texts += [node.getAttributeNS(uri, local) for node in nodes]
                same = found.getElementsByTagNameNS(uri, local)
                # Inside each other they would repeat their text as often as they are deep.
                texts += [_text(node) for node in same if not _elements(node)]
        return [text for text in texts if text]

    def remove(self, name: str) -> bool:
        """Remove a property; return whether it was there."""
        present = False
        for found in list(self._find(name)):
            present = True
            if isinstance(found, minidom.Attr):
                found.ownerElement.removeAttributeNode(found)  # type: ignore[union-attr]
            else:
                found.parentNode.removeChild(found)  # type: ignore[union-attr]
        return present

    def merge(self, other: Xmp) -> None:
        """Take over all that another packet says."""
        for description in list(other._descriptions()):
            copy = self._document.importNode(description, deep=True)
            for name, uri in _declared(description).items():
                copy.setAttributeNS(_XMLNS, name, uri)
            self._rdf.appendChild(copy)

    def split(self, largest: int) -> bytes:
        """Move the longest properties to an extension, until the rest has `largest` bytes.

        It stays larger where too few of its properties are long.
        """
        extension = Xmp.parse(b"")
        elements = [child for one in self._descriptions() for child in _elements(one)]
        elements.sort(key=_size, reverse=True)
        excess = len(self.write()) - largest
        description = extension._new_description()
        for element in elements[:_MOST_MOVED]:
            if excess <= 0:
                break
            excess -= _size(element)
            copy = extension._document.importNode(element, deep=True)
            for name, uri in _declared(element).items():
                copy.setAttributeNS(_XMLNS, name, uri)
            description.appendChild(copy)
            element.parentNode.removeChild(element)  # type: ignore[union-attr]
        return xml_tree.write(extension._document).encode()

    def _find(self, name: str) -> Iterator[minidom.Attr | minidom.Element]:
        uri, local = _expanded(name)
        for description in self._descriptions():
            attribute = description.getAttributeNodeNS(uri, local)
            if attribute is not None:
                yield attribute
            for child in _elements(description):
                if (child.namespaceURI, child.localName) == (uri, local):
                    yield child

    def _descriptions(self) -> Iterator[minidom.Element]:
        for child in _elements(self._rdf):
            if (child.namespaceURI, child.localName) == (_RDF, "Description"):
                yield child

    def _new_description(self) -> minidom.Element:
        description = self._element(self._rdf, "rdf:Description")
        description.setAttributeNS(_RDF, "rdf:about", self._about())
        return description

    def _about(self) -> str:
        """Return what the packet is about: all of it must be about the same."""
        abouts = (one.getAttributeNS(_RDF, "about") for one in self._descriptions())
        return next((about for about in abouts if about), "")

    def _add(self, name: str) -> minidom.Element:
        if self._ours is None:
            self._ours = self._new_description()
        return self._element(self._ours, name)

    def _element(self, parent: minidom.Element, name: str) -> minidom.Element:
        """Append an element that brings its namespace along."""
        uri, local = _expanded(name)
        prefix = name.partition(":")[0]
        element = self._document.createElementNS(uri, f"{prefix}:{local}")
        element.setAttributeNS(_XMLNS, f"xmlns:{prefix}", uri)
        parent.appendChild(element)
        return element

    def _item(self, element: minidom.Element, form: Form) -> minidom.Element:
        lists = [
            child
            for child in _elements(element)
            if child.namespaceURI == _RDF and child.localName in ("Alt", "Seq", "Bag")
        ]
        return self._element(lists[0] if lists else self._element(element, _LISTS[form]), "rdf:li")

    def _write_text(self, element: minidom.Element, text: str) -> None:
        element.appendChild(self._document.createTextNode(text))


def _expanded(name: str) -> tuple[str, str]:
    prefix, _, local = name.partition(":")
    return {**_NAMESPACES, "rdf": _RDF}[prefix], local


def _elements(parent: minidom.Element) -> list[minidom.Element]:
    return [child for child in parent.childNodes if isinstance(child, minidom.Element)]


def _text(node: minidom.Node) -> str:
    if isinstance(node, minidom.Text):
        return str(node.data)
    inside = node.childNodes if isinstance(node, minidom.Element) else ()
    return "".join(map(_text, inside))


def _size(element: minidom.Element) -> int:
    return len(xml_tree.write(element).encode())


def _declared(element: minidom.Element) -> dict[str, str]:
    """Return the namespace declarations outside of an element that hold for names in it."""
    found: dict[str, str] = {}
    for name in sorted(_declarations(element)):
        node: object = element
        while isinstance(node, minidom.Element) and not node.hasAttribute(name):
            node = node.parentNode
        if node is not element and isinstance(node, minidom.Element):
            found[name] = node.getAttribute(name)
    return found


def _declarations(element: minidom.Element) -> set[str]:
    """Return the attributes that declare what the names in an element start with."""
    nodes = [element, *element.getElementsByTagName("*")]
    names = {name for node in nodes for name in (node.tagName, *node.attributes.keys())}
    prefixes = {name.rpartition(":")[0] for name in names}
    return {f"xmlns:{prefix}" if prefix else "xmlns" for prefix in prefixes}
