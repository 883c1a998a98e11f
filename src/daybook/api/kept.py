"""Repeated requests act once: the answer to a POST with an Idempotency-Key is kept.

The key is claimed, the work is done and the answer is kept in one transaction. A crash leaves all
of it or nothing, and whoever comes with the same key meanwhile waits in the database for the
first to finish: on the write lock (SQLite), on the unique index (PostgreSQL).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from daybook.api.answers import PRIVATE
from daybook.api.body import read_json
from daybook.api.caller import Request
from daybook.api.models import KeptAnswer
from daybook.people.faults import FieldFault, InvalidInput

KEPT_FOR = timedelta(hours=48)
# So that a key's first use clears a little of what is over, however long nobody asked.
CLEARED_AT_ONCE = 100
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_HEADERS = ("Location", "ETag")

Operation = Callable[..., Any]


def once(operation: Operation) -> Operation:
    """Make a POST with an Idempotency-Key act once per token and key.

    The same request again gets the same bytes, marked `Idempotency-Replayed: true`; another
    request under the key is InvalidInput. Only what was done is kept: a refused request changed
    nothing, so it may be corrected and sent again.
    """

    @wraps(operation)
    def door(request: Request, *args: Any, **values: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or key is None:
            return operation(request, *args, **values)
        _check(key)
        with transaction.atomic():
            kept, first = _claim(request.auth.token.pk, key, _digest(request), timezone.now())
            return _keep(kept, operation(request, *args, **values)) if first else _replay(kept)

    return door


def purge(now: datetime) -> int:
    """Forget the answers kept for more than 48 hours; return how many."""
    return KeptAnswer.objects.filter(at__lt=now - KEPT_FOR).delete()[0]


def _check(key: str) -> None:
    if not _KEY.fullmatch(key):
        sentence = "Use 1 to 255 printable ASCII characters as the Idempotency-Key."
        raise InvalidInput(FieldFault("Idempotency-Key", "invalid_key", sentence))


def _digest(request: Request) -> str:
    """Return what tells two requests apart; the order of names and white space do not.

    A request may hold a password, so without the key of this installation nothing can be
    guessed from the digest.
    """
    raw = request.body
    value = json.dumps(read_json(raw), sort_keys=True) if raw else ""
    parts = (request.method, request.get_full_path(), value)
    text = "\n".join(map(str, parts))
    return salted_hmac("daybook.api.kept", text, algorithm="sha256").hexdigest()


def _claim(token_id: int, key: str, digest: str, now: datetime) -> tuple[KeptAnswer, bool]:
    """Return the row of the key, and whether it was made just now."""
    _clear(token_id, key, now)
    try:
        with transaction.atomic():
            row = KeptAnswer(token_id=token_id, key=key, request_digest=digest, at=now)
            row.save(force_insert=True)
    except IntegrityError:
        kept = KeptAnswer.objects.get(token_id=token_id, key=key)
        if kept.request_digest != digest:
            sentence = "This Idempotency-Key was used for another request; choose a new one."
            raise InvalidInput(FieldFault("Idempotency-Key", "key_reused", sentence)) from None
        return kept, False
    return row, True


def _clear(token_id: int, key: str, now: datetime) -> None:
    over = KeptAnswer.objects.filter(at__lt=now - KEPT_FOR)
    over.filter(token_id=token_id, key=key).delete()
    oldest = list(over.order_by("at").values_list("pk", flat=True)[:CLEARED_AT_ONCE])
    if oldest:
        KeptAnswer.objects.filter(pk__in=oldest).delete()


def _keep(row: KeptAnswer, response: HttpResponse) -> HttpResponse:
    row.status = response.status_code
    row.body = response.content
    row.headers = {name: response[name] for name in _HEADERS if name in response}
    row.save(update_fields=["status", "body", "headers"])
    return response


def _replay(kept: KeptAnswer) -> HttpResponse:
    return HttpResponse(
        bytes(kept.body),
        status=kept.status,
        content_type="application/json",
        headers=PRIVATE | kept.headers | {"Idempotency-Replayed": "true"},
    )
