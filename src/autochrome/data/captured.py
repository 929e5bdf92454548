"""Make batches on a card as one recorded graph, while it still trains on the last one."""

from __future__ import annotations

import torch
from torch import Generator

from autochrome.data.batches import Batch, BatchMaker


class CapturedBatches:
    """Gives what a `BatchMaker` gives, at the cost of one launch, and the next one beforehand.

    Making a batch is some hundred small kernels: launched one by one they keep the processor
    busy for longer than the card. A CUDA graph launches them all, on a stream beside training.

    Parameters
    ----------
    maker : with its photographs on a CUDA device.
    """

    def __init__(self, maker: BatchMaker) -> None:
        self._maker = maker
        device = maker.store.pixels.device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._index = maker.indices(0).to(device)
        self._generator = Generator(device)
        self._graph = torch.cuda.CUDAGraph()
        self._graph.register_generator_state(self._generator)
        self._stream.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(self._stream):
            maker.make(self._index, self._generator)  # fills caches; allocations are not recorded
        torch.cuda.synchronize(device)
        with torch.cuda.graph(self._graph, stream=self._stream):
            self._captured = maker.make(self._index, self._generator)
        self._next: tuple[int, Batch] | None = None

    def __call__(self, step: int) -> Batch:
        """Return the batch of a step, and have the next one made."""
        if self._next is None or self._next[0] != step:
            self._next = (step, self._replay(step))
        batch = self._next[1]
        current = torch.cuda.current_stream(self._index.device)
        current.wait_stream(self._stream)
        for tensor in batch:
            tensor.record_stream(current)
        self._next = (step + 1, self._replay(step + 1))
        return batch

    def _replay(self, step: int) -> Batch:
        with torch.cuda.stream(self._stream):
            self._index.copy_(self._maker.indices(step))
            self._generator.manual_seed(self._maker.seed_of(step))
            self._graph.replay()
            return Batch(*(tensor.clone() for tensor in self._captured))
