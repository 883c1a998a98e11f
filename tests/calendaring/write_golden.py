"""Write one golden file again, on purpose: `python -m tests.calendaring.write_golden NAME`.

NAME is that of a file in golden/ (`invitation.eml`), or `all`. Read the difference before you keep
it: calendars out there will receive exactly this.
"""

from __future__ import annotations

import sys

from tests.calendaring.golden_mails import FOLDER, composed, names, readable


def write(name: str) -> None:
    """Write the file, and beside each mail its readable form."""
    data = composed(name)
    (FOLDER / name).write_bytes(data)
    if name.endswith(".eml"):
        text = readable(data).encode()
        (FOLDER / name).with_suffix(".txt").write_bytes(text)


def main(arguments: list[str]) -> int:
    """Return the exit code; 2 for a name nobody knows."""
    asked = names() if arguments == ["all"] else arguments
    if not asked or not set(asked) <= set(names()):
        sys.stderr.write("usage: python -m tests.calendaring.write_golden NAME|all\n")
        sys.stderr.write("names: " + " ".join(names()) + "\n")
        return 2
    for name in asked:
        write(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
