"""Small ICC profiles, made for tests: matrix and gamma, RGB or gray (ICC.1:2001-04)."""

import struct

ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
PROPHOTO = ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491))
TINY_GAMUT = ((0.45, 0.33, 0.25), (0.28, 0.40, 0.22), (0.2342, 0.27, 0.3549))
D50 = (0.9642, 1.0, 0.8249)


def rgb_profile(primaries=ADOBE_RGB, gamma=2.2):
    tags = {b"wtpt": _xyz(D50)}
    for name, primary in zip(b"rgb", primaries, strict=True):
        letter = bytes([name])
        tags[letter + b"XYZ"] = _xyz(primary)
        tags[letter + b"TRC"] = _curve(gamma)
    return _profile(b"RGB ", tags)


def gray_profile(gamma=2.2):
    return _profile(b"GRAY", {b"wtpt": _xyz(D50), b"kTRC": _curve(gamma)})


def _fixed(value):
    return struct.pack(">i", round(value * 65536))


def _xyz(values):
    return b"XYZ " + bytes(4) + b"".join(map(_fixed, values))


def _curve(gamma):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)


def _profile(space, tags):
    text = b"test\0"
    described = struct.pack(">I", len(text)) + text + bytes(8 + 2 + 1 + 67)
    tags = {
        b"desc": b"desc" + bytes(4) + described,
        b"cprt": b"text" + bytes(4) + text,
        **tags,
    }
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += padded
    head = bytearray(128)
    head[0:4] = struct.pack(">I", offset + len(body))
    head[8:12] = b"\x02\x40\0\0"
    head[12:24] = b"mntr" + space + b"XYZ "
    head[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head[36:40] = b"acsp"
    head[68:80] = b"".join(map(_fixed, D50))
    return bytes(head) + table + body
