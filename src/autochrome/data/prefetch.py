"""Make the next batch on a card while it still trains on the last one."""

from __future__ import annotations

from collections.abc import Callable

import torch

from autochrome.data.batches import Batch


class Prefetch:
    """Makes the batch after the one asked for beforehand, on a CUDA stream of its own.

    Making a batch moves memory, training on one computes: side by side they cost little more
    than the training. On a CPU, where nothing would be gained, batches are made when asked for.

    Parameters
    ----------
    make : makes the batch of a step, a function of the step alone.
    device : where.
    """

    def __init__(self, make: Callable[[int], Batch], device: torch.device) -> None:
        self._make = make
        self._device = device
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
            self._stream.wait_stream(torch.cuda.current_stream(device))
        self._made: tuple[int, Batch] | None = None

    def __call__(self, step: int) -> Batch:
        """Return the batch of a step."""
        if self._stream is None:
            return self._make(step)
        batch = self._take(step)
        self._made = (step + 1, self._on_stream(step + 1))
        return batch

    def _on_stream(self, step: int) -> Batch:
        assert self._stream is not None
        with torch.cuda.stream(self._stream):
            return self._make(step)

    def _take(self, step: int) -> Batch:
        made, self._made = self._made, None
        batch = made[1] if made and made[0] == step else self._on_stream(step)
        current = torch.cuda.current_stream(self._device)
        assert self._stream is not None
        current.wait_stream(self._stream)
        for tensor in batch:
            tensor.record_stream(current)
        return batch
