"""Write what an installation runs on as a bill of materials (CycloneDX 1.5) for other tools.

    python tools/bill_of_materials.py requirements/app.txt > build/daybook.cdx.json

Names, versions and digests are those of the pinned requirements; nothing is asked of anybody.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)")
_DIGEST = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One pinned package, with the digests of every file it may be installed from."""

    name: str
    version: str
    digests: tuple[str, ...]


def pins(requirements: str) -> list[Pin]:
    """Return what a requirements file pins. Raises ValueError for a line that pins nothing."""
    joined = re.sub(r"\\\n", " ", requirements)
    found = []
    for line in joined.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pin = _PIN.match(line)
        if pin is None:
            raise ValueError(f"this pins no version: {line[:60]}")
        found.append(Pin(pin[1], pin[2], tuple(_DIGEST.findall(line))))
    return found


def bill(requirements: str) -> dict[str, object]:
    """Return the bill of materials of what a requirements file pins."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [
            {
                "type": "library",
                "name": pin.name,
                "version": pin.version,
                "purl": f"pkg:pypi/{pin.name.lower()}@{pin.version}",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.digests],
            }
            for pin in pins(requirements)
        ],
    }


def main(files: list[str]) -> int:
    text = "".join(Path(file).read_text() for file in files)
    print(json.dumps(bill(text), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
