"""Ending sessions."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from daybook.people import audit
from daybook.people.models import Person


@transaction.atomic
def end_all(person: Person, *, by: Person) -> None:
    """End every session of `person`; whoever asks may begin theirs anew.

    `person` is brought up to date, so that its session hash is the new one.
    """
    Person.objects.filter(pk=person.pk).update(sessions_ended=F("sessions_ended") + 1)
    person.refresh_from_db(fields=["sessions_ended"])
    audit.record(by, "sessions_ended", f"{person.name} ({person.username})")
