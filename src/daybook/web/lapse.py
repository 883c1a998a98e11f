"""What saving would do to diary synchronisation that is on, said before it happens."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from daybook.people.models import Person
from daybook.sync import preview
from daybook.web.clock import say
from daybook.web.person_form import PersonForm

NOT_VALID = "This email address cannot be saved: it is not valid."
BECAUSE = {
    "email_syncing_off": "Email Syncing is not selected",
    "email_missing": "there is no email address",
    "email_not_unique": "someone else with diary synchronisation uses this address",
}


def warning(form: PersonForm, now: datetime) -> str:
    """Return what saving `form` as typed would end or move of synchronisation; "" for nothing.

    The cancellations are counted by the plan that would send them.
    """
    person = form.person
    if not (person.pk and person.diary_sync):
        return ""
    if "email_invalid" in form.missing:
        return NOT_VALID
    if form.missing:
        return (
            f"Saving will switch diary synchronisation off, because {BECAUSE[form.missing[0]]}. "
            f"Brought up to date, calendars are sent {_cancellations(person, now)}. "
            "Left as they are, nothing."
        )
    if form.moves_to():
        return (
            f"Saving will send {_cancellations(person, now)} to the address so far, "
            "and invitations to the new one."
        )
    return ""


def _cancellations(person: Person, now: datetime) -> str:
    effect = preview.effect_of_person(person, diary_sync=False, now=now)
    noun = "cancellation" if effect.withdrawn == 1 else "cancellations"
    return f"{effect.withdrawn:,} {noun} (counted at {say(timezone.localtime(now))})"
