"""The network, run by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from autochrome.errors import DeviceUnavailableError, ModelError, PhotoMemoryError, UsageError
from autochrome.photo.threads import begin_work, refuse_forked

Device = Literal["auto", "cpu", "cuda"]

ort: Any = onnxruntime  # its names are re-exported in a way that strict typing does not see

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_CUDA_ADVICE = (
    "Install ONNX Runtime for CUDA in place of the plain one:\n"
    "    pip uninstall -y onnxruntime onnxruntime-gpu\n"
    "    pip install 'onnxruntime-gpu[cuda,cudnn]'\n"
    "or choose the device 'cpu'"
)
_FATAL_ONLY = 4  # errors reach the caller as exceptions, not the terminal
_FAULTS = (
    faults.EPFail,
    faults.Fail,
    faults.InvalidArgument,
    faults.InvalidGraph,
    faults.InvalidProtobuf,
    faults.NoSuchFile,
    faults.NotImplemented,
    faults.RuntimeException,
)


class Session:
    """A loaded network: lightness in, its answer out. Safe to share between threads.

    Parameters
    ----------
    weights_path : an ONNX file as `docs/architecture.md` describes.
    device : "auto" takes CUDA if it works and the CPU otherwise; "cuda" never falls back.
    num_threads : for one run on the CPU; None lets ONNX Runtime choose.

    Raises
    ------
    UsageError
        If the device is unknown, the number of threads is not positive, or the process is the fork
        of one that has colored.
    DeviceUnavailableError
        If CUDA was asked for and cannot be used.
    ModelError
        If the file is not a network that can be run.
    """

    def __init__(
        self, weights_path: Path, *, device: Device = "auto", num_threads: int | None = None
    ) -> None:
        refuse_forked()
        if device not in get_args(Device):
            raise UsageError(f"device must be auto, cpu or cuda, got {device!r}")
        if num_threads is not None and num_threads < 1:
            raise UsageError(f"num_threads must be at least 1, got {num_threads}")
        has_cuda = _PROVIDERS["cuda"] in ort.get_available_providers()
        if device == "cuda" and not has_cuda:
            raise DeviceUnavailableError("This ONNX Runtime has no CUDA", _CUDA_ADVICE)
        use_cuda = has_cuda and device != "cpu"
        if use_cuda and hasattr(ort, "preload_dlls"):
            ort.preload_dlls()  # finds CUDA's libraries where pip put them
        ort.disable_telemetry_events()  # for a program that has imported it before us
        settings = ort.SessionOptions()
        settings.log_severity_level = _FATAL_ONLY
        settings.intra_op_num_threads = num_threads or 0
        try:
            self._session = ort.InferenceSession(
                str(weights_path),
                settings,
                providers=[_PROVIDERS["cuda"]] * use_cuda + [_PROVIDERS["cpu"]],
            )
        except _FAULTS as error:
            raise ModelError(f"Cannot load the network {weights_path}: {error}") from error
        # ONNX Runtime falls back to the CPU by itself when CUDA's libraries do not load.
        works = self._session.get_providers()[0] == _PROVIDERS["cuda"]
        if device == "cuda" and not works:
            raise DeviceUnavailableError("CUDA is installed but does not work", _CUDA_ADVICE)
        self.device: str = "cuda" if works else "cpu"

    def run(self, lightness: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network.

        Parameters
        ----------
        lightness : (h, w) L* in [0, 100]; h and w multiples of the manifest's.

        Returns
        -------
        (h / 4, w / 4, C) float32: logits over the Q bins, or ab; see `autochrome.models.Decode`.

        Raises
        ------
        UsageError
            If the process is the fork of one that has colored.
        PhotoMemoryError
            If there is not enough memory.
        ModelError
            If the network fails.
        """
        begin_work()
        feed = {"lightness": np.ascontiguousarray(lightness, dtype=np.float32)[None, None]}
        try:
            (outputs,) = self._session.run(None, feed)
        except (*_FAULTS, ValueError, MemoryError) as error:
            if isinstance(error, MemoryError) or "allocate memory" in str(error):
                raise PhotoMemoryError(
                    "Not enough memory for the network", "Choose a smaller working_side"
                ) from error
            raise ModelError(f"The network failed: {error}") from error
        answer: NDArray[np.float32] = outputs[0].transpose(1, 2, 0)
        return answer
