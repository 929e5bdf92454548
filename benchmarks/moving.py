"""Photographs that move: clips of which the color of every pixel and the way it goes are known.

A clip is made of layers, one before the other: a photograph, a mask that cuts a shape out of it,
and for each frame where it lies. What is covered by a nearer layer is not seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from autochrome.color import rgb_to_lab

SIZE = (192, 288)  # height and width of the frames: what the network sees of a film in 3 : 2
_SHORT = 420  # side of the photographs, in pixels
_ROOM = 1.5  # pixels of a photograph to one of a frame

Pose = np.ndarray  # 3 x 3, from pixels of a frame to those of a photograph


@dataclass(frozen=True, eq=False)
class Layer:
    """A photograph that moves.

    rgb : (H, W, 3) float32 in [0, 1].
    mask : (H, W) float32, 1 where it is there.
    poses : one a frame.
    """

    rgb: np.ndarray
    mask: np.ndarray
    poses: list[Pose]


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames, (h, w) L* and true (h, w, 2) ab, and which layer each pixel belongs to."""

    lightness: list[np.ndarray]
    ab: list[np.ndarray]
    owner: list[np.ndarray]
    poses: list[list[Pose]]

    def __len__(self) -> int:
        return len(self.lightness)

    def follow(self, frame: int, other: int) -> tuple[np.ndarray, np.ndarray]:
        """The map from a frame to another, (h, w, 2), and where its places are seen in both."""
        height, width = self.owner[frame].shape
        here = np.stack([*np.meshgrid(np.arange(width), np.arange(height))], -1)
        here = np.concatenate([here, np.ones((height, width, 1))], -1)
        places = np.zeros((height, width, 2), np.float32)
        seen = np.zeros((height, width), bool)
        for index, poses in enumerate(self.poses):
            moved = (here @ (np.linalg.inv(poses[other]) @ poses[frame]).T)[..., :2]
            mine = self.owner[frame] == index
            theirs = (self.owner[other] == index).astype(np.float32)
            found = cv2.remap(theirs, moved.astype(np.float32), None, cv2.INTER_LINEAR) > 0.999
            places[mine] = moved[mine]
            seen |= mine & found
        inside = (places >= 0).all(-1) & (places[..., 0] <= width - 1)
        return places, seen & inside & (places[..., 1] <= height - 1)


def load(path: Path) -> np.ndarray:
    """A photograph as (H, W, 3) sRGB in [0, 1], small."""
    image = cv2.imread(str(path))[..., ::-1]
    scale = _SHORT / min(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small.astype(np.float32) / 255, (0, 0), 0.7)


def pose(
    photograph: np.ndarray, right: float = 0, down: float = 0, zoom: float = 1, angle: float = 0
) -> Pose:
    """Look at the middle of a photograph, or `right` and `down` of it, in its pixels."""
    (height, width), (rows, columns) = photograph.shape[:2], SIZE
    scale = _ROOM / zoom
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    x, y = (columns - 1) / 2, (rows - 1) / 2
    return np.array(
        [
            [cosine, -sine, width / 2 + right - cosine * x + sine * y],
            [sine, cosine, height / 2 + down - sine * x - cosine * y],
            [0, 0, 1],
        ]
    )


def moving(photograph: np.ndarray, frames: int, path: Callable[[float], dict[str, float]]) -> Layer:
    """A photograph that fills the frame; `path` tells the pose of a time in [-1, 1]."""
    times = np.linspace(-1, 1, frames)
    poses = [pose(photograph, **path(time)) for time in times]
    return Layer(photograph, np.ones(photograph.shape[:2], np.float32), poses)


def render(layers: list[Layer], noise: float = 0, flicker: float = 0, seed: int = 0) -> Clip:
    """Put layers together, the farthest first; grain and flickering light as old film has them.

    noise : standard deviation of L*, a pixel.
    flicker : of the factor of L*, a frame.
    """
    rng = np.random.default_rng(seed)
    clip = Clip([], [], [], [layer.poses for layer in layers])
    for frame in range(len(layers[0].poses)):
        rgb = np.zeros((*SIZE, 3), np.float32)
        owner = np.zeros(SIZE, np.int8)
        for index, layer in enumerate(layers):
            matrix = layer.poses[frame][:2]
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            edge = cv2.BORDER_CONSTANT if index else cv2.BORDER_REFLECT
            color = cv2.warpAffine(layer.rgb, matrix, SIZE[::-1], flags=flags, borderMode=edge)
            mask = cv2.warpAffine(layer.mask, matrix, SIZE[::-1], flags=flags, borderMode=edge)
            rgb += mask[..., None] * (color - rgb)
            owner[mask > 0.5] = index
        lab = rgb_to_lab(rgb.clip(0, 1))
        L = lab[..., 0] * (1 + flicker * rng.normal()) + noise * rng.normal(size=SIZE)
        clip.lightness.append(L.clip(0, 100).astype(np.float32))
        clip.ab.append(lab[..., 1:].astype(np.float32))
        clip.owner.append(owner)
    return clip


def pan(photograph: np.ndarray, frames: int) -> Layer:
    """From the left of a photograph to its right, or from its top to its bottom."""
    height, width = photograph.shape[:2]
    room = (width - _ROOM * SIZE[1]) / 2, (height - _ROOM * SIZE[0]) / 2
    along = "right" if room[0] > room[1] else "down"
    return moving(photograph, frames, lambda time: {along: 0.95 * time * max(room)})


def shape(photograph: np.ndarray, kind: str) -> np.ndarray:
    """A mask: an "ellipse", a "pillar", or the "dark" parts of the photograph."""
    height, width = photograph.shape[:2]
    mask = np.zeros((height, width), np.float32)
    center = width // 2, height // 2
    if kind == "ellipse":
        cv2.ellipse(mask, center, (height // 6, height // 4), 0, 0, 360, 1.0, -1)
    elif kind == "pillar":
        mask[:, center[0] - 40 : center[0] + 40] = 1
    else:
        L = cv2.GaussianBlur(rgb_to_lab(photograph)[..., 0].astype(np.float32), (0, 0), 9)
        mask[np.quantile(L, 0.35) > L] = 1
    return mask


def cut_out(layer: Layer, kind: str) -> Layer:
    return replace(layer, mask=shape(layer.rgb, kind))


def parallax(photographs: list[np.ndarray], frames: int) -> list[Layer]:
    """Four depths, the nearer the faster: a view, its dark things, a pillar, something round."""
    speeds = (20, 60, 120, 200)
    kinds = ("", "dark", "pillar", "ellipse")
    layers = []
    for photograph, speed, kind in zip(photographs, speeds, kinds, strict=False):
        layer = moving(photograph, frames, lambda time, speed=speed: {"right": speed * time})
        layers.append(cut_out(layer, kind) if kind else layer)
    return layers


def crossing(background: np.ndarray, thing: np.ndarray, frames: int) -> list[Layer]:
    """Something round that crosses a view that stands still."""
    still = moving(background, frames, lambda time: {})
    across = moving(thing, frames, lambda time: {"right": -200 * time})
    return [still, cut_out(across, "ellipse")]
