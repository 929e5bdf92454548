"""Image metrics in numpy, one per file."""

from autochrome.metrics.auc import AucSums, auc, auc_sums
from autochrome.metrics.ciede2000 import ciede2000
from autochrome.metrics.class_probabilities import class_probabilities
from autochrome.metrics.colorfulness import colorfulness
from autochrome.metrics.psnr import psnr
from autochrome.metrics.ssim import ssim

__all__ = [
    "AucSums",
    "auc",
    "auc_sums",
    "ciede2000",
    "class_probabilities",
    "colorfulness",
    "psnr",
    "ssim",
]
