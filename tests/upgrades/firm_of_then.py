"""Fill an empty diary of a released version; run by `write_release.py` with that version's code.

So it uses nothing that version did not have. Everything is told, and nothing waits.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import django


def main() -> None:
    """Make the tables and the firm, in the installation the environment names."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "daybook.settings"
    django.setup()
    from daybook.commands.database import prepare

    prepare()
    now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    found(now)
    now += timedelta(minutes=10)
    send_all(now)
    live_on(now)
    now += timedelta(minutes=10)
    send_all(now)


def found(now: datetime) -> None:
    """Enter people of every sort, types of every disclosure, and entries near and far."""
    from tests.entries.build import a_person, a_type, an_entry, at

    from daybook.people import audit, tokens

    ada, ben = a_person("Ada", sends=True), a_person("Ben", sends=True)
    cleo, dora = a_person("Cleo", syncs=False), a_person("Dora", timezone="America/New_York")
    kinds = [
        a_type("Site visit"),
        a_type("Call", disclosure="title"),
        a_type("Private", disclosure="busy"),
        a_type("Internal", synchronise=False),
    ]
    for number in range(12):
        team = [(ada, ben), (ben, cleo), (ada, ben, dora), (dora,)][number % 4]
        day = date(2035, 3, 1) + timedelta(days=19 * number)
        an_entry(
            *team,
            creator=(ada, ben)[number % 2],
            title=f"Survey {number} – Müller & Söhne",
            notes="Bring the plans.\nRing twice." if number % 3 else "",
            location="Mill House, 3 Weir Lane" if number % 2 else "",
            kind=kinds[number // 3],
            span=at(9 + number % 8, day=day, zone=("Europe/London", "Europe/Berlin")[number % 2]),
            now=now,
        )
    an_entry(ada, ben, title="Long ago", span=at(10, day=date(2020, 5, 4)), now=now)
    tokens.issue(ada, "calendar on the wall")
    audit.record(ada, "type_created", "Site visit")


def live_on(now: datetime) -> None:
    """Change, cancel, delete, and hand somebody else's place on."""
    from daybook.entries import changing
    from daybook.entries.drafts import EntryChanges
    from daybook.entries.models import DiaryEntry
    from daybook.people.models import Person

    ada, ben = Person.objects.get(username="ada"), Person.objects.get(username="ben")
    entries = list(DiaryEntry.objects.order_by("pk"))
    changing.change(entries[0].pk, EntryChanges(title="Survey, again"), by=ada, now=now)
    changing.change(entries[2].pk, EntryChanges(assigned=[ada.pk]), by=ada, now=now)
    changing.cancel(entries[4].pk, by=ada, now=now)
    changing.delete(entries[6].pk, by=ada, now=now)
    changing.complete(entries[1].pk, by=ben, now=now)


def send_all(now: datetime) -> None:
    """Let everything that is due arrive."""
    from daybook.couriers.memory import MemoryCourier
    from daybook.ledger.models import Calendar
    from daybook.people.models import MailAccount
    from daybook.sync.outbound import Outbound

    courier = MemoryCourier()
    outbound = Outbound(courier_for=lambda _: courier, now=lambda: now, per_minute=0)
    while outbound.route():
        pass
    for account in MailAccount.objects.all():
        while outbound.serve(account.pk):
            pass
    if Calendar.objects.filter(due_at__isnull=False).exists():
        raise AssertionError("something still waits")


if __name__ == "__main__":
    main()
