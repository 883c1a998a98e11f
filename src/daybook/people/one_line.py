"""Text of one line that people type: what is refused in it."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext

from daybook.people.faults import FieldFault, InvalidInput

# Control characters, surrogates, line and paragraph separators.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# What stands for a character that was lost on the way; a password with it opens nothing.
_LOST = "\ufffd"
# They make a name read as another one, and spill over into whatever is printed after it.
_TURN_AROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def checked(text: str, *, field: str, longest: int, required: bool = False) -> str:
    """Return `text` without spaces around it; raise InvalidInput naming `field`.

    Codes: `missing`, `too_long` (more than `longest` characters), `not_one_line` (control
    characters, line separators, overrides of the writing direction, half and lost characters).
    """
    # Cut first: nothing that is refused anyway is worth reading to its end.
    if len(text) > 10 * longest or len(text.strip()) > longest:
        sentence = gettext("At most %(number)s characters fit here.") % {"number": longest}
        raise InvalidInput(FieldFault(field, "too_long", sentence))
    # Looked at before spaces are taken off, which would hide a line end.
    if not is_one_line(text):
        sentence = gettext("This must be one line, without control characters.")
        raise InvalidInput(FieldFault(field, "not_one_line", sentence))
    if required and not text.strip():
        raise InvalidInput(FieldFault(field, "missing", gettext("This cannot be empty.")))
    return text.strip()


def is_one_line(text: str) -> bool:
    """Return whether `text` has none of the characters that `checked` refuses."""
    return not any(map(_is_refused, text))


def _is_refused(character: str) -> bool:
    number = ord(character)
    is_no_character = number & 0xFFFE == 0xFFFE or 0xFDD0 <= number <= 0xFDEF
    return (
        is_no_character
        or character == _LOST
        or character in _TURN_AROUND
        or unicodedata.category(character) in _REFUSED_CATEGORIES
    )
