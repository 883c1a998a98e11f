"""What the doctor looks at of a database that is ready: clocks, accounts, the queue, and drift."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Min

from daybook.api.health import SILENCE
from daybook.commands.finding import Finding, Mark
from daybook.configuration import Configuration
from daybook.ledger.models import Calendar
from daybook.people.models import AuditLine, MailAccount
from daybook.sync import account_states, clocks, journal, quarantine, repair
from daybook.sync.account_states import Standing
from daybook.sync.models import WorkerBeat

# By as much as this, two workers could use one mail account at once: see `sync/lease.py`.
_CLOCKS_APART = timedelta(seconds=20)
_CLOCKS_CLOSE = timedelta(seconds=2)
_QUEUE_IS_OLD = timedelta(minutes=5)
_BACKUP_IS_OLD = timedelta(days=7)


def durability(_: Configuration) -> Iterator[Finding]:
    """Say whether what was committed survives a power cut."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
            fsync, commit = cursor.fetchone()
            safe = fsync == "on" and commit != "off"
            said = f"fsync={fsync}, synchronous_commit={commit}"
        else:
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchone()[0]
            cursor.execute("PRAGMA synchronous")
            full = cursor.fetchone()[0] == 2
            safe = mode == "wal" and full
            said = f"journal_mode={mode}, synchronous={'FULL' if full else 'less than FULL'}"
    if safe:
        yield Finding(Mark.OK, "durability", said)
    else:
        # Of SQLite we set it ourselves; of PostgreSQL somebody may have chosen it.
        mark = Mark.WARNING if connection.vendor == "postgresql" else Mark.FAILURE
        yield Finding(mark, "durability", f"a power cut may lose what was saved: {said}")


def clock(_: Configuration) -> Iterator[Finding]:
    """Compare this machine's clock with the database's and with the newest time stored."""
    now = datetime.now(UTC)
    theirs = _database_clock() or now
    apart = abs(theirs - now)
    if not clocks.is_possible(now):
        sentence = f"{now:%Y-%m-%d %H:%M} cannot be: workers wait until it is right"
        yield Finding(Mark.FAILURE, "clock", sentence)
    if apart >= _CLOCKS_APART:
        sentence = f"{_seconds(apart)} from the database's: keep clocks together (NTP)"
        yield Finding(Mark.FAILURE, "clock", sentence)
    elif apart > _CLOCKS_CLOSE:
        yield Finding(Mark.WARNING, "clock", f"{_seconds(apart)} from the database's")
    else:
        yield Finding(Mark.OK, "clock", "agrees with the database's")
    newest = quarantine.newest_stamp()
    if newest is not None and newest - now > _CLOCKS_APART:
        sentence = f"something was stored {_seconds(newest - now)} from now: was it set back?"
        yield Finding(Mark.WARNING, "clock", sentence)


def accounts(_: Configuration) -> Iterator[Finding]:
    """Say which mail accounts do not send at this moment."""
    states = account_states.all_states(datetime.now(UTC))
    for state in states:
        if state.standing is Standing.HELD:
            sentence = f"{state.account} is held: {state.sentence} {state.waiting} waiting"
            yield Finding(Mark.WARNING, "mail accounts", sentence)
    number = {standing: sum(s.standing is standing for s in states) for standing in Standing}
    counted = ", ".join(f"{count} {kind.value.lower()}" for kind, count in number.items() if count)
    yield Finding(Mark.OK, "mail accounts", counted or "none yet: nothing can be sent")


def queue(_: Configuration) -> Iterator[Finding]:
    """Say how long the oldest calendar waits that no account keeps waiting, and for whom."""
    now = datetime.now(UTC)
    alive = WorkerBeat.objects.filter(seen_at__gte=now - SILENCE).count()
    due = Calendar.objects.filter(due_at__lte=now)
    stuck = MailAccount.objects.exclude(pk__in=account_states.ready(now))
    free = due.exclude(account_id__isnull=False, account_id__in=stuck.values("pk"))
    oldest = free.aggregate(at=Min("due_at"))["at"]
    age = timedelta(0) if oldest is None else now - oldest
    waits = f"{due.count()} due, the oldest for {_seconds(age)}; {alive} workers"
    late = age > _QUEUE_IS_OLD and not quarantine.is_on()
    yield Finding(Mark.WARNING if late else Mark.OK, "queue", waits)


def drift(_: Configuration) -> Iterator[Finding]:
    """Count the calendars whose plan differs from what they were told although they are not due."""
    found = repair.drift(datetime.now(UTC))
    if found:
        sentence = f"{found} calendars are out of step and not due; a worker repairs that by itself"
        yield Finding(Mark.WARNING, "drift", sentence)
    else:
        yield Finding(Mark.OK, "drift", "every calendar is in step, due, or has a reason")


def keeping(_: Configuration) -> Iterator[Finding]:
    """Say whether a restored diary waits for its release, and how old the newest backup is."""
    if quarantine.is_on():
        sentence = "nothing is sent until `daybook quarantine --release`"
        yield Finding(Mark.WARNING, "quarantine", sentence)
    newest = AuditLine.objects.filter(what="backup_made").order_by("-pk").first()
    if newest is None:
        yield Finding(Mark.WARNING, "backup", "none was made by `daybook backup` yet")
    else:
        old = datetime.now(UTC) - newest.at > _BACKUP_IS_OLD
        sentence = f"the newest is of {newest.at:%Y-%m-%d %H:%M} UTC"
        yield Finding(Mark.WARNING if old else Mark.OK, "backup", sentence)
    folder = journal.folder_here()
    since = journal.begins_at([folder])
    size = sum(path.stat().st_size for path in journal.files(folder))
    said = f"since {since:%Y-%m-%d %H:%M} UTC, {size:,} bytes" if since else "none on this host"
    yield Finding(Mark.OK, "sent journal", said)


def _database_clock() -> datetime | None:
    """Return the time of another machine, None if the database is on this one's clock."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at


def _seconds(span: timedelta) -> str:
    return f"{span / timedelta(seconds=1):,.0f} seconds"
