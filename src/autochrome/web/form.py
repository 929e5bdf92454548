"""The photograph in a form (RFC 7578), written to disk as it comes."""

from __future__ import annotations

from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from autochrome.web.problems import ProblemError

_FIELD = b"file"
_MOST_HEADER_BYTES = 8192
_MOST_TOLD = 40  # characters of a field's name in a message


class FormReader:
    """Takes a form piece by piece and writes what its field ``file`` holds.

    Parameters
    ----------
    content_type : of the request, which says what parts the fields.
    file : where to.

    Attributes
    ----------
    name : what the client calls the file, once it is there.

    Raises
    ------
    ProblemError
        If the form is malformed, has two photographs, or other fields: what they ask for would go
        unheard.
    """

    def __init__(self, content_type: str, file: BinaryIO) -> None:
        self.name: str | None = None
        self._file = file
        self._found = self._inside = self._ended = False
        self._num_header_bytes = 0
        self._key = self._value = b""
        self._disposition = b""
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not boundary:
            raise _bad_form("it does not say what parts its fields (boundary)")
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._take_key,
                    "on_header_value": self._take_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._take_data,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise _bad_form(str(error)) from error

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the form."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise _bad_form(str(error)) from error

    def finish(self) -> None:
        """Be told that there are no more."""
        if not self._ended:
            raise _bad_form("its end is missing")
        if not self._found:
            raise ProblemError(
                "no-photograph", "The form has no photograph", "Its field is called 'file'"
            )

    def _begin(self) -> None:
        self._disposition = b""
        self._inside = False
        self._num_header_bytes = 0

    def _take_key(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._key += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def _count(self, num_bytes: int) -> None:
        self._num_header_bytes += num_bytes
        if self._num_header_bytes > _MOST_HEADER_BYTES:
            raise _bad_form("the head of a field is too long")

    def _end_header(self) -> None:
        if self._key.lower() == b"content-disposition":
            self._disposition = self._value
        self._key = self._value = b""

    def _end_headers(self) -> None:
        options = parse_options_header(self._disposition)[1]
        name = options.get(b"name", b"")
        if name != _FIELD:
            raise _bad_form(
                f"it has a field {name.decode('utf-8', 'replace')[:_MOST_TOLD]!r}",
                "Its one field is called 'file'; options belong in the address (?preset=vivid)",
            )
        if self._found:
            raise _bad_form("it has several photographs: send one at a time")
        self._found = self._inside = True
        self.name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._file.write(data[start:end])

    def _end(self) -> None:
        self._ended = True


def _bad_form(cause: str, advice: str = "") -> ProblemError:
    return ProblemError("bad-form", f"The form cannot be read: {cause}", advice)
