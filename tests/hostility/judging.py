"""What is right about an answer to hostile input, wherever it was put."""

from __future__ import annotations

import gzip
import json
import re
from html.parser import HTMLParser

from tests.hostility.corpus import Input
from tests.hostility.firm import Answer
from tests.hostility.surfaces import Surface

from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people.models import ApiToken, MailAccount, MailTest, Person, ServiceOrganiser

# Words of our inside, which an answer never says.
INSIDE = (
    b"Traceback",
    b'File "',
    b"site-packages",
    b"src/daybook",
    b"sqlite3.",
    b"psycopg",
    b"django.db",
)
STORED = (DiaryEntry, DiaryEntryType, Person, ApiToken, MailAccount, MailTest, ServiceOrganiser)
# Line ends of any kind, what is not printed, and what is no character.
UNSEEN = {chr(n) for n in (*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xFFFE, 0xFFFF, 0xFDD0)}
ELSEWHERE = ("javascript:", "data:text", "vbscript:", "//", "http:", "https:", "file:")


def judge(given: Input, surface: Surface, answer: Answer) -> None:
    """Raise AssertionError unless the answer is as the corpus says."""
    check_harmless(answer)
    if given.answer == "refused":
        assert 400 <= answer.status < 500, f"it was taken: {answer.status}"
        if surface.field and answer.status == 422:
            assert surface.field in faulty_fields(answer), "the mistake is not said at its field"
    elif answer.status >= 400 and given.answer == "text" and surface.field:
        assert answer.status in (400, 422), answer.status
        assert answer.status == 400 or surface.field in faulty_fields(answer)
    elif given.answer == "kept":
        assert answer.status < 400, f"it was refused: {answer.status} {answer.body[:200]!r}"


def check_harmless(answer: Answer) -> None:
    """Check what holds for every answer."""
    assert answer.status < 500, f"a fault of ours: {answer.status}"
    body = unpacked(answer)
    found = [word for word in INSIDE if word in body]
    assert not found, f"it shows our inside: {found}"
    assert not answer.header("Location").startswith(("//", "/\\", "http", "javascript"))
    if answer.header("Content-Type").startswith("text/html"):
        OurOwn().feed(body.decode())


def unpacked(answer: Answer) -> bytes:
    """Return the body as a browser sees it: pages of the diary travel packed to whoever asks."""
    if answer.header("Content-Encoding") == "gzip":
        return gzip.decompress(answer.body)
    return answer.body


def faulty_fields(answer: Answer) -> set[str]:
    """Return the fields a refusal names, of a page or of the API."""
    if answer.header("Content-Type") == "application/problem+json":
        return {error["field"] for error in json.loads(answer.body)["errors"]}
    named = _Named()
    named.feed(answer.body.decode())
    return named.fields


def check_stored(given: Input) -> None:
    """Check that whatever is stored now is harmless text, and what has to be kept was kept."""
    texts = stored()
    for name, text in texts:
        allowed = {"\n"} if name == "notes" else set()
        assert not (set(text) & UNSEEN) - allowed, (name, text)
    if given.answer == "kept" and given.kind != "credential":
        assert given.text in {text for _, text in texts}, "it was changed"


def stored() -> list[tuple[str, str]]:
    """Return every text that people typed, with the name of its column."""
    return [
        (name, value)
        for model in STORED
        for row in model.objects.values()
        for name, value in row.items()
        if isinstance(value, str)
    ]


class OurOwn(HTMLParser):
    """Reads a page; raises AssertionError for what no page of ours ever has.

    There is no script but files of ours, no style and no handler in the markup, and no address
    that leads away, so whatever else is there was typed by somebody.
    """

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert tag not in ("style", "object", "embed", "base", "animate"), tag
        assert not [name for name in given if name.startswith("on") or name == "style"], given
        if tag == "script":
            assert given.get("src", "").startswith("/static/"), given
        if tag == "iframe":
            assert "srcdoc" not in given, given
            assert "sandbox" in given, given
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
            where = given.get(name, "").strip().lower()
            assert not where.startswith(ELSEWHERE), (tag, name, where)


class _Named(HTMLParser):
    """Collects the fields that a page's list of mistakes leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: set[str] = set()
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._inside = self._inside or given.get("id") == "mistakes"
        if self._inside and tag == "a":
            # Of several boxes the first one is named.
            self.fields.add(re.sub(r"^#(id|remind)_|_0$", "", given.get("href", "")))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "ul"
