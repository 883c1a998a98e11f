"""Reading a request's JSON so that nothing in it can surprise what comes after."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from daybook.api.problems import Refusal

# Numbers a client may mean are far shorter; longer ones only cost time.
LONGEST_NUMBER = 30


class GuardedParser(Parser):
    """JSON bodies only, refused with a reason when they are not plain, unambiguous JSON."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body's value. Raises Refusal: 415 for another format, 400 for bad JSON."""
        if request.content_type != "application/json":
            raise Refusal(
                415, "not_json", "Send the body as JSON, with Content-Type: application/json."
            )
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise Refusal(415, "encoded", "Send the body uncompressed.")
        return read_json(request.body)


def read_json(raw: bytes) -> Any:
    """Return the value of one JSON text (RFC 8259).

    Raises Refusal (400) for what is not JSON, and for JSON two programs could read differently:
    a name twice in one object, NaN or an infinite number, text that is not Unicode.
    """
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_constant,
        )
        _refuse_lone_surrogates(value)
    except UnicodeDecodeError:
        raise _malformed("The body is not UTF-8.") from None
    except RecursionError:
        raise _malformed("The body is nested too deeply.") from None
    except ValueError:
        raise _malformed("The body is not JSON.") from None
    return value


def _malformed(sentence: str) -> Refusal:
    return Refusal(400, "malformed", sentence)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _malformed("A name appears twice in one object of the body.")
    return members


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _malformed("A number in the body is too long.")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _malformed("A number in the body is too large.")
    return number


def _constant(text: str) -> float:
    raise _malformed(f"{text} is not a number in JSON.")


def _refuse_lone_surrogates(value: Any) -> None:
    """Half a surrogate pair is no character; it could be neither stored nor sent on."""
    for text in _texts(value):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _malformed("A text in the body is not Unicode (half a surrogate pair).") from None


def _texts(value: Any) -> Iterator[str]:
    # A list of what is left, because the body may be nested as deeply as the parser allows.
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            rest.extend(item)
            rest.extend(item.values())
        elif isinstance(item, list):
            rest.extend(item)
