"""Text of many lines that people and programs type, made safe to keep."""

from __future__ import annotations

import re

from django.utils.translation import gettext

from daybook.people.faults import FieldFault, InvalidInput

# Everything some program takes for the end of a line (Unicode Standard Annex 14, class BK and NL).
_LINE_END = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
# NUL and half a surrogate pair: no database keeps them, and no honest program sends them.
_REFUSED = re.compile("[\x00\ud800-\udfff]")
# Control characters besides tab and line feed, and code points that are no characters.
_UNSEEN = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_LONGEST_SEARCH = 200


def many_lines(text: str, *, field: str, longest: int) -> str:
    """Return `text` with every kind of line end as a line feed, and without unseen characters.

    Raises InvalidInput at `field`: `too_long` (more than `longest` characters), `not_text`.
    """
    if len(text) > 10 * longest:
        raise _too_long(field, longest)
    if _REFUSED.search(text):
        raise InvalidInput(
            FieldFault(field, "not_text", gettext("This contains what is not text."))
        )
    kept = _UNSEEN.sub("", _LINE_END.sub("\n", text))
    if len(kept) > longest:
        raise _too_long(field, longest)
    return kept


def searchable(text: str) -> str:
    """Return what of `text` a database can look for; never raises."""
    return _UNSEEN.sub("", _REFUSED.sub("", text[: 10 * _LONGEST_SEARCH])).strip()[:_LONGEST_SEARCH]


def _too_long(field: str, longest: int) -> InvalidInput:
    sentence = gettext("At most %(number)s characters fit here.") % {"number": f"{longest:,}"}
    return InvalidInput(FieldFault(field, "too_long", sentence))
