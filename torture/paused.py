"""Workers are frozen with an answer in their hands, and wake when others have gone on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta

from torture.figures import Figure
from torture.sink import sink

from daybook.ledger.models import Calendar
from daybook.people.models import MailAccount
from daybook.sync.outbound import Outbound
from torture import firm, workers

ON_BOTH = True


def measured(short: bool) -> Iterator[Figure]:
    # Long enough for a busy machine to bring all of them to that point before it ends.
    count, lease = (2, 3.0) if short else (50, 15.0)
    with sink() as mail:
        senders, [guest] = firm.senders(count, mail.port), firm.guests(1)
        entries = [firm.save(sender, [guest]) for sender in senders]
        Outbound(per_minute=0).route()
        accounts = list(MailAccount.objects.order_by("pk").values_list("pk", flat=True))
        frozen = [
            workers.fork(workers.carry_and_stop, account, "answered", lease) for account in accounts
        ]
        for each in frozen:
            workers.wait_until_stopped(each)
        time.sleep(lease)
        for entry, sender in zip(entries, senders, strict=True):
            firm.reword(entry, "Visit 1", by=sender)
        successor = Outbound(per_minute=0, now=lambda: firm.now() + timedelta(seconds=lease))
        for account in accounts:
            successor.serve(account)
        before = list(Calendar.objects.order_by("pk").values())
        for each in frozen:
            os.kill(each.pid or 0, signal.SIGCONT)
            each.join()
        refused = sum(each.exitcode == 0 for each in frozen)
        changed = before != list(Calendar.objects.order_by("pk").values())
        wrong = firm.wrong_calendars(mail)
    yield Figure(
        f"{count} workers frozen beyond their lease and woken: none can write any more, and every "
        "calendar shows the newest",
        f"{refused} of {count} refused, the ledger {'changed' if changed else 'as it was'}, "
        f"{len(wrong)} calendars wrong, {mail.out_of_order()} out of order",
        refused == count and not changed and not wrong and mail.out_of_order() == 0,
    )
