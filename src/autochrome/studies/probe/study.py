"""All that is probed of one network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from autochrome.errors import UsageError
from autochrome.evaluate import Estimate
from autochrome.progress import Progress, no_progress
from autochrome.studies.classification import hits, mean_estimate
from autochrome.studies.labelled import LabelledPhotographs, LabelledSet
from autochrome.studies.overlap import refuse_overlap
from autochrome.studies.probe.blocks import (
    BlockOutputs,
    block_names,
    calibrate,
    random_backbone,
)
from autochrome.studies.probe.fine_tuning import affordable, few_labels, fine_tune
from autochrome.studies.probe.linear import PIXELS, pooled_outputs, probe
from autochrome.studies.probe.localization import (
    IOU_THRESHOLD,
    constant_box,
    iou,
    localize_end_to_end,
    localize_frozen,
)
from autochrome.studies.probe.pasting import paste
from autochrome.studies.probe.results import (
    COLORIZATION,
    CONSTANT,
    END_TO_END,
    RANDOM,
    FineTuned,
    Localized,
    ProbeResults,
    ProbeSettings,
)
from autochrome.train.checkpoint import load_weights

MOST_PASTED = 4000
"""Pasted pictures to learn from, at most."""


class _Study:
    """The photographs and the two networks that all parts share."""

    def __init__(
        self,
        backbones: Mapping[str, nn.Module],
        training: LabelledSet,
        validation: LabelledSet,
        settings: ProbeSettings,
        progress: Progress,
    ) -> None:
        self.backbones = backbones
        self.training = training
        self.validation = validation
        self.settings = settings
        self.progress = progress

    def accuracy(self, predicted: Tensor) -> Estimate:
        return mean_estimate(hits(predicted, self.validation.labels))

    def probe_blocks(self) -> tuple[dict[str, dict[str, Estimate]], Estimate, str]:
        """Probe every block of both networks, and the pixels; name the best block."""
        blocks = block_names(self.backbones[COLORIZATION])
        linear: dict[str, dict[str, Estimate]] = {}
        held_out: dict[str, float] = {}
        for name, backbone in self.backbones.items():
            outputs = BlockOutputs(backbone, blocks)
            features = pooled_outputs(outputs, self.training.pictures)
            others = pooled_outputs(outputs, self.validation.pictures)
            todo = [*blocks, PIXELS] if name == COLORIZATION else blocks
            linear[name] = {}
            for block in self.progress(todo, total=len(todo), description=f"Probing {name}"):
                probed = probe(
                    features[block],
                    self.training.labels,
                    others[block],
                    len(self.training.classes),
                    self.settings.seed,
                )
                linear[name][block] = self.accuracy(probed.predicted)
                if name == COLORIZATION:
                    held_out[block] = probed.held_out_accuracy
        pixels = linear[COLORIZATION].pop(PIXELS)
        return linear, pixels, max(blocks, key=lambda block: held_out[block])

    def fine_tune(self, block: str) -> dict[str, dict[str, FineTuned]]:
        """Fine-tune both networks with more and more labels."""
        sets = {
            str(count): few_labels(self.training, count, self.settings.seed)
            for count in affordable(self.training)
        } | {"all": self.training}
        results: dict[str, dict[str, FineTuned]] = {}
        for name, backbone in self.backbones.items():
            results[name] = {}
            for count, photographs in sets.items():
                predicted = fine_tune(
                    backbone,
                    block,
                    photographs,
                    self.validation,
                    self.settings.photographs_seen,
                    seed=self.settings.seed,
                    progress=self.progress,
                )
                results[name][count] = FineTuned(len(photographs), self.accuracy(predicted))
        return results

    def localize(self, block: str, count: int) -> dict[str, Localized]:
        """Find pasted pictures with both networks frozen, and end to end."""
        seed = self.settings.seed
        training = paste(self.training, count, seed)
        validation = paste(self.validation, len(self.validation), seed)
        how: dict[str, Any] = {"seed": seed, "progress": self.progress}
        boxes = {CONSTANT: constant_box(training.boxes)[None]}
        for name, backbone in self.backbones.items():
            boxes[name] = localize_frozen(backbone, block, training, validation, **how)
        boxes[END_TO_END] = localize_end_to_end(
            self.backbones[RANDOM],
            block,
            training,
            validation,
            self.settings.photographs_seen,
            **how,
        )
        return {name: _localized(iou(found, validation.boxes)) for name, found in boxes.items()}


def _localized(overlaps: Tensor) -> Localized:
    values = overlaps.double().numpy()
    found = 100 * (values > IOU_THRESHOLD).astype(np.float64)
    return Localized(mean_estimate(values), mean_estimate(found))


def probe_network(
    weights: Path,
    training: LabelledPhotographs,
    validation: LabelledPhotographs,
    settings: ProbeSettings,
    *,
    device: str = "cpu",
    progress: Progress = no_progress,
) -> ProbeResults:
    """Probe a trained system's backbone.

    Parameters
    ----------
    weights : a ``weights.safetensors``.
    training, validation : photographs of the same source and classes.

    Raises
    ------
    ModelError
        If the weights are missing or damaged.
    UsageError
        If the side does not suit the network, or training and validation share photographs.
    """
    refuse_overlap(training.photographs, validation.photographs)
    system, metadata = load_weights(weights)
    if settings.side % system.multiple:
        raise UsageError(
            f"{metadata['system']} cannot see pictures of {settings.side} pixels",
            f"Choose a --side that is a multiple of {system.multiple}",
        )
    # Channels last is a third faster on CPUs.
    system.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    system.eval()
    loaded = training.load(settings.side)
    fresh = random_backbone(system, metadata, settings.seed)
    fresh.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    calibrate(fresh, loaded.pictures)
    backbones = {COLORIZATION: system.backbone, RANDOM: fresh}
    study = _Study(backbones, loaded, validation.load(settings.side), settings, progress)
    linear, pixels, best_block = study.probe_blocks()
    fine_tuned = study.fine_tune(best_block)
    num_pasted = min(len(loaded), MOST_PASTED)
    return ProbeResults(
        system=metadata["system"],
        settings=settings,
        source=training.source,
        num_classes=len(training.classes),
        num_training=len(loaded),
        num_validation=len(study.validation),
        linear=linear,
        pixels=pixels,
        best_block=best_block,
        fine_tuned=fine_tuned,
        num_pasted=num_pasted,
        localized=study.localize(best_block, num_pasted),
    )
