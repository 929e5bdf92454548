import cv2
import numpy as np
import pytest
import torch

from autochrome.data.augmentation import (
    add_grain,
    age_photographs,
    blur,
    change_tone,
    copy_on_film,
    expose_twice,
    mix_channels,
    mount_in_frames,
    quantize_blocks,
    scratch,
    underexpose,
)
from autochrome.tensor_color import luminance, luminance_to_lightness


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def linear():
    return torch.rand(6, 3, 32, 48, generator=generator(1))


@pytest.fixture
def lightness(linear):
    return luminance_to_lightness(luminance(linear))


@pytest.mark.parametrize("quality", [20, 50, 75])
def test_jpeg_is_what_a_jpeg_library_does(quality):
    y, x = np.mgrid[0:64, 0:80]
    luma = (127 + 60 * np.sin(x / 7) + 50 * np.cos(y / 5 + x / 11)).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, quality])
    expected = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE).astype(float)
    picture = torch.from_numpy(luma).float()[None, None]
    actual = quantize_blocks(picture, torch.full((1, 1, 1, 1), float(quality)))[0, 0].numpy()
    # The library rounds tables and pixels to integers.
    assert np.abs(actual - expected).mean() < 0.6
    assert np.abs(actual - luma).mean() > 2 * np.abs(actual - expected).mean()


def test_light_of_another_picture_is_added_to_some(linear):
    """Flat pictures of one light each, so that what was added to each can be told."""
    linear[:] = torch.arange(1.0, 7.0).view(-1, 1, 1, 1) / 8
    exposed = expose_twice(linear, 1.0, generator())
    other = linear.flip(0)
    share = ((exposed - other) / (linear - other))[:, 0, 0, 0]
    assert ((share >= 0.5) & (share <= 0.95)).all()
    assert len(share.unique()) == len(share)
    torch.testing.assert_close(
        exposed, share.view(-1, 1, 1, 1) * linear + (1 - share.view(-1, 1, 1, 1)) * other
    )
    torch.testing.assert_close(expose_twice(linear, 0.0, generator()), linear, rtol=0, atol=0)
    many = (torch.arange(4000.0) / 4000).view(-1, 1, 1, 1)
    changed = (expose_twice(many, 0.3, generator()) != many).float().mean()
    assert float(changed) == pytest.approx(0.3, abs=0.03)


def test_some_pictures_get_less_light(linear):
    stops = -torch.log2(underexpose(linear, 1.0, generator()) / linear).flatten(1)
    torch.testing.assert_close(stops, stops[:, :1].expand_as(stops), rtol=0, atol=1e-4)
    assert len(stops[:, 0].unique()) == len(linear)
    assert ((stops >= 0) & (stops <= 2)).all()
    torch.testing.assert_close(underexpose(linear, 0.0, generator()), linear, rtol=0, atol=0)
    many = torch.ones(4000, 1, 1, 1)
    darker = underexpose(many, 0.3, generator())
    assert float((darker < 1).float().mean()) == pytest.approx(0.3, abs=0.03)
    assert float(darker.min()) < 0.27


def test_greys_keep_their_luminance_under_any_emulsion():
    grey = torch.rand(5, 1, 8, 8, generator=generator()).expand(5, 3, 8, 8)
    torch.testing.assert_close(mix_channels(grey, generator()), grey[:, :1])


def test_emulsions_see_colors_differently():
    """Blue-sensitive plates exist: some picture must show blue brighter than red."""
    red = torch.zeros(64, 3, 1, 1)
    red[:, 0] = 1
    blue = torch.zeros(64, 3, 1, 1)
    blue[:, 2] = 1
    seen_red, seen_blue = mix_channels(red, generator()), mix_channels(blue, generator())
    assert (seen_blue > seen_red).any()
    assert (seen_blue < seen_red).any()


@pytest.mark.parametrize("damage", [change_tone, add_grain, blur, scratch])
def test_each_damage_changes_the_picture_and_repeats_with_its_seed(damage, lightness):
    once, again = damage(lightness, generator(3)), damage(lightness, generator(3))
    torch.testing.assert_close(once, again)
    assert ((once - lightness).flatten(1).abs().max(1).values > 0.1).all()
    assert once.shape == lightness.shape


def test_blur_keeps_flat_pictures():
    flat = torch.full((2, 1, 8, 8), 40.0)
    torch.testing.assert_close(blur(flat, generator()), flat)


