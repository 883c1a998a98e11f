"""The hostile inputs, read from the files in corpus/ (its README says how they are written)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
HOSTS = Path(__file__).parents[1] / "couriers" / "refused_hosts.txt"
ANSWERS = ("refused", "kept", "text", "ignored")

_LINE = re.compile(r'(\w+)((?: +"(?:[^"\\]|\\.)*"(?: x \d+)?)+)')
_PART = re.compile(r'("(?:[^"\\]|\\.)*")(?: x (\d+))?')


@dataclass(frozen=True)
class Input:
    """One hostile input: its kind, the answer that is right, and the text itself."""

    kind: str
    answer: str
    text: str
    where: str

    def __str__(self) -> str:
        return self.where


def octets(text: str) -> bytes:
    """Return `text` as it goes over a line: a character below 256 is one octet, others UTF-8."""
    return b"".join(
        bytes([ord(each)]) if ord(each) < 256 else each.encode(errors="surrogatepass")
        for each in text
    )


def kinds() -> list[str]:
    """Return the names of all kinds."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def inputs(kind: str) -> list[Input]:
    """Return the inputs of one kind. Raises ValueError for a line nobody can read."""
    path = FOLDER / f"{kind}.txt"
    found = [
        _read(kind, line, f"{path.name}:{number}")
        for number, line in enumerate(path.read_text(encoding="ascii").splitlines(), 1)
        if line and not line.startswith("#")
    ]
    return found + (_hosts() if kind == "host" else [])


def _read(kind: str, line: str, where: str) -> Input:
    found = _LINE.fullmatch(line)
    if found is None or found[1] not in ANSWERS:
        raise ValueError(f"{where}: nobody can read {line[:60]!r}")
    parts = (json.loads(text) * int(times or 1) for text, times in _PART.findall(found[2]))
    return Input(kind, found[1], "".join(parts), where)


def _hosts() -> list[Input]:
    lines = HOSTS.read_text(encoding="utf-8").splitlines()
    return [
        Input("host", "refused", line, f"{HOSTS.name}:{number}")
        for number, line in enumerate(lines, 1)
        if not line.startswith("#")
    ]
