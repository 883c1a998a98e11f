"""System Settings: where everything is set, each line with a live fact, problems first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from daybook.entries.models import DiaryEntryType
from daybook.ledger.models import Calendar, CalendarState
from daybook.people import audit, criteria, service
from daybook.people.models import AuditLine, Person
from daybook.sync import account_states
from daybook.sync.account_states import AccountState, Standing
from daybook.web import attention, first_run
from daybook.web.access import PersonRequest, page
from daybook.web.backups_page import newest_backup
from daybook.web.clock import say, say_day


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that can be set: its name, its page and how it stands now."""

    name: str
    page: str
    fact: str


@page("GET")
def home(request: PersonRequest) -> HttpResponse:
    """Show what this person may open; what is wrong in the firm is for administrators."""
    problems = Calendar.objects.filter(state=CalendarState.PROBLEM).count()
    about: dict[str, object] = {"section": "settings"}
    if request.user.is_administrator:
        states = account_states.all_states(timezone.now())
        about |= {
            "troubles": attention.troubles(states, problems),
            "customise": [_types(), _accounts(states), _service(), _sync_log(problems)],
            "users": [
                _own(request.user),
                _reminders(request.user),
                _people(),
                _audit(),
                _backups(),
                _first_steps(),
                _security(),
            ],
        }
    else:
        about |= {
            "customise": [_types(), _sync_log(problems)],
            "users": [
                _own(request.user),
                _reminders(request.user),
                _colleagues(),
                _security(),
            ],
        }
    return render(request, "settings/home.html", about)


def _types() -> Line:
    counted = DiaryEntryType.objects.aggregate(
        all=Count("pk"), synchronising=Count("pk", filter=Q(synchronise=True))
    )
    all_, some = counted["all"], counted["synchronising"]
    fact = ", ".join(
        [
            ngettext("%(number)s type", "%(number)s types", all_) % _number(all_),
            ngettext("%(number)s synchronises", "%(number)s synchronise", some) % _number(some),
        ]
    )
    return Line(
        gettext("Diary Entry Types"),
        reverse("types"),
        fact if all_ else gettext("None yet"),
    )


def _accounts(states: Sequence[AccountState]) -> Line:
    standings = Counter(state.standing for state in states)
    facts = ", ".join(_standing(standing, number) for standing, number in standings.items())
    return Line(
        gettext("Mail accounts"),
        reverse("mail_accounts"),
        facts or gettext("None yet: nothing can be sent"),
    )


def _service() -> Line:
    address = service.the().address
    fact = address or gettext("None: invitations come from the person who made the entry")
    return Line(gettext("Service organiser"), reverse("service_organiser"), fact)


def _sync_log(problems: int) -> Line:
    return Line(
        gettext("Sync log"),
        reverse("sync_log"),
        ngettext("%(number)s problem", "%(number)s problems", problems) % _number(problems),
    )


def _own(person: Person) -> Line:
    fact = (
        gettext("Diary synchronisation is on")
        if person.diary_sync
        else gettext("Diary synchronisation is off")
    )
    return Line(gettext("Edit Your Details"), reverse("your_details"), fact)


def _reminders(person: Person) -> Line:
    usual = len(person.reminders_timed) + len(person.reminders_all_day)
    fact = (
        ngettext("%(number)s reminder usually", "%(number)s reminders usually", usual)
        % _number(usual)
        if usual
        else gettext("None, unless chosen on an entry")
    )
    return Line(gettext("Reminders"), reverse("reminders"), fact)


def _people() -> Line:
    active = Person.objects.filter(is_active=True)
    everybody, receiving = active.count(), active.filter(diary_sync=True).count()
    others = list(active.filter(diary_sync=False))
    cannot = sum(1 for missing in criteria.missing_of(others).values() if missing)
    facts = [_persons(everybody), _receive(receiving)]
    if cannot:
        facts.append(ngettext("%(number)s cannot", "%(number)s cannot", cannot) % _number(cannot))
    return Line(gettext("Users"), reverse("users"), ", ".join(facts))


def _colleagues() -> Line:
    """Return the line members see: how many there are, and nothing of their addresses."""
    active = Person.objects.filter(is_active=True)
    receiving = active.filter(diary_sync=True).count()
    fact = f"{_persons(active.count())}, {_receive(receiving)}"
    return Line(gettext("Users"), reverse("users"), fact)


def _audit() -> Line:
    newest = AuditLine.objects.order_by("-pk").first()
    if newest is None:
        return Line(gettext("Audit"), reverse("audit"), gettext("Nothing recorded yet"))
    at = timezone.localtime(newest.at)
    what = str(audit.WORDS.get(newest.what, newest.what))
    fact = gettext("Newest: %(name)s, %(day)s, %(time)s: %(what)s") % {
        "name": newest.by_name,
        "day": say_day(at),
        "time": say(at),
        "what": what[:1].lower() + what[1:],
    }
    return Line(gettext("Audit"), reverse("audit"), fact)


def _backups() -> Line:
    newest = newest_backup()
    if newest is None:
        return Line(
            gettext("Backups"), reverse("backups"), gettext("None made by “daybook backup” yet")
        )
    at = timezone.localtime(newest)
    days = (timezone.localdate() - at.date()).days
    said = (
        gettext("Newest: today, %(day)s, %(time)s")
        if days == 0
        else ngettext(
            "Newest: %(number)s day ago, %(day)s, %(time)s",
            "Newest: %(number)s days ago, %(day)s, %(time)s",
            days,
        )
    )
    about = {**_number(days), "day": say_day(at), "time": say(at)}
    return Line(gettext("Backups"), reverse("backups"), said % about)


def _first_steps() -> Line:
    first = first_run.look(first_run.first_sent())
    return Line(
        gettext("First steps"),
        reverse("first_steps"),
        gettext("%(done)d of %(all)d done") % {"done": first.done, "all": len(first.steps)},
    )


def _security() -> Line:
    fact = gettext("Password, second step, passkeys, tokens")
    return Line(gettext("Sign-in and security"), reverse("sign_in_security"), fact)


def _standing(standing: Standing, number: int) -> str:
    match standing:
        case Standing.HELD:
            said = ngettext("%(number)s held", "%(number)s held", number)
        case Standing.RESTING:
            said = ngettext("%(number)s resting", "%(number)s resting", number)
        case Standing.READY:
            said = ngettext("%(number)s ready", "%(number)s ready", number)
    return said % _number(number)


def _persons(number: int) -> str:
    return ngettext("%(number)s person", "%(number)s people", number) % _number(number)


def _receive(number: int) -> str:
    return ngettext("%(number)s receives", "%(number)s receive", number) % _number(number)


def _number(number: int) -> dict[str, str]:
    return {"number": f"{number:,}"}
