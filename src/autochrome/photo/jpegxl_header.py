"""The first bits of a JPEG XL codestream: how large a picture is and what its numbers mean.

ISO/IEC 18181-1: image header (annex D), its color encoding (annex E). libjxl reads them too, but
its binding tells of them only when all is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass

from autochrome.photo.primaries import BT2020, D65, DCI, EQUAL_ENERGY, P3, SRGB, Point

_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_SIDES = ((9, 1), (13, 1), (18, 1), (30, 1))
_ENUM = ((0, 0), (0, 1), (4, 2), (6, 18))
ALPHA = 0
_SPOT, _FILTER = 2, 5
_MOST_CHANNELS = 16
_RGB, _GRAY, _XYB = 0, 1, 2
_CUSTOM = 2
_WHITES = {1: D65, 10: EQUAL_ENERGY, 11: DCI}
_PRIMARIES = {1: SRGB, 9: BT2020, 11: P3}
_SRGB_TRANSFER = 13

_Choices = tuple[tuple[int, int], ...]  # of U32: how many bits, and what is added to them


@dataclass(frozen=True, kw_only=True)
class ColorEncoding:
    """What its numbers mean, as far as it says it in numbers.

    Parameters
    ----------
    space : 0 RGB, 1 gray, 2 XYB, 3 unknown.
    has_profile : an ICC profile in the codestream says the rest instead.
    white, primaries : CIE x, y; None where its number is of no known one.
    transfer : a number of ITU-T H.273.
    gamma : the exponent from light to code, instead of a transfer.
    """

    space: int = 0
    has_profile: bool = False
    white: Point | None = D65
    primaries: tuple[Point, Point, Point] | None = SRGB
    transfer: int = _SRGB_TRANSFER
    gamma: float | None = None

    @property
    def is_gray(self) -> bool:
        """Whether there is one color band."""
        return self.space == _GRAY

    @property
    def is_rgb(self) -> bool:
        """Whether there are red, green and blue."""
        return self.space == _RGB


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a codestream says first.

    Parameters
    ----------
    height, width : in pixels, as stored.
    bits : of a color; floating point if `is_float`.
    channels : beside the colors: numbers of what they are; 0 is alpha.
    premultiplied : whether colors are multiplied by alpha.
    xyb : whether colors are coded as libjxl sees them, not as they came.
    """

    height: int
    width: int
    bits: int = 8
    is_float: bool = False
    channels: tuple[int, ...] = ()
    premultiplied: bool = False
    xyb: bool = True
    color: ColorEncoding = ColorEncoding()

    @property
    def num_bands(self) -> int:
        """How many bands the pixels have."""
        return (1 if self.color.is_gray else 3) + len(self.channels)


