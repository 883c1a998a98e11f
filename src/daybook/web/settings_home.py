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

from daybook.entries.models import DiaryEntryType
from daybook.ledger.models import Calendar, CalendarState
from daybook.people import audit, criteria, service
from daybook.people.models import AuditLine, Person
from daybook.sync import account_states
from daybook.sync.account_states import AccountState
from daybook.web import attention, first_run
from daybook.web.access import PersonRequest, page
from daybook.web.backups_page import newest_backup
from daybook.web.clock import say


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
            "users": [_own(request.user), _colleagues(), _security()],
        }
    return render(request, "settings/home.html", about)


def _types() -> Line:
    counted = DiaryEntryType.objects.aggregate(
        all=Count("pk"), synchronising=Count("pk", filter=Q(synchronise=True))
    )
    fact = f"{_counted(counted['all'], 'type')}, {_does(counted['synchronising'], 'synchronise')}"
    return Line("Diary Entry Types", reverse("types"), fact if counted["all"] else "None yet")


def _accounts(states: Sequence[AccountState]) -> Line:
    standings = Counter(state.standing.value.lower() for state in states)
    facts = ", ".join(f"{number} {standing}" for standing, number in standings.items())
    return Line("Mail accounts", reverse("mail_accounts"), facts or "None yet: nothing can be sent")


def _service() -> Line:
    address = service.the().address
    fact = address or "None: invitations come from the person who made the entry"
    return Line("Service organiser", reverse("service_organiser"), fact)


def _sync_log(problems: int) -> Line:
    return Line("Sync log", reverse("sync_log"), _counted(problems, "problem"))


def _own(person: Person) -> Line:
    fact = f"Diary synchronisation is {'on' if person.diary_sync else 'off'}"
    return Line("Edit Your Details", reverse("your_details"), fact)


def _people() -> Line:
    active = Person.objects.filter(is_active=True)
    everybody, receiving = active.count(), active.filter(diary_sync=True).count()
    others = list(active.filter(diary_sync=False))
    cannot = sum(1 for missing in criteria.missing_of(others).values() if missing)
    facts = [_persons(everybody), _does(receiving, "receive")]
    return Line("Users", reverse("users"), ", ".join(facts + [f"{cannot} cannot"] * bool(cannot)))


def _colleagues() -> Line:
    """Return the line members see: how many there are, and nothing of their addresses."""
    active = Person.objects.filter(is_active=True)
    receiving = active.filter(diary_sync=True).count()
    fact = f"{_persons(active.count())}, {_does(receiving, 'receive')}"
    return Line("Users", reverse("users"), fact)


def _audit() -> Line:
    newest = AuditLine.objects.order_by("-pk").first()
    if newest is None:
        return Line("Audit", reverse("audit"), "Nothing recorded yet")
    at = timezone.localtime(newest.at)
    what = audit.WORDS.get(newest.what, newest.what)
    fact = f"Newest: {newest.by_name}, {at.day} {at:%B}, {say(at)}: {what[:1].lower()}{what[1:]}"
    return Line("Audit", reverse("audit"), fact)


def _backups() -> Line:
    newest = newest_backup()
    if newest is None:
        return Line("Backups", reverse("backups"), "None made by “daybook backup” yet")
    at = timezone.localtime(newest)
    days = (timezone.localdate() - at.date()).days
    ago = "today" if days == 0 else f"{_counted(days, 'day')} ago"
    return Line("Backups", reverse("backups"), f"Newest: {ago}, {at.day} {at:%B}, {say(at)}")


def _first_steps() -> Line:
    first = first_run.look(first_run.first_sent())
    return Line("First steps", reverse("first_steps"), f"{first.done} of {len(first.steps)} done")


def _security() -> Line:
    fact = "Password, second step, passkeys, tokens"
    return Line("Sign-in and security", reverse("sign_in_security"), fact)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _persons(number: int) -> str:
    return f"{number:,} {'person' if number == 1 else 'people'}"


def _does(number: int, verb: str) -> str:
    return f"{number:,} {verb}{'s' if number == 1 else ''}"
