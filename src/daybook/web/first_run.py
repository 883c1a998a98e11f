"""The first steps: from an empty diary to an invitation that arrived, ticked from what is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.ledger.models import CalendarState, LogLine
from daybook.people.models import Dismissal, MailAccount, MailTest, Person
from daybook.web.access import PersonRequest, page
from daybook.web.notices import FIRST_STEPS

# How long the first invitation is celebrated on the diary's own page.
CELEBRATED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One of the four; `page` is the real page where it is done."""

    does: str
    hint: str
    page: str
    done: bool


@dataclass(frozen=True, slots=True)
class Arrived:
    """The first invitation a mail server accepted, in words."""

    title: str
    entry_id: int
    to: str
    at: datetime
    server_reply: str


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The checklist. `arrived` is None until the last step is done."""

    steps: list[FirstStep]
    arrived: Arrived | None

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def next(self) -> FirstStep | None:
        """Return the first step that is to do."""
        return next((step for step in self.steps if not step.done), None)


@page("GET", administrators=True)
def first_steps(request: PersonRequest) -> HttpResponse:
    """Show the checklist, also to whoever has put it away."""
    return render(
        request, "settings/first_steps.html", {"section": "settings", "first": look(first_sent())}
    )


def on_the_diary(person: Person, now: datetime) -> FirstSteps | None:
    """Return the checklist as the diary shows it, None once it is long done or put away."""
    if not person.is_administrator:
        return None
    if Dismissal.objects.filter(person=person, key=FIRST_STEPS).exists():
        return None
    sent = first_sent()
    if sent is not None and now - sent.at > CELEBRATED:
        return None
    return look(sent)


def look(sent: LogLine | None) -> FirstSteps:
    """Return the checklist; `sent` is the first message that was accepted."""
    return FirstSteps(
        [
            FirstStep(
                gettext("Connect a mail account"),
                gettext("Enter your SMTP server under Edit Your Details and send a test message."),
                reverse("your_details"),
                _an_account_works(),
            ),
            FirstStep(
                gettext("Choose what leaves the diary"),
                gettext("Make a Diary Entry Type that may synchronise with external calendars."),
                reverse("types"),
                DiaryEntryType.objects.filter(synchronise=True).exists(),
            ),
            FirstStep(
                gettext("Switch on diary synchronisation"),
                gettext("For yourself under Edit Your Details, or for somebody else under Users."),
                reverse("your_details"),
                Person.objects.filter(is_active=True, diary_sync=True).exists(),
            ),
            FirstStep(
                gettext("Add an entry and see it arrive"),
                gettext("Put somebody on it who synchronises: the invitation leaves by itself."),
                reverse("new_entry"),
                sent is not None,
            ),
        ],
        _arrived(sent) if sent else None,
    )


def _an_account_works() -> bool:
    """Return whether some account that is not held has sent, or passed a test."""
    tested = MailTest.objects.filter(
        state="passed",
        host=OuterRef("host"),
        port=OuterRef("port"),
        username=OuterRef("username"),
    )
    able = MailAccount.objects.filter(held_reason="").exclude(host="")
    return able.filter(Q(last_sent_at__isnull=False) | Exists(tested)).exists()


def first_sent() -> LogLine | None:
    """Return the log line of the first message a mail server accepted, None before that."""
    sent = LogLine.objects.filter(state=CalendarState.SENT, parcel_id__isnull=False)
    # By an index that has none of the lines about what no message was made for.
    return sent.order_by("parcel_id").first()


def _arrived(line: LogLine) -> Arrived:
    entry = DiaryEntry.objects.filter(pk=line.entry_id).first()
    person = Person.objects.filter(pk=line.person_id).first() if line.person_id else None
    return Arrived(
        title=entry.title if entry else gettext("An entry that is gone"),
        entry_id=line.entry_id,
        to=person.name if person else line.address,
        at=line.at,
        server_reply=line.server_reply,
    )


def checklist(request: PersonRequest) -> dict[str, object]:
    """Return what the diary's page needs to show the checklist: `first`, None for nothing."""
    return {"first": on_the_diary(request.user, timezone.now())}
