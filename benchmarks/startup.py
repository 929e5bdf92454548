"""`import autochrome` against `import numpy`, each in a fresh process.

python benchmarks/startup.py
"""

from __future__ import annotations

import subprocess
import sys
import time

from contract import alternate, publish, summary

CODE = {"nothing": "pass", "numpy": "import numpy", "autochrome": "import autochrome"}
REPEATS = 15


def start(code: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


def main() -> None:
    calls = {name: lambda code=code: start(code) for name, code in CODE.items()}
    alternate(calls, 2)
    seconds = {name: summary(values) for name, values in alternate(calls, REPEATS).items()}
    bare = seconds["nothing"]["median"]
    ratio = (seconds["autochrome"]["median"] - bare) / (seconds["numpy"]["median"] - bare)
    publish("startup", {"seconds": seconds, "times_numpy": ratio})


if __name__ == "__main__":
    main()
