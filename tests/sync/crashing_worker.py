"""A worker that dies, or falls asleep, where it is told to: `python -m tests.sync.crashing_worker`.

Run by `test_crash_points.py`, with the settings of the installation in its environment:

    prepare PORT     make the tables, and Ada, who sends by the server at PORT
    save             save an entry for Ben and Cleo's colleague Dora; its id is the answer
    work POINT       send what is due, and do not get past POINT, or POINT for the second time
    recover          send what is due, with a clock five minutes ahead; what stands is the answer
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django

# What the way out of a conversation meets: the first octets that are not to be sent any more.
ON_THE_WIRE = {"before MAIL": b"MAIL ", "before DATA": b"DATA", "in the text": b"Date: "}


def main(command: str, *arguments: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "daybook.settings"
    django.setup()
    match command, arguments:
        case "prepare", [port]:
            prepare(int(port))
        case "save", []:
            print(save())  # noqa: T201 - the answer
        case "work", [point]:
            work(point)
        case "recover", []:
            print(json.dumps(recover()))  # noqa: T201 - the answer
        case _:
            sys.exit(f"nobody knows {command}")


def prepare(port: int) -> None:
    from tests.entries.build import a_person, a_type

    from daybook.commands.database import prepare as make_tables

    make_tables()
    ada = a_person("Ada", syncs=False, sends=True)
    ada.mail_account.port = port
    ada.mail_account.save()
    for name in ("Ben", "Dora"):
        a_person(name)
    a_type()


def save() -> int:
    from tests.entries.build import an_entry, at

    from daybook.people.models import Person

    ada, *guests = Person.objects.order_by("pk")
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    return an_entry(*guests, creator=ada, span=at(10, day=day), now=datetime.now(UTC)).pk


def work(point: str) -> None:
    """Die at POINT, or sleep there ("asleep" then the point) until somebody wakes this process."""
    from daybook.sync import lease

    how, _, where = point.rpartition(": ")
    end = signal.SIGSTOP if how == "asleep" else signal.SIGKILL
    if how == "asleep":
        lease.LENGTH, lease.MARGIN = timedelta(seconds=2), timedelta(seconds=1)

    passed: Counter[str] = Counter()

    def passing(name: str) -> None:
        passed[name] += 1
        if name == where or (where == f"{name} twice" and passed[name] == 2):
            os.kill(os.getpid(), end)

    send_all(passing, cut=ON_THE_WIRE.get(point))


def recover() -> list[dict[str, object]]:
    from daybook.entries.models import DiaryEntry
    from daybook.sync import explain

    ahead = timedelta(minutes=5)
    send_all(lambda _: None, now=lambda: datetime.now(UTC) + ahead)
    entry = DiaryEntry.objects.latest("pk")
    rows = explain.calendars(entry, datetime.now(UTC) + ahead)
    return [
        {"address": row.address, "state": row.state, "in_step": row.in_step}
        for row in rows
        if row.state != "not_sent"
    ]


def send_all(
    passing: Callable[[str], None],
    *,
    cut: bytes | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    from daybook.couriers.guard import Guard
    from daybook.couriers.smtp import SmtpAccount, SmtpCourier
    from daybook.ledger.models import Calendar
    from daybook.people.models import MailAccount
    from daybook.sync.outbound import Outbound

    class CuttingGuard(Guard):
        def connect(self, host: str, port: int, timeout: float) -> socket.socket:
            plain = super().connect(host, port, timeout)
            return plain if cut is None else CutSocket(plain, cut)

    def courier_for(account: MailAccount) -> SmtpCourier:
        described = SmtpAccount(account.host, account.port, "none")
        return SmtpCourier(described, CuttingGuard(("127.0.0.1",)))

    outbound = Outbound(courier_for=courier_for, now=now, per_minute=0, passing=passing)
    outbound.route()
    for account in MailAccount.objects.all():
        while Calendar.objects.filter(due_at__lte=now(), account_id=account.pk).exists():
            if not outbound.serve(account.pk):
                break


class CutSocket(socket.socket):
    """A connection whose owner dies in the middle of sending what begins with `cut`."""

    def __init__(self, plain: socket.socket, cut: bytes) -> None:
        super().__init__(plain.family, plain.type, plain.proto, fileno=plain.detach())
        self._cut = cut

    def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]
        place = bytes(data).find(self._cut)
        if place < 0:
            return super().send(data, flags)
        # In the middle of a text; before a command.
        super().sendall(data[: place + 500 if self._cut == b"Date: " else place], flags)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


if __name__ == "__main__":
    main(*sys.argv[1:])
