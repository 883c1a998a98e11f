"""The machine that makes up stories: anything a firm, its mail servers and its machine may do."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.sync.firm import ADDRESSES, NAMES, SPANS, TYPES, Firm, rolled_back
from tests.sync.post import FATES
from tests.sync.promises import Mails, check_end

from daybook.entries.models import DiaryEntry
from daybook.ledger.models import LogLine

# With every run of the suite: always the same stories. By `long_run`: others each time.
FEW = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    # A bad story is told as it was found: `long_run` tells it shorter.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MANY = settings(
    FEW,
    max_examples=100,
    stateful_step_count=40,
    derandomize=False,
    phases=[Phase.generate, Phase.shrink],
)

names = st.sampled_from(NAMES)
somebody = st.lists(names, unique=True, max_size=3)
kinds = st.sampled_from(sorted(TYPES))
spans = st.sampled_from(sorted(SPANS))
effects = st.sampled_from(("apply", "apply", "leave"))
accounts = st.sampled_from((*NAMES, "service"))
fates = st.sampled_from(sorted(FATES))
POINTS = ("before claim", "claimed", "opened", "answered", "written")
MOST_ENTRIES = 3
# So much is done in the diary before everybody rests in the middle of a story: to make sure that
# all is right takes as long as several steps.
A_DAY_OF_EDITS = 15
SWITCHES = ("diary_sync", "email_syncing", "active")
# Where a worker dies and what the mail meets, so that nobody knows whether it arrived.
DOUBTS = (
    *(("answered", "accepted"), ("opened", "accepted")),
    *(("", "lost on the way"), ("", "answer lost"), ("", "answer lost, then trouble")),
)
which = st.integers(min_value=0, max_value=3)
# What is changed of an entry, and how many minutes pass before the next thing happens.
words = st.one_of(
    st.fixed_dictionaries({"title": st.sampled_from(("Survey", "Visit"))}),
    st.fixed_dictionaries({"notes": st.sampled_from(("", "Ring first."))}),
    st.fixed_dictionaries({"location": st.sampled_from(("Leeds", "York"))}),
)
changes = st.one_of(
    words,
    st.fixed_dictionaries({"span": spans}),
    st.fixed_dictionaries({"people": somebody}),
    st.fixed_dictionaries({"kind": kinds}),
)
passing = st.sampled_from((0, 0, 3, 3, 10))


class Diary(RuleBasedStateMachine):
    """One firm, from its first entry to the evening when all servers behave again."""

    def __init__(self) -> None:
        super().__init__()
        self._undo = rolled_back()
        self._undo.__enter__()
        self.firm = Firm()
        self.mails = Mails(self.firm)
        self.rests_after = A_DAY_OF_EDITS

    def teardown(self) -> None:
        try:
            self.firm.finish()
            check_end(self.firm)
        finally:
            self._undo.__exit__(None, None, None)

    @initialize(
        creator=names,
        people=st.lists(names, unique=True, min_size=1, max_size=3),
        per_commit=st.sampled_from((1, 50)),
        batch=st.sampled_from((500, 2, 1)),
    )
    def begin(self, creator: str, people: list[str], per_commit: int, batch: int) -> None:
        self.firm.works_by(per_commit, batch)
        self.firm.save(creator, *people)

    @precondition(lambda _: DiaryEntry.objects.count() < MOST_ENTRIES)
    @rule(
        creator=st.sampled_from((*NAMES, "")),
        people=somebody,
        span=spans,
        kind=kinds,
        minutes=passing,
    )
    def save(self, creator: str, people: list[str], span: str, kind: str, minutes: int) -> None:
        self.firm.save(creator, *people, span=span, kind=kind)
        self._pass(minutes)

    @rule(entry=which, change=changes, minutes=passing)
    def edit(self, entry: int, change: dict[str, Any], minutes: int) -> None:
        self.firm.edit(self._entry(entry), **change)
        self._pass(minutes)

    @rule(entry=which, change=changes)
    def edit_while_a_mail_is_under_way(self, entry: int, change: dict[str, Any]) -> None:
        self.firm.post.meanwhile = lambda: self.firm.edit(self._entry(entry), **change)

    @rule(
        entry=which,
        verb=st.sampled_from(("complete", "cancel", "delete", "restore", "restore")),
        minutes=passing,
    )
    def act(self, entry: int, verb: str, minutes: int) -> None:
        self.firm.act(verb, self._entry(entry))
        self._pass(minutes)

    @rule(kind=kinds, on=st.booleans(), effect=effects, minutes=passing)
    def switch_type(self, kind: str, on: bool, effect: str, minutes: int) -> None:
        self.firm.switch_type(kind, effect, synchronise=on)
        self._pass(minutes)

    @rule(kind=kinds, disclosure=st.sampled_from(("full", "title", "busy")), effect=effects)
    def disclose(self, kind: str, disclosure: str, effect: str) -> None:
        self.firm.switch_type(kind, effect, disclosure=disclosure)

    @rule(
        name=names,
        switch=st.sampled_from(SWITCHES),
        on=st.booleans(),
        effect=effects,
        minutes=passing,
    )
    def switch_person(self, name: str, switch: str, on: bool, effect: str, minutes: int) -> None:
        self.firm.change_person(name, effect, **{switch: on})
        self._pass(minutes)

    @rule(name=names, address=st.sampled_from(ADDRESSES), minutes=passing)
    def move_to_address(self, name: str, address: str, minutes: int) -> None:
        self.firm.change_person(name, email=address)
        self._pass(minutes)

    @rule(name=accounts)
    def set_account(self, name: str) -> None:
        self.firm.account(name)

    @rule(name=accounts)
    def remove_account(self, name: str) -> None:
        self.firm.no_account(name)

    @rule(name=names, minutes=passing)
    def hand_over(self, name: str, minutes: int) -> None:
        self.firm.hand_over(name)
        self._pass(minutes)

    @rule(line=which, minutes=passing)
    def resend(self, line: int, minutes: int) -> None:
        lines = LogLine.objects.order_by("-pk")[:4]
        if lines:
            self.firm.resend(lines[line % len(lines)])
        self._pass(minutes)

    @rule(coming=st.lists(fates, min_size=1, max_size=4))
    def trouble(self, coming: list[str]) -> None:
        self.firm.post.fates = coming

    @rule(point=st.sampled_from(POINTS))
    def crash(self, point: str) -> None:
        self.firm.crash_at(point)

    @rule(
        entry=which,
        change=changes,
        point=st.sampled_from(("", "answered", *POINTS)),
        coming=st.lists(fates, min_size=1, max_size=3),
        verb=st.sampled_from(("", "cancel", "delete", "restore")),
    )
    def edit_in_trouble(
        self, entry: int, change: dict[str, Any], point: str, coming: list[str], verb: str
    ) -> None:
        """Say something new while mails fail and the worker dies, and then perhaps all else."""
        self.firm.crash_at(point)
        self.firm.post.fates = coming
        self.firm.edit(self._entry(entry), **change)
        self._pass(3)
        self._pass(6)
        if verb:
            self.firm.act(verb, self._entry(entry))

    @rule(
        entry=which,
        change=st.one_of(st.none(), changes),
        doubt=st.sampled_from(DOUBTS),
        other=st.one_of(st.just({}), words),
        then=fates,
        verb=st.sampled_from(("", "back", "cancel", "delete", "restore")),
    )
    def think_better_of_it(
        self,
        *,
        entry: int,
        change: dict[str, Any] | None,
        doubt: tuple[str, str],
        other: dict[str, Any],
        then: str,
        verb: str,
    ) -> None:
        """Say something that may have arrived or not, and something else when that is tried again.

        Without `change` it is a new entry, where there may be one more. In the end it is taken
        back, or everybody waits.
        """
        point, fate = doubt
        self.firm.crash_at(point)
        self.firm.post.fates = [fate]
        if change is None and DiaryEntry.objects.count() < MOST_ENTRIES:
            self.firm.save("ada", "ben")
            entry = -1
        else:
            self.firm.edit(self._entry(entry), **(change or {"title": "Talk"}))
        self._pass(3)
        said = self._entry(entry)
        self.firm.post.fates = [then]
        if other:
            self.firm.edit(said, **other)
        self._pass(6)
        if verb == "back":
            self.firm.edit(said, **{name: getattr(said, name) for name in other})
        elif verb:
            self.firm.act(verb, said)
        else:
            self._pass(90)

    @precondition(lambda self: self.firm.post.edits >= self.rests_after)
    @rule()
    def evening(self) -> None:
        """In the middle as in the end: let all servers behave until nothing is left to do."""
        self.firm.finish()
        check_end(self.firm)
        self.rests_after = self.firm.post.edits + A_DAY_OF_EDITS

    @rule(minutes=st.sampled_from((0.1, 1, 3, 3, 10, 90, 60 * 24)))
    def work(self, minutes: float) -> None:
        self._pass(minutes)

    def _pass(self, minutes: float) -> None:
        if minutes:
            self.firm.run(minutes=minutes)
            self.mails.check()

    def _entry(self, number: int) -> DiaryEntry:
        entries = self.firm.entries()
        return entries[number % len(entries)]
