"""What a trained model is, and where models live."""

from autochrome.models.catalog import (
    DEFAULT_MODEL,
    ModelFiles,
    find_model,
    list_models,
    manifest_at,
)
from autochrome.models.install import add_model, remove_model
from autochrome.models.manifest import (
    MAX_SMOOTHING,
    Decode,
    Input,
    Licence,
    Manifest,
    Output,
    Parity,
    Source,
    Weights,
)
from autochrome.models.parity import check_parity, parity_lightness, record_parity

__all__ = [
    "DEFAULT_MODEL",
    "MAX_SMOOTHING",
    "Decode",
    "Input",
    "Licence",
    "Manifest",
    "ModelFiles",
    "Output",
    "Parity",
    "Source",
    "Weights",
    "add_model",
    "check_parity",
    "find_model",
    "list_models",
    "manifest_at",
    "parity_lightness",
    "record_parity",
    "remove_model",
]
