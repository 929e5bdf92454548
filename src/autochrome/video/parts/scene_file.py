"""The state of a scene in a file, so that coloring can begin again within the scene."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import numpy as np

from autochrome.atomic import atomic_path
from autochrome.video.steady.memory import KeyFrame
from autochrome.video.steady.scene import SceneState

_ARRAYS = [field.name for field in fields(KeyFrame) if field.name != "number"]


def write_scene_state(path: Path, state: SceneState) -> None:
    """Write a state whole or not at all; every number of it is kept exactly."""
    arrays = {
        f"{name}_{index}": getattr(key, name)
        for index, key in enumerate(state.memory)
        for name in _ARRAYS
    }
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            scene=np.array(state.scene),
            number=np.array(state.number),
            chroma=np.array(state.chroma, dtype=np.float64),
            key_numbers=np.array([key.number for key in state.memory], dtype=np.int64),
            allow_pickle=False,
            **arrays,
        )
        file.flush()
        os.fsync(file.fileno())


def read_scene_state(path: Path) -> SceneState:
    """Read a state.

    Raises
    ------
    OSError, ValueError, KeyError
        If the file is missing or damaged.
    """
    with np.load(path, allow_pickle=False) as file:
        memory = tuple(
            KeyFrame(int(number), **{name: file[f"{name}_{index}"] for name in _ARRAYS})
            for index, number in enumerate(file["key_numbers"])
        )
        slow, fast = file["chroma"]
        return SceneState(
            int(file["scene"]), int(file["number"]), memory, (float(slow), float(fast))
        )
