"""Mail after mail over a line that is signed in, in as few round trips as the server allows.

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA of the next mail
leave in one write behind the text of the mail before: one round trip a mail. Elsewhere
every command waits for its answer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

from daybook.couriers.courier import Accepted, Mail, Outcome, TryLater, ends_batch
from daybook.couriers.replies import Refusal, Step, refusal
from daybook.couriers.wire import BrokenError, Wire

_RSET = b"RSET\r\n"
_DATA = b"DATA\r\n"
_NO_TEXT = b".\r\n"


def dotted(mail: Mail) -> bytes:
    """Return the message as it goes over the wire, with its final dot (RFC 5321 §4.5.2)."""
    return _stuffed(mail.head) + _stuffed_body(mail.body) + _NO_TEXT


def _stuffed(lines: bytes) -> bytes:
    stuffed = lines.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if lines.startswith(b".") else stuffed


# Mails of one entry follow each other, and have one body.
_stuffed_body = lru_cache(maxsize=16)(_stuffed)


def carry_one_by_one(
    wire: Wire, mails: Sequence[Mail], still_ours: Callable[[], bool], *, tell_size: bool
) -> Iterator[tuple[int, Outcome]]:
    """Carry with a round trip for every command. Ends as `Courier.carry` says."""
    half_open = False
    for mail in mails:
        if not still_ours():
            break
        refused = _open_in_turn(wire, mail, tell_size=tell_size, reset_first=half_open)
        if refused is None and not still_ours():
            return
        outcome = refused or _hand_over(wire, dotted(mail))
        yield mail.key, outcome
        if ends_batch(outcome):
            return
        half_open = refused is not None
    wire.leave()


def carry_chained(
    wire: Wire,
    mails: Sequence[Mail],
    still_ours: Callable[[], bool],
    *,
    tell_size: bool,
    distrust: Callable[[], None],
) -> Iterator[tuple[int, Outcome]]:
    """Carry with the next mail's commands behind the text of the one before.

    Ends as `Courier.carry` says. `still_ours` is asked once for a text and the commands
    behind it, which leave together. `distrust` is called when the answers do not fit the
    commands: something on the way offers PIPELINING and cannot do it.
    """
    chain = _Chain(wire, tell_size)
    for mail, following in zip_longest(mails, mails[1:]):
        if not chain.is_ahead and not still_ours():
            break
        refused = chain.open(mail)
        if chain.is_out_of_step:
            distrust()
        if chain.text_expected and not still_ours():
            return
        outcome = chain.finish(mail, refused, following)
        yield mail.key, outcome
        if ends_batch(outcome):
            return
    wire.leave()


@dataclass(slots=True)
class _Chain:
    """One transaction after another, where the next may be ahead of the answer to this one."""

    wire: Wire
    tell_size: bool
    is_ahead: bool = False  # this mail's commands already left, behind the text before
    text_expected: bool = False  # the server said 354 and waits
    is_out_of_step: bool = False
    _answered: int = 0  # replies to this mail's commands so far
    _half_open: bool = False  # a refused transaction must be reset before the next

    def open(self, mail: Mail) -> Refusal | None:
        """Get MAIL, RCPT and DATA answered; return the first refusal."""
        self.text_expected, self._answered = False, 0
        self.wire.begin()
        try:
            refused = self._read_answers(self._send_commands(mail))
        except BrokenError as broken:
            refused = TryLater(broken.reason)
        self._half_open = refused is not None and not self.text_expected
        reason = refused.reason if refused else ""
        self.is_out_of_step = reason == "protocol_error" or (
            reason == "timed_out" and self._answered > 0
        )
        return refused

    def finish(self, mail: Mail, refused: Refusal | None, following: Mail | None) -> Outcome:
        """Hand the text over where it is expected, with the commands of the mail that follows."""
        self.is_ahead = self.text_expected and following is not None
        if refused is not None and not self.text_expected:
            return refused
        ahead = _commands(following, self.tell_size) if following else b""
        if refused is None:
            return _hand_over(self.wire, dotted(mail), ahead)
        # Every recipient refused and yet "go ahead": a lone dot, and whatever is answered
        # to it is nobody's mail (RFC 2920 §3.1).
        _hand_over(self.wire, _NO_TEXT, ahead)
        return refused

    def _read_answers(self, steps: Sequence[Step]) -> Refusal | None:
        refused, found = None, None
        for step in steps:
            found = refusal(self.wire.reply(), step)
            self._answered += 1
            if found and found.reason == "protocol_error":
                return found
            refused = refused or found
            if refused and ends_batch(refused):
                return refused
        self.text_expected = found is None
        if self.text_expected and self.wire.has_unread:
            self.text_expected = False
            return TryLater("protocol_error")
        return refused

    def _send_commands(self, mail: Mail) -> tuple[Step, ...]:
        steps = (Step.MAIL, Step.RCPT, Step.DATA)
        if self.is_ahead:
            return steps
        reset_first = self._half_open
        self.wire.send(_RSET * reset_first + _commands(mail, self.tell_size))
        return (Step.RSET, *steps) if reset_first else steps


def _open_in_turn(wire: Wire, mail: Mail, *, tell_size: bool, reset_first: bool) -> Refusal | None:
    lines = [
        (Step.MAIL, _mail_from(mail, tell_size)),
        (Step.RCPT, _rcpt_to(mail)),
        (Step.DATA, _DATA),
    ]
    if reset_first:
        lines.insert(0, (Step.RSET, _RSET))
    try:
        wire.begin()
        for step, line in lines:
            wire.send(line)
            if (refused := refusal(wire.reply(), step)) is not None:
                return refused
    except BrokenError as broken:
        return TryLater(broken.reason)
    return None


def _hand_over(wire: Wire, text: bytes, ahead: bytes = b"") -> Outcome:
    """Send a whole text, and `ahead` behind it, in one write; return what became of it."""
    try:
        wire.send(text + ahead)
    except BrokenError as broken:
        return TryLater(broken.reason, uncertain=broken.reached >= len(text))
    try:
        reply = wire.final_reply()
    except BrokenError as broken:
        return TryLater(broken.reason, uncertain=True)
    match refusal(reply, Step.TEXT):
        case None:
            return Accepted(reply.text)
        case TryLater(reason="protocol_error"):
            # Neither yes nor no: the mail may have been taken.
            return TryLater("protocol_error", reply.text, uncertain=True)
        case refused:
            return refused


def _commands(mail: Mail, tell_size: bool) -> bytes:
    return _mail_from(mail, tell_size) + _rcpt_to(mail) + _DATA


def _mail_from(mail: Mail, tell_size: bool) -> bytes:
    size = f" SIZE={mail.size}" if tell_size else ""  # RFC 1870 §6
    return f"MAIL FROM:<{mail.envelope_from}>{size}\r\n".encode()


def _rcpt_to(mail: Mail) -> bytes:
    return f"RCPT TO:<{mail.envelope_to}>\r\n".encode()
