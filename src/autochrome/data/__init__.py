"""Photographs kept decoded in memory, and the batches made from them.

Needs the ``train`` extra; imports no libvips.
"""

from autochrome.data.augmentation import age_photographs
from autochrome.data.batches import Batch, BatchMaker, CropSettings
from autochrome.data.captured import CapturedBatches
from autochrome.data.store import PhotoStore, load_store

__all__ = [
    "Batch",
    "BatchMaker",
    "CapturedBatches",
    "CropSettings",
    "PhotoStore",
    "age_photographs",
    "load_store",
]
