"""The disk is full while entries are saved and sent, and then there is room again."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import OperationalError, connection
from tests.api.build import Caller, new_entry
from tests.entries.build import a_type
from torture.figures import Figure
from torture.running import Answer, Api, running
from torture.sink import Sink, sink

from daybook.ledger.models import Parcel
from daybook.people import tokens
from daybook.people.models import MailAccount
from daybook.sync import lease
from daybook.sync.outbound import Outbound
from torture import firm, installation

LARGE = 200 * 1024 * 1024
ROOM = 1024 * 1024
FULL = 503


def measured(short: bool) -> Iterator[Figure]:
    saves = 80 if short else 400
    with a_small_disk(installation.DATA) as disk:
        with sink() as mail:
            yield of_the_database(mail, saves // 4)
        with sink() as mail:
            yield of_the_machine(disk, mail, saves, lease_seconds=2.0 if short else None)


@contextmanager
def a_small_disk(folder: Path) -> Iterator[Path]:
    """Put what is in `folder` on a disk of its own, which is gone afterwards. Needs root."""
    connection.close()
    aside = Path(tempfile.mkdtemp(prefix="daybook-aside-"))
    shutil.copytree(folder, aside, dirs_exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={LARGE}", "none", folder], check=True)
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        shutil.rmtree(aside)
        yield folder
    finally:
        connection.close()
        # What is still open there goes with this process.
        subprocess.run(["umount", "--lazy", folder], check=True)


def of_the_database(mail: Sink, saves: int) -> Figure:
    """Let the database have no more pages, in one process that saves and sends in turns."""
    sent, token = a_firm(mail, "pages")
    caller, outbound = Caller(token), Outbound(per_minute=0)
    account = MailAccount.objects.get(port=mail.port)

    def save(key: str) -> int:
        answer = caller.post("/entries", sent, Idempotency_Key=key, Host="127.0.0.1")
        return int(answer.status_code)

    def work() -> bool:
        try:
            outbound.route()
            return bool(outbound.serve(account.pk))
        except OperationalError:
            return False

    keys = [secrets.token_hex() for _ in range(saves)]
    _limit(room=20)
    first = Counter[int]()
    for key in keys:
        first[save(key)] += 1
        work()
    unknown = len(mail.arrivals) - _told(mail)
    _limit(room=1_000_000)
    again = Counter(save(key) for key in keys)
    later = Outbound(per_minute=0, now=lambda: firm.now() + 2 * lease.LENGTH)
    while firm.waiting():
        later.route()
        later.serve(account.pk)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        whole = cursor.fetchone()[0]
    return _figure(
        "The database may not grow",
        mail,
        first=first,
        again=again,
        saves=saves,
        whole=whole,
        unknown=unknown,
    )


def of_the_machine(disk: Path, mail: Sink, saves: int, *, lease_seconds: float | None) -> Figure:
    """Fill the disk under real processes by saving, then make it larger.

    A worker that cannot write that it is done keeps its accounts to the end of its leases.
    """
    sent, token = a_firm(mail, "disk")
    keys = [secrets.token_hex() for _ in range(saves)]
    web_and_worker = running(installation.DATA, processes=1, lease_seconds=lease_seconds)
    with web_and_worker as (port, _):
        api = Api("127.0.0.1", port, token)

        def save(key: str) -> Answer:
            return api.call("POST", "/api/v1/entries", sent, key=key)

        _resize(disk, shutil.disk_usage(disk).used + ROOM)
        first = Counter(save(key).status for key in keys)
        time.sleep(3)
        _resize(disk, LARGE)
        again = Counter(save(key).status for key in keys)
        deadline = time.monotonic() + 150
        while firm.waiting() and time.monotonic() < deadline:
            time.sleep(0.2)
    with sqlite3.connect(installation.DATA / "daybook.sqlite3") as database:
        [whole] = database.execute("PRAGMA integrity_check").fetchone()
    return _figure(
        "The disk is full", mail, first=first, again=again, saves=saves, whole=whole, unknown=0
    )


def _resize(disk: Path, octets: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={octets}", disk], check=True)


def a_firm(mail: Sink, label: str) -> tuple[dict[str, object], str]:
    """Return what is saved each time, for one guest and with many words, and a token."""
    [ada] = firm.senders(1, mail.port, label=f"{label}sender")
    [ben] = firm.guests(1, label=f"{label}guest")
    _, token = tokens.issue(ada, "torture")
    return new_entry(a_type(), ben, notes="Bring the plans. " * 400), token


def _limit(*, room: int) -> None:
    """Let the database, as this process sees it, grow by `room` pages and no more."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + room}")


def _told(mail: Sink) -> int:
    """Return how many of the mails that arrived the ledger knows as having left."""
    left = Parcel.objects.exclude(state="frozen").filter(account_id__gt=0)
    uids = set(left.values_list("uid", flat=True))
    return sum(each.uid in uids for each in mail.arrivals)


def _figure(
    what: str,
    mail: Sink,
    *,
    first: Counter[int],
    again: Counter[int],
    saves: int,
    whole: str,
    unknown: int,
) -> Figure:
    told = len({each.uid for each in mail.arrivals})
    return Figure(
        f"{what} under {saves} saves and the worker: each save is answered 201 or {FULL}, nothing "
        "leaves that is not in the ledger, the database stays whole, and with room again all is "
        "saved and sent by itself",
        f"answers {dict(sorted(first.items()))}, then {dict(sorted(again.items()))}; integrity "
        f"{whole}; {told} of {saves} told, {mail.copies()} copies, {unknown} not in the ledger",
        set(first) == {201, FULL}
        and set(again) == {201}
        and whole == "ok"
        and told == saves
        and unknown == 0
        and mail.different_copies() == 0,
    )
