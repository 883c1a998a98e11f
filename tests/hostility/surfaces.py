"""Where hostile inputs are put: every field, body, header and address of each kind, once.

A new field of a page or of the API needs its line here: a test compares this table with the
forms and with the API's own description.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.hostility.corpus import octets
from tests.hostility.firm import FORM, Ask, Firm
from tests.web.build import DAY

JSON = "application/json"
Fields = dict[str, object]


@dataclass(frozen=True)
class Surface:
    """One place for inputs of one kind. `field` is where a mistake has to be said."""

    kind: str
    name: str
    field: str
    asks: Callable[[Firm, str], Ask]

    def __str__(self) -> str:
        return f"{self.name}, {self.field}" if self.field else self.name


# Pages ---------------------------------------------------------------------------------------

PEOPLE = {
    "line": ("forename", "surname"),
    "email": ("email", "smtp_from"),
    "zone": ("timezone", "second_timezone"),
    "time": ("work_starts", "work_ends"),
}
SMTP = {
    "host": ("smtp_host",),
    "port": ("smtp_port",),
    "credential": ("smtp_username", "smtp_password"),
}
ENTRY = {
    "line": ("title", "location"),
    "notes": ("notes",),
    "zone": ("timezone",),
    "day": ("start_date", "end_date"),
    "time": ("start_time", "end_time"),
    "number": ("type", "people"),
}
SERVICE = {"line": ("name",), "email": ("address",), **SMTP}


def _entry(firm: Firm) -> Fields:
    return {
        "title": "Boiler survey",
        "type": firm.kind.pk,
        "start_date": DAY.isoformat(),
        "start_time": "9:30",
        "end_time": "11",
        "timezone": "Europe/London",
        "people": firm.ben.pk,
    }


def _person(firm: Firm) -> Fields:
    return {
        "username": "eve",
        "forename": "Eve",
        "timezone": "Europe/London",
        "calendar_kind": "unknown",
        "role": "member",
        "active": "on",
        "diary_offered": "True",
        **_account(firm),
        "smtp_from": "eve@firm.example",
    }


def _own(firm: Firm) -> Fields:
    return _person(firm) | {"username": "ada", "role": "administrator", "email": "ada@firm.example"}


def _account(_: Firm) -> Fields:
    return {
        "smtp_host": "smtp.firm.example",
        "smtp_port": "587",
        "smtp_security": "starttls",
        "smtp_username": "ada",
        "smtp_password": "correct horse",
    }


def _service(firm: Firm) -> Fields:
    return {"name": "Front desk", "address": "desk@firm.example", **_account(firm)}


def _type(_: Firm) -> Fields:
    return {"name": "Call", "colour": "blue", "disclosure": "full", "effect": "apply"}


def _token(_: Firm) -> Fields:
    return {"name": "Import"}


def _form(
    kinds: Mapping[str, tuple[str, ...]],
    name: str,
    path: Callable[[Firm], str],
    fields: Callable[[Firm], Fields],
    *,
    who: str = "ada",
) -> Iterator[Surface]:
    for kind, names in kinds.items():
        for field in names:
            yield Surface(kind, f"page {name}", field, _posting(path, fields, field, who))


def _posting(
    path: Callable[[Firm], str], fields: Callable[[Firm], Fields], field: str, who: str
) -> Callable[[Firm, str], Ask]:
    def asks(firm: Firm, text: str) -> Ask:
        typed = fields(firm) | {field: text}
        body = urlencode(typed, errors="surrogatepass").encode()
        return Ask("POST", path(firm), body, {"Content-Type": FORM}, who)

    return asks


def _pages() -> Iterator[Surface]:
    yield from _form(ENTRY, "a new entry", lambda _: "/entries/new/", _entry)
    yield from _form(
        {"line": ("title", "location"), "notes": ("notes",), "number": ("revision",)},
        "an entry",
        lambda firm: f"/entries/{firm.entry.pk}/",
        lambda firm: _entry(firm) | {"revision": firm.entry.revision},
        who="ben",
    )
    anybodys = {**PEOPLE, **SMTP, "line": ("username", *PEOPLE["line"])}
    yield from _form(anybodys, "a new user", lambda _: "/settings/users/new/", _person)
    own = {**PEOPLE, **SMTP}
    yield from _form(own, "one's details", lambda _: "/settings/your-details/", _own)
    trying = {kind: SMTP[kind] for kind in ("host", "port", "credential")}
    yield from _form(
        trying, "a test message", lambda _: "/settings/your-details/", lambda f: _own(f) | TEST
    )
    yield from _form(
        SERVICE, "the service organiser", lambda _: "/settings/service-organiser/", _service
    )
    yield from _form(
        {"line": ("name",)}, "a new type", lambda _: "/settings/diary-entry-types/new/", _type
    )
    yield from _form(
        {"line": ("name",)}, "a new token", lambda _: "/settings/your-details/tokens/", _token
    )
    yield from _form(
        {"minutes": ("timed", "all_day")},
        "one's reminders",
        lambda _: "/settings/your-details/reminders/",
        lambda _: {"in_browser": "on"},
    )
    yield from _form(
        {"minutes": ("minutes",)},
        "the reminders of an entry",
        lambda firm: f"/entries/{firm.entry.pk}/reminders/",
        lambda _: {"how": "these"},
        who="ben",
    )


TEST: Fields = {"test": "1"}


def _quick_and_by_hand() -> Iterator[Surface]:
    """The line of quick add, and an entry dropped on the diary: both say one sentence, no field."""
    line = _posting(lambda _: "/entries/quick/", lambda _: {}, "line", "ben")
    yield Surface("quick", "page quick add", "", line)
    read_back = _posting(lambda _: "/entries/quick/", lambda _: {"preview": "1"}, "line", "ben")
    yield Surface("search", "what quick add read", "", read_back)
    dropped_on = {"moment": ("start", "end"), "number": ("from_person", "to_person", "revision")}
    for kind, fields in dropped_on.items():
        for field in fields:
            yield Surface(kind, f"a drop on the diary, its {field}", "", _dropping(field))


def _dropping(field: str) -> Callable[[Firm, str], Ask]:
    def asks(firm: Firm, text: str) -> Ask:
        place: Fields = {
            "revision": firm.entry.revision,
            "start": f"{DAY}T11:00",
            "end": f"{DAY}T12:00",
        }
        body = urlencode(place | {field: text}, errors="surrogatepass").encode()
        headers = {"Content-Type": FORM, "Accept": "application/json"}
        return Ask("POST", f"/entries/{firm.entry.pk}/move/", body, headers, "ben")

    return asks


RETURNING = {
    "/reminders/0/dismiss/": "ben",
    "/notices/dismiss/": "ben",
    "/entries/1/undo/999/": "ben",
    "/accounts/login/": "nobody",
}


def _ways_back() -> Iterator[Surface]:
    for path, who in RETURNING.items():
        field = "next" if who == "nobody" else "back"
        asks = _posting(_always(path), lambda _: {"login": "ben", "password": "x"}, field, who)
        yield Surface("back", f"page {path}", "", asks)
    yield Surface("back", "page sign-in, when signed in", "", _searching("/accounts/login/?next="))


def _always(path: str) -> Callable[[Firm], str]:
    return lambda _: path


# The API -------------------------------------------------------------------------------------


def _api_entry(firm: Firm) -> Fields:
    return {
        "type": firm.kind.pk,
        "title": "Boiler survey",
        "start": f"{DAY}T09:30",
        "end": f"{DAY}T11:00",
        "timezone": "Europe/London",
        "assigned": [firm.ben.pk],
    }


def _api_account(_: Firm) -> Fields:
    return {
        "host": "smtp.firm.example",
        "port": 587,
        "security": "starttls",
        "username": "ada",
        "password": "correct horse",
    }


def _api_service(firm: Firm) -> Fields:
    return _api_account(firm) | {"name": "Front desk", "address": "desk@firm.example"}


def _nothing(_: Firm) -> Fields:
    return {}


def _eve(_: Firm) -> Fields:
    return {"username": "eve", "forename": "Eve"}


def _called(_: Firm) -> Fields:
    return {"name": "Call"}


API_ENTRY = {
    "line": ("title", "location"),
    "notes": ("notes",),
    "zone": ("timezone",),
    "day": ("start", "end"),
    "number": ("type", "assigned"),
}
API_ACCOUNT = {
    "host": ("host",),
    "port": ("port",),
    "credential": ("username", "password"),
    "email": ("from_address",),
}
API_PERSON = {"line": ("forename", "surname"), "email": ("email",), "zone": ("timezone",)}
API_SERVICE = {
    "line": ("name",),
    "email": ("address", "from_address"),
    **{kind: API_ACCOUNT[kind] for kind in ("host", "port", "credential")},
}
Operation = tuple[
    str, Callable[[Firm], str], Mapping[str, tuple[str, ...]], Callable[[Firm], Fields]
]
OPERATIONS: dict[str, Operation] = {
    "createEntry": ("POST", lambda _: "/entries", API_ENTRY, _api_entry),
    "changeEntry": ("PATCH", lambda f: f"/entries/{f.entry.pk}", API_ENTRY, _nothing),
    "createPerson": (
        *("POST", lambda _: "/people"),
        {**API_PERSON, "line": ("username", "forename", "surname")},
        _eve,
    ),
    "changePerson": (
        *("PATCH", lambda f: f"/people/{f.ada.pk}"),
        {**API_PERSON, "line": ("username", "forename", "surname")},
        _nothing,
    ),
    "createEntryType": ("POST", lambda _: "/entry-types", {"line": ("name",)}, _called),
    "changeEntryType": (
        *("PATCH", lambda f: f"/entry-types/{f.kind.pk}"),
        {"line": ("name",)},
        _nothing,
    ),
    "setMailAccount": (
        *("PUT", lambda f: f"/people/{f.ada.pk}/mail-account"),
        API_ACCOUNT,
        _api_account,
    ),
    "testMailAccount": (
        *("POST", lambda f: f"/people/{f.ada.pk}/mail-account/test"),
        API_ACCOUNT,
        _api_account,
    ),
    "setServiceOrganiser": ("PUT", lambda _: "/service-organiser", API_SERVICE, _api_service),
}


def _api() -> Iterator[Surface]:
    for name, (method, path, kinds, fields) in OPERATIONS.items():
        for kind, fields_of_kind in kinds.items():
            for field in fields_of_kind:
                asks = _sending(method, path, fields, field)
                yield Surface(kind, f"API {name}", field, asks)


def _sending(
    method: str, path: Callable[[Firm], str], fields: Callable[[Firm], Fields], field: str
) -> Callable[[Firm, str], Ask]:
    def asks(firm: Firm, text: str) -> Ask:
        value: object = [text] if field == "assigned" else text
        body = json.dumps(fields(firm) | {field: value}).encode()
        return Ask(method, f"/api/v1{path(firm)}", body, {"Content-Type": JSON})

    return asks


# Whole bodies, questions, headers and addresses ----------------------------------------------


def _bodies() -> Iterator[Surface]:
    for name, (method, path, _, _) in OPERATIONS.items():
        if name == "testMailAccount":
            # It takes no body as well: then the stored account is tried.
            continue
        yield Surface("body", f"API {name}", "", _with_body(method, path))
    for page in ("/entries/new/", "/settings/users/new/", "/settings/service-organiser/"):
        yield Surface("form", f"page {page}", "", _with_form(page))


def _with_body(method: str, path: Callable[[Firm], str]) -> Callable[[Firm, str], Ask]:
    return lambda firm, text: Ask(
        method, f"/api/v1{path(firm)}", octets(text), {"Content-Type": JSON}
    )


def _with_form(path: str) -> Callable[[Firm, str], Ask]:
    def asks(_: Firm, text: str) -> Ask:
        kind = "multipart/form-data; boundary=x" if text.startswith("--x") else FORM
        return Ask("POST", path, octets(text), {"Content-Type": kind})

    return asks


LISTS = (
    "/",
    "/sync-log/",
    "/settings/audit/",
    "/settings/users/",
    "/entries/new/",
    "/accounts/login/",
    "/search/",
    "/entries/quick/",
    "/api/v1/entries",
    "/api/v1/people",
    "/api/v1/deliveries",
    "/api/v1/entry-types",
)
SEARCHES = (
    "/search/?q=",
    "/search/?after=",
    "/?q=",
    "/sync-log/?title=",
    "/settings/audit/?what=",
    "/api/v1/entries?q=",
)


def _questions() -> Iterator[Surface]:
    for path in LISTS:
        yield Surface("question", f"list {path}", "", _asking(f"{path}?"))
    for path in SEARCHES:
        yield Surface("search", f"search {path}", "", _searching(path))


def _asking(path: str) -> Callable[[Firm, str], Ask]:
    return lambda _, text: Ask("GET", path + text)


def _searching(path: str) -> Callable[[Firm, str], Ask]:
    def asks(_: Firm, text: str) -> Ask:
        return Ask("GET", path + urlencode({"": text}, errors="surrogatepass")[1:])

    return asks


def _headers() -> Iterator[Surface]:
    for path in ("/", "/entries/new/", "/accounts/login/", "/api/v1/entries"):
        yield Surface("header", f"GET {path}", "", _with_header("GET", path))
    for path in ("/entries/new/", "/api/v1/entries"):
        yield Surface("header", f"POST {path}", "", _with_header("POST", path))


def _with_header(method: str, path: str) -> Callable[[Firm, str], Ask]:
    def asks(_: Firm, text: str) -> Ask:
        name, _colon, value = text.partition(": ")
        kind = JSON if path.startswith("/api/") else FORM
        return Ask(method, path, b"", {"Content-Type": kind, name: value})

    return asks


def _places() -> Iterator[Surface]:
    for method in ("GET", "POST", "DELETE"):
        yield Surface("place", f"{method} of an address", "", _at_place(method))


def _at_place(method: str) -> Callable[[Firm, str], Ask]:
    return lambda _, text: Ask(method, text)


def _forgeries() -> Iterator[Surface]:
    """Ben sends what is there already, and one thing more that is not his to set."""

    def details(firm: Firm, text: str) -> Ask:
        same = {
            "forename": firm.ben.forename,
            "email": firm.ben.email,
            "timezone": firm.ben.timezone,
            "calendar_kind": "unknown",
            "email_syncing": "on",
            "diary_sync": "on",
        }
        body = f"{urlencode(same)}&{text}".encode()
        return Ask("POST", "/settings/your-details/", body, {"Content-Type": FORM}, "ben")

    def entry(firm: Firm, text: str) -> Ask:
        same = {
            "title": firm.entry.title,
            "type": firm.kind.pk,
            "start_date": DAY.isoformat(),
            "start_time": "9:00",
            "end_time": "10:00",
            "timezone": "Europe/London",
            "people": firm.ben.pk,
            "revision": firm.entry.revision,
        }
        body = f"{urlencode(same)}&{text}".encode()
        path = f"/entries/{firm.entry.pk}/"
        return Ask("POST", path, body, {"Content-Type": FORM}, "ben")

    def by_api(path: Callable[[Firm], str]) -> Callable[[Firm, str], Ask]:
        def asks(firm: Firm, text: str) -> Ask:
            name, _equals, value = text.partition("=")
            body = json.dumps({name: value}).encode()
            return Ask("PATCH", f"/api/v1{path(firm)}", body, {"Content-Type": JSON}, "ben")

        return asks

    yield Surface("forged", "page one's details", "", details)
    yield Surface("forged", "page an entry", "", entry)
    yield Surface("forged", "API changePerson", "", by_api(lambda f: f"/people/{f.ben.pk}"))
    yield Surface("forged", "API changeEntry", "", by_api(lambda f: f"/entries/{f.entry.pk}"))


SURFACES: tuple[Surface, ...] = (
    *_pages(),
    *_quick_and_by_hand(),
    *_ways_back(),
    *_api(),
    *_bodies(),
    *_questions(),
    *_headers(),
    *_places(),
    *_forgeries(),
)
