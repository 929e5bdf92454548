"""XML of strangers: parsed without document types, written back as it was.

`xml.dom.minidom` keeps prefixes, comments and processing instructions; its own writer loses line
breaks in attributes.
"""

from __future__ import annotations

from typing import Any
from xml.dom import Node, minidom
from xml.parsers import expat

_LARGEST = 1 << 24  # bytes; phones put pictures of several megabytes there
_MOST_MARKUP = 100_000  # signs of tags and of attributes, each of which may take half a kilobyte
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DEEPEST = 200  # elements inside each other


class XmlError(ValueError):
    """Not XML, or XML that is not worth the risk."""


def parse(data: bytes) -> minidom.Document:
    """Parse XML.

    Raises
    ------
    XmlError
        If it is not well-formed, declares a document type (and with it, perhaps, entities that
        grow without end), or is larger, deeper or of more elements than metadata ever are.
    """
    if not data.startswith(_UTF16_MARKS):  # where a zero is half a character
        data = data.strip(b"\0 \t\r\n")
    if len(data) > _LARGEST:
        raise XmlError(f"{len(data)} bytes of XML")
    if data.count(b"<") + data.count(b"=") > _MOST_MARKUP:
        raise XmlError("it has too many elements")
    try:
        _check(data)
        return minidom.parseString(data)
    except (expat.ExpatError, ValueError, LookupError, RecursionError) as error:
        raise XmlError(str(error)) from error


def write(node: Any) -> str:
    """Write a node and what is in it."""
    if node.nodeType == Node.ELEMENT_NODE:
        return _write_element(node)
    if node.nodeType in (Node.DOCUMENT_NODE, Node.DOCUMENT_FRAGMENT_NODE):
        return "".join(map(write, node.childNodes))
    if node.nodeType in (Node.TEXT_NODE, Node.CDATA_SECTION_NODE):
        return _escaped(str(node.nodeValue)).replace("\r", "&#13;")
    return str(node.toxml())  # comments and instructions


def _check(data: bytes) -> None:
    depth = 0

    def refuse(*_: object) -> None:
        raise XmlError("it declares a document type")

    def enter(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise XmlError("it is too deep")

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.Parse(data, True)


def _write_element(element: minidom.Element) -> str:
    attributes = "".join(
        f' {name}="{_escaped_attribute(value)}"' for name, value in element.attributes.items()
    )
    inside = "".join(map(write, element.childNodes))
    if not inside:
        return f"<{element.tagName}{attributes}/>"
    return f"<{element.tagName}{attributes}>{inside}</{element.tagName}>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped_attribute(text: str) -> str:
    text = _escaped(text).replace('"', "&quot;")
    return text.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")
