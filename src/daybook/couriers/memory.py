"""A courier without a network: mails land in a list, or meet what the script says."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from daybook.couriers.courier import Accepted, Mail, Outcome, TryLater, ends_batch


class MemoryCourier:
    """Keeps the contract of `courier.Courier`, with a mailbox that can be looked into.

    `script` gives the outcomes of the mails in the order they are attempted; when it is
    used up every mail is accepted. An uncertain outcome is one whose mail did arrive,
    unless `lost_answers_arrive` is False. `delivered` holds what arrived, `batches` the
    keys of each call that attempted something.
    """

    def __init__(self, script: Iterable[Outcome] = (), *, lost_answers_arrive: bool = True) -> None:
        self.delivered: list[Mail] = []
        self.batches: list[list[int]] = []
        self._script = iter(script)
        self._lost_answers_arrive = lost_answers_arrive

    def carry(
        self, mails: Sequence[Mail], still_ours: Callable[[], bool]
    ) -> Iterator[tuple[int, Outcome]]:
        """Carry as `courier.Courier.carry` promises."""
        batch: list[int] = []
        for mail in mails:
            if not (still_ours() and still_ours()):  # before MAIL, and before the text
                return
            if not batch:
                self.batches.append(batch)
            batch.append(mail.key)
            outcome = next(self._script, Accepted("250 2.0.0 Ok"))
            if self._arrives(outcome):
                self.delivered.append(mail)
            yield mail.key, outcome
            if ends_batch(outcome):
                return

    def _arrives(self, outcome: Outcome) -> bool:
        if isinstance(outcome, TryLater) and outcome.uncertain:
            return self._lost_answers_arrive
        return isinstance(outcome, Accepted)
