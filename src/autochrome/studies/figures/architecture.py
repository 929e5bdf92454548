"""The networks as rows of boxes, drawn from the networks themselves (Zhang 2016, fig. 2)."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch, Rectangle

from autochrome.studies.figures.network import Layer, Network, describe
from autochrome.studies.figures.style import new_figure
from autochrome.studies.figures.subject import Subject
from autochrome.studies.style import OKABE_ITO

_SYSTEMS = ("zhang2016", "lumiere")
_SIDE = 256

# Across, in inches.
_CHANNEL = 0.19 / 512
_GAP = 0.025
_SLOT = 0.66  # of a block at least: its label needs that
_PAGE = 6.1


class Kind(NamedTuple):
    """How a box is filled: by color, and by hatching for who sees it in gray."""

    label: str
    color: str
    hatch: str


_PLAIN = Kind("3x3", OKABE_ITO["sky blue"], "")
_STRIDED = Kind("stride 2", OKABE_ITO["blue"], "")
_DILATED = Kind("dilation 2", OKABE_ITO["orange"], "////")
_TRANSPOSED = Kind("transposed, stride 2", OKABE_ITO["green"], "....")
_SKIP = OKABE_ITO["vermilion"]
_POINTWISE = Kind("1x1", OKABE_ITO["yellow"], "----")


def draw_architecture(subject: Subject) -> Figure:
    """Draw the layers of the paper's network and of the default model's."""
    figure = new_figure(5.6)
    for axes, name in zip(figure.subplots(len(_SYSTEMS), 1), _SYSTEMS, strict=True):
        _draw_network(axes, describe(name, _SIDE))
    kinds = (_PLAIN, _STRIDED, _DILATED, _TRANSPOSED, _POINTWISE)
    handles: list[Artist] = [
        Patch(
            facecolor=kind.color,
            hatch=kind.hatch,
            edgecolor="black",
            linewidth=0.5,
            label=kind.label,
        )
        for kind in kinds
    ]
    handles.append(Line2D([], [], color=_SKIP, marker=">", markersize=4, label="added (skip)"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def kind_of(layer: Layer) -> Kind:
    """Tell how a layer's box is filled."""
    if layer.transposed:
        return _TRANSPOSED
    if layer.stride > 1:
        return _STRIDED
    if layer.dilation > 1:
        return _DILATED
    return _POINTWISE if layer.kernel == 1 else _PLAIN


def _draw_network(axes: Axes, network: Network) -> None:
    axes.add_patch(Rectangle((0, 0), 2 * _GAP, _SIDE, facecolor="black"))
    left = 0.2
    axes.text(0, -12, f"L*\n{_SIDE} x {_SIDE}", ha="left", va="top", fontsize=6)
    spans = {}
    widths = {name: _block_width(layers) for name, layers in network.blocks.items()}
    spare = (_PAGE - left - sum(max(width, _SLOT) for width in widths.values())) / len(widths)
    left += 0.3
    for name, layers in network.blocks.items():
        slot = max(widths[name], _SLOT)
        start = left + (slot - widths[name]) / 2
        spans[name] = (start + widths[name], layers[-1].height)
        _draw_block(axes, layers, start)
        axes.text(left + slot / 2, -12, _label(name, layers), ha="center", va="top", fontsize=6)
        left += slot + max(0.0, spare - 0.05)
    for skip in network.skips:
        _draw_skip(axes, spans[skip.source], spans[skip.target])
    axes.set(xlim=(-0.1, left), ylim=(0, 1.1 * _SIDE), yticks=[0, 32, 64, 128, 256], xticks=[])
    axes.set_ylabel("height (pixels)")
    axes.spines.bottom.set_visible(False)
    axes.set_title(
        f"{network.name}: {network.num_parameters / 1e6:.2f} M parameters, {len(network.layers)} "
        "convolutions; width of a box: its channels"
    )


def _block_width(layers: list[Layer]) -> float:
    return sum(layer.channels * _CHANNEL + _GAP for layer in layers)


def _draw_block(axes: Axes, layers: list[Layer], left: float) -> None:
    for layer in layers:
        width = layer.channels * _CHANNEL
        kind = kind_of(layer)
        axes.add_patch(
            Rectangle(
                (left, 0),
                width,
                layer.height,
                facecolor=kind.color,
                hatch=kind.hatch,
                edgecolor="black",
                linewidth=0.5,
            )
        )
        left += width + _GAP


def _label(name: str, layers: list[Layer]) -> str:
    kernels = [
        f"{len(list(group))} conv. {kernel}x{kernel}"
        for kernel, group in groupby(layer.kernel for layer in layers)
    ]
    last = layers[-1]
    return "\n".join([name, *kernels, f"{last.height} x {last.width}", f"{last.channels} ch."])


def _draw_skip(axes: Axes, source: tuple[float, int], target: tuple[float, int]) -> None:
    """Arch from the end of a block to the end of a later one, above what lies between."""
    axes.add_patch(
        FancyArrowPatch(
            source,
            target,
            connectionstyle="arc3,rad=-0.3",
            shrinkA=0,
            shrinkB=1,
            arrowstyle="-|>",
            mutation_scale=7,
            linewidth=0.8,
            color=_SKIP,
        )
    )
