"""Everything that is installed is pinned by digest, and is on the bill of materials."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tools.bill_of_materials import pins

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda path: path.name)
def test_every_package_is_pinned_to_a_version_and_digests(path: Path) -> None:
    pinned = pins(path.read_text())

    assert pinned
    assert [pin.name for pin in pinned if not pin.digests] == []


def test_every_package_of_the_browser_checks_is_pinned_by_digest() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: about for name, about in lock["packages"].items() if name}

    assert packages
    assert [name for name, about in packages.items() if "integrity" not in about] == []


def test_nothing_is_installed_without_its_digest() -> None:
    makefile = (ROOT / "Makefile").read_text()
    installs = [line for line in makefile.splitlines() if "pip install" in line]

    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-deps --no-build-isolation -e ." in line, line


def test_the_bill_of_materials_lists_every_package_an_installation_runs_on() -> None:
    done = subprocess.run(
        [sys.executable, "tools/bill_of_materials.py", "requirements/app.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    bill = json.loads(done.stdout)
    listed = {(each["name"], each["version"]) for each in bill["components"]}

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    pinned = pins((REQUIREMENTS / "app.txt").read_text())
    assert listed == {(pin.name, pin.version) for pin in pinned}
    assert {name for name, _ in listed} > {"django", "cryptography", "psycopg"}
    assert all(each["hashes"] and each["purl"] for each in bill["components"])


@pytest.mark.parametrize("line", ["django", "django>=5", "-r other.txt", "https://x.test/y.whl"])
def test_what_is_not_pinned_is_noticed(line: str) -> None:
    with pytest.raises(ValueError, match="pins no version"):
        pins(f"{line}\n")
