"""Words compared as people compare them: without case, accents or signs.

“Łódź”, “LODZ” and “lodz” are one word. The same rule finds people and types by what is typed and
entries by what is searched for, so that both databases and every page agree.
"""

from __future__ import annotations

import re
import unicodedata

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
# Longer ones are told apart by their beginning.
LONGEST_WORD = 60


def folded(text: str) -> str:
    """Return `text` in small letters without accents; what it says twice over stays twice."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    # Taken apart, a sign can turn out to be a capital again.
    return bare.casefold().translate(_WHOLE)


def words(text: str) -> list[str]:
    """Return the words of `text`, folded, in order: letters and digits, never a sign between."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(folded(text))]


def slug(text: str) -> str:
    """Return the words of `text` joined by hyphens, as in site-visit."""
    return "-".join(words(text))
