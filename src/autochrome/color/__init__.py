"""Color science in numpy: the single truth about color in this project."""

from autochrome.color.encoding import (
    SoftEncodingTable,
    annealed_mean,
    decode_logits,
    decode_with_variance,
    saturation_logits,
    soft_encoding,
    soft_encoding_table,
)
from autochrome.color.gamut import AbGamut, ab_gamut
from autochrome.color.mapping import max_chroma, max_chroma_table, reduce_chroma
from autochrome.color.prior import class_rebalancing_weights, empirical_prior, smooth_prior
from autochrome.color.spaces import (
    lab_to_rgb,
    lightness_to_luminance,
    linear_rgb_to_lab,
    linear_to_srgb,
    luminance_to_lightness,
    rgb8_to_lab,
    rgb_to_lab,
    srgb_to_linear,
)

__all__ = [
    "AbGamut",
    "SoftEncodingTable",
    "ab_gamut",
    "annealed_mean",
    "class_rebalancing_weights",
    "decode_logits",
    "decode_with_variance",
    "empirical_prior",
    "lab_to_rgb",
    "lightness_to_luminance",
    "linear_rgb_to_lab",
    "linear_to_srgb",
    "luminance_to_lightness",
    "max_chroma",
    "max_chroma_table",
    "reduce_chroma",
    "rgb8_to_lab",
    "rgb_to_lab",
    "saturation_logits",
    "smooth_prior",
    "soft_encoding",
    "soft_encoding_table",
    "srgb_to_linear",
]
