"""Where the colors come from, said in the words of the IPTC and XMP standards.

- ``Iptc4xmpExt:DigitalSourceType``: a picture composed with what a trained algorithm made.
- ``Iptc4xmpExt:AISystemUsed``, ``AISystemVersionUsed`` (IPTC Photo Metadata Standard 2025.1):
  the model, and which of its trainings.
- ``xmpMM:History``: one more event, after those of the scanner. ``xmp:CreatorTool`` stays the
  tool that made the photograph.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from autochrome.photo.metadata.xmp import Xmp, XmpError

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_SOFTWARE = "Autochrome"
_TYPE = "Iptc4xmpExt:DigitalSourceType"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What colored a photograph.

    Parameters
    ----------
    version : of Autochrome.
    model, model_version : as the manifest names them.
    weights_sha256 : of the network's weights, 64 hexadecimal digits.
    when : the moment, with its time zone.
    """

    version: str
    model: str
    model_version: str
    weights_sha256: str
    when: datetime = field(default_factory=_now)

    @property
    def software(self) -> str:
        """The software agent."""
        return f"{_SOFTWARE} {self.version}"

    @property
    def system_version(self) -> str:
        """The model's version and the hash of its weights."""
        return f"{self.model_version}, weights sha256 {self.weights_sha256}"

    def add_to(self, xmp: Xmp) -> None:
        """Say it in a packet."""
        parameters = f"colorized from lightness, model {self.model} {self.system_version}"
        before = xmp.get(_TYPE)
        if before and before != [SOURCE_TYPE]:  # "scanned from a negative", say: worth keeping
            parameters += f", digital source type before: {before[0]}"
        xmp.set(_TYPE, [SOURCE_TYPE])
        xmp.set("Iptc4xmpExt:AISystemUsed", [f"{self.software}, model {self.model}"])
        xmp.set("Iptc4xmpExt:AISystemVersionUsed", [self.system_version])
        event = {
            "stEvt:action": "edited",
            "stEvt:softwareAgent": self.software,
            "stEvt:when": self.when.isoformat(),
            "stEvt:parameters": parameters,
        }
        xmp.append("xmpMM:History", event)


def is_ours(packet: bytes) -> bool:
    """Return whether XMP says that Autochrome colored the photograph."""
    if _SOFTWARE.encode() not in packet:
        return False
    try:
        xmp = Xmp.parse(packet)
    except XmpError:
        return False
    agents = xmp.structures("xmpMM:History", "stEvt:softwareAgent")
    agents += xmp.get("Iptc4xmpExt:AISystemUsed") or []
    return any(agent.startswith(_SOFTWARE) for agent in agents)
