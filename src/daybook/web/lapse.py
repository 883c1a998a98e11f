"""What saving would do to diary synchronisation that is on, said before it happens."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from daybook.people.models import Person
from daybook.sync import preview
from daybook.web.clock import say
from daybook.web.person_form import PersonForm

NOT_VALID = gettext_lazy("This email address cannot be saved: it is not valid.")
BECAUSE = {
    "email_syncing_off": gettext_lazy("Email Syncing is not selected"),
    "email_missing": gettext_lazy("there is no email address"),
    "email_not_unique": gettext_lazy("someone else with diary synchronisation uses this address"),
}


def warning(form: PersonForm, now: datetime) -> str:
    """Return what saving `form` as typed would end or move of synchronisation; "" for nothing.

    The cancellations are counted by the plan that would send them.
    """
    person = form.person
    if not (person.pk and person.diary_sync):
        return ""
    if "email_invalid" in form.missing:
        return str(NOT_VALID)
    if form.missing:
        said = gettext(
            "Saving will switch diary synchronisation off, because %(because)s. Brought up to "
            "date, calendars are sent %(what)s. Left as they are, nothing."
        )
        return said % {
            "because": BECAUSE[form.missing[0]],
            "what": _cancellations(person, now),
        }
    if form.moves_to():
        said = gettext(
            "Saving will send %(what)s to the address so far, and invitations to the new one."
        )
        return said % {"what": _cancellations(person, now)}
    return ""


def _cancellations(person: Person, now: datetime) -> str:
    effect = preview.effect_of_person(person, diary_sync=False, now=now)
    return ngettext(
        "%(number)s cancellation (counted at %(time)s)",
        "%(number)s cancellations (counted at %(time)s)",
        effect.withdrawn,
    ) % {"number": f"{effect.withdrawn:,}", "time": say(timezone.localtime(now))}