def test_tone_keeps_the_order_of_tones(lightness):
    order = lightness.flatten(1).argsort(1)
    changed = change_tone(lightness, generator()).flatten(1).gather(1, order)
    assert (changed.diff(dim=1) >= -1e-4).all()


def test_probability_zero_is_the_exact_lightness(linear, lightness):
    torch.testing.assert_close(age_photographs(linear, lightness, 0, generator()), lightness)


def test_probability_one_ages_all_and_stays_in_range(linear, lightness):
    aged = age_photographs(linear, lightness, 1, generator())
    assert ((aged - lightness).flatten(1).abs().max(1).values > 0.1).all()
    assert aged.min() >= 0
    assert aged.max() <= 100


def colored_cells():
    return torch.tensor([60.0, 30.0, 30.0]).view(1, 3, 1, 1).repeat(6, 1, 8, 12)


def test_frames_are_neutral_and_leave_the_rest_alone(lightness):
    framed, target, covered = mount_in_frames(lightness, colored_cells(), 1, generator())
    changed = framed != lightness
    assert changed.flatten(1).any(1).all()
    # The middle, 70 % each way, is never covered.
    assert not changed[..., 5:27, 8:40].any()
    # A cell that is covered has the frame's tone and no color, one that is not keeps its own.
    share = torch.nn.functional.avg_pool2d(changed.float(), 4)[:, 0]
    cells = target.permute(0, 2, 3, 1)
    tone = torch.nn.functional.avg_pool2d(framed, 4)[:, 0]
    assert (cells[share > 0.9][:, 1:] == 0).all()
    torch.testing.assert_close(cells[share == 1][:, 0], tone[share == 1])
    assert (cells[share == 0] == torch.tensor([60.0, 30.0, 30.0])).all()
    assert (share == 1).any()
    assert torch.equal(covered, (cells[..., 1:] == 0).all(-1))


def test_no_frames_without_probability(lightness):
    framed, target, covered = mount_in_frames(lightness, colored_cells(), 0, generator())
    assert not covered.any()
    torch.testing.assert_close(framed, lightness, rtol=0, atol=0)
    torch.testing.assert_close(target, colored_cells(), rtol=0, atol=0)


def test_scratches_are_few_and_leave_the_rest_alone():
    lightness = torch.full((200, 1, 128, 128), 50.0)
    changed = (scratch(lightness, generator()) != lightness).flatten(1).float().mean(1)
    assert changed.min() > 0
    assert changed.mean() < 0.03


def likeness_of_neighbors(lightness):
    """Correlation of each picture's pixels with those to their right; zero for a flat one."""
    centered = lightness - lightness.mean((1, 2, 3), keepdim=True)
    left, right = centered[..., :-1], centered[..., 1:]
    variance = (centered**2).mean((1, 2, 3)).clamp(min=1e-6)
    return (left * right).mean((1, 2, 3)) / variance


def test_copies_have_soft_grain_which_grain_on_top_is_not():
    flat = torch.full((400, 1, 64, 64), 50.0)
    assert likeness_of_neighbors(add_grain(flat, generator())).abs().max() < 0.1
    soft = likeness_of_neighbors(copy_on_film(flat, generator())) > 0.1
    # 0.7 are grained, and 0.6 of these then blurred, most of them enough to be seen.
    assert 0.3 < soft.float().mean() < 0.48


def test_copies_are_aged_more_and_stay_in_range(linear, lightness):
    linear, clean = (each.repeat(50, 1, 1, 1) for each in (linear, lightness))
    aged = age_photographs(linear, clean, 1, generator())
    copied = age_photographs(linear, clean, 1, generator(), num_copies=1)
    assert copied.min() >= 0
    assert copied.max() <= 100
    assert (copied - clean).abs().mean() > 1.1 * (aged - clean).abs().mean()


def test_the_asked_share_is_aged():
    linear = torch.rand(40, 3, 8, 8, generator=generator(2))
    clean = luminance_to_lightness(luminance(linear))
    changed = (age_photographs(linear, clean, 0.3, generator()) - clean).flatten(1).abs().max(
        1
    ).values > 0
    assert changed.tolist() == 12 * [True] + 28 * [False]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_of_small_batches_the_asked_share_is_aged_on_average(count):
    linear = torch.rand(count, 3, 8, 8, generator=generator(2))
    clean = luminance_to_lightness(luminance(linear))
    drawn = generator()
    batches = 600 // count
    changed = sum(
        int((age_photographs(linear, clean, 0.3, drawn) != clean).flatten(1).any(1).sum())
        for _ in range(batches)
    )
    assert 0.22 < changed / (batches * count) < 0.38
