"""A process is killed at each named point between a save and what is written of its mail."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable, Iterator

import torture.installation  # noqa: F401 - the models below need it
from tests.api.build import Caller, new_entry
from tests.sync import crashing_worker
from torture.figures import Figure
from torture.sink import Sink, sink

from daybook.entries.models import DiaryEntry, DiaryEntryType
from daybook.people import tokens
from daybook.people.models import Person
from torture import workers

ON_BOTH = True
# How many copies of its first mail a death there may leave; RFC 1047 prefers twice to never.
ON_THE_WAY_OUT = {
    "before claim": 0,
    "claimed": 0,
    "opened": 0,
    "before MAIL": 0,
    "before DATA": 0,
    "in the text": 0,
    "after the last dot": 1,
    "answered": 1,
    "written": 0,
}
GUESTS = {"ben@firm.example", "dora@firm.example"}


def measured(short: bool) -> Iterator[Figure]:
    times = 1 if short else 20
    with sink() as mail:
        crashing_worker.prepare(mail.port)
        trials: list[tuple[str, Callable[[], str]]] = [
            (point, lambda point=point, copies=copies: on_the_way_out(mail, point, copies))  # type: ignore[misc]
            for point, copies in ON_THE_WAY_OUT.items()
        ]
        _, token = tokens.issue(Person.objects.get(username="ada"), "torture")
        trials += [
            ("a save before its commit", lambda: in_a_save(token)),
            ("a save before its answer", lambda: before_the_answer(token)),
        ]
        wrong = [
            f"{point}: {fault}"
            for point, trial in trials
            for _ in range(times)
            if (fault := trial())
        ]
    count = len(trials) * times
    yield Figure(
        f"Killed at {len(trials)} named points, {times} times each: nothing lost, copies where the "
        "answer was lost and nowhere else, byte for byte the same",
        f"{count - len(wrong)} of {count} as promised" + "".join(f"; {each}" for each in wrong[:3]),
        not wrong,
    )


def on_the_way_out(mail: Sink, point: str, copies: int) -> str:
    """Kill a worker at `point`; return what is wrong after another has taken over."""
    mail.arrivals.clear()
    crashing_worker.save()
    dying = workers.fork(crashing_worker.work, point)
    if point == "after the last dot":
        mail.at_the_dot = dying.kill
    dying.join()
    mail.at_the_dot = lambda: None
    if dying.exitcode != -signal.SIGKILL:
        return f"it was not killed but ended with {dying.exitcode}"
    rows = crashing_worker.recover()
    if not all(row["in_step"] and row["state"] == "sent" for row in rows):
        return f"not in step: {rows}"
    if {each.recipient for each in mail.arrivals} != GUESTS:
        return "somebody was not told"
    if mail.copies() != copies or mail.different_copies():
        return f"{mail.copies()} copies"
    return ""


def in_a_save(token: str) -> str:
    """Kill the web in the middle of a save; return what is wrong with what is left of it."""
    return _a_killed_save(token, "INTO ledger_calendar", left=0)


def before_the_answer(token: str) -> str:
    """Kill the web when a save is done and nobody has heard of it."""
    return _a_killed_save(token, "", left=1)


def _a_killed_save(token: str, statement: str, *, left: int) -> str:
    key, before = secrets.token_hex(), DiaryEntry.objects.count()
    sent = new_entry(DiaryEntryType.objects.get(), Person.objects.get(username="ben"))
    dying = workers.fork(workers.post_and_die, token, key, sent, statement)
    dying.join()
    if dying.exitcode != -signal.SIGKILL:
        return f"it was not killed but ended with {dying.exitcode}"
    if DiaryEntry.objects.count() != before + left:
        return f"{DiaryEntry.objects.count() - before} entries were left"
    again = Caller(token).post("/entries", sent, Idempotency_Key=key, Host="127.0.0.1")
    if again.status_code != 201 or DiaryEntry.objects.count() != before + 1:
        return f"the same request again: {again.status_code}"
    return ""
