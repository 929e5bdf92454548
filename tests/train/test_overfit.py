"""Every recipe's network and loss learn four photographs by heart."""

from pathlib import Path

import numpy as np
import pytest
import torch

from autochrome.color import empirical_prior, rgb_to_lab, smooth_prior
from autochrome.nn import HeadSettings, Target, build_system
from autochrome.shards import decode_rgb
from autochrome.shards.write import reduce_to
from autochrome.tensor_color import (
    luminance,
    luminance_to_lightness,
    target_lab,
    uint8_to_linear,
)
from autochrome.train.recipes import RECIPES, load_recipe

SAMPLES = Path(__file__).parents[2] / "samples" / "color"
SIDE = 64


@pytest.fixture(scope="module")
def four_photographs():
    files = sorted(SAMPLES.glob("*.jpg"))
    assert len(files) == 4
    pictures = [reduce_to(decode_rgb(file.read_bytes()), SIDE) for file in files]
    return np.stack([picture[:SIDE, :SIDE] for picture in pictures])


@pytest.mark.parametrize(
    ("recipe", "width", "learning_rate"),
    [("zhang2016", 1.0, 3e-4), *((name, 0.25, 3e-3) for name in RECIPES)],
)
def test_overfits_four_photographs(four_photographs, recipe, width, learning_rate):
    """The gap between the first loss and the least possible one closes by 80 %."""
    config = load_recipe(recipe)
    prior = smooth_prior(empirical_prior(rgb_to_lab(four_photographs / 255)[..., 1:]))
    linear = uint8_to_linear(torch.from_numpy(four_photographs).permute(0, 3, 1, 2))
    lightness = luminance_to_lightness(luminance(linear))
    target = Target(target_lab(linear), torch.arange(4))
    settings = HeadSettings(
        prior=prior,
        uniform_mixing=config.uniform_mixing,
        num_neighbors=config.num_neighbors,
        num_classes=4,
    )
    torch.manual_seed(0)
    system = build_system(config.system, settings, width).train()
    optimizer = torch.optim.Adam(system.parameters(), lr=learning_rate)
    floor = float(system.head.loss_floor(target))
    losses = []
    for _ in range(300):
        loss = system.head.loss(system(lightness), target)
        losses.append(float(loss.detach()))
        if losses[-1] - floor < 0.2 * (losses[0] - floor):
            return
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    raise AssertionError(f"from {losses[0]:.3f} only to {losses[-1]:.3f}; floor {floor:.3f}")