class _Bits:
    """Bits of a codestream, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._number, self._left = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise ValueError("its header is cut short")
        value = self._number & ((1 << count) - 1)
        self._number >>= count
        self._left -= count
        return value

    def flag(self) -> bool:
        return bool(self.take(1))

    def choice(self, choices: _Choices) -> int:
        """Read what the standard calls U32."""
        count, offset = choices[self.take(2)]
        return self.take(count) + offset

    def enum(self) -> int:
        return self.choice(_ENUM)


def read_header(codestream: bytes) -> Header:
    """Read the header.

    Parameters
    ----------
    codestream : its beginning; a kilobyte is plenty.

    Raises
    ------
    ValueError
        If it is damaged, or has very many channels.
    """
    if codestream[:2] != b"\xff\x0a":
        raise ValueError("there is no codestream in it")
    bits = _Bits(codestream[2:])
    height, width = _size(bits, _SIDES, 5, 8)
    if bits.flag():  # all as usual
        return Header(height=height, width=width)
    if bits.flag():
        _skip_extras(bits)
    depth, is_float = _depth(bits)
    bits.flag()  # whether 16-bit numbers suffice to decode it
    count = bits.choice(((0, 0), (0, 1), (4, 2), (12, 1)))
    if count > _MOST_CHANNELS:
        raise ValueError(f"it has {count} channels beside color")
    channels = [_channel(bits) for _ in range(count)]
    return Header(
        height=height,
        width=width,
        bits=depth,
        is_float=is_float,
        channels=tuple(kind for kind, _ in channels),
        premultiplied=any(multiplied for _, multiplied in channels),
        xyb=bits.flag(),
        color=_color(bits),
    )


def _size(bits: _Bits, sides: _Choices, short: int, step: int) -> tuple[int, int]:
    """Read a height and a width."""
    is_short = bits.flag()

    def side() -> int:
        return (bits.take(short) + 1) * step if is_short else bits.choice(sides)

    height = side()
    ratio = bits.take(3)
    if ratio == 0:
        return height, side()
    across, down = _RATIOS[ratio - 1]
    return height, height * across // down


def _skip_extras(bits: _Bits) -> None:
    """Pass over orientation, size to show at, preview and animation."""
    bits.take(3)
    if bits.flag():
        _size(bits, _SIDES, 5, 8)
    if bits.flag():
        _skip_preview(bits)
    if bits.flag():
        bits.choice(((0, 100), (0, 1000), (10, 1), (30, 1)))
        bits.choice(((0, 1), (0, 1001), (8, 1), (10, 1)))
        bits.choice(((0, 0), (3, 0), (16, 0), (32, 0)))
        bits.flag()


def _skip_preview(bits: _Bits) -> None:
    eighths: _Choices = ((0, 16), (0, 32), (5, 1), (9, 33))
    sides: _Choices = eighths if bits.flag() else ((6, 1), (8, 65), (10, 321), (12, 1345))
    bits.choice(sides)
    if bits.take(3) == 0:
        bits.choice(sides)


def _depth(bits: _Bits) -> tuple[int, bool]:
    """Read how many bits a sample has, and whether it is floating point."""
    if not bits.flag():
        return bits.choice(((0, 8), (0, 10), (0, 12), (6, 1))), False
    depth = bits.choice(((0, 32), (0, 16), (0, 24), (6, 1)))
    bits.take(4)
    return depth, True


def _channel(bits: _Bits) -> tuple[int, bool]:
    """Read what a channel beside color is, and whether it is alpha that colors know already."""
    if bits.flag():
        return ALPHA, False
    kind = bits.enum()
    _depth(bits)
    bits.choice(((0, 0), (0, 3), (0, 4), (3, 1)))
    bits.take(8 * bits.choice(((0, 0), (4, 0), (5, 16), (10, 48))))  # its name
    if kind == ALPHA:
        return kind, bits.flag()
    if kind == _SPOT:
        bits.take(4 * 16)
    elif kind == _FILTER:
        bits.choice(((0, 1), (2, 0), (4, 3), (8, 19)))
    return kind, False


def _color(bits: _Bits) -> ColorEncoding:
    if bits.flag():  # sRGB
        return ColorEncoding()
    has_profile, space = bits.flag(), bits.enum()
    if has_profile or space == _XYB:
        return ColorEncoding(space=space, has_profile=has_profile)
    number = bits.enum()
    white = _point(bits) if number == _CUSTOM else _WHITES.get(number)
    primaries: tuple[Point, Point, Point] | None = None
    if space != _GRAY:
        number = bits.enum()
        custom = number == _CUSTOM
        primaries = (_point(bits), _point(bits), _point(bits)) if custom else _PRIMARIES.get(number)
    if bits.flag():
        gamma = bits.take(24) / 1e7
        return ColorEncoding(space=space, white=white, primaries=primaries, gamma=gamma)
    return ColorEncoding(space=space, white=white, primaries=primaries, transfer=bits.enum())


def _point(bits: _Bits) -> Point:
    """Read CIE x and y, signed millionths."""
    choices = ((19, 0), (19, 524288), (20, 1048576), (21, 2097152))
    x, y = (bits.choice(choices) for _ in range(2))
    return _signed(x) / 1e6, _signed(y) / 1e6


def _signed(number: int) -> int:
    return -(number + 1) // 2 if number & 1 else number // 2
