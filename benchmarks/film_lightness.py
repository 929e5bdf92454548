"""What a film keeps of lightness: Y' to the bit, or as the codec has it, and L* nearly.

Each photograph is a film of five gray frames, colored as a film; its last frame is decoded again.
At a fixed Y', L* moves with chroma: that is the price of Y'CbCr, whatever the codec.

python benchmarks/film_lightness.py [PHOTOGRAPH ...]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import av
import cv2
import numpy as np
from contract import publish

from autochrome.color import rgb_to_lab
from autochrome.pipeline import Colorizer
from autochrome.video import VideoOptions, colorize_video
from autochrome.video.picture.formats import plane_array
from autochrome.video.picture.tags import ColorTags

SAMPLES = sorted((Path(__file__).parents[1] / "samples").rglob("*.jpg"))
CODECS = {
    "ffv1, 4:4:4": VideoOptions(codec="ffv1"),
    "h264, crf 17": VideoOptions(codec="h264"),
    "prores": VideoOptions(codec="prores"),
}
TAGS = ColorTags(1)
FRAMES = 5


def make_film(photograph: Path, path: Path) -> np.ndarray:
    """Write it in FFV1, which loses nothing, and return its Y', 8 bit in limited range."""
    gray = cv2.imread(str(photograph), cv2.IMREAD_GRAYSCALE)
    gray = gray[: gray.shape[0] // 2 * 2, : gray.shape[1] // 2 * 2]
    luma = np.rint(16 + gray * (219 / 255)).astype(np.uint8)
    frame = av.VideoFrame(luma.shape[1], luma.shape[0], "yuv420p")
    for index, values in enumerate((luma, 128, 128)):
        plane_array(frame, index)[:] = values
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25, width=frame.width, height=frame.height)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        for index in range(FRAMES):
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return luma


def decoded(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Y' in codes of 8 bits, and L*, of the last frame."""
    with av.open(str(path)) as container:
        *_, frame = container.decode(video=0)
    depth = frame.format.components[0].bits
    black, white = TAGS.luma_scale(depth)
    neutral, span = TAGS.chroma_scale(depth)
    luma, *chroma = (np.float32(plane_array(frame, index)) for index in range(3))
    size = luma.shape[::-1]
    y = (luma - black) / (white - black)
    cb, cr = ((cv2.resize(plane, size) - neutral) / span for plane in chroma)
    k_red, k_green, k_blue = TAGS.luma_weights()
    red, blue = y + 2 * (1 - k_red) * cr, y + 2 * (1 - k_blue) * cb
    green = (y - k_red * red - k_blue * blue) / k_green
    lab = rgb_to_lab(np.stack([red, green, blue], axis=-1).clip(0, 1))
    return luma / 2 ** (depth - 8), lab[..., 0]


def measure(photograph: Path, colorizer: Colorizer, folder: Path) -> dict[str, dict[str, float]]:
    source = folder / "gray.mkv"
    luma = make_film(photograph, source)
    gray = (luma.astype(np.float32) - 16) / 219
    before = rgb_to_lab(np.repeat(gray[..., None], 3, axis=-1).clip(0, 1))[..., 0]
    found = {}
    for name, options in CODECS.items():
        output = folder / f"{options.codec}.mkv"
        colorize_video(source, output, options, colorizer=colorizer, overwrite=True)
        after, lightness = decoded(output)
        moved, changed = np.abs(lightness - before), np.abs(after - luma)
        found[name] = {
            "luma, mean": float(changed.mean()),
            "luma, most": float(changed.max()),
            "lightness, mean": float(moved.mean()),
            "lightness, 95 %": float(np.percentile(moved, 95)),
            "lightness, most": float(moved.max()),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path, nargs="*", default=SAMPLES)
    photographs = parser.parse_args().photographs
    colorizer = Colorizer.open(device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        each = [measure(path, colorizer, Path(folder)) for path in photographs]
    table = {
        codec: {
            name: round(
                (max if "most" in name else np.mean)([found[codec][name] for found in each]), 3
            )
            for name in each[0][codec]
        }
        for codec in CODECS
    }
    publish("film_lightness", {"photographs": len(each), "codecs": table})


if __name__ == "__main__":
    main()
