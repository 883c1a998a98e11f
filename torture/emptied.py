"""The list of what is to be sent is lost, and made again from what calendars were told."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

from torture.figures import Figure
from torture.simulation import Simulation

from daybook.ledger.models import Calendar, LogLine, Parcel
from torture import firm


def measured(short: bool) -> Iterator[Figure]:
    entries = 20 if short else 400
    chance = random.Random(0)
    simulation = Simulation(accounts=4, guests=20)
    simulation.save(entries, 5, chooser=chance)
    simulation.work()
    simulation.now += timedelta(hours=1)
    changed = chance.sample(simulation.entries, entries // 4)
    simulation.reword("Visit 1", changed)
    simulation.save(entries // 4, 5, chooser=chance)
    # Some of it is already composed, and has failed once.
    simulation.fate = lambda: "deferred"
    simulation.outbound.serve(simulation.senders[0].mail_account.pk)
    simulation.fate = lambda: "accepted"
    owed, told = firm.waiting(), len(simulation.sent)
    LogLine.objects.filter(parcel_id__isnull=False).update(parcel_id=None)
    Calendar.objects.update(due_at=None, due_by=None, parcel_id=None)
    # What calendars were told last is no part of the list.
    last_words = Calendar.objects.exclude(told_by=None).values("told_by")
    Parcel.objects.exclude(pk__in=last_words).delete()
    found = simulation.repair()
    simulation.finish()
    wrong = firm.wrong_calendars(simulation.sink)
    resent = len(simulation.sent) - told - owed
    yield Figure(
        "Due marks and waiting messages are all deleted: repair finds everything that is owed, "
        "and nothing that was acknowledged goes again",
        f"{owed:,} owed of {Calendar.objects.count():,} calendars: {found:,} found, {resent} sent "
        f"besides, {len(wrong)} wrong in the end",
        found == owed and resent == 0 and not wrong and simulation.sink.copies() == 0,
    )
