"""Words compared as people compare them: without case, accents or signs.

“Łódź”, “LODZ” and “lodz” are one word. The same rule finds people and types by what is typed and
entries by what is searched for, so that both databases and every page agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Letters that Unicode does not take apart into a letter and its accent (UAX 15).
_WHOLE = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
# Chinese and Japanese put no spaces between words: there every sign is taken for one.
_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAPH}]|[^\W_{_IDEOGRAPH}]+")
# No accent is among the first 128 signs, of which most texts are made.
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
# The same in a text that is not folded: a letter may have its accents behind it.
_AS_WRITTEN = re.compile(rf"[{_IDEOGRAPH}]|(?:[^\W_{_IDEOGRAPH}][\u0300-\u036f]*)+")
# Longer ones are told apart by their beginning.
LONGEST_WORD = 60


def folded(text: str) -> str:
    """Return `text` in small letters without accents; what it says twice over stays twice."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    # Taken apart, a sign can turn out to be a capital again.
    return _NOT_ASCII.sub(_without_accents, apart).casefold().translate(_WHOLE)


def _without_accents(found: re.Match[str]) -> str:
    return "".join(sign for sign in found[0] if not unicodedata.combining(sign))


def words(text: str) -> list[str]:
    """Return the words of `text`, folded, in order: letters and digits, never a sign between."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(folded(text))]


def slug(text: str) -> str:
    """Return the words of `text` joined by hyphens, as in site-visit."""
    return "-".join(words(text))


def marked(text: str, wanted: Sequence[str]) -> list[tuple[str, bool]]:
    """Return `text` in parts, each with whether it is a word that begins with one of `wanted`.

    `wanted` are folded; joined, the parts are `text` again.
    """
    parts: list[tuple[str, bool]] = []
    at = 0
    for found in _AS_WRITTEN.finditer(text):
        if any(word.startswith(tuple(wanted)) for word in words(found[0])):
            parts += [(text[at : found.start()], False), (found[0], True)]
            at = found.end()
    parts.append((text[at:], False))
    return [(part, hit) for part, hit in parts if part]


def excerpt(text: str, wanted: Sequence[str], *, around: int = 60) -> list[tuple[str, bool]]:
    """Return the part of a long text about the first word that is wanted, marked; [] for none.

    It has at most `around` characters on each side, cut at words, with “…” where it was cut.
    """
    parts = marked(" ".join(text.split()), wanted)
    first = next((n for n, (_, hit) in enumerate(parts) if hit), None)
    if first is None:
        return []
    before = "".join(part for part, _ in parts[:first])
    after = "".join(part for part, _ in parts[first + 1 :])
    if len(before) > around:
        before = "… " + before[-around:].partition(" ")[2]
    if len(after) > around:
        after = after[:around].rpartition(" ")[0] + " …"
    return [*marked(before, wanted), parts[first], *marked(after, wanted)]
