"""Ask the public list of known vulnerabilities about every pinned package.

    python tools/known_holes.py requirements/app.txt ...

Fails when a pinned version has a known vulnerability. Where the list cannot be reached (a
package mirror without it), says so on a line of its own and passes: not knowing is not a hole.
"""

from __future__ import annotations

import json
import subprocess
import sys


def main(files: list[str]) -> int:
    requirements = [part for file in files for part in ("--requirement", file)]
    audit = subprocess.run(
        [
            sys.executable,
            *("-m", "pip_audit", "--require-hashes", "--disable-pip", "--format", "json"),
            *("--progress-spinner", "off", *requirements),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not audit.stdout.strip():
        sys.stderr.write(audit.stderr)
        return audit.returncode or 1
    packages = {package["name"]: package for package in json.loads(audit.stdout)["dependencies"]}
    unknown = sorted(name for name, package in packages.items() if "skip_reason" in package)
    holes = [
        f"{name} {package['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions'])}"
        for name, package in sorted(packages.items())
        for hole in package.get("vulns", ())
    ]
    for line in holes:
        print(line)
    print(f"{len(packages) - len(unknown)} packages asked about, {len(holes)} known holes.")
    if unknown:
        print(f"NOT KNOWN to the list that answers here: {len(unknown)} packages.")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
