"""Trouble that concerns the person who looks: said on every page until mended or put away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from daybook.ledger.models import Calendar, CalendarState
from daybook.people import criteria
from daybook.people.models import Dismissal, MailAccount, Person
from daybook.sync.account_states import Standing, standing_of
from daybook.sync.sentences import sentence
from daybook.web.access import PersonRequest, page
from daybook.web.back import back
from daybook.web.clock import say, say_day

# Problems of one's own address, which no mail account of anybody else's can mend.
OF_THE_ADDRESS = ("recipient_refused", "message_refused", "given_up")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to mend. `key` tells this occurrence from the next, so each is said once."""

    key: str
    sentence: str
    page: str
    link: str


def notices_for(person: Person, now: datetime) -> list[Notice]:
    """Return what is wrong for `person` and not put away; two queries while nothing is."""
    found = [*_accounts(person, now), *_address(person), *_lapse(person)]
    if not found:
        return []
    put_away = set(
        Dismissal.objects.filter(
            person=person, key__in=[notice.key for notice in found]
        ).values_list("key", flat=True)
    )
    return [notice for notice in found if notice.key not in put_away]


def dismiss(person: Person, key: str, now: datetime) -> None:
    """Put a notice away, for this occurrence of it."""
    Dismissal.objects.get_or_create(person=person, key=key[:100], defaults={"at": now})


@page("POST")
def dismiss_notice(request: PersonRequest) -> HttpResponse:
    """Put one notice away and go back to where it was shown."""
    key = request.POST.get("key", "")
    # Only what is there: a stranger's form cannot fill the table.
    if key == FIRST_STEPS or key in {
        each.key for each in notices_for(request.user, timezone.now())
    }:
        dismiss(request.user, key, timezone.now())
    return redirect(back(request))


# The checklist of the first steps is put away like a notice.
FIRST_STEPS = "first steps"


def of_request(request: HttpRequest) -> list[Notice]:
    """Return the notices of whoever looks, none for strangers."""
    user = getattr(request, "user", None)
    if not isinstance(user, Person):
        return []
    # The page of one's own details says why synchronisation went off, also when this is put away.
    told_there = "lapse " if request.path_info == reverse("your_details") else "\0"
    found = notices_for(user, timezone.now())
    return [notice for notice in found if not notice.key.startswith(told_there)]


def _accounts(person: Person, now: datetime) -> list[Notice]:
    mine = Q(person=person)
    if person.is_administrator:
        mine |= Q(serviceorganiser__isnull=False)
    held = MailAccount.objects.filter(mine).exclude(Q(held_reason="") | Q(host=""))
    return [
        _of_account(account, person)
        for account in held.order_by("pk")
        if standing_of(account, now) is Standing.HELD
    ]


def _of_account(account: MailAccount, person: Person) -> Notice:
    own = account.person_id == person.pk
    whose = (
        gettext("Your mail account")
        if own
        else gettext("The mail account of the service organiser")
    )
    return Notice(
        key=f"account {account.pk} held {account.held_at:%Y-%m-%dT%H:%M:%S}"
        if account.held_at
        else f"account {account.pk} held",
        sentence=(
            gettext("%(whose)s at %(server)s: %(nothing)s.")
            % {"whose": whose, "server": account.host, "nothing": sends_nothing(account.held_at)}
            + f" {sentence(account.held_reason)}"
        ),
        page=reverse("your_details" if own else "service_organiser"),
        link=gettext("Edit Your Details") if own else gettext("Service organiser"),
    )


def sends_nothing(since: datetime | None) -> str:
    """Return how long an account has been held, in the reader's zone."""
    if since is None:
        return gettext("nothing is sent")
    at = timezone.localtime(since)
    said = gettext("nothing has been sent since %(day)s, %(time)s")
    return said % {"day": say_day(at), "time": say(at)}


def _address(person: Person) -> list[Notice]:
    if not person.email_key:
        return []
    refused = (
        Calendar.objects.filter(
            address_key=person.email_key, state=CalendarState.PROBLEM, reason__in=OF_THE_ADDRESS
        )
        .values("reason")
        .annotate(entries=Count("pk"), first=Min("state_at"))
        .order_by("first")
    )
    return [
        Notice(
            key=f"address {row['reason']} {row['first']:%Y-%m-%dT%H:%M:%S}"
            if row["first"]
            else f"address {row['reason']}",
            sentence=(
                ngettext(
                    "An entry did not reach your calendar at %(address)s.",
                    "%(number)d entries did not reach your calendar at %(address)s.",
                    row["entries"],
                )
                % {"number": row["entries"], "address": person.email}
                + f" {sentence(row['reason'])}"
            ),
            page=reverse("your_details"),
            link=gettext("Edit Your Details"),
        )
        for row in refused
    ]


def _lapse(person: Person) -> list[Notice]:
    if person.diary_sync or not person.lapse_reason or person.lapsed_at is None:
        return []
    why = criteria.sentence(person.lapse_reason)
    return [
        Notice(
            key=f"lapse {person.lapsed_at:%Y-%m-%dT%H:%M:%S}",
            sentence=gettext("Diary synchronisation was switched off.") + f" {why}",
            page=reverse("your_details"),
            link=gettext("Edit Your Details"),
        )
    ]
