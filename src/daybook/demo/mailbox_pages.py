"""The demo mailbox: what each person of the sample firm received, and what it did to a calendar."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from daybook.calendaring.ical_explain import explain
from daybook.demo import switch
from daybook.demo.model_calendar import calendar_of, calendar_parts
from daybook.demo.post_office import Letter, Mailboxes
from daybook.people.models import Person

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

# A mail brings its own styles and nothing else: no script, no form, no other host.
POLICY_OF_MAIL = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
)
# The page around it may show it in a frame, and is otherwise as strict as every page.
POLICY_AROUND_MAIL = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


HEADERS = (
    (gettext_lazy("From"), "From"),
    (gettext_lazy("To"), "To"),
    (gettext_lazy("Replies go to"), "Reply-To"),
    (gettext_lazy("Date"), "Date"),
)


def demo_only(view: View[P]) -> Callable[..., HttpResponse]:
    """Make a page of the demo: elsewhere there is nothing at its address."""

    @wraps(view)
    def door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not switch.is_open_to(request):
            raise Http404
        return view(request, *args, **kwargs)

    return never_cache(require_safe(door))


@demo_only
def mailboxes(request: HttpRequest) -> HttpResponse:
    """List the people and how many messages each has received."""
    boxes = Mailboxes(switch.mailbox_folder())
    people = Person.objects.exclude(email_key="").order_by("forename", "surname", "pk")
    listed = [(person, boxes.count(person.email_key)) for person in people]
    return render(request, "demo/mailboxes.html", {"listed": listed})


@demo_only
def mailbox(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show one person's messages, newest first, and the calendar they add up to."""
    person = _person(person_id)
    letters = _letters(person)
    messages = [letter.message() for letter in letters]
    return render(
        request,
        "demo/mailbox.html",
        {
            "person": person,
            "letters": [
                (letter, _header(message, "Subject"), _sender(message))
                for letter, message in zip(letters, messages, strict=True)
            ][::-1],
            "events": calendar_of(person.email_key, messages).events(),
        },
    )


@demo_only
def letter(request: HttpRequest, person_id: int, number: int) -> HttpResponse:
    """Show one message: as it reads, and its calendar file line by line."""
    person = _person(person_id)
    message = _letter(person, number).message()
    about = {"person": person, "number": number, **said_in(message)}
    response = render(request, "demo/letter.html", about)
    response.headers["Content-Security-Policy"] = POLICY_AROUND_MAIL
    return response


@demo_only
@xframe_options_sameorigin
def html(request: HttpRequest, person_id: int, number: int) -> HttpResponse:  # noqa: ARG001
    """Answer with the HTML of one message, for the frame on its page."""
    text = _body(_letter(_person(person_id), number).message(), "html")
    if text is None:
        raise Http404
    return HttpResponse(text, headers={"Content-Security-Policy": POLICY_OF_MAIL})


def said_in(message: EmailMessage) -> dict[str, object]:
    """Return what the page of one message shows; nothing in a message makes this raise."""
    return {
        "subject": _header(message, "Subject"),
        "sender": _sender(message),
        "headers": [(label, _header(message, name)) for label, name in HEADERS if name in message],
        "text": _body(message, "plain"),
        "has_html": _body(message, "html") is not None,
        "files": [explain(data) for data in calendar_parts(message)],
    }


def _header(message: EmailMessage, name: str) -> str:
    """Return what a header says, "" where there is none or the parser cannot take it apart."""
    try:
        return str(message[name] or "")
    except Exception:  # noqa: BLE001 - what the parser raises for a stranger's header is anything
        return ""


def _sender(message: EmailMessage) -> str:
    if not _header(message, "From"):
        return ""
    sender = message["From"]
    first = sender.addresses[0] if sender.addresses else None
    return (first.display_name or first.addr_spec) if first else ""


def _person(person_id: int) -> Person:
    return get_object_or_404(Person.objects.exclude(email_key=""), pk=min(person_id, 2**63 - 1))


def _letters(person: Person) -> list[Letter]:
    return Mailboxes(switch.mailbox_folder()).letters(person.email_key)


def _letter(person: Person, number: int) -> Letter:
    for letter in _letters(person):
        if letter.number == number:
            return letter
    raise Http404


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    try:
        content = part.get_content() if isinstance(part, EmailMessage) else None
    except LookupError:
        # Written in a character set nobody knows.
        return None
    return content if isinstance(content, str) else None
